"""S3 to S8: WARC files, catalogue, backup and search index that are cut, damaged, missing or held."""

import contextlib
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.catalogue import catalogue as catalogue_room
from archive.catalogue import open_catalogue, utc_now
from archive.errors import CatalogueError
from archive.store import repair_files
from archive.warc import read_members
from tests.hazards.archived import SOURCE, Archived
from tests.hazards.small_disk import run_read_only
from vigie import regular_work

pytestmark = pytest.mark.slow

LAST = "SELECT id, warc_file, offset, length FROM capture ORDER BY id DESC LIMIT 1"
READING = ("verify", "run")


def tear(archived: Archived, cut: int) -> Path:
    """The last file as a process leaves it that died while it wrote: open, and short of its last bytes."""
    ((_, name, _, _),) = archived.rows(LAST)
    archived.execute("UPDATE warc_file SET state = 'open', sha256 = NULL, size = NULL WHERE name = ?", name)
    torn: Path = (archived.warc / name).rename(archived.warc / f"{name}.open")
    with torn.open("r+b") as file:
        file.truncate(torn.stat().st_size - cut)
    return torn


def complete_bytes(path: Path) -> int:
    """How much of a file consists of whole records."""
    return max((offset + len(member) for offset, member in read_members(path)), default=0)


def test_s3_a_file_cut_behind_its_last_response(archived: Archived) -> None:
    """A file whose writer died in a last record is closed at its last whole one and never added to."""
    torn = tear(archived, cut=7)
    whole = complete_bytes(torn)
    archived.site.advance("next day")

    archived.must("crawl", SOURCE)

    closed = torn.with_suffix("")
    assert closed.stat().st_size == complete_bytes(closed) == whole
    assert len(list(archived.warc.iterdir())) > len({torn}) and not torn.exists()
    logged = "".join(file.read_text() for file in (archived.data / "logs").iterdir())
    assert f"{torn.name}: closed after its writer died; a cut record of" in logged
    archived.must("verify")


