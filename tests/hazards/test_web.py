"""Hazards W1 to W4 on a running server: hostile text, foreign posts, foreign names, and paths in the place of ids."""

import contextlib
import hashlib
import html
import http.client
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import lxml.html
import pytest

from tests.vigie.program import Program
from tests.vigie.web.archive import BIDI, SCRIPT
from tests.vigie.web.conftest import address, client, library
from tests.vigie.web.serving import serve
from tests.vigie.web.test_pages import PAGES

__all__ = ["address", "client", "library"]
pytestmark = pytest.mark.slow

ENGLISH = {"Accept-Language": "en"}
MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


def ask_raw(address: str, path: str, host: str) -> int:
    """The status for a path sent exactly as written, and for a Host header of our choice."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def assert_harmless(page: str) -> None:
    """No tag and no link that a publisher or a stranger put there."""
    assert "<script>" not in page and "<img" not in page
    assert not any(letter in page for letter in BIDI if not letter.isascii())
    assert 'href="javascript' not in page and 'href="data' not in page


@pytest.mark.parametrize("path", PAGES)
def test_w1_nothing_hostile_reaches_any_page(client: httpx.Client, path: str) -> None:
    """Markup in titles, authors, reasons, answers of servers, queries and subjects is shown as text on every page."""
    page = client.get(path).text

    assert_harmless(page)
    assert "piège" in page.lower() or path in ("/search", "/help")


def test_w1_a_hostile_document_is_text_without_a_link(client: httpx.Client) -> None:
    """A document whose title, author, claims and address are hostile is shown as text, and the address is no link."""
    hits = client.get("/api/v1/search", params={"q": "piège"}).json()["hits"]
    pages = [client.get(f"/documents/{hit['document']}").text for hit in hits]

    assert len(pages) == 2
    for page in pages:
        assert "&lt;script&gt;document" in page
        assert_harmless(page)
    assert any("javascript:alert(1)" in page for page in pages)


@pytest.mark.parametrize(
    ("path", "question", "status"),
    [
        ("/search", {"q": f"piège {MARKUP}"}, 400),
        ("/search", {"q": f'"{MARKUP[1:]}"'}, 200),
        ("/search", {"q": "piège", "source": MARKUP}, 400),
        ("/search", {"q": "piège", "from": MARKUP}, 400),
        ("/search", {"q": "piège", "sort": MARKUP}, 400),
        ("/search/saved", {"q": f"title:{MARKUP}"}, 400),
        ("/search/export", {"q": "piège", "format": MARKUP}, 400),
        (f"/sources/{MARKUP}", {}, 404),
        (f"/documents/{MARKUP}", {}, 404),
        ("/search.atom", {"q": f"({MARKUP}"}, 400),
    ],
)
def test_w1_what_is_asked_comes_back_as_text(
    client: httpx.Client, path: str, question: dict[str, str], status: int
) -> None:
    """Markup and quotes in a query, a filter, an address or the error about them are text in the answer."""
    answer = client.get(path, params=question)

    assert answer.status_code == status, answer.text[:300]
    if answer.headers["content-type"].startswith("text/html"):
        assert_harmless(answer.text)
        page = lxml.html.document_fromstring(answer.text)
        assert page.xpath("//img | //script[not(@src)] | //@*[starts-with(name(), 'on')]") == []
    else:
        assert answer.headers["content-type"].startswith("text/plain")


def test_w1_a_feed_of_a_search_carries_titles_as_text(client: httpx.Client) -> None:
    """The Atom feed of a search holds hostile titles as text that no reader takes for markup."""
    feed = client.get("/search.atom", params={"q": "piège"}).text

    assert SCRIPT not in feed and html.escape(SCRIPT, quote=False) in feed.replace("&#39;", "'")


@pytest.mark.parametrize("path", ["/search", "/nothing", "/documents/abc", "/static/vigie.css", "/api/v1/status"])
def test_w1_every_answer_has_the_headers_that_keep_a_page_to_itself(client: httpx.Client, path: str) -> None:
    """Each answer has a strict Content-Security-Policy and is neither sniffed nor framed; errors too."""
    headers = client.get(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY" and "frame-ancestors 'none'" in policy
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/search?q=patrouille", "/sources", "/alerts", "/about", "/help"])
def test_w1_no_page_takes_anything_from_another_host_or_holds_code(client: httpx.Client, path: str) -> None:
    """Style, script and pictures come from Vigie alone, and no page holds code that a policy would have to allow."""
    page = lxml.html.document_fromstring(client.get(path).text)

    taken = page.xpath("//script/@src | //link/@href | //img/@src | //iframe/@src")
    assert taken and all(one.startswith("/") and not one.startswith("//") for one in taken)
    assert page.xpath("//script[not(@src)] | //style | //@style | //@*[starts-with(name(), 'on')]") == []


@pytest.mark.parametrize("form", ["raw", "record"])
def test_w1_captures_are_downloads_and_never_shown(client: httpx.Client, form: str) -> None:
    """Fetched bytes are an attachment without a type of their own, in a sandbox."""
    headers = client.get(f"/captures/1/{form}").headers

    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment;")
    assert headers["content-security-policy"].startswith("sandbox") and headers["x-content-type-options"] == "nosniff"


def test_w2_a_post_from_elsewhere_is_refused(client: httpx.Client, address: str) -> None:
    """Forms of other sites, of other ports and without an origin are refused; our own is taken."""
    form = {"lang": "en", "next": "/search"}
    answers = {
        origin: client.post("/language", data=form, headers={"Origin": origin} if origin else {}).status_code
        for origin in ("", "null", "http://pirate.test", "http://127.0.0.1:1", address)
    }

    assert answers == {"": 403, "null": 403, "http://pirate.test": 403, "http://127.0.0.1:1": 403, address: 303}


@pytest.mark.parametrize(
    "asked", ["//pirate.test/", "https://pirate.test/", "/\\pirate.test", "javascript:alert(1)", ""]
)
def test_w2_the_way_back_never_leads_elsewhere(client: httpx.Client, address: str, asked: str) -> None:
    """The page to go back to after a form is one of ours, whatever the form says."""
    answer = client.post("/language", data={"lang": "en", "next": asked}, headers={"Origin": address})

    assert answer.headers["location"] == "/"


def test_w2_a_huge_form_is_not_read(client: httpx.Client, address: str) -> None:
    """A form of a million characters changes nothing."""
    answer = client.post("/language", data={"lang": "en", "next": "/" + "x" * 1_000_000}, headers={"Origin": address})

    assert answer.status_code == 303 and "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_w2_the_api_changes_nothing(client: httpx.Client, address: str, method: str) -> None:
    """The API has no method that changes anything, not even for our own pages."""
    assert client.request(method, "/api/v1/status", headers={"Origin": address}).status_code == 405


def test_w2_no_mere_look_changes_anything(client: httpx.Client, library: Program) -> None:
    """Every page, feed, export and record is read, and neither catalogue nor files are other than before."""
    document = client.get("/api/v1/search", params={"q": "piège"}).json()["hits"][0]["document"]
    paths = [
        *PAGES, "/", f"/documents/{document}", f"/api/v1/documents/{document}", "/captures/1/raw", "/captures/1/record",
        "/search/saved?q=police", "/search.atom?q=police", "/search/export?q=piège&format=csv", "/metrics", "/healthz",
        "/api/v1/status", "/api/v1/sources", "/login", "/alerts/letters/1/html", "/logout", "/language?lang=en",
    ]  # fmt: skip
    before = take_stock(library)
    statuses = {path: client.get(path).status_code for path in paths}

    assert take_stock(library) == before
    changing = {path: statuses.pop(path) for path in ("/logout", "/language?lang=en")}
    assert changing == {"/logout": 404, "/language?lang=en": 405}, "what changes something is asked for with POST alone"
    assert set(statuses.values()) <= {200, 404}, statuses


def take_stock(program: Program) -> tuple[str, list[str]]:
    """A digest of all rows, and the names and sizes of all files but those that SQLite keeps for itself."""
    digest = hashlib.sha256()
    with contextlib.closing(sqlite3.connect(program.data / "catalogue.sqlite", timeout=30)) as connection:
        for line in connection.iterdump():
            digest.update(line.encode("utf-8", "surrogatepass"))
    files = (file for file in program.data.rglob("*") if file.is_file() and "sqlite" not in file.name)
    kept = sorted(f"{file.relative_to(program.data)} {file.stat().st_size}" for file in files)
    return digest.hexdigest(), [one for one in kept if not one.startswith(("logs/", "locks/"))]


@pytest.mark.parametrize("host", ["pirate.test", "127.0.0.1.pirate.test", "pirate.test:80", "", "a@127.0.0.1", "[::"])
def test_w3_a_name_that_is_not_ours_is_refused(address: str, host: str) -> None:
    """A name that a foreign site made point here gets 400 and nothing else."""
    assert ask_raw(address, "/search?q=patrouille", host) == 400


def test_w3_our_own_names_are_served(address: str) -> None:
    """The names of this machine are served."""
    port = urlsplit(address).port

    assert [ask_raw(address, "/healthz", f"{name}:{port}") for name in ("127.0.0.1", "localhost", "[::1]")] == [200] * 3


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_w3_other_machines_are_not_served_without_a_password(library: Program, host: str) -> None:
    """An address that others can reach is refused at start while nobody has to say who he is."""
    done = library.run("web", "--host", host, "--port", "1")

    assert done.code == 2
    assert "password_hash or proxy_header" in done.err and "Anybody on the network could read" in done.err


@pytest.mark.parametrize(
    "path",
    [
        "/captures/../../etc/passwd", "/captures/%2e%2e%2f%2e%2e%2fetc%2fpasswd/raw", "/captures/1%00/raw",
        "/captures/-1/raw", "/captures/99999999999999999999/raw", "/captures/9223372036854775807/raw",
        "/captures/1.5/record", "/documents/..%2f..%2fcatalogue.sqlite", "/documents/%00", "/static/../app.py",
        "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/alerts/letters/-1", "/alerts/letters/1e3/html",
        "/sources/..%2fsettings.yaml", "/documents/" + "a" * 5000,
    ],
)  # fmt: skip
def test_w4_ids_are_ids_and_never_paths(address: str, path: str) -> None:
    """Paths, escapes, NUL, negative, huge and broken numbers in the place of an id are not found."""
    assert ask_raw(address, path, urlsplit(address).netloc) == 404


@pytest.fixture
def copy(library: Program, tmp_path: Path) -> Iterator[Program]:
    """The same archive for a test that tampers with it; a file that nobody may read through it lies beside."""
    copy = Program(tmp_path)
    shutil.copytree(library.data, copy.data)
    (tmp_path / "secret.txt").write_bytes(b"rien pour vous\n" * 100_000)
    yield copy


def test_w4_a_symbolic_link_in_the_archive_leads_to_no_other_file(copy: Program) -> None:
    """Where a WARC file was replaced by a link to another file, nothing of that file is given out."""
    for file in (copy.data / "warc").glob("*.warc.gz"):
        file.unlink()
        file.symlink_to(copy.folder / "secret.txt")

    assert read_first_capture(copy) == [500, 500]


@pytest.mark.parametrize("name", ["../../secret.txt", "{folder}/secret.txt"])
def test_w4_a_path_in_the_catalogue_leads_to_no_other_file(copy: Program, name: str) -> None:
    """A row that names a path where the name of a WARC file belongs is refused."""
    with contextlib.closing(sqlite3.connect(copy.data / "catalogue.sqlite", timeout=30)) as connection, connection:
        connection.execute("UPDATE capture SET warc_file = ? WHERE id = 1", (name.format(folder=copy.folder),))

    assert read_first_capture(copy) == [500, 500]
    assert copy.run("verify").code == 1


def read_first_capture(program: Program) -> list[int]:
    """How the page answers for its body and its record; never with what lies in the other file."""
    with serve(program) as address:
        answers = [httpx.get(f"{address}/captures/1/{form}", timeout=30, headers=ENGLISH) for form in ("raw", "record")]
    for answer in answers:
        assert "cannot be read back" in answer.text and "rien pour vous" not in answer.text
    return [answer.status_code for answer in answers]
