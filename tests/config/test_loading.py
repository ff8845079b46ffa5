"""All faults of all files at once, each in one sentence that says where, what, and what to do."""

# ruff: noqa: E501 - a sentence is compared whole, on the line of what causes it

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from config.faults import ConfigurationError
from config.loading import Loaded, find_folder, load, load_valid
from config.models import Settings

GOOD = """\
- id: echo-des-monts
  name: L'Écho des Monts
  kind: local_press
  homepage: https://www.echo-des-monts.test
  feeds: [https://www.echo-des-monts.test/rss]
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a configuration folder named `config` in the working folder."""
    monkeypatch.chdir(tmp_path)

    def write_files(settings: str | bytes | None = "", **sources: str | bytes) -> Path:
        folder = Path("config")
        (folder / "sources").mkdir(parents=True, exist_ok=True)
        files = {folder / "sources" / f"{name}.yaml": text for name, text in sources.items()}
        if settings is not None:
            files[folder / "settings.yaml"] = settings
        for file, text in files.items():
            file.write_bytes(text.encode() if isinstance(text, str) else text)
        return folder

    return write_files


def say(loaded: Loaded) -> list[str]:
    return [str(fault) for fault in loaded.faults]


def test_a_sound_configuration_has_no_faults(write: Write, tmp_path: Path) -> None:
    folder = write("contact: redaction@exemple.test\nlimits:\n  body_bytes: 4 MiB\n", monts=GOOD)
    loaded = load_valid(folder, {})
    assert loaded.ok and loaded.faults == ()
    assert loaded.settings.limits.body_bytes == 4 * 2**20
    assert [source.id for source in loaded.enabled] == ["echo-des-monts"]
    assert loaded.files["echo-des-monts"] == Path("config/sources/monts.yaml")
    assert loaded.settings.data_folder == tmp_path / "data"


def test_files_in_folders_below_are_read(write: Write) -> None:
    folder = write("")
    (folder / "sources" / "press").mkdir()
    (folder / "sources" / "press" / "monts.yaml").write_text(GOOD)
    assert list(load(folder, {}).sources) == ["echo-des-monts"]


