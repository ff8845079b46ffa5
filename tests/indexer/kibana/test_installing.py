"""An installation into Kibana, against a server that answers as Kibana does."""

import json
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.query import SavedQuery
from indexer.kibana.errors import KibanaError, ObjectsInvalidError, ObjectsRefusedError
from indexer.kibana.installing import Installed, install, read_objects
from indexer.kibana.objects import SavedObject, make_object
from indexer.kibana.placing import Place
from indexer.kibana.server import KibanaServer
from indexer.kibana.sessions import make_query_sessions
from indexer.kibana.shipped import make_shipped
from indexer.query import Limits, QueryError
from tests.kibana_server import KibanaDouble

KEY = "c2VjcmV0OmtleQ=="
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
OPTIONS = "query:queryString:options"


@pytest.fixture
def kibana() -> Iterator[KibanaDouble]:
    with KibanaDouble(spaces={"default", "presse"}) as running:
        yield running


def install_on(
    kibana: KibanaDouble,
    place: Place | None = None,
    objects: tuple[SavedObject, ...] | None = None,
    key: str | None = None,
) -> Installed:
    return install(KibanaServer(kibana.url, key), place or Place(), make_shipped() if objects is None else objects)


def test_a_first_installation_makes_everything_and_a_second_changes_nothing(kibana: KibanaDouble) -> None:
    first = install_on(kibana)
    assert len(first.made) == 8 and first.replaced == () and first.version == "9.5.3"
    assert set(kibana.in_space("default")) == {each.key for each in make_shipped()}
    kept, settings = kibana.in_space("default"), dict(kibana.settings["default"])

    second = install_on(kibana)
    assert second.made == () and len(second.replaced) == 8 and second.settings == {}
    assert kibana.in_space("default") == kept and kibana.settings["default"] == settings


def test_the_settings_of_the_space_are_those_by_which_typed_words_come_near(kibana: KibanaDouble) -> None:
    done = install_on(kibana)
    assert done.settings == kibana.settings["default"]
    assert done.settings["dateFormat:tz"] == "Europe/Paris"
    assert done.settings["defaultIndex"] == "vigie"
    assert done.settings["search:queryLanguage"] == "lucene"
    assert json.loads(done.settings["timepicker:timeDefaults"]) == {"from": "now-7d", "to": "now"}
    assert json.loads(done.settings[OPTIONS])["default_operator"] == "AND"


def test_only_settings_that_differ_are_changed(kibana: KibanaDouble) -> None:
    install_on(kibana)
    kibana.settings["default"] |= {"dateFormat:tz": "UTC", "theme:darkMode": "true"}
    kibana.settings["default"][OPTIONS] = json.dumps(json.loads(kibana.settings["default"][OPTIONS]), indent=1)
    assert set(install_on(kibana).settings) == {"dateFormat:tz"}
    assert kibana.settings["default"]["theme:darkMode"] == "true"


def test_a_setting_that_kibana_yml_holds_fast_is_named_and_the_others_are_set(kibana: KibanaDouble) -> None:
    kibana.overrides = {"dateFormat:tz": "UTC", "search:queryLanguage": "lucene"}
    done = install_on(kibana)
    assert list(done.locked) == ["dateFormat:tz"]
    assert set(done.settings) == {OPTIONS, "defaultIndex", "timepicker:timeDefaults"}


def test_a_second_space_has_objects_of_its_own(kibana: KibanaDouble) -> None:
    install_on(kibana)
    done = install_on(kibana, Place("vigie", "presse"))
    assert len(done.made) == 8 and len(kibana.in_space("default")) == 8
    there = kibana.in_space("presse")
    assert ("index-pattern", "vigie_presse") in there and kibana.settings["presse"]["defaultIndex"] == "vigie_presse"
    assert all(one["id"].startswith("vigie_presse") for each in there.values() for one in each["references"])
    assert not any(each.origin for each in kibana.objects.values())


def test_a_space_that_nobody_made_is_refused_before_anything_is_written(kibana: KibanaDouble) -> None:
    with pytest.raises(KibanaError, match=r'there is no space "ailleurs"'):
        install_on(kibana, Place("vigie", "ailleurs"))
    assert kibana.objects == {} and kibana.settings == {}


def test_one_refused_object_is_named_and_what_was_stored_is_said(kibana: KibanaDouble) -> None:
    own = make_object("dashboard", "le-notre", {"title": "Le nôtre", "panneaux": "[]", "timeRestore": False})
    with pytest.raises(ObjectsRefusedError, match=r"took 8 of 9 objects.*dashboard le-notre: \[attributes.panneaux\]"):
        install_on(kibana, objects=(*make_shipped(), own))
    assert len(kibana.objects) == 8 and kibana.settings == {}


