"""How well the lint does on schemas whose properties were labelled by hand, and that the document says the same."""

from functools import cache
from pathlib import Path

import pytest
from lint_labels import CATEGORIES, FREE_TEXT, HALVES, QUERY, Score, cases, measure

from reporter.declared.vocabulary import CATEGORY_NAMES

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "lint.md").read_text(encoding="utf-8")

# A bit under what is measured: whoever changes the lexicon may lose a label here or there, and has to say so.
FLOORS = {
    ("tuning", CATEGORIES): (0.98, 0.97),
    ("held out", CATEGORIES): (0.97, 0.93),
    ("tuning", FREE_TEXT): (0.94, 0.94),
    ("held out", FREE_TEXT): (0.95, 0.83),
}
scores = cache(measure)


def row(half: str, what: str, of: Score) -> str:
    counts = f"{len(of.hits)} | {len(of.false)} | {len(of.missed)}"
    return f"| {half} | {what} | {counts} | {of.precision:.3f} | {of.recall:.3f} |"


@pytest.mark.parametrize(("half", "what"), FLOORS)
def test_precision_and_recall_stay_above_their_floors(half: str, what: str) -> None:
    of = scores(half)[what]
    precision, recall = FLOORS[half, what]
    assert of.precision >= precision, "\n".join(of.false)
    assert of.recall >= recall, "\n".join(of.missed)


@pytest.mark.parametrize("half", HALVES)
def test_the_document_gives_the_figures_that_are_measured(half: str) -> None:
    for what, of in scores(half).items():
        assert row(half, what, of) in DOCUMENT


def test_the_document_gives_the_size_of_the_set() -> None:
    for half in HALVES:
        chosen = [case for case in cases() if case.half == half]
        assert len(chosen) == len(cases()) / 2
        assert f"| {half} | {len(chosen)} | {sum(case.properties for case in chosen)} |" in DOCUMENT
    assert f"{sum(len(case.arguable) for case in cases())} that could be argued about" in DOCUMENT


def test_every_label_is_a_category_of_the_vocabulary_or_free_text() -> None:
    labels = {what for case in cases() for _, what in case.truth | case.arguable}
    assert labels == {*CATEGORY_NAMES, FREE_TEXT, QUERY}
    assert {case.half for case in cases()} == set(HALVES)


def test_in_each_half_many_properties_concern_nothing() -> None:
    for half in HALVES:
        chosen = [case for case in cases() if case.half == half]
        concerned = sum(len({at for at, _ in case.truth | case.arguable}) for case in chosen)
        assert sum(case.properties for case in chosen) - concerned > concerned / 2
