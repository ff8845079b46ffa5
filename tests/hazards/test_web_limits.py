"""Hazards W5 and W6: absurd questions to a running page, and what terminals, pipes, tables and scripts get."""

import csv
import io
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from archive.locks import hold_stage
from tests.hazards.test_web import ask_raw
from tests.vigie.exports.articles import HOSTILE, make_article
from tests.vigie.program import Program
from tests.vigie.web.archive import SCRIPT
from tests.vigie.web.conftest import address, client, library
from tests.vigie.web.processes import find_searchers
from tests.vigie.web.serving import serve_process
from vigie.exits import ExitCode
from vigie.exports.tables import RUNNABLE, write_csv

__all__ = ["address", "client", "library"]
pytestmark = pytest.mark.slow

SECONDS = 2.0
SLACK = 1.0  # that a machine with other tests at work may add
COSTLY = " OR ".join(f"patrouille{letter}~2" for letter in "abcdefghijklmnopqrstuvwxyz")
REFERENCE = Path(__file__).parents[2] / "docs" / "command-reference.md"


def ask(client: httpx.Client, path: str, **question: str) -> tuple[httpx.Response, float]:
    """The answer and how long it took."""
    began = time.monotonic()
    answer = client.get(path, params=question)
    return answer, time.monotonic() - began


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"q": "police", "from": "14/03/2026"}, "Écrivez 2026-03-14"),
        ({"q": "police", "source": "nulle-part"}, "il n’y a pas de source"),
        ({"q": "police", "from": "2026", "to": "2025"}, "Mettez la date la plus ancienne d’abord"),
        ({"q": "police", "page": "1000000000"}, "un nombre de 1 à 5000"),
        ({"q": "police", "page": "-1"}, "un nombre de 1 à 5000"),
        ({"q": "police", "sort": "beste"}, "attendu relevance, newest, oldest"),
        ({"q": "(" * 9_000}, "niveaux de parenthèses"),
        ({"q": "*olice"}, "lettres avant son premier"),
        ({"q": " ".join(f"mot{n}" for n in range(1200))}, "plus de 256 mots"),
        ({"q": "a" * 10_001}, "10000 au plus"),
        ({"q": 'police "grève'}, "n’a pas de pendant"),
        ({"q": "NOT " * 60 + "police"}, "niveaux de parenthèses"),
        ({"q": "\x00"}, "caractère"),
    ],
)
def test_w5_what_cannot_be_answered_is_explained_within_two_seconds(
    client: httpx.Client, question: dict[str, str], said: str
) -> None:
    """Absurd queries, filters and page numbers get 400 and a French sentence in time, and the page lives on."""
    answer, seconds = ask(client, "/search", **question)

    assert answer.status_code == 400, answer.text[:300]
    assert said in answer.text
    assert seconds < SECONDS + SLACK
    assert "Traceback" not in answer.text
    assert client.get("/healthz").text == "ok\n"


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ({"q": "police", "limit": "-1"}, 422), ({"q": "police", "limit": "1000000000"}, 422),
        ({"q": "police", "offset": "1000000000"}, 422), ({"q": "police", "offset": "-1"}, 422),
        ({"q": "police", "facet": "text"}, 422), ({}, 422), ({"q": "(" * 9_999}, 400),
        ({"q": "*olice"}, 400), ({"q": '"'}, 400),
    ],
)  # fmt: skip
def test_w5_the_api_refuses_the_same_with_a_sentence(
    client: httpx.Client, question: dict[str, str], status: int
) -> None:
    """The API answers 400 or 422 with a sentence and never with a traceback."""
    answer, seconds = ask(client, "/api/v1/search", **question)

    assert answer.status_code == status
    assert answer.json()["error"]["message"] and "Traceback" not in answer.text
    assert seconds < SECONDS + SLACK