def test_an_unknown_type_is_one_sentence(kibana: KibanaDouble) -> None:
    own = SavedObject("lens", "x", {"title": "x"})
    with pytest.raises(ObjectsRefusedError, match=r"lens x: this Kibana has no such type"):
        install_on(kibana, objects=(*make_shipped(), own))


def test_an_object_stored_elsewhere_is_no_success(kibana: KibanaDouble) -> None:
    kibana.spaces.add("autre")
    install_on(kibana)
    kibana.objects["search", "vigie.presse"].space = "autre"
    with pytest.raises(ObjectsRefusedError, match=r"search vigie.presse: was stored as .*taken in another space"):
        install_on(kibana)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"type": "missing_references", "references": [{"type": "index-pattern", "id": "x"}]}, "index-pattern x"),
        ({"type": "conflict", "destinationId": "y"}, "another object stands in its place, y"),
        ({"type": "ambiguous_conflict"}, "another object stands in its place;"),
        ({"type": "unknown", "error": {"output": {"payload": {"message": "trop grand"}}}}, "trop grand"),
    ],
)
def test_each_error_of_an_import_is_read(kibana: KibanaDouble, error: dict[str, object], said: str) -> None:
    results = [{"type": each.kind, "id": each.id} for each in make_shipped()[1:]]
    answer = {"success": False, "successCount": 7, "successResults": results,
              "errors": [{"type": "index-pattern", "id": "vigie", "error": error}]}  # fmt: skip
    kibana.planned = [("_import", 200, json.dumps(answer))]
    with pytest.raises(ObjectsRefusedError, match=said):
        install_on(kibana)


def test_an_answer_that_leaves_an_object_out_is_no_success(kibana: KibanaDouble) -> None:
    results = [{"type": each.kind, "id": each.id} for each in make_shipped()[1:]]
    kibana.planned = [("_import", 200, json.dumps({"success": True, "successCount": 7, "successResults": results}))]
    with pytest.raises(ObjectsRefusedError, match=r"index-pattern vigie: the answer does not speak of it"):
        install_on(kibana)


def test_objects_newer_than_this_kibana_are_refused_whole(kibana: KibanaDouble) -> None:
    newer = tuple(replace(each, rest={**each.rest, "typeMigrationVersion": "99.0.0"}) for each in make_shipped()[2:3])
    with pytest.raises(KibanaError, match=r"refused to import objects \(422\): .*more recent version"):
        install_on(kibana, objects=(*make_shipped()[:2], *newer))
    assert kibana.objects == {}


def test_nothing_is_sent_when_an_object_is_wrong(kibana: KibanaDouble) -> None:
    wrong = make_object("search", "x", {"title": "x", "columns": ["titel"]})
    with pytest.raises(ObjectsInvalidError, match=r'Nothing was sent .*search x: .*no field "titel"'):
        install_on(kibana, objects=(*make_shipped(), wrong))
    assert kibana.said == []


# what answers there


def test_the_key_is_sent_and_one_that_is_not_accepted_is_one_sentence(kibana: KibanaDouble) -> None:
    kibana.key = KEY
    assert len(install_on(kibana, key=KEY).made) == 8
    with pytest.raises(KibanaError, match=r"asks for a key.*VIGIE_KIBANA_API_KEY"):
        install_on(kibana)
    with pytest.raises(KibanaError, match=r"does not accept the key") as refused:
        install_on(kibana, key="ZmF1eDpmYXV4")
    assert "ZmF1eDpmYXV4" not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "status", "body", "said"),
    [
        ("status", 503, "Kibana server is not ready yet", "starting or overloaded"),
        ("_import", 429, "{}", "starting or overloaded"),
        ("_import", 403, "{}", "not the right to import objects"),
        ("settings", 403, "{}", "not the right to read the settings"),
        ("status", 302, "", "sends its visitors elsewhere"),
        ("status", 200, "<html>Bienvenue</html>", "is not Kibana"),
        ("status", 200, "[]", "is not Kibana"),
        ("status", 200, '{"ok": true}', "is not Kibana"),
        ("_import", 413, '{"message": "Payload content length greater than maximum"}', "413.*Payload content length"),
    ],
)
def test_other_answers_are_one_sentence(kibana: KibanaDouble, path: str, status: int, body: str, said: str) -> None:
    kibana.planned = [(path, status, body)]
    with pytest.raises(KibanaError, match=said):
        install_on(kibana)


