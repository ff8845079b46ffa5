"""A copy of a configuration folder: settings, sources and saved queries, nothing else that may lie beside them."""

import shutil
from pathlib import Path

from config.loading import SETTINGS_FILE, SOURCES_FOLDER
from config.queries import QUERIES_FOLDER


def copy_configuration(folder: Path, target: Path) -> None:
    """Copy what is read at start into `target`, which is made. Files with secrets, which settings name, are not.

    Raises `OSError` in one sentence where that does not succeed.
    """
    target.mkdir(parents=True, exist_ok=True)
    if (folder / SETTINGS_FILE).exists():
        shutil.copyfile(folder / SETTINGS_FILE, target / SETTINGS_FILE)
    for part in (SOURCES_FOLDER, QUERIES_FOLDER):
        if (folder / part).is_dir():
            _copy_tree(folder / part, target / part)


def _copy_tree(folder: Path, target: Path) -> None:
    try:
        shutil.copytree(folder, target)
    except shutil.Error as error:  # a list of every file; the first says what is the matter
        (_, _, why), *_ = error.args[0]
        raise OSError(f"{folder}: the configuration could not be copied: {why}") from error
