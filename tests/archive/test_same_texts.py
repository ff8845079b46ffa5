"""The same text elsewhere: who is found, who is not, and that sketches follow the log whatever happens."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.catalogue import Catalogue, create_catalogue, documents, sketches, upgrading
from archive.catalogue.catalogue import FILE_NAME
from archive.catalogue.changes import last_seq, move_watermark, read_watermark
from archive.catalogue.schema import sketch, sketch_band
from archive.catalogue.sketches import SameTexts, find_same_texts, follow
from archive.sketches import split_words
from tests.archive.test_sketches import DISPATCH
from tests.indexer.newsroom import Newsroom

LEAD = "À Port-Ligneul aussi, le commissariat attend depuis des semaines. "
TEXT = (
    f"{DISPATCH} Depuis l’automne, les équipages de nuit sont passés de quatre à deux, et les rondes du quartier de la "
    "gare ne sont plus assurées après deux heures du matin. « On nous demande de choisir entre les appels », dit un "
    "gardien de la paix, qui a demandé à rester anonyme. Le maire a écrit deux fois au ministre sans recevoir de "
    "réponse. Les commerçants de la rue des Tanneurs ont baissé leurs rideaux une heure plus tôt jeudi dernier pour "
    "soutenir le mouvement. Si rien ne bouge, la grève doit commencer lundi et durer jusqu’à la fin de la semaine."
)
NEAR = LEAD + TEXT.replace("mardi", "mercredi")
OTHER = " ".join(reversed(TEXT.split()))
SHORT = "Nous utilisons des cookies pour mesurer notre audience. Vous pouvez les accepter ou continuer sans accepter."


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = create_catalogue(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def newsroom(catalogue: Catalogue) -> Newsroom:
    made = Newsroom(catalogue)
    made.publish("original", TEXT, "Préavis de grève")
    made.publish("copy", TEXT, "Les policiers veulent faire grève")
    made.publish("near", NEAR)
    made.publish("other", OTHER)
    follow(catalogue)
    return made


def look(catalogue: Catalogue, document: str) -> SameTexts:
    with catalogue.read() as transaction:
        found = documents.read_document(transaction, document)
        assert found is not None
        return find_same_texts(transaction, found)


def names(catalogue: Catalogue, document: str) -> list[str]:
    return [one.document for one in look(catalogue, document).found]


def count_rows(catalogue: Catalogue) -> tuple[int, int]:
    with catalogue.read() as transaction:
        tables = (sketch, sketch_band)
        one, other = (
            transaction.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables
        )
    return one, other


def test_copies_come_first_then_what_is_nearly_the_same(catalogue: Catalogue, newsroom: Newsroom) -> None:
    copy, near = look(catalogue, "original").found

    assert (copy.document, copy.equal, copy.resemblance) == ("copy", True, 1.0)
    assert (copy.title, copy.source, copy.source_name) == (
        "Les policiers veulent faire grève", "gazette-du-lac", "Gazette du Lac"
    )  # fmt: skip
    assert copy.url == "https://lac.test/copy"
    assert (near.document, near.equal) == ("near", False)
    words = len(split_words(TEXT))
    # ten words more in front, and the five runs around a changed one: of w - 4 runs each has w - 9 in common
    assert near.resemblance == pytest.approx((words - 9) / (words + 11), abs=0.01)
    assert names(catalogue, "near") == ["original", "copy"], "it works both ways, the first seen first"


def test_other_words_and_short_texts_are_not_the_same(catalogue: Catalogue, newsroom: Newsroom) -> None:
    newsroom.publish("short", SHORT)
    newsroom.publish("short too", SHORT)
    follow(catalogue)

    assert look(catalogue, "other") == SameTexts()
    assert look(catalogue, "short") == SameTexts()


@pytest.mark.parametrize("how", ["withdraw", "merge"])
def test_what_left_the_archive_is_gone_at_once(catalogue: Catalogue, newsroom: Newsroom, how: str) -> None:
    """Before the sketches have followed, too: nobody is to see it for another minute."""
    if how == "withdraw":
        newsroom.withdraw("copy")
    else:
        newsroom.merge("other", "copy")

    assert names(catalogue, "original") == ["near"]
    follow(catalogue)
    assert names(catalogue, "original") == ["near"]
    assert look(catalogue, "copy") == SameTexts()
    assert count_rows(catalogue)[0] == 3


def test_what_its_publisher_removed_is_still_shown(catalogue: Catalogue, newsroom: Newsroom) -> None:
    newsroom.take_offline("copy")
    follow(catalogue)

    assert names(catalogue, "original") == ["copy", "near"]


def test_an_edit_moves_a_document_to_those_that_say_what_it_says_now(catalogue: Catalogue, newsroom: Newsroom) -> None:
    newsroom.edit("copy", OTHER)
    follow(catalogue)

    assert names(catalogue, "original") == ["near"]
    assert names(catalogue, "other") == ["copy"]
    assert count_rows(catalogue) == (4, 40), "nothing is left of the text before"


def test_an_older_text_found_later_changes_nothing(catalogue: Catalogue, newsroom: Newsroom) -> None:
    newsroom.find_older("copy", OTHER)
    follow(catalogue)

    assert names(catalogue, "original") == ["copy", "near"]
    assert look(catalogue, "other") == SameTexts()


def test_an_archive_from_before_is_sketched_in_slices_and_a_stop_is_gone_on_from(tmp_path: Path) -> None:
    """A catalogue of the schema before, with more articles than one slice takes, is upgraded and followed."""
    chance = random.Random(5)
    older = make_catalogue_of_the_schema_before(tmp_path)
    made = Newsroom(older)
    for name in ("original", "copy"):
        made.publish(name, TEXT)
    for number in range(sketches.SLICE):
        made.publish(f"more{number}", " ".join(chance.choices(OTHER.split(), k=80)))
    older.close()
    turns = iter([False, True])

    upgraded = create_catalogue(tmp_path)
    assert follow(upgraded, stop=lambda: next(turns)) == sketches.SLICE
    assert follow(upgraded) == 2
    assert names(upgraded, "original") == ["copy"]
    with upgraded.read() as transaction:
        assert read_watermark(transaction, sketches.CONSUMER) == last_seq(transaction)
    upgraded.close()


def make_catalogue_of_the_schema_before(folder: Path) -> Catalogue:
    engine = sa.create_engine(f"sqlite:///{folder / FILE_NAME}", isolation_level=None)
    with engine.connect() as connection:
        upgrading.upgrade(connection, "0004")
        connection.commit()
    return Catalogue(folder, engine)


def test_a_second_run_changes_nothing(catalogue: Catalogue, newsroom: Newsroom) -> None:
    rows = count_rows(catalogue)
    newsroom.rename_source("Gazette des Lacs")

    assert follow(catalogue) == 0, "labels are no text"
    with catalogue.write() as transaction:
        move_watermark(transaction, sketches.CONSUMER, 0)
    assert follow(catalogue) == 4
    assert count_rows(catalogue) == rows
    assert look(catalogue, "original").found[0].source_name == "Gazette des Lacs"


def test_a_document_that_has_no_sketch_yet_is_compared_all_the_same(catalogue: Catalogue, newsroom: Newsroom) -> None:
    newsroom.publish("fresh", TEXT)

    assert names(catalogue, "fresh") == ["original", "copy", "near"]


def test_a_long_list_is_cut_and_what_is_left_out_is_counted(catalogue: Catalogue, newsroom: Newsroom) -> None:
    for number in range(sketches.SHOWN + 5):
        newsroom.publish(f"more{number:03}", TEXT)
    follow(catalogue)

    seen = look(catalogue, "original")
    assert len(seen.found) == sketches.SHOWN
    assert seen.found[0].document == "copy", "the first seen"
    assert seen.left_out == 7  # five copies more, the first of all copies, and the one that is nearly the same