SETTINGS_FAULTS = [
    ("contact: moi", '1: contact: expected an e-mail address or a URL at which publishers can reach you, got "moi".'),
    ("contact: jean@exemple", '1: contact: expected an e-mail address or a URL at which publishers can reach you, got "jean@exemple".'),
    ("contact: https://u:p@a.test/", '1: contact: expected a URL without user name or password, got "https://***@a.test/". Remove the part before the @.'),
    ("politness: {}", '1: politness: expected a known key. Did you mean "politeness"?'),
    ("limits:\n  query_level: 3", '2: limits.query_level: expected a known key. Did you mean "query_levels"?'),
    ("limits:\n  body_bytes: 16 Mo", '2: limits.body_bytes: expected a number of bytes such as "16 MiB", got "16 Mo". Units are B, KiB, MiB, GiB and TiB.'),
    ("limits:\n  body_bytes: 0", "2: limits.body_bytes: expected a number of at least 1, got 0."),
    ("limits:\n  body_bytes: 2 GiB", "1: limits: expected body_bytes of at most parse_bytes and child_bytes. A page must fit into memory."),
    ("limits:\n  redirects: -1", "2: limits.redirects: expected a number of at least 0, got -1."),
    ("limits:\n  redirects: 21", "2: limits.redirects: expected a number of at most 20, got 21."),
    ("limits:\n  redirects: '5'", '2: limits.redirects: expected a whole number, got "5". Did you mean 5?'),
    ("limits:\n  redirects: 5.5", "2: limits.redirects: expected a whole number, got 5.5."),
    ("limits:\n  redirects: true", "2: limits.redirects: expected a whole number, got true."),
    ("limits:\n  redirects:", "2: limits.redirects: expected a whole number, got nothing."),
    ("limits:\n  request_seconds: 9999", "1: limits: expected request_seconds of at most run_seconds."),
    ("limits:\n  look_again_share: 20%", '2: limits.look_again_share: expected a number, got "20%".'),
    ("limits:\n  look_again_share: 20", "2: limits.look_again_share: expected a number of at most 1, got 20."),
    ("limits:", "1: limits: expected a mapping of keys to values, got nothing. Write keys below it, indented, or remove the key."),
    ("limits: []", "1: limits: expected a mapping of keys to values, got an empty list."),
    ("verify_tls: no", '1: verify_tls: expected true or false, got "no". Did you mean false?'),
    ("verify_tls: on", '1: verify_tls: expected true or false, got "on". Did you mean true?'),
    ("verify_tls: 'true'", '1: verify_tls: expected true or false, got "true". Did you mean true?'),
    ("verify_tls: peut-être", '1: verify_tls: expected true or false, got "peut-être".'),
    ("engine: elastic", '1: engine: expected one of embedded, fts5, elasticsearch, got "elastic". Did you mean "elasticsearch"?'),
    ("elasticsearch: {addresses: []}", "1: elasticsearch: expected at least one address of the cluster."),
    ("elasticsearch: {prefix: Vigie_1}", '1: elasticsearch.prefix: expected a name of 1 to 40 small letters, digits and hyphens that begins with a letter, got "Vigie_1".'),
    ("elasticsearch: {fingerprint: ab}", '1: elasticsearch.fingerprint: expected the SHA-256 fingerprint of a certificate, 64 hexadecimal digits with or without colons, got "ab".'),
    ("elasticsearch: {api_key: abc}", "1: elasticsearch.api_key: expected a known key. Known are addresses, ca_file, fingerprint, prefix."),
    ("politeness:\n  delay: 5", '2: politeness.delay: expected a duration such as "15m", got 5. Did you mean "5m" (minutes) or "5s" (seconds)?'),
    ("politeness:\n  user_agent: Mozilla", '2: politeness.user_agent: expected a name of your own, got "Mozilla". Never borrow the name of a browser, a search engine or another robot.'),
    ("politeness:\n  user_agent: Ma Veille", '2: politeness.user_agent: expected a name of 2 to 40 letters, digits, hyphens and underscores that begins with a letter, got "Ma Veille".'),
    ("politeness:\n  respect_tdm_opt_out: yes", '2: politeness.respect_tdm_opt_out: expected true or false, got "yes". Did you mean true?'),
    ("politeness:\n  host_load_share: 0", "2: politeness.host_load_share: expected a number above 0, got 0."),
    ("clock:\n  zone: Europe/Pari", '2: clock.zone: expected the name of a time zone such as "Europe/Paris", got "Europe/Pari". Did you mean "Europe/Paris"?'),
    ("clock:\n  zone: ''", '2: clock.zone: expected the name of a time zone such as "Europe/Paris", got "".'),
    ("clock:\n  zone:", "2: clock.zone: expected a text, got nothing. Write a value or remove the key."),
    ("clock:\n  zone: ../../etc/passwd", '2: clock.zone: expected the name of a time zone such as "Europe/Paris", got "../../etc/passwd".'),
    ("clock:\n  interval_bounds: [6h, 5m]", '2: clock.interval_bounds: expected two durations above zero, the shortest first, got ["6h", "5m"].'),
    ("clock:\n  interval_bounds: 5m", '2: clock.interval_bounds: expected a list of two durations such as ["5m", "6h"], got "5m".'),
    ("clock:\n  crawl_every: 0s", '2: clock.crawl_every: expected a duration above zero, got "0s".'),
    ("private_hosts: [127.0.0.1]", '1: private_hosts[0]: expected a host and a port such as "127.0.0.2:8080", got "127.0.0.1".'),
    ("private_hosts: [a.test:70000]", '1: private_hosts[0]: expected a host and a port such as "127.0.0.2:8080", got "a.test:70000". The port is a number from 1 to 65535.'),
    ("private_hosts: ['::1:80']", '1: private_hosts[0]: expected a host and a port such as "127.0.0.2:8080", got "::1:80".'),
    ("private_hosts: 127.0.0.1:80", '1: private_hosts: expected a list, got "127.0.0.1:80". Did you mean ["127.0.0.1:80"]?'),
    ("proxy: 127.0.0.1:3128", '1: proxy: expected a URL that begins with http:// or https://, got "127.0.0.1:3128". Did you mean "http://127.0.0.1:3128"?'),
    ("proxy: relais.test:3128", '1: proxy: expected a URL that begins with http:// or https://, got "relais.test:3128". Did you mean "http://relais.test:3128"?'),
    ("proxy: http://u:secret@a.test:1", '1: proxy: expected a URL without user name or password, got "http://***@a.test:1". Remove the part before the @.'),
    ("data_folder: 7", "1: data_folder: expected the path of a folder, got 7."),
    ("data_folder: ''", '1: data_folder: expected the path of a folder, got "".'),
    ("extraction_workers: 0", "1: extraction_workers: expected a number of at least 1, got 0."),
    ("extraction_workers: 007", '1: extraction_workers: expected a whole number, got "007". Did you mean 7?'),
    ("- a", "1: expected a mapping of settings, got a list or a text."),
    ("just words", "1: expected a mapping of settings, got a list or a text."),
    ("a: 1\na: 2", '2: expected plain YAML, got the key "a" a second time. The key "a" stands on line 1 already: keep one of the two.'),
    ("limits:\n\tredirects: 1", "2: expected plain YAML, got a tab at the beginning of the line. Indent with blanks: YAML does not allow tabs."),
    ("contact: !!python/name:os.system", '1: expected plain YAML, got the tag "tag:yaml.org,2002:python/name:os.system". Remove it: only plain values are read.'),
    ("limits: &l {}\nclock: *l", '1: expected plain YAML, got the anchor or alias "l". Write the value out.'),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "sentence"), SETTINGS_FAULTS)