@pytest.mark.parametrize("query", ["(" * 50_000, "+".join(f"mot{n}" for n in range(10_000)), "NOT+" * 12_000])
@pytest.mark.parametrize("path", ["/search", "/api/v1/search", "/search.atom", "/search/saved"])
def test_w5_fifty_thousand_parentheses_and_ten_thousand_words(address: str, path: str, query: str) -> None:
    """Addresses far too long are refused in time, by the server or with the limit of a query, and the page lives on."""
    began = time.monotonic()
    status = ask_raw(address, f"{path}?q={query}", urlsplit(address).netloc)

    assert status in (400, 422) and time.monotonic() - began < SECONDS
    assert httpx.get(f"{address}/healthz").text == "ok\n"


def test_w5_everything_can_be_asked_for(client: httpx.Client) -> None:
    """A lone asterisk is the whole archive, one page at a time."""
    answer, seconds = ask(client, "/search", q="*")

    assert answer.status_code == 200 and seconds < SECONDS + SLACK


def test_w5_searches_that_never_end_shut_out_nobody(library: Program) -> None:
    """With every search process held up, each search has a sentence in two seconds and all other pages go on.

    Afterwards the page has new processes and answers as before.
    """
    with serve_process(library) as (place, process), httpx.Client(base_url=place, timeout=30) as client:
        held_up = find_searchers(process.pid)
        for one in held_up:
            os.kill(one, signal.SIGSTOP)
        with ThreadPoolExecutor(8) as readers:
            searches = [readers.submit(ask, client, "/search", q=query) for query in [COSTLY] * 4 + ["valmorel"] * 2]
            others = [ask(client, path) for path in ("/healthz", "/sources", "/about", "/api/v1/status") * 3]
            ends = [one.result() for one in searches]
        assert {answer.status_code for answer, _ in others} == {200}
        assert max(seconds for _, seconds in others) < SECONDS
        assert {answer.status_code for answer, _ in ends} == {400, 503}
        assert max(seconds for _, seconds in ends) < SECONDS + SLACK
        for answer, _ in ends:
            assert_explained(answer)
        wait_until_answered(client)
        assert process.poll() is None
    assert held_up and find_searchers(process.pid) == set()


def assert_explained(answer: httpx.Response) -> None:
    """Too long, or too many: said in the reader's language, with the time after which to come back."""
    if answer.status_code == 503:
        assert "Trop de recherches" in answer.text and answer.headers["retry-after"] == "3"
    else:
        assert "cette recherche prend trop de temps" in answer.text


def wait_until_answered(client: httpx.Client) -> None:
    """The page answers searches again."""
    deadline = time.monotonic() + 60
    while client.get("/search", params={"q": "valmorel"}).status_code != 200:
        assert time.monotonic() < deadline, "the page does not answer again"
        time.sleep(0.2)


def test_w5_a_crash_of_the_search_engine_is_the_end_of_one_search(library: Program) -> None:
    """A search process that dies of a segmentation fault leaves the page alive, and the next search is answered."""
    with serve_process(library) as (place, process), httpx.Client(base_url=place, timeout=30) as client:
        wait_until_answered(client)
        for one in find_searchers(process.pid):
            os.kill(one, signal.SIGSEGV)
        assert client.get("/healthz").status_code == 200
        wait_until_answered(client)
        assert process.poll() is None


def test_w5_the_page_runs_without_debugging_aids(client: httpx.Client) -> None:
    """No interactive documentation from elsewhere, no debug page: what is not there is a plain 404."""
    for path in ("/docs", "/redoc", "/openapi.json", "/debug", "/console"):
        answer = client.get(path)
        assert answer.status_code == 404 and "Traceback" not in answer.text


@pytest.mark.parametrize("arguments", [("search", "piège"), ("show", ""), ("sources", "show", "ambre"), ("status",)])
def test_w6_a_terminal_gets_no_control_characters(library: Program, arguments: tuple[str, ...]) -> None:
    """Hostile titles, authors, reasons and addresses reach a terminal without a sign that acts on it."""
    if arguments == ("show", ""):
        arguments = ("show", library.must("search", "piège", "--json").json["hits"][0]["document"])
    done = library.must(*arguments)

    shown = [letter for letter in done.out + done.err if not letter.isprintable() and letter != "\n"]
    assert shown == []
    assert SCRIPT[:8] in done.out or arguments[0] in ("status", "sources")


