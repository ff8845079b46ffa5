"""Hazards W1 to W4 on a running server: foreign names, posts and paths, and nobody without the password."""

import base64
import http.client
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import lxml.html
import pytest

from tests.vigie.program import Program
from tests.vigie.web.serving import serve, set_web

PASSWORD = "une phrase de passe"


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


@pytest.mark.parametrize("path", ["/search", "/nothing", "/documents/abc", "/static/vigie.css", "/api/v1/status"])
def test_every_answer_has_the_headers_that_keep_a_page_to_itself(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY" and "frame-ancestors 'none'" in policy
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/search?q=patrouille", "/sources", "/alerts", "/about", "/help"])
def test_no_page_takes_anything_from_another_host_or_holds_code(client: httpx.Client, path: str) -> None:
    page = lxml.html.document_fromstring(client.get(path).text)

    taken = page.xpath("//script/@src | //link/@href | //img/@src | //iframe/@src")
    assert taken and all(one.startswith("/") and not one.startswith("//") for one in taken)
    assert page.xpath("//script[not(@src)] | //style | //@style | //@*[starts-with(name(), 'on')]") == []


@pytest.mark.parametrize("host", ["pirate.test", "127.0.0.1.pirate.test", "pirate.test:80", "", "a@127.0.0.1", "[::"])
def test_a_name_that_is_not_ours_is_refused(address: str, host: str) -> None:
    assert ask_raw(address, "/search?q=patrouille", host) == 400


def test_our_own_names_are_served(address: str) -> None:
    port = urlsplit(address).port

    assert [ask_raw(address, "/healthz", f"{name}:{port}") for name in ("127.0.0.1", "localhost", "[::1]")] == [200] * 3


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
def test_ids_are_ids_and_never_paths(address: str, path: str) -> None:
    assert ask_raw(address, path, urlsplit(address).netloc) == 404


def test_a_post_from_elsewhere_is_refused(client: httpx.Client, address: str) -> None:
    form = {"lang": "en", "next": "/search"}
    answers = {
        origin: client.post("/language", data=form, headers={"Origin": origin} if origin else {}).status_code
        for origin in ("", "null", "http://pirate.test", "http://127.0.0.1:1", address)
    }

    assert answers == {"": 403, "null": 403, "http://pirate.test": 403, "http://127.0.0.1:1": 403, address: 303}


@pytest.mark.parametrize(
    "asked", ["//pirate.test/", "https://pirate.test/", "/\\pirate.test", "javascript:alert(1)", ""]
)
def test_the_way_back_never_leads_elsewhere(client: httpx.Client, address: str, asked: str) -> None:
    answer = client.post("/language", data={"lang": "en", "next": asked}, headers={"Origin": address})

    assert answer.headers["location"] == "/"


def test_a_huge_form_is_not_read(client: httpx.Client, address: str) -> None:
    answer = client.post("/language", data={"lang": "en", "next": "/" + "x" * 1_000_000}, headers={"Origin": address})

    assert answer.status_code == 303 and "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_the_api_changes_nothing(client: httpx.Client, address: str, method: str) -> None:
    assert client.request(method, "/api/v1/status", headers={"Origin": address}).status_code == 405


def test_a_head_request_is_answered_without_a_body(client: httpx.Client) -> None:
    answer = client.head("/search")

    assert answer.status_code == 200 and answer.content == b""


@pytest.fixture(scope="module")
def guarded(library: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same archive behind a password."""
    program = Program(tmp_path_factory.mktemp("guarded"))
    hashed = program_hash(program)
    set_web(program, f"  enabled: false\n  password_hash: '{hashed}'")
    link_data(program, library)
    with serve(program) as found:
        yield found


def program_hash(program: Program) -> str:
    done = subprocess.run(
        program.words("web", "password"), input=f"{PASSWORD}\n", capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def link_data(program: Program, library: Program) -> None:
    """Let another configuration serve the same archive."""
    settings = program.config / "settings.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("data_folder: ../data", f"data_folder: {library.data}"), encoding="utf-8")


def sign_in(address: str, password: str) -> httpx.Response:
    form = {"password": password, "next": "/search?q=patrouille"}
    return httpx.post(f"{address}/login", data=form, headers={"Origin": address}, timeout=30)


def test_without_the_password_nothing_is_shown(guarded: str) -> None:
    page = httpx.get(f"{guarded}/search?q=patrouille")
    others = [httpx.get(f"{guarded}{path}").status_code for path in ("/api/v1/status", "/metrics", "/search.atom?q=a")]

    assert page.status_code == 303 and page.headers["location"] == "/login?next=/search%3Fq%3Dpatrouille"
    assert others == [401, 401, 401]
    assert httpx.get(f"{guarded}/captures/1/raw").status_code == 303
    assert httpx.get(f"{guarded}/healthz").status_code == 200


def test_the_password_opens_a_session_that_ends_by_logging_out(guarded: str) -> None:
    entered = sign_in(guarded, PASSWORD)
    cookie = entered.headers["set-cookie"]
    session = {"Cookie": cookie.partition(";")[0]}

    assert entered.status_code == 303 and entered.headers["location"] == "/search?q=patrouille"
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert httpx.get(f"{guarded}/search?q=patrouille", headers=session).status_code == 200
    left = httpx.post(f"{guarded}/logout", headers=session | {"Origin": guarded})
    assert 'vigie_session=""' in left.headers["set-cookie"]


@pytest.mark.parametrize("forged", ["", "x", "9999999999.0", "9999999999." + "0" * 64, "-1.x", "é.é"])
def test_a_session_cannot_be_made_up(guarded: str, forged: str) -> None:
    answer = httpx.get(f"{guarded}/search", headers={b"Cookie": f"vigie_session={forged}".encode()})

    assert answer.status_code == 303


def test_programs_give_the_password_with_each_request(guarded: str) -> None:
    right = base64.b64encode(f"prometheus:{PASSWORD}".encode()).decode()

    assert httpx.get(f"{guarded}/metrics", headers={"Authorization": f"Basic {right}"}, timeout=30).status_code == 200
    assert httpx.get(f"{guarded}/metrics", headers={"Authorization": "Basic !!"}, timeout=30).status_code == 401


def test_wrong_passwords_are_slowed_down(guarded: str) -> None:
    answers = [sign_in(guarded, f"mauvais {number}").status_code for number in range(8)]

    assert answers[0] == 403 and answers[-1] == 429
    assert sign_in(guarded, PASSWORD).status_code == 429


def test_a_proxy_names_whom_it_let_in(library: Program, tmp_path_factory: pytest.TempPathFactory) -> None:
    program = Program(tmp_path_factory.mktemp("behind"))
    set_web(program, "  enabled: false\n  proxy_header: X-Remote-User\n  base_address: https://veille.exemple.test")
    link_data(program, library)
    with serve(program) as found:
        without = httpx.get(f"{found}/search")
        named = httpx.get(f"{found}/search", headers={"X-Remote-User": "anne", "Host": "veille.exemple.test"})
        posted = httpx.post(
            f"{found}/language", data={"lang": "en"},
            headers={"X-Remote-User": "anne", "Origin": "https://veille.exemple.test"},
        )  # fmt: skip

    assert (without.status_code, named.status_code, posted.status_code) == (403, 200, 303)
    assert "Secure" in posted.headers["set-cookie"]


def test_other_machines_are_not_served_without_a_password(library: Program) -> None:
    done = library.run("web", "--host", "0.0.0.0", "--port", "1")

    assert done.code == 2
    assert "password_hash or proxy_header" in done.err and "Anybody on the network could read" in done.err


def test_a_taken_port_is_one_sentence(library: Program, address: str) -> None:
    done = library.run("web", "--port", str(urlsplit(address).port))

    assert done.code == 5 and "cannot be listened on" in done.err and "Traceback" not in done.err
