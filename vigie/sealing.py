"""Seal the archive and ask for a time stamp: `vigie seal`, and the daemon's daily job.

A time stamp on the newest seal covers every seal before it, since each names the one before. An authority that does
not answer therefore costs nothing but time: it is asked again at the next seal, which is made in any case.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.catalogue import Catalogue
from archive.errors import TimeStampError
from archive.locks import hold_stage
from archive.proof.sealing import seal_new
from archive.proof.seals import Seal, list_seals, write_durably
from config.models import Settings
from vigie.installation import Installation
from vigie.stages import Stop, never

if TYPE_CHECKING:
    from archive.proof.time_stamps import Authority, TimeStamp


@dataclass(frozen=True)
class Sealed:
    """What one run made; `complaint` says why there is no time stamp although one was asked for."""

    seals: tuple[Seal, ...]
    left_out: int
    time_stamp: "TimeStamp | None" = None
    stamped: Seal | None = None
    complaint: str | None = None

    @property
    def records(self) -> int:
        """How many records were sealed."""
        return sum(seal.end.leaves - 1 for seal in self.seals)


def seal(
    installation: Installation,
    *,
    wait: bool = False,
    stop: Stop = never,
    report: Callable[[int], None] = lambda done: None,
) -> Sealed:
    """Seal all new records, and have the newest seal stamped where an authority is set and it has no stamp yet."""
    with hold_stage(installation.folder, "seal", wait=wait, stop=stop), installation.open_catalogue() as catalogue:
        made = seal_new(catalogue, installation.clock, stop=stop, report=report)
        return _stamp(installation.settings, catalogue, Sealed(made.seals, made.left_out))


def _stamp(settings: Settings, catalogue: Catalogue, done: Sealed) -> Sealed:
    seals = list_seals(catalogue.folder)
    if settings.time_stamps.server is None or not seals or seals[-1].stamp_path.exists():
        return done
    from archive.proof.time_stamps import request_time_stamp  # loads cryptography, which sealing alone does without

    newest = seals[-1]
    try:
        authority = make_authority(settings)
        answer, stamp = request_time_stamp(newest.root, authority)
    except TimeStampError as error:
        return Sealed(done.seals, done.left_out, complaint=f"{error}. It is asked again at the next seal.")
    write_durably(newest.certificates_path, authority.certificates)  # kept, since settings change
    write_durably(newest.stamp_path, answer)
    return Sealed(done.seals, done.left_out, stamp, newest)


def make_authority(settings: Settings) -> "Authority":
    """The authority of the settings. Raises `TimeStampError` where its certificates cannot be read."""
    from archive.proof.time_stamps import Authority

    said = settings.time_stamps
    if said.server is None or said.certificates is None:
        raise TimeStampError("time_stamps.server: no time-stamping authority is set")
    try:
        certificates = said.certificates.read_bytes()
    except OSError as error:
        raise TimeStampError(f"{said.certificates}: cannot be read ({error.strerror or error})") from error
    return Authority(said.server, certificates, said.timeout_seconds, settings.proxy)
