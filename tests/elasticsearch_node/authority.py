"""A certificate authority for one test, and the certificates it signs for servers on this machine."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Issued:
    """A server's key with its certificate and that of the authority, in one file, and the prints of both."""

    file: Path
    fingerprint: str
    authority_fingerprint: str


class Authority:
    """Signs what it is asked to; `file` holds its own certificate."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(f"{name} of the tests")
        self._certificate = (
            _begin(self._name, self._name, self._key.public_key(), datetime.now(UTC) + DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(_as_pem(self._certificate))

    def issue(
        self,
        name: str = "server",
        *,
        until: datetime | None = None,
        address: str = "127.0.0.1",
        by_itself: bool = False,
    ) -> Issued:
        """A certificate for an address of this machine, good for a day or until then; `by_itself`: nobody signs it."""
        key = ec.generate_private_key(ec.SECP256R1())
        places = [x509.IPAddress(IPv4Address(address)), x509.DNSName("localhost")]
        issuer, signer = (_named(name), key) if by_itself else (self._name, self._key)
        signed = (
            _begin(issuer, _named(name), key.public_key(), until or datetime.now(UTC) + DAY)
            .add_extension(x509.SubjectAlternativeName(places), critical=False)
            .sign(signer, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self._folder / f"{name}.pem"
        file.write_bytes(private + _as_pem(signed) + _as_pem(self._certificate))
        return Issued(file, _print_of(signed), _print_of(self._certificate))


def _begin(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime
) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = made.serial_number(x509.random_serial_number())
    return made.not_valid_before(until - 30 * DAY).not_valid_after(until)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _as_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _print_of(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()
