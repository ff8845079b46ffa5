"""The search cluster: the key comes from the environment, is never shown, and never goes over plain http elsewhere."""

import re
from pathlib import Path

import certifi
import pytest

from config import kibana_server
from config.cluster import API_KEY, LOGIN
from config.loading import Loaded, load

KEY = "c2VjcmV0OmtleQ=="


def read(folder: Path, cluster: str, key: str | None = None, engine: str = "elasticsearch") -> Loaded:
    (folder / "sources").mkdir()
    (folder / "settings.yaml").write_text(f"engine: {engine}\nelasticsearch: {cluster}\n", encoding="utf-8")
    return load(folder, {API_KEY: key} if key else {})


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9200", "http://localhost:9200", "https://recherche.exemple.test"]
)
def test_a_key_goes_to_this_machine_or_over_tls(tmp_path: Path, address: str) -> None:
    loaded = read(tmp_path, f"{{addresses: [{address}]}}", KEY)
    assert loaded.ok and loaded.credentials.api_key == KEY
    assert KEY not in repr(loaded) + str(loaded.settings.model_dump(mode="json"))


def test_a_key_is_not_sent_in_the_clear_to_another_machine(tmp_path: Path) -> None:
    loaded = read(tmp_path, '{addresses: ["http://10.1.2.3:9200"]}', KEY)
    (fault,) = loaded.errors
    assert "elasticsearch.addresses" in str(fault) and "use https" in str(fault) and "10.1.2.3" in str(fault)
    assert KEY not in str(fault)


def test_without_a_key_any_address_will_do(tmp_path: Path) -> None:
    assert read(tmp_path, '{addresses: ["http://10.1.2.3:9200"]}').ok


def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path) -> None:
    loaded = read(tmp_path, "{}", "id:secret words")
    assert API_KEY in str(loaded.errors[0]) and "secret words" not in str(loaded.errors[0])


def read_login(folder: Path, address: str, login: str, key: str | None = None) -> Loaded:
    (folder / "sources").mkdir()
    settings = f"engine: elasticsearch\nelasticsearch: {{addresses: [{address}]}}\n"
    (folder / "settings.yaml").write_text(settings, encoding="utf-8")
    return load(folder, {LOGIN: login, **({API_KEY: key} if key else {})})


def test_a_login_goes_where_a_key_would_and_is_never_shown(tmp_path: Path) -> None:
    loaded = read_login(tmp_path, "https://recherche.exemple.test", "vigie:très:secret")
    assert loaded.ok and loaded.credentials.login == "vigie:très:secret"
    assert "secret" not in repr(loaded)


@pytest.mark.parametrize(
    ("address", "login", "key", "said"),
    [
        ("http://10.1.2.3:9200", "vigie:secret", None, "use https"),
        ("https://recherche.exemple.test", "secret", None, "a name, a colon and a password"),
        ("https://recherche.exemple.test", "vigie:secret", KEY, f"both {API_KEY} and {LOGIN}"),
    ],
)
def test_a_login_that_cannot_be_used_is_refused_and_not_shown(
    tmp_path: Path, address: str, login: str, key: str | None, said: str
) -> None:
    (fault,) = read_login(tmp_path, address, login, key).errors
    assert said in str(fault) and "secret" not in str(fault)


def test_a_certificate_file_must_hold_some_and_is_found_beside_the_settings(tmp_path: Path) -> None:
    cluster = '{addresses: ["https://recherche.exemple.test"], ca_file: ca.pem}'
    missing = read(tmp_path, cluster)
    assert "elasticsearch.ca_file" in str(missing.errors[0])
    (tmp_path / "ca.pem").write_text("no certificate", encoding="ascii")
    assert "PEM" in str(load(tmp_path, {}).errors[0])
    (tmp_path / "ca.pem").write_text(Path(certifi.where()).read_text(encoding="utf-8"), encoding="utf-8")
    loaded = load(tmp_path, {})
    assert loaded.ok and loaded.settings.elasticsearch.ca_file == tmp_path / "ca.pem"


def test_certificates_need_https(tmp_path: Path) -> None:
    assert "https:// beside ca_file" in str(read(tmp_path, "{ca_file: ca.pem}").errors[0])


def test_a_cluster_that_is_not_used_is_not_checked(tmp_path: Path) -> None:
    cluster = '{addresses: ["https://recherche.exemple.test"], ca_file: ca.pem}'
    assert read(tmp_path, cluster, KEY, engine="embedded").ok


def read_kibana(folder: Path, kibana: str, key: str | None = None) -> Loaded:
    (folder / "sources").mkdir()
    (folder / "settings.yaml").write_text(f"engine: elasticsearch\nkibana: {kibana}\n", encoding="utf-8")
    return load(folder, {kibana_server.API_KEY: key} if key else {})


def test_the_key_of_kibana_goes_to_this_machine_or_over_tls(tmp_path: Path) -> None:
    loaded = read_kibana(tmp_path, '{address: "https://kibana.exemple.test/vue/"}', KEY)
    assert loaded.ok and loaded.credentials.kibana_key == KEY and KEY not in repr(loaded)
    assert loaded.settings.kibana.linked_address == "https://kibana.exemple.test/vue"


@pytest.mark.parametrize(
    ("kibana", "key", "said"),
    [
        ('{address: "http://10.1.2.3:5601"}', KEY, "kibana.address: .*use https"),
        ("{}", "id:secret words", f"kibana.address: .*{kibana_server.API_KEY}"),
        ('{address: "http://127.0.0.1:5601/?a=1"}', None, "without a question mark"),
        ("{ca_file: ca.pem}", None, "https:// beside ca_file"),
        ('{address: "https://kibana.exemple.test", ca_file: ca.pem}', None, "kibana.ca_file: .*PEM"),
    ],
)
def test_what_keeps_kibana_from_being_asked_is_one_fault(
    tmp_path: Path, kibana: str, key: str | None, said: str
) -> None:
    (fault,) = read_kibana(tmp_path, kibana, key).errors
    assert re.search(said, str(fault)), str(fault)
    assert key is None or key not in str(fault)
