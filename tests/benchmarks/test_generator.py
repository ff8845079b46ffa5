"""The benchmark corpus: the same for the same seed, and shaped as it says; the benchmarks run on a small one."""

import re
from pathlib import Path

import pytest

from benchmarks import indexing, search
from benchmarks.figures import Figure, percentile, print_figures
from benchmarks.generator import EXPRESSIONS, FORMS, MEAN_WORDS, Generator


@pytest.fixture(scope="module")
def generator() -> Generator:
    return Generator(seed=3, documents=3_000)


def test_the_same_seed_makes_the_same_articles(generator: Generator) -> None:
    again = Generator(seed=3, documents=3_000)
    assert list(again.entries(100, 110)) == [generator.entry(number) for number in range(100, 110)]
    assert Generator(seed=4, documents=3_000).entry(100).text != generator.entry(100).text


def test_articles_have_the_size_and_the_words_promised(generator: Generator) -> None:
    entries = list(generator.entries(0, 600))
    sizes = [len(entry.text.encode()) for entry in entries]
    assert 3_200 <= sum(sizes) / len(sizes) <= 3_700
    assert len(set(generator.vocabulary.words)) == FORMS >= 150_000
    assert len(set(generator.expressions)) == EXPRESSIONS
    content = set(generator.vocabulary.words)
    words = [word for entry in entries for word in re.findall(r"[^\W_]+", entry.text.lower())]
    assert 0.40 <= sum(word not in content for word in words) / len(words) <= 0.48


def test_a_tenth_of_the_articles_arrive_out_of_order(generator: Generator) -> None:
    dates = [entry.date for entry in generator.entries()]
    order = sorted(range(len(dates)), key=dates.__getitem__)
    away = sum(abs(place - at) > len(dates) / 50 for place, at in enumerate(order))
    assert 0.04 <= away / len(dates) <= 0.15
    assert 4.9 <= (max(dates) - min(dates)).days / 365 <= 5.1
    assert len({entry.source for entry in generator.entries()}) > 90


def test_the_kinds_of_words_asked_for_exist(generator: Generator) -> None:
    common = generator.vocabulary.words_in(0.10, 0.45, MEAN_WORDS)
    entries = list(generator.entries(0, 400))
    shares = [sum(bool(re.search(rf"\b{word}\b", entry.text, re.I)) for entry in entries) / 400 for word in common[:20]]
    assert 0.1 <= sum(shares) / len(shares) <= 0.6
    assert len(generator.vocabulary.words_in(0, 0.0005, MEAN_WORDS)) > 50_000


def test_both_benchmarks_run_and_are_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # where the figures are left
    monkeypatch.setattr("sys.argv", ["indexing", str(tmp_path), "--documents", "120"])
    indexing.main()
    assert re.search(r"indexed now +120", capsys.readouterr().out)
    monkeypatch.setattr("sys.argv", ["search", str(tmp_path), "--documents", "150", "--times", "2"])
    search.main()
    printed = capsys.readouterr().out
    assert re.search(r"entries in the index +150", printed)
    for kind in search.Questions(Generator(documents=150), 1).kinds():
        assert re.search(rf"{re.escape(kind)}: p50 +[\d.e-]+ ms  <= (8|20) ms", printed)
    monkeypatch.setattr("sys.argv", ["indexing", str(tmp_path), "--documents", "150"])
    indexing.main()
    assert "indexed now" not in capsys.readouterr().out


def test_a_missed_target_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_figures([Figure("fast enough", 3, "ms", at_most=5)]) == 0
    assert print_figures([Figure("too slow", 9, "ms", at_most=5), Figure("too few", 2, "a second", at_least=5)]) == 1
    assert capsys.readouterr().out.count("MISSED") == 2
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0
    assert percentile([1.0], 0.99) == 1.0
