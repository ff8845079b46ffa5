"""Who may read on a running server: nobody without the password, and whom a proxy let in."""

import base64
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.vigie.program import Program
from tests.vigie.web.serving import serve, set_web

PASSWORD = "une phrase de passe"


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


def test_a_taken_port_is_one_sentence(library: Program, address: str) -> None:
    done = library.run("web", "--port", str(urlsplit(address).port))

    assert done.code == 5 and "cannot be listened on" in done.err and "Traceback" not in done.err
