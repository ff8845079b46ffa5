"""Write the folder of a proof: records, lines and paths, seals, time stamps, texts, facts, and a page of plain words.

The folder appears under its name only when it is whole and was checked, by the same code that `vigie check-proof` runs.
"""

import contextlib
import hashlib
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from archive.catalogue import Catalogue
from archive.digests import digest_file
from archive.layout import WARC_FOLDER
from archive.proof.checking import Verdict, check_folder
from archive.proof.folder import (
    FACTS_NAME,
    PROOF_NAME,
    SUMS_NAME,
    CaptureFacts,
    Facts,
    Proof,
    ProvedRecord,
    ProvedSeal,
    ProvedStamp,
    SealFacts,
    VersionFacts,
    prove_lines,
    write_sums,
)
from archive.proof.seals import Seal
from archive.proof.statements import SealedRecord
from archive.proof.time_stamps import TimeStamp, verify_time_stamp
from archive.warc import read_member
from indexer.document import searchable_text
from vigie.exits import CommandError, ExitCode
from vigie.exports.wording import tidy, tidy_text
from vigie.portrait import VersionView
from vigie.proofs.choosing import Material, choose_material
from vigie.proofs.page import CHECK_NAME, PAGE_NAME, read_check, render_page


@dataclass(frozen=True)
class Made:
    """What a proof holds, and what checking it said."""

    facts: Facts
    verdict: Verdict


def make_proof(catalogue: Catalogue, name: str, output: Path, now: datetime) -> Made:
    """Write the proof of a document into a new folder. Raises `CommandError`, and leaves nothing then."""
    material = choose_material(catalogue, name)
    with _new_folder(output) as folder:
        writer = _Writer(folder, catalogue, material)
        facts = writer.write(now)
        verdict = check_folder(folder)
        if not verdict.holds:
            wrong = next(finding.what for finding in verdict.findings if finding.good is False)
            raise CommandError(f"The proof does not hold: {wrong}. `vigie verify` says what is damaged.")
    return Made(facts, verdict)