def test_a_wrong_setting_is_told_in_one_sentence(write: Write, settings: str, sentence: str) -> None:
    loaded = load(write(settings + "\n", monts=GOOD), {})
    assert f"config/settings.yaml:{sentence}" in say(loaded)
    assert not loaded.ok
    assert loaded.settings.limits == Settings().limits
    assert list(loaded.sources) == ["echo-des-monts"], "a fault in one file hides no other file"


SOURCE_FAULTS = [
    ("id: Écho", '1: id: expected an id of at most 64 letters a to z, digits and hyphens, got "Écho". Did you mean "echo"?'),
    ("id: a/b", '1: id: expected an id of at most 64 letters a to z, digits and hyphens, got "a/b". Did you mean "a-b"?'),
    ("id: ../../etc", '1: id: expected an id of at most 64 letters a to z, digits and hyphens, got "../../etc". Did you mean "etc"?'),
    ("id: con", '1: id: expected an id of at most 64 letters a to z, digits and hyphens, got "con".'),
    ("id: 12", '1: id: expected a text, got 12. Did you mean "12"?'),
    ("name: ''", '2: name: expected a text that neither is empty nor begins or ends with a blank, got "".'),
    ('name: "a\\u001b[31m"', '2: name: expected a text on one line without control characters, got "a\\u001b[31m".'),
    ("name: {a: 1}", "2: name: expected a text, got a mapping of keys to values."),
    ("kind: local_pres", '3: kind: expected one of union, association, federation, regional_press, local_press, broadcaster, got "local_pres". Did you mean "local_press"?'),
    ("homepage: www.a.test", '4: homepage: expected a URL that begins with http:// or https://, got "www.a.test". Did you mean "https://www.a.test"?'),
    ("homepage: //a.test/une", '4: homepage: expected a URL that begins with http:// or https://, got "//a.test/une". Did you mean "https://a.test/une"?'),
    ("homepage: /une", '4: homepage: expected a URL that begins with http:// or https://, got "/une".'),
    ("homepage: ftp://a.test/", '4: homepage: expected a URL that begins with http:// or https://, got "ftp://a.test/".'),
    ("homepage: file:///etc/passwd", '4: homepage: expected a URL that begins with http:// or https://, got "file:///etc/passwd".'),
    ("homepage: https://", '4: homepage: expected a URL with a host name, got "https://".'),
    ("homepage: 'https://a b.test'", '4: homepage: expected a URL without blanks or control characters, got "https://a b.test".'),
    ("homepage: https://a.test:99999/", '4: homepage: expected a URL with a valid host and port, got "https://a.test:99999/".'),
    ("homepage: 'https://[::1'", '4: homepage: expected a URL with a valid host and port, got "https://[::1".'),
    ("homepage: https://a..test/", '4: homepage: expected a URL with a host name, got "https://a..test/".'),
    ("homepage: https://a.test/#une", '4: homepage: expected a URL without a fragment, got "https://a.test/#une". Remove the # and what follows: it is never sent to a server.'),
    ("homepage:", '1: expected a homepage and at least one feed, sitemap or listing of a source that is enabled. Add the addresses or write "enabled: false" with a reason.'),
    ("feeds: []", '1: expected a homepage and at least one feed, sitemap or listing of a source that is enabled. Add the addresses or write "enabled: false" with a reason.'),
    ("feeds:", "5: feeds: expected a list, got nothing. Write [] or remove the key."),
    ("feeds: https://a.test/rss", '5: feeds: expected a list, got "https://a.test/rss". Did you mean ["https://a.test/rss"]?'),
    ("feeds: [https://a.test/rss, 3]", '5: feeds[1]: expected a text, got 3. Did you mean "3"?'),
    ("enabled: false", '1: expected a reason beside "enabled: false". Say why in a sentence under the key reason.'),
    ("enabled: no", '6: enabled: expected true or false, got "no". Did you mean false?'),
    ("intervall: 15m", '6: intervall: expected a known key. Did you mean "interval"?'),
    ("Interval: 15m", '6: Interval: expected a known key. Did you mean "interval"?'),
    ("interval: 15", '6: interval: expected a duration such as "15m", got 15. Did you mean "15m" (minutes) or "15s" (seconds)?'),
    ("interval: 10:30", '6: interval: expected a duration such as "15m", got "10:30". Units are s, m, h and d.'),
    ("interval: 0s", '6: interval: expected a duration above zero, got "0s".'),
    ("interval: -5m", '6: interval: expected a duration such as "15m", got "-5m". Did you mean "5m"?'),
    ("interval: [5m, 6h]", '6: interval: expected a duration such as "15m", got ["5m", "6h"]. One duration goes here; the bounds between which it adapts are the key interval_bounds.'),
    ("interval_bounds: [1h, 6h]", "1: expected an interval between the two interval_bounds. 15m is not between 1h and 6h: change one of the three."),
    ("backfill_days: -1", "6: backfill_days: expected a number of at least 0, got -1."),
    ("backfill_days: 2026-02-30", '6: backfill_days: expected a whole number, got "2026-02-30".'),
    ("departements: [69]", '6: departements[0]: expected the code of a département in quotes, got 69. Did you mean "69"?'),
    ("departements: [1]", '6: departements[0]: expected the code of a département in quotes, got 1. Did you mean "01"?'),
    ("departements: [2a]", '6: departements[0]: expected the code of a département such as "69", "2A" or "974", got "2a". Did you mean "2A"?'),
    ("departements: ['20']", '6: departements[0]: expected the code of a département such as "69", "2A" or "974", got "20".'),
    ("departements: [“69”]", '6: departements[0]: expected the code of a département such as "69", "2A" or "974", got "“69”". Write straight quotes: curly ones are taken as part of the text.'),
    ("regions: [FR-RA]", '6: regions[0]: expected the ISO 3166-2 code of a region such as "FR-ARA", got "FR-RA". Did you mean "FR-ARA"?'),
    ("regions: [Bretagne]", '6: regions[0]: expected the ISO 3166-2 code of a region such as "FR-ARA", got "Bretagne". Did you mean "FR-BRE"?'),
    ("language: français", '6: language: expected a language code such as "fr", got "français".'),
    ("zone: Paris", '6: zone: expected the name of a time zone such as "Europe/Paris", got "Paris". Did you mean "Europe/Paris"?'),
    ("zone: europe/paris", '6: zone: expected the name of a time zone such as "Europe/Paris", got "europe/paris". Did you mean "Europe/Paris"?'),
    ("include: [actualites]", '6: include[0]: expected a pattern that begins with "/", "*" or "re:", got "actualites". Did you mean "/actualites"?'),
    ("exclude: ['re:(a+)+$']", '6: exclude[0]: expected a regular expression that answers within 50 ms on any path, got "re:(a+)+$". Avoid a repetition inside a repetition, such as (a+)+.'),
    ("redistribution: all", '6: redistribution: expected one of title, extract, full, got "all".'),
    ("limits: {redirects: 1}", '6: limits.redirects: expected a known key. Known are body_bytes, feed_entries, listing_links, parse_seconds, request_seconds, run_seconds, sitemap_bytes, sitemap_depth, sitemap_urls.'),
    ("limits: {body_byte: 1}", '6: limits.body_byte: expected a known key. Did you mean "body_bytes"?'),
    ("limits: {request_seconds: 3000}", "6: limits: expected request_seconds of at most run_seconds."),
    ("limits: {body_bytes: 2 GiB}", "6: limits: expected body_bytes of at most parse_bytes and child_bytes. A page must fit into memory."),
    ("verify_tls:", "6: verify_tls: expected true or false, got nothing."),
    ("reason: 404", '6: reason: expected a text, got 404. Did you mean "404"?'),
]  # fmt: skip


