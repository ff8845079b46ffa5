"""Opening a catalogue beside one that is open in the same process takes no lock away from it."""

import subprocess
import sys
from pathlib import Path

from archive.catalogue import create_catalogue, errands, open_catalogue, utc_now
from archive.catalogue.catalogue import FILE_NAME

READ_AND_CLOSE = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('select * from errand'); c.close()"


def test_a_second_opening_in_one_process_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    """A plain open() and close() of the file would drop them, and the next process to leave would take itself for
    the last one and remove the write-ahead log under our hands: "database disk image is malformed"."""
    first = create_catalogue(tmp_path)
    with first.write() as transaction:
        errands.leave_errand(transaction, "test", {}, utc_now())

    open_catalogue(tmp_path).close()
    subprocess.run([sys.executable, "-c", READ_AND_CLOSE, str(tmp_path / FILE_NAME)], check=True)

    assert (tmp_path / f"{FILE_NAME}-wal").exists()
    with first.read() as transaction:
        assert len(errands.list_open_errands(transaction)) == 1
    first.close()
