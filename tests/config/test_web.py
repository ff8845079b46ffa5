"""The settings of the page: what other machines can reach needs to know who asks."""

from pathlib import Path

import pytest

from config.loading import Loaded, load

HASH = "$argon2id$v=19$m=65536,t=3,p=4$EAQ+/rC6NZjTjrgC/Jbi6g$5Sml4tOuCM8ZD27T5wLEuAwE52SNg7iFK51wLHJysC0"


def read(folder: Path, web: str) -> Loaded:
    (folder / "sources").mkdir(exist_ok=True)
    (folder / "settings.yaml").write_text(f"web: {web}\n", encoding="utf-8")
    return load(folder, {})


@pytest.mark.parametrize("web", ["{}", "{host: localhost}", '{host: "::1"}', "{host: 127.0.0.9, port: 9000}"])
def test_this_machine_alone_needs_no_password(tmp_path: Path, web: str) -> None:
    assert read(tmp_path, web).ok


@pytest.mark.parametrize("host", ["0.0.0.0", '"::"', "192.168.1.4", "veille.exemple.test"])
def test_other_machines_need_a_password_or_a_proxy(tmp_path: Path, host: str) -> None:
    loaded = read(tmp_path, f"{{host: {host}}}")

    (fault,) = loaded.errors
    assert "password_hash or proxy_header" in str(fault) and "Anybody on the network could read" in str(fault)


@pytest.mark.parametrize("rule", [f'password_hash: "{HASH}"', "proxy_header: X-Remote-User"])
def test_with_either_any_address_will_do(tmp_path: Path, rule: str) -> None:
    assert read(tmp_path, f"{{host: 0.0.0.0, {rule}}}").ok


@pytest.mark.parametrize(
    ("web", "said"),
    [
        ("{password_hash: geheim}", "`vigie web password`"),
        ("{proxy_header: X-Remote-User, proxy_addresses: []}", "at least one of proxy_addresses"),
        ('{proxy_header: "X: y"}', "the name of a header"),
        ("{allowed_hosts: [https://exemple.test]}", "without port"),
        ("{port: 0}", "port"),
    ],
)
def test_what_makes_no_sense_is_explained(tmp_path: Path, web: str, said: str) -> None:
    assert said in "\n".join(map(str, read(tmp_path, web).errors))


def test_the_address_that_people_are_told(tmp_path: Path) -> None:
    web = read(tmp_path, '{host: "::", password_hash: "' + HASH + '"}').settings.web
    assert web.address == "http://[::1]:8080"
    public = read(tmp_path, "{base_address: https://veille.exemple.test/}").settings.web
    assert public.address == "https://veille.exemple.test"