@pytest.mark.parametrize(("line", "sentence"), SOURCE_FAULTS)
def test_a_wrong_source_is_told_in_one_sentence(write: Write, line: str, sentence: str) -> None:
    lines = {text.strip("- ").split(":")[0]: text.strip("- \n") for text in GOOD.splitlines()}
    lines[line.split(":")[0]] = line
    entry = "- " + "\n  ".join(lines.values()) + "\n"
    other = GOOD.replace("echo-des-monts", "echo-des-plaines")
    loaded = load(write("", monts=entry, plaines=other), {})
    assert say(loaded) == [f"config/sources/monts.yaml:{sentence}"]
    assert list(loaded.sources) == ["echo-des-plaines"], "a fault in one source hides no other"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- id: a\n", ":1: name: expected a value, got nothing. This key cannot be left out."),
        ("- just text\n", ":1: expected a source, as a mapping of keys, got something else."),
        ("id: a\n", ':1: expected a list of sources, got something else. Begin each source with "- id: ...".'),
        (b"- id: \xe9\n", ":1: expected plain YAML, got the byte 0xe9, which is not UTF-8. Save the file as UTF-8."),
        ("- " * 99, ":1: expected plain YAML, got more than 20 levels of nesting. Flatten the file."),
        (GOOD + "  name: Deux\n", ':6: expected plain YAML, got the key "name" a second time. '
         'The key "name" stands on line 2 already: keep one of the two.'),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_in_one_sentence(write: Write, text: str | bytes, sentence: str) -> None:
    assert f"config/sources/a.yaml{sentence}" in say(load(write("", a=text), {}))


