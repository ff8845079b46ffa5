"""Webhooks in a query file: only to public hosts over https, with a key that others cannot read."""

import base64
from pathlib import Path

import pytest

from config.loading import load
from config.query import SavedQuery
from config.webhook import KEY, Webhook, WebhookKeyError, read_key

SECRET = bytes(range(32))
WRITTEN = "whsec_" + base64.b64encode(SECRET).decode()


def write_configuration(folder: Path, webhook: str, private_hosts: str = "[]") -> Path:
    for name in ("sources", "queries"):
        (folder / name).mkdir(parents=True)
    (folder / "settings.yaml").write_text(f"private_hosts: {private_hosts}\n", encoding="utf-8")
    (folder / "queries" / "q.yaml").write_text(f"title: q\nquery: police\nwebhook: {webhook}\n", encoding="utf-8")
    return folder


def write_key(path: Path, text: str = WRITTEN + "\n", mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_webhook_alone_turns_a_query_on(tmp_path: Path) -> None:
    config = write_configuration(tmp_path / "config", "{url: https://crochet.exemple.fr/vigie, key_file: cle}")
    write_key(config / "cle")

    loaded = load(config, {})

    assert loaded.ok, loaded.faults
    query = loaded.queries["q"]
    assert query.is_on and query.audience == ("https://crochet.exemple.fr/vigie",)
    assert query.webhook is not None and read_key(query.webhook, None) == SECRET


def test_the_key_may_stand_in_the_environment_and_a_copy_of_the_configuration_finds_its_file(tmp_path: Path) -> None:
    url = "https://crochet.exemple.fr/vigie"
    config = write_configuration(tmp_path / "config", f"{{url: {url}}}")
    assert load(config, {KEY: WRITTEN}).ok and load(config, {KEY: WRITTEN}).credentials.webhook_key == WRITTEN
    assert WRITTEN not in repr(load(config, {KEY: WRITTEN}))

    copy = write_configuration(tmp_path / "copy", f"{{url: {url}, key_file: cle}}")
    write_key(config / "cle")
    assert load(copy, {}, home=config).ok


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://crochet.exemple.fr/", "http"),
        ("https://127.0.0.1/", "the address 127.0.0.1"),
        ("https://0x7f.1/", "the address 127.0.0.1"),
        ("https://[::ffff:10.0.0.1]/", "the address ::ffff:"),
        ("https://intranet/", "a name of the local network"),
        ("https://crochet.exemple.fr:8443/", "port 8443"),
    ],
)
def test_an_address_that_is_not_public_is_refused_when_the_file_is_read(tmp_path: Path, url: str, found: str) -> None:
    config = write_configuration(tmp_path / "config", f'{{url: "{url}"}}')

    (fault,) = load(config, {KEY: WRITTEN}).errors

    assert (fault.file.name, fault.key) == ("q.yaml", "webhook.url")
    assert str(fault.found).startswith(found) and "private_hosts" in str(fault)


def test_a_private_host_is_allowed_by_exact_host_and_port(tmp_path: Path) -> None:
    webhook = "{url: 'http://127.0.0.1:9000/vigie'}"
    assert load(write_configuration(tmp_path / "a", webhook, '["127.0.0.1:9000"]'), {KEY: WRITTEN}).ok
    assert not load(write_configuration(tmp_path / "b", webhook, '["127.0.0.1:9001"]'), {KEY: WRITTEN}).ok


def test_a_key_that_is_missing_weak_or_open_is_named(tmp_path: Path) -> None:
    def said(webhook: Webhook, environment: str | None = None) -> str:
        with pytest.raises(WebhookKeyError) as caught:
            read_key(webhook, environment)
        return str(caught.value)

    url = "https://crochet.exemple.fr/"
    assert KEY in said(Webhook(url=url))
    assert "openssl" in said(Webhook(url=url, key_file=tmp_path / "nowhere"))
    assert "chmod 600" in said(Webhook(url=url, key_file=write_key(tmp_path / "open", mode=0o644)))
    assert "24 to 64 bytes" in said(Webhook(url=url, key_file=write_key(tmp_path / "weak", "whsec_c2VzYW1l")))
    assert "24 to 64 bytes" in said(Webhook(url=url), "sésame, ouvre-toi, sésame, ouvre-toi")


def test_one_address_has_one_key(tmp_path: Path) -> None:
    config = write_configuration(tmp_path / "config", "{url: https://crochet.exemple.fr/, key_file: cle}")
    write_key(config / "cle")
    other = "title: r\nquery: police\nwebhook: {url: https://crochet.exemple.fr/}\n"
    (config / "queries" / "r.yaml").write_text(other, encoding="utf-8")

    (fault,) = load(config, {KEY: WRITTEN}).errors

    assert "one key for one address" in str(fault)


def test_a_query_without_recipient_and_webhook_is_off() -> None:
    assert not SavedQuery.model_validate({"title": "q", "query": "police"}).is_on