def test_w6_a_query_that_is_refused_is_shown_without_control_characters(library: Program) -> None:
    """What was typed comes back in the refusal without the signs that would act on the terminal."""
    done = library.run("search", "police", "--source", "\x1b]0;pris\x07\x1b[2J\u202e")

    assert done.code == 2 and "there is no source" in done.err
    assert all(letter.isprintable() for letter in done.err.strip())


def test_w6_a_reader_that_leaves_is_no_fault(library: Program) -> None:
    """A pipe that is closed before everything was written ends the command quietly."""
    with subprocess.Popen(
        library.words("search", "*", "--limit", "100"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()
        code = process.wait()

    assert (code, complaint) == (0, b"")


@pytest.mark.parametrize("setting", ["PYTHONIOENCODING=ascii", "LC_ALL=C"])
def test_w6_a_terminal_that_knows_few_letters_gets_an_answer(library: Program, setting: str) -> None:
    """Where the terminal's encoding lacks letters they are replaced, and nothing ends with an error."""
    words = ["env", "-u", "PYTHONUTF8", setting, *library.words("search", "piège")]

    done = subprocess.run(words, capture_output=True, check=False)

    assert done.returncode == 0 and done.stdout, done.stderr
    assert done.stdout.isascii() or setting != "PYTHONIOENCODING=ascii"


def test_w6_no_cell_of_a_table_can_run() -> None:
    """Cells that begin like a formula (=, +, -, @, tab) are written as text, and control characters left out."""
    file = io.BytesIO()
    write_csv(file, [make_article(HOSTILE, "full", with_text=True)], with_text=True, bom=False)
    (row,) = csv.DictReader(io.StringIO(file.getvalue().decode(), newline=""))

    assert {"=", "+", "-", "@", "\t", "\r"} <= set(RUNNABLE)
    assert [value for value in row.values() if value.startswith(RUNNABLE)] == []
    assert row["title"].startswith("'=HYPERLINK(") and row["authors"].startswith("'+33")
    assert not any(sign in row["title"] for sign in "\x00\u202e")


def test_w6_every_exit_code_is_documented() -> None:
    """The table of the command reference has every code with its sentence, and no other."""
    listed = REFERENCE.read_text(encoding="utf-8").partition("## Exit codes")[2]

    assert [f"{int(code)}" in listed and code.sentence in listed for code in ExitCode] == [True] * len(ExitCode)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("search", "motquinexistepas"), ExitCode.done),
        (("show", "nothing"), ExitCode.found_wrong),
        (("search", "(police"), ExitCode.usage),
        (("--config", "/nowhere", "status"), ExitCode.usage),
    ],
)
def test_w6_scripts_get_the_documented_exit_code(library: Program, arguments: tuple[str, ...], code: ExitCode) -> None:
    """Nothing found is success, an unknown document 1, a wrong query or configuration 2."""
    assert library.run(*arguments).code == code


def test_w6_a_stage_under_way_a_missing_catalogue_and_an_interrupt_have_codes(tmp_path: Path) -> None:
    """A held stage ends with 3, no catalogue with 5, Ctrl-C with 130."""
    program = Program(tmp_path)
    assert program.run("status").code == ExitCode.unusable
    program.must("init")
    with hold_stage(program.data, "extract"):
        assert program.run("extract").code == ExitCode.busy
        waiting = subprocess.Popen(program.words("extract", "--wait"), stderr=subprocess.PIPE)
        wait_until_open(waiting.pid, program.data / "locks" / "extract.lock")
        waiting.send_signal(signal.SIGINT)
        _, said = waiting.communicate(timeout=30)
    assert waiting.returncode == ExitCode.interrupted
    assert said.decode().startswith("extract: stopped while waiting for process") and said.count(b"\n") == 1


def wait_until_open(process: int, file: Path) -> None:
    """A process has come as far as that file."""
    deadline = time.monotonic() + 60
    while not any(one.resolve() == file for one in Path(f"/proc/{process}/fd").iterdir()):
        assert time.monotonic() < deadline, f"the command never opened {file.name}"
        time.sleep(0.1)