def test_all_faults_of_all_files_come_at_once_in_their_order(write: Write) -> None:
    folder = write("contact: moi\nengin: x\n", b="- id: B\n- x\n", a=GOOD + "  zone: ''\n")
    loaded = load(folder, {})
    assert [(fault.file.name, fault.line, fault.key) for fault in loaded.faults] == [
        ("settings.yaml", 1, "contact"),
        ("settings.yaml", 2, "engin"),
        ("a.yaml", 6, "zone"),
        ("b.yaml", 1, "id"),
        ("b.yaml", 1, "name"),
        ("b.yaml", 1, "kind"),
        ("b.yaml", 2, ""),
    ]
    with pytest.raises(ConfigurationError) as caught:
        load_valid(folder, {})
    assert caught.value.faults == loaded.errors
    assert str(caught.value).count("\n") == len(loaded.errors) - 1


def test_two_sources_of_one_id_are_refused_whatever_the_case(write: Write) -> None:
    upper = GOOD.replace("id: echo-des-monts", "id: Echo-des-Monts").replace("www.", "autre.")
    loaded = load(write("", a=GOOD, b=GOOD.replace("www.", "aussi."), c=upper), {})
    advice = "Give one of the two another id; upper and lower case count as the same."
    holder = "which config/sources/a.yaml:1 has"
    expected = "id: expected an id that no other source has"
    assert f'config/sources/b.yaml:1: {expected}, got "echo-des-monts", {holder}. {advice}' in say(loaded)
    assert f'config/sources/c.yaml:1: {expected}, got "Echo-des-Monts", {holder}. {advice}' in say(loaded)
    assert loaded.files["echo-des-monts"].name == "a.yaml"