class _Writer:
    """The files of one folder."""

    def __init__(self, folder: Path, catalogue: Catalogue, material: Material) -> None:
        self._folder = folder
        self._warc = catalogue.folder / WARC_FOLDER
        self._material = material
        self._lines: dict[int, SealedRecord] = {}

    def write(self, now: datetime) -> Facts:
        for capture, _ in self._material.proved:
            self._put(_record_name(capture.id), read_member(self._warc, capture.place))
        proof = self._prove()
        stamps = {seal.number: self._put_stamp(seal) for seal in self._material.stamped}
        facts = self._tell(now, stamps)
        self._put(PROOF_NAME, proof.model_dump_json(indent=1).encode())
        self._put(FACTS_NAME, facts.model_dump_json(indent=1).encode())
        self._put(CHECK_NAME, read_check())
        self._put(PAGE_NAME, render_page(facts, proof).encode())
        sums = {path.name: digest_file(path) for path in self._folder.iterdir()}
        self._put(SUMS_NAME, write_sums(sums).encode())
        return facts

    def _put(self, name: str, data: bytes) -> None:
        (self._folder / name).write_bytes(data)

    def _prove(self) -> Proof:
        records: dict[int, ProvedRecord] = {}
        heads: list[ProvedSeal] = []
        for seal in self._material.seals:
            inside = [capture.id for capture, at in self._material.proved if at == seal]
            head, lines = prove_lines(seal, inside)
            heads.append(head)
            for number, (line, path) in lines.items():
                self._lines[number] = SealedRecord.read(line, str(seal.path))
                records[number] = ProvedRecord(file=_record_name(number), line=line, seal=seal.number, path=path)
        stamps = [_name_stamp(seal) for seal in self._material.stamped]
        ordered = tuple(records[number] for number in sorted(records))
        return Proof(records=ordered, seals=tuple(heads), time_stamps=tuple(stamps))

    def _put_stamp(self, seal: Seal) -> TimeStamp:
        names = _name_stamp(seal)
        answer, certificates = seal.stamp_path.read_bytes(), seal.certificates_path.read_bytes()
        self._put(names.data, seal.root.encode())
        self._put(names.response, answer)
        self._put(names.certificates, certificates)
        return verify_time_stamp(answer, seal.root, certificates)

    def _tell(self, now: datetime, stamps: dict[int, TimeStamp]) -> Facts:
        portrait = self._material.portrait
        document, source = portrait.document, portrait.facts
        return Facts(
            software=f"Vigie/{version('vigie')}",
            made_at=now,
            document=document.id,
            url=document.url,
            state=document.state,
            first_seen_at=document.first_seen_at,
            source=document.source,
            source_name=tidy(source.name) if source else document.source,
            versions=tuple(self._tell_version(view) for view in portrait.versions if self._shows(view)),
            captures=tuple(self._tell_capture(number) for number in sorted(self._lines)),
            seals=tuple(_tell_seal(seal, stamps.get(seal.number)) for seal in self._material.seals),
            not_proved={str(number): why for number, why in self._material.not_proved.items()},
        )

    def _shows(self, view: VersionView) -> bool:
        return view.version.capture in self._lines

    def _tell_version(self, view: VersionView) -> VersionFacts:
        content, number = view.stored.content, view.version.number
        title = tidy(content.title) if content.title else None
        body = tidy_text(searchable_text(content.lead, content.text))
        text = f"{title or ''}\n\n{body}\n".encode()
        name = f"text-{number}.txt"
        self._put(name, text)
        return VersionFacts(
            number=number,
            capture=view.version.capture,
            fetched_at=view.version.fetched_at,
            extractor_version=content.extractor_version,
            title=title,
            authors=tuple(tidy(author) for author in content.authors),
            published_at=content.published_at,
            published_precision=content.published_precision,
            published_origin=content.published_origin,
            published_doubt=content.published_doubt,
            text_file=name,
            text_sha256=hashlib.sha256(text).hexdigest(),
        )

    def _tell_capture(self, number: int) -> CaptureFacts:
        line = self._lines[number]
        capture, seal = next((one, at) for one, at in self._material.proved if one.id == number)
        return CaptureFacts(
            capture=number,
            file=_record_name(number),
            belongs=capture.document == self._material.portrait.document.id,
            url=line.url,
            hops=capture.hops,
            fetched_at=line.fetched_at,
            kind=line.kind,
            status=capture.status,
            content_type=capture.content_type,
            via=capture.via,
            revisit_of=capture.revisit_of,
            record=line.record,
            record_sha256=line.record_sha256,
            payload_sha256=line.payload_sha256,
            seal=seal.number,
        )


def _record_name(capture: int) -> str:
    return f"record-{capture}.warc.gz"


def _name_stamp(seal: Seal) -> ProvedStamp:
    name = f"seal-{seal.number:06d}"
    return ProvedStamp(
        seal=seal.number, data=f"{name}.root", response=f"{name}.tsr", certificates=f"{name}-authority.pem"
    )


def _tell_seal(seal: Seal, stamp: TimeStamp | None) -> SealFacts:
    return SealFacts(
        number=seal.number,
        sealed_at=seal.head.sealed_at,
        root=seal.root,
        stamped_at=stamp.at if stamp else None,
        signer=stamp.signer if stamp else None,
    )


@contextlib.contextmanager
def _new_folder(output: Path) -> Iterator[Path]:
    """A folder beside its place, which gets its name at the end of the block."""
    place = output.absolute()
    if not place.parent.is_dir():
        raise CommandError(f"{output}: there is no folder {place.parent}. Make it first.", ExitCode.usage)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise CommandError(f"{output}: expected a new or an empty folder, found something there.", ExitCode.usage)
    beside = place.with_name(f".vigie-{secrets.token_hex(8)}.part")
    try:
        beside.mkdir()
        yield beside
        beside.rename(place)
    except OSError as error:
        raise CommandError(
            f"{output}: cannot be written: {error.strerror or error}. Nothing was left there.", ExitCode.unusable
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
