"""A time-stamping authority of our own: certificates made for the test, and a server that answers with openssl."""

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIGURATION = """\
[req]
distinguished_name = name
prompt = no
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = tsa_here
[tsa_here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
certs = {folder}/ca.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class TimeStampAuthority:
    """One authority with its certificates in a folder; `server` is its address while it is served."""

    def __init__(self, folder: Path, name: str = "Horodatage d'essai") -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._config = folder / "authority.cnf"
        self._config.write_text(_CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        self._make_certificates(name)
        self.certificates = folder / "ca.pem"
        self.server = ""
        self.asked = 0
        self.answers: list[bytes] = []  # given out in place of answers of its own

    def _make_certificates(self, name: str) -> None:
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        self._run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-extensions", "ca",
                  "-subj", f"/O={name}/CN=Racine", "-config", "authority.cnf")  # fmt: skip
        self._run("req", *key, "-keyout", "signer.key", "-out", "signer.csr",
                  "-subj", f"/O={name}/CN=Horodateur", "-config", "authority.cnf")  # fmt: skip
        signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "77", "-days", "3650"]
        self._run("x509", "-req", "-in", "signer.csr", *signed, "-extfile", "authority.cnf", "-extensions", "signer",
                  "-out", "signer.pem")  # fmt: skip

    def answer(self, request: bytes) -> bytes:
        """The answer to one request, as the authority gives it."""
        self.asked += 1
        if self.answers:
            return self.answers.pop(0)
        (self._folder / "request.tsq").write_bytes(request)
        self._run("ts", "-reply", "-queryfile", "request.tsq", "-out", "reply.tsr", "-config", "authority.cnf")
        return (self._folder / "reply.tsr").read_bytes()

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self._folder, check=True, capture_output=True)

    @contextlib.contextmanager
    def serve(self) -> Iterator[None]:
        """Answer on a free port of this machine for the block."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = self.rfile.read(int(self.headers["Content-Length"]))
                right = self.headers["Content-Type"] == "application/timestamp-query"
                answer = authority.answer(request)
                self.send_response(200 if right else 415)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *said: object) -> None:
                """Nothing: the test says what it expects."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            self.server = f"http://127.0.0.1:{server.server_address[1]}/tsa"
            try:
                yield
            finally:
                server.shutdown()
                thread.join()