def test_an_address_of_two_sources_is_a_warning_and_starts(write: Write) -> None:
    twin = GOOD.replace("id: echo-des-monts", "id: jumeau")
    loaded = load_valid(write("", a=GOOD, b=twin), {})
    assert set(loaded.sources) == {"echo-des-monts", "jumeau"}
    (warning,) = loaded.warnings
    assert str(warning) == (
        "config/sources/b.yaml:5: feeds[0]: expected an address that stands nowhere else, got "
        "https://www.echo-des-monts.test/rss, which the source echo-des-monts has. "
        "It would be read once for each: keep it in one place."
    )


def test_what_is_missing_is_told(write: Write, tmp_path: Path) -> None:
    assert say(load(write(None, a=GOOD), {})) == [
        'config/settings.yaml: expected a file, got none. Write one, for instance by "vigie init", or point '
        "VIGIE_CONFIG at the folder that has it."
    ]
    nowhere = load(tmp_path / "nowhere", {})
    assert [fault.file.name for fault in nowhere.errors] == ["settings.yaml", "sources"]


def test_odd_files_are_told(write: Write) -> None:
    folder = write("", a=GOOD)
    (folder / "sources" / "b.yml").write_text(GOOD)
    (folder / "sources" / "c.yaml").mkdir()
    sentences = say(load(folder, {}))
    assert 'config/sources/b.yml: expected the ending .yaml, got the ending .yml. Rename it to "b.yaml".' in sentences
    assert "config/sources/c.yaml: expected a readable file, got Is a directory." in sentences


def test_the_environment_names_the_folders(write: Write, tmp_path: Path) -> None:
    folder = write("data_folder: archives\n", a=GOOD)
    assert find_folder({}) == Path("config")
    assert find_folder({"VIGIE_CONFIG": ""}) == Path("config")
    assert load(None, {"VIGIE_CONFIG": str(folder.absolute())}).settings.data_folder == tmp_path / "config" / "archives"
    assert load(folder, {"VIGIE_DATA_FOLDER": "ailleurs"}).settings.data_folder == tmp_path / "ailleurs"
    write(f"data_folder: {tmp_path}/plein\n")
    assert load(folder, {}).settings.data_folder == tmp_path / "plein"


def test_what_a_source_leaves_out_has_its_default(write: Write) -> None:
    source = load(write("", a=GOOD), {}).sources["echo-des-monts"]
    assert (source.language, source.zone, source.interval) == ("fr", "Europe/Paris", timedelta(minutes=15))
    assert (source.backfill_days, source.redistribution, source.delay) == (7, "extract", None)
    assert (source.enabled, source.unverified, source.verify_tls, source.reason) == (True, False, True, None)


def test_a_value_in_a_sentence_stays_on_one_short_line(write: Write) -> None:
    (fault,) = load(write(f'contact: "{"x" * 5000}\\n\\u202e"\n', a=GOOD), {}).faults
    assert len(str(fault)) < 300
    assert "\n" not in str(fault) and "\u202e" not in str(fault)
