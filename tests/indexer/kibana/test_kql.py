"""Kibana's query language: which texts are valid, and which fields they name."""

import pytest

from indexer.kibana.kql import KqlError, read_fields


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", ()),
        ("grève", ()),
        ("préavis de grève", ()),
        ('title : "garde à vue"', ("title",)),
        ("kind : (union or association or federation)", ("kind",)),
        ("kind:union and not regions:FR-BRE", ("kind", "regions")),
        ("NOT (a:1 OR b:2) AND c:(not 3)", ("a", "b", "c")),
        ("seq >= 12 and date < now-7d", ("seq", "date")),
        ("title:grè*", ("title",)),
        (r"title:\(a\) and text:b", ("title", "text")),
        (r"a\:b:c", ("a:b",)),
        ("title:((a or b) and c)", ("title",)),
        ('"une phrase" or tags:"deux mots"', ("tags",)),
    ],
)
def test_the_fields_of_a_text(text: str, fields: tuple[str, ...]) -> None:
    assert read_fields(text) == fields


@pytest.mark.parametrize(
    "text",
    ["(grève", "grève)", "title:", "and grève", "title:(a or", 'title:"a', "a:b:c", "title:{a:b}", "seq >=", "a or"],
)
def test_what_is_no_query(text: str) -> None:
    with pytest.raises(KqlError):
        read_fields(text)