@pytest.mark.parametrize("version", ["7.17.9", "8.11.4", "10.0.0", "3.8.0", "unknown"])
def test_a_version_that_was_never_tried_is_refused(kibana: KibanaDouble, version: str) -> None:
    kibana.version = version
    with pytest.raises(KibanaError, match=r"is version|is not Kibana"):
        install_on(kibana)
    assert kibana.objects == {}


@pytest.mark.parametrize("version", ["8.12.2", "8.19.0", "9.0.0", "9.6.1"])
def test_versions_that_take_our_objects(kibana: KibanaDouble, version: str) -> None:
    kibana.version = version
    assert install_on(kibana).version == version


def test_kibana_away_is_one_sentence(kibana: KibanaDouble) -> None:
    with KibanaDouble() as gone:
        address = gone.url
    with pytest.raises(KibanaError, match=r"cannot be reached.*kibana.address"):
        install(KibanaServer(address), Place(), make_shipped())


def test_an_unknown_certificate_is_one_sentence_and_a_known_one_is_taken(
    own_certificate: tuple[ssl.SSLContext, Path],
) -> None:
    context, authority = own_certificate
    with KibanaDouble(certificate=context) as kibana:
        with pytest.raises(KibanaError, match=r"certificate of the server could not be verified.*kibana.ca_file"):
            install(KibanaServer(kibana.url, KEY), Place(), make_shipped())
        assert kibana.said == []
        assert len(install(KibanaServer(kibana.url, KEY, str(authority)), Place(), make_shipped()).made) == 8
        with pytest.raises(KibanaError, match=r"is not Kibana|cannot be reached"):
            install(KibanaServer(kibana.url.replace("https", "http"), None), Place(), make_shipped())


def test_tls_to_a_server_that_speaks_none_is_one_sentence(kibana: KibanaDouble) -> None:
    with pytest.raises(KibanaError, match=r"is not Kibana.*http or https"):
        install(KibanaServer(kibana.url.replace("http", "https"), KEY), Place(), make_shipped())


def test_a_base_path_stands_before_every_path(kibana: KibanaDouble) -> None:
    with pytest.raises(KibanaError):
        install(KibanaServer(f"{kibana.url}/outils"), Place(), make_shipped())
    assert kibana.said == [("GET", "/outils/api/status")]


# files and saved queries


def test_the_objects_of_the_configuration_come_before_those_of_vigie(tmp_path: Path) -> None:
    assert read_objects(tmp_path) == make_shipped()
    folder = tmp_path / "kibana"
    folder.mkdir()
    with pytest.raises(ObjectsInvalidError, match=r"found none"):
        read_objects(tmp_path)
    line = make_shipped()[0].as_line()
    (folder / "a.ndjson").write_text(line, encoding="utf-8")
    assert [each.id for each in read_objects(tmp_path)] == ["vigie"]
    (folder / "b.ndjson").write_text("{}", encoding="utf-8")
    with pytest.raises(ObjectsInvalidError, match=r"b\.ndjson: line 1: expected a saved object"):
        read_objects(tmp_path)


def test_each_saved_query_that_is_on_gets_a_session(kibana: KibanaDouble) -> None:
    queries = {
        "greve": SavedQuery(title="préavis de grève", query="préavis AND grève", kinds=("union",)),
        "recents": SavedQuery(title="ces jours-ci", query="grève date:>=now-7d"),
        "eteinte": SavedQuery(title="éteinte", query="grève", enabled=False),
    }
    made = list(make_query_sessions(queries, Limits(), NOW))
    assert [(session.id, dated) for session, dated in made] == [
        ("vigie.requete.greve", False), ("vigie.requete.recents", True),
    ]  # fmt: skip
    done = install_on(kibana, Place("vigie", "presse"), (*make_shipped(), *(session for session, _ in made)))
    assert len(done.made) == 10
    stored = kibana.in_space("presse")["search", "vigie_presse.requete.greve"]
    source = json.loads(stored["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    (condition,) = source["filter"]
    assert condition["meta"]["indexRefName"] in {one["name"] for one in stored["references"]}
    assert json.loads(condition["meta"]["value"]) == condition["query"]
    assert '"kind"' in json.dumps(condition["query"]) and '"text_fr"' in json.dumps(condition["query"])


def test_a_saved_query_that_cannot_be_asked_is_named() -> None:
    with pytest.raises(QueryError, match=r"saved query faux: "):
        list(make_query_sessions({"faux": SavedQuery(title="faux", query="(grève")}, Limits(), NOW))