def test_s3_a_file_cut_inside_a_response(archived: Archived) -> None:
    """A response that lost its end is reported with its capture, and the others of its file are as they were."""
    ((number, name, offset, length),) = archived.rows(LAST)
    torn = tear(archived, cut=(archived.warc / name).stat().st_size - offset - length // 2)
    with contextlib.closing(open_catalogue(archived.data)) as catalogue:
        repair_files(catalogue, utc_now())

    done = archived.run("verify")

    assert done.code == 1 and not torn.exists()
    (damage,) = [line for line in done.err.splitlines() if line.startswith("capture ")]
    assert damage.startswith(f"capture {number} (") and "the file is cut" in damage


def test_s4_one_flipped_byte(archived: Archived) -> None:
    """A flipped byte damages the capture in which it lies; every other one can be read, and searches go on."""
    number, name, offset, length = archived.rows(LAST.replace("DESC", "ASC"))[0]
    with (archived.warc / name).open("r+b") as file:
        file.seek(offset + length // 2)
        byte = file.read(1)[0]
        file.seek(offset + length // 2)
        file.write(bytes([byte ^ 0x10]))

    done = archived.run("verify")

    assert done.code == 1
    damaged = [line for line in done.err.splitlines() if line.startswith("capture ")]
    assert [line.partition(" (")[0] for line in damaged] == [f"capture {number}"]
    assert f"{name}: the file differs from the digest taken when it was closed" in done.err
    assert archived.found() > 0
    ((later,),) = archived.rows("SELECT id FROM capture WHERE purpose = 'page' ORDER BY id DESC LIMIT 1")
    assert "<html" in archived.must("show", str(later), "--raw").out.lower()


@pytest.mark.parametrize("lost", ["missing", "renamed", "unmounted"])
def test_s4_a_file_that_is_not_where_it_was(archived: Archived, lost: str) -> None:
    """A file that is missing, renamed or on a disk that is not mounted is one line, and searches go on."""
    names = sorted(path.name for path in archived.warc.iterdir())
    if lost == "missing":
        (archived.warc / names[0]).unlink()
    elif lost == "renamed":
        (archived.warc / names[0]).rename(archived.warc / "copie.warc.gz")
    else:
        archived.warc.rename(archived.data / "elsewhere")
        archived.warc.mkdir()

    done = archived.run("verify")

    gone = names if lost == "unmounted" else names[:1]
    assert done.code == 1 and [line.partition(":")[0] for line in done.err.strip().splitlines()] == gone
    assert done.err.count("the file is missing, and with it") == len(gone)
    assert archived.found() > 0


def hold_lock(archived: Archived) -> sqlite3.Connection:
    """A writer that knows nothing of turns and keeps the lock."""
    writer = sqlite3.connect(archived.catalogue, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    return writer


def test_s5_a_writer_that_ends_is_waited_for(archived: Archived) -> None:
    """A command that finds the catalogue locked waits and then does its work."""
    writer = hold_lock(archived)
    release = threading.Timer(4, writer.rollback)
    release.start()
    began = time.monotonic()

    archived.must("crawl", SOURCE)

    assert time.monotonic() - began > 3
    release.join()
    writer.close()


def test_s5_a_writer_that_does_not_end_is_a_sentence(archived: Archived, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits in vain is told so in one sentence and nothing is half-written; the default patience is 30 s."""
    assert catalogue_room.BUSY_SECONDS == 30.0
    monkeypatch.setattr(catalogue_room, "BUSY_SECONDS", 1.0)
    with contextlib.closing(hold_lock(archived)), contextlib.closing(open_catalogue(archived.data)) as catalogue:
        waiting = pytest.raises(CatalogueError, match=r"another process has been writing for 1 s\. Try again\.")
        with waiting, catalogue.write():
            pass
        with catalogue.read() as transaction:  # readers wait for nobody
            assert transaction.exec_driver_sql("SELECT count(*) FROM document").scalar_one() > 0


def test_s5_a_reader_that_turns_writer_takes_the_lock_first(archived: Archived) -> None:
    """What was read in a write transaction is still true when it is written, whoever else writes."""
    with contextlib.closing(open_catalogue(archived.data)) as catalogue, catalogue.write() as transaction:
        transaction.exec_driver_sql("SELECT count(*) FROM document").scalar_one()
        other = contextlib.closing(sqlite3.connect(archived.catalogue, timeout=0.1))
        with other as connection, pytest.raises(sqlite3.OperationalError, match="locked"):
            connection.execute("UPDATE document SET state = state")
        transaction.exec_driver_sql("UPDATE document SET state = state")


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def replace_with_text(path: Path) -> None:
    path.write_text("Ceci n'est pas une base de données, mais une liste de courses.\n" * 90, encoding="utf-8")


def damage_pages(path: Path) -> None:
    """The first page and some others hold what nobody wrote; the head says what it is all the same."""
    content = bytearray(path.read_bytes())
    for start in (100, *range(3 * 4096, len(content), 2 * 4096)):
        content[start : start + 64] = b"\xa5" * 64
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("command", READING)
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (remove, "no catalogue here. Run `vigie init` to make one, or check data_folder."),
        (empty, "expected the catalogue, found an empty file"),
        (replace_with_text, "expected the catalogue, found something that is not an SQLite database"),
        (damage_pages, "the file is damaged (database disk image is malformed). Put the latest backup back"),
    ],
)
def test_s6_a_catalogue_that_is_none(archived: Archived, harm: Callable[[Path], None], said: str, command: str) -> None:
    """A catalogue that is missing, empty, foreign or damaged is refused in one sentence and left as it is."""
    harm(archived.catalogue)
    before = archived.catalogue.read_bytes() if archived.catalogue.exists() else None

    assert said in archived.refuse(*command.split())

    assert (archived.catalogue.read_bytes() if archived.catalogue.exists() else None) == before


def test_s6_a_wrong_path_makes_nothing(archived: Archived) -> None:
    """A data folder that was mistyped is refused by every command but `init`, and is not made."""
    settings = archived.config / "settings.yaml"
    settings.write_text(settings.read_text().replace("data_folder: ../data", "data_folder: ../date"), encoding="utf-8")

    for command in ("crawl", "run"):
        assert f"{archived.folder / 'date' / 'catalogue.sqlite'}: no catalogue here" in archived.refuse(command)

    assert not (archived.folder / "date").exists()


def test_s6_init_makes_no_second_catalogue_beside_an_archive(archived: Archived) -> None:
    """Where WARC files lie and their catalogue is missing, `init` names the ways out instead of beginning anew."""
    archived.catalogue.unlink()

    said = archived.refuse("init")

    assert "WARC files are here, their catalogue catalogue.sqlite is missing" in said
    assert "`vigie restore`" in said and "`vigie import`" in said and not archived.catalogue.exists()


def test_s6_damage_in_a_page_that_nobody_reads_is_found_every_day(
    archived: Archived, caplog: pytest.LogCaptureFixture
) -> None:
    """Damage that lets everything go on is found by the daily check, which names the command that helps."""
    ((page,),) = archived.rows("SELECT rootpage FROM sqlite_master WHERE name = 'claim'")
    with archived.catalogue.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 64)
    installation = archived.installation()
    with contextlib.closing(open_catalogue(archived.data)) as catalogue:
        regular_work.tidy_when_due(installation, catalogue)  # the first look only notes the day
        archived.execute("UPDATE errand SET done_at = '2020-01-01T00:00:00.000000Z' WHERE kind = 'tidy'")

        regular_work.tidy_when_due(installation, catalogue)

    assert "the catalogue is damaged" in caplog.text and "`vigie restore`" in caplog.text


def test_s7_a_backup_beside_a_writer_is_whole_where_a_copy_is_not(archived: Archived, tmp_path: Path) -> None:
    """A backup taken in the middle of writing restores to the same archive; a copy of the file alone lacks the rest."""
    writer = sqlite3.connect(archived.catalogue)
    writer.execute("CREATE TABLE unique_a_la_fin (n INTEGER)")
    writer.execute("INSERT INTO unique_a_la_fin VALUES (7)")
    writer.commit()
    shutil.copy(archived.catalogue, tmp_path / "copy.sqlite")

    archived.must("backup", str(tmp_path / "backups"))
    writer.close()

    with contextlib.closing(sqlite3.connect(tmp_path / "copy.sqlite")) as copy, pytest.raises(sqlite3.OperationalError):
        copy.execute("SELECT n FROM unique_a_la_fin")
    elsewhere = Archived(tmp_path / "elsewhere", archived.site)
    elsewhere.must("restore", str(tmp_path / "backups"), "--to", str(elsewhere.data), "--none")
    assert elsewhere.rows("SELECT n FROM unique_a_la_fin") == [(7,)]
    elsewhere.must("verify")
    elsewhere.must("rebuild")
    assert elsewhere.found() == archived.found()


def forget_index(archived: Archived) -> None:
    shutil.rmtree(archived.data / "index")


def damage_index(archived: Archived) -> None:
    for file in archived.generation.glob("*.term"):
        file.write_bytes(b"\xa5" * 100)


def cut_index(archived: Archived) -> None:
    (archived.generation / "meta.json").write_text("{", encoding="utf-8")


def age_index(archived: Archived) -> None:
    stamp = archived.generation / "stamp.json"
    stamp.write_text(stamp.read_text().replace('"schema": ', '"schema": 9'), encoding="utf-8")


@pytest.mark.parametrize("harm", [forget_index, damage_index, cut_index, age_index])
def test_s8_an_index_that_cannot_be_used(archived: Archived, harm: Callable[[Archived], None]) -> None:
    """An index that is missing, damaged or of another schema is named; the crawl goes on and it is made anew."""
    hits = archived.found()
    harm(archived)

    assert "must be rebuilt: `vigie rebuild`" in archived.refuse("search", "police")
    if harm is damage_index:  # looked at once: none of them looks at the index
        archived.must("crawl", SOURCE)
        archived.must("extract")
        assert "must be rebuilt" in archived.must("status").out

    archived.must("rebuild")
    assert archived.found() >= hits
    archived.must("index", "check")


def test_s8_an_index_that_is_read_only(archived: Archived) -> None:
    """An index on a read-only disk is said so, since the engine must lock what it reads; crawl and extraction go on."""
    hits = archived.found()
    for words, code in (("crawl", 0), ("extract", 0), ("rebuild", 5), ("search police", 5)):
        done = run_read_only(archived, *words.split(), folder=archived.data / "index")
        assert done.code == code and "Traceback" not in done.err, f"{words}: {done.err}"
        assert code == 0 or "mount" in done.err, done.err
    assert archived.found() >= hits
