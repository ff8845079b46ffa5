"""The API: the records of `--json`, an OpenAPI document that is true, and no 500 whatever is asked."""

from typing import Any

import httpx
import pytest
import schemathesis
import schemathesis.specs.openapi.checks as described
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from tests.vigie.program import Program

EXAMPLES = 40  # of each address; more find nothing that these do not
CHECKS = (
    schemathesis.checks.not_a_server_error,
    described.status_code_conformance,
    described.content_type_conformance,
    described.response_schema_conformance,
)


def test_a_search_is_answered_as_on_the_command_line(client: httpx.Client, library: Program) -> None:
    asked: dict[str, str | int | list[str]] = {
        "q": "commissariat",
        "limit": 3,
        "facet": ["kind", "lang"],
        "histogram": "month",
        "sort": "newest",
    }
    answer = client.get("/api/v1/search", params=asked).json()
    words = ("commissariat", "--limit", "3", "--facets", "--histogram", "month", "--sort", "newest", "--json")
    said = library.must("search", *words).json

    assert answer["hits"] == said["hits"] and len(answer["hits"]) == 3
    assert (answer["total"], answer["histogram"]) == (said["total"], said["histogram"])
    assert answer["facets"] == {name: said["facets"][name] for name in ("kind", "lang")}


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("/api/v1/sources", "sources list --json"),
        ("/api/v1/sources/ambre", "sources show ambre --json"),
        ("/api/v1/alerts", "alerts list --json"),
    ],
)
def test_the_other_records_are_those_of_the_command_line(
    client: httpx.Client, library: Program, path: str, command: str
) -> None:
    assert client.get(path).json() == library.must(*command.split()).json


def test_a_document_and_its_versions_are_those_of_show(client: httpx.Client, library: Program) -> None:
    document = client.get("/api/v1/search", params={"q": "valmorel"}).json()["hits"][0]["document"]
    said = library.must("show", document, "--json").json

    assert client.get(f"/api/v1/documents/{document}").json() == said
    assert client.get(f"/api/v1/documents/{document}/versions").json() == said["versions"]
    assert client.get(f"/api/v1/documents/{document}/versions/2").json()["number"] == 2
    assert client.get(f"/api/v1/documents/{document}/versions/9").status_code == 404


def test_status_counts_what_the_command_counts(client: httpx.Client, library: Program) -> None:
    answer, said = client.get("/api/v1/status").json(), library.must("status", "--json").json

    assert answer.keys() == said.keys()
    assert (answer["documents"], answer["last_seq"]) == (said["documents"], said["last_seq"])


@pytest.mark.parametrize(
    ("question", "status", "said"),
    [
        ({"q": 'police "grève'}, 400, {"position": 7, "hint": "Close it or leave it out"}),
        ({"q": "police", "source": "nulle-part"}, 400, {"position": None}),
        ({}, 422, {"message": "q: Field required"}),
        ({"q": "police", "limit": "-1"}, 422, {}),
        ({"q": "police", "offset": "1000000000"}, 422, {}),
        ({"q": "police", "facet": "text"}, 422, {}),
    ],
)
def test_a_wrong_question_is_answered_with_a_sentence(
    client: httpx.Client, question: dict[str, str], status: int, said: dict[str, object]
) -> None:
    answer = client.get("/api/v1/search", params=question)

    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["message"] and error.items() >= said.items()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_whatever_is_asked_the_answer_is_as_described(address: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
    asked = 0

    def ask(case: "schemathesis.Case[Any]") -> None:
        nonlocal asked
        asked += 1
        case.call_and_validate(checks=list(CHECKS), timeout=30)

    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not list(operation.iter_parameters()):
            continue  # nothing can be wrong with a request that says nothing
        limits = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        limits(given(operation.as_strategy(generation_mode=mode))(ask))()

    assert asked > EXAMPLES
