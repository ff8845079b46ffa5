"""Who may import whom, and which library belongs where, read from the syntax of every file."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("config", "archive", "crawler", "indexer", "vigie")

MAY_IMPORT = {
    "config": set(),
    "archive": {"config"},
    "crawler": {"config", "archive"},
    "indexer": {"config", "archive"},
    "vigie": {"config", "archive", "crawler", "indexer"},
}

# a library, and the files or folders in which it may be imported
PLACES = {
    "scrapy": ("crawler/",),
    "rfc3161_client": ("archive/proof/time_stamps.py",),
    "cryptography": ("archive/proof/time_stamps.py",),
    "twisted": ("crawler/",),
    "warcio": ("archive/",),
    "sqlalchemy": ("archive/",),
    "alembic": ("archive/",),
    "sqlite3": ("archive/",),
    "trafilatura": ("crawler/extraction/",),
    "htmldate": ("crawler/extraction/",),
    "pypdfium2": ("crawler/extraction/",),
    "tantivy": ("indexer/engines/",),
    "apsw": ("indexer/engines/",),
    "elasticsearch": ("indexer/engines/",),
    "elastic_transport": ("indexer/engines/",),
    "luqum": ("indexer/query/",),
    "jinja2": (
        "indexer/alerts/letters.py",
        "vigie/exports/review_html.py",
        "vigie/proofs/page.py",
        "vigie/web/views.py",
    ),
    "fastapi": ("vigie/web/app.py", "vigie/web/api.py", "vigie/web/pages/"),
    "starlette": ("vigie/web/",),
    "uvicorn": ("vigie/web/server.py",),
    "argon2": ("vigie/web/login.py",),
    "babel": ("vigie/web/languages.py",),
    "fpdf": ("vigie/exports/review_pdf.py",),
    "xlsxwriter": ("vigie/exports/tables.py",),
    "css_inline": ("indexer/alerts/letters.py",),
    "smtplib": ("indexer/alerts/delivery.py",),
    "apscheduler": ("vigie/daemon.py", "vigie/schedule.py"),
    "typer": ("vigie/cli.py", "vigie/commands/", "vigie/reference.py"),
    "rich": ("vigie/terminal.py",),
}

ENVIRONMENT_IS_READ_IN = "config/loading.py"
ONLY_FOR_ONE_VERB = {"vigie.daemon": "vigie/commands/running.py"}


def list_files() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def list_imports(path: Path) -> Iterator[tuple[str, int]]:
    """Full names of the modules that a file imports, wherever in the file, with their lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_is_something_to_check() -> None:
    assert {name_of(path).partition("/")[0] for path in list_files()} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    forbidden = set(ROOMS) - MAY_IMPORT[room] - {room} | {"tests", "benchmarks"}

    found = [
        f"{name_of(path)}:{line} imports {module}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for module, line in list_imports(path)
        if module.partition(".")[0] in forbidden
    ]

    assert found == []


@pytest.mark.parametrize("library", sorted(PLACES))
def test_a_library_is_used_in_its_one_place(library: str) -> None:
    found = {
        f"{name_of(path)}:{line}"
        for path in list_files()
        for module, line in list_imports(path)
        if module.partition(".")[0] == library and not name_of(path).startswith(PLACES[library])
    }

    assert found == set(), f"{library} belongs in {' and '.join(PLACES[library])}"


def test_environment_variables_are_read_in_one_file() -> None:
    found = []
    for path in list_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute) or node.attr not in ("environ", "environb", "getenv"):
                continue
            if name_of(path) != ENVIRONMENT_IS_READ_IN:
                found.append(f"{name_of(path)}:{node.lineno}")

    assert found == []


def test_the_daemon_is_loaded_by_its_own_verb_alone() -> None:
    found = {
        name_of(path)
        for path in list_files()
        for module, _ in list_imports(path)
        if module in ONLY_FOR_ONE_VERB and name_of(path) != ONLY_FOR_ONE_VERB[module]
    }

    assert found == set()


def test_the_client_of_the_cluster_is_imported_only_when_it_is_used() -> None:
    program = "import sys, vigie.cli, vigie.installation; print('elasticsearch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert said.stdout == "False\n"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in list_files()
        if path.stat().st_size and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]

    assert silent == []
