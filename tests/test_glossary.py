"""A translation has one word for one thing, as the table beside it says, and no English where people read."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from babel.messages import pofile
from builders import agent, composed, inventory, schema_version, span_type

from reporter.plain import language
from reporter.render import html
from reporter.render.tables.table import spoken
from reporter.view.reviewed import named

TABLE = (Path(__file__).parents[1] / "reporter/locale/README.md").read_text(encoding="utf-8")


class Row(NamedTuple):
    """A thing: how English calls it, how German does, and how German never does."""

    english: tuple[str, ...]
    german: tuple[str, ...]
    never: tuple[str, ...]


def _rows() -> Iterator[Row]:
    for english, german, never in re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", TABLE, re.MULTILINE):
        if english != "English":
            yield Row(tuple(english.split(" / ")), tuple(german.split(" / ")), tuple(never.split(", ")))


ROWS = list(_rows())
# The words of the GDPR itself (Art. 4 No. 12), where data are lost as well as deleted.
QUOTED = {"personal data are destroyed, lost, altered, disclosed or accessed without authority"}
# What stands in a sentence as it is: values, markup, names in code, and the platform's names behind ours.
_AS_IT_IS = re.compile(
    r"%\(\w+\)s|\{\w+\}|<code>.*?</code>|<[^>]*>|\((?:included|excluded|allowed|disallowed|public|internal|confidential"
    r"|restricted|secret|params|result|quality|alert|Scoring|Privacy)\)|“[^”]*”|„[^“]*“|\b\w+(?:_\w+)+\b|--\w[\w-]*"
)


def _said(text: str) -> str:
    return _AS_IT_IS.sub(" ", text)


def _sentences() -> Iterator[tuple[str, str]]:
    for entry in pofile.read_po(io.BytesIO(language.catalogue("de")), locale="de"):
        if entry.id:
            english = (entry.id,) if isinstance(entry.id, str) else entry.id
            german = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
            for text in german:
                yield english[0], text


SENTENCES = list(_sentences())


def _about(row: Row) -> list[tuple[str, str]]:
    asked = re.compile(rf"\b(?:{'|'.join(row.english)})s?\b", re.IGNORECASE)
    return [(english, german) for english, german in SENTENCES if asked.search(re.sub(r"%\(\w+\)s", " ", english))]


def test_the_table_is_in_order_and_each_thing_is_in_it_once() -> None:
    names = [name for row in ROWS for name in row.english]
    assert len(ROWS) > 40
    assert len(names) == len(set(names))
    assert [row.english for row in ROWS] == sorted((row.english for row in ROWS), key=lambda names: names[0])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.english[0])
def test_a_thing_has_one_word_in_german(row: Row) -> None:
    never = re.compile(rf"\b(?:{'|'.join(map(re.escape, row.never))})", re.IGNORECASE if row.never != ("ID",) else 0)
    about = _about(row)
    assert about, "no sentence is about it"
    assert [german for english, german in about if english not in QUOTED and never.search(_said(german))] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.english[0])
def test_the_word_of_the_table_is_the_one_that_is_used(row: Row) -> None:
    stems = [re.sub(r"(?:e[nrms]?|s)$", "", word) for term in row.german for word in term.split()]
    used = [german for _, german in _about(row) if any(stem.lower() in german.lower() for stem in stems)]
    assert used


# English that a German reader would stumble over; names of fields, in code or behind ours, are no words.
ENGLISH = re.compile(
    r"\b(?:span types?|schema version|findings?|issues?|waivers?|baseline|quality|alerts?|unknown|undeclared|declared"
    r"|included|excluded|allowed|disallowed|severity|mostly|active|retired|scope|owner|evidence|record|run)\b"
)


def test_no_english_word_stands_in_a_german_sentence() -> None:
    kept = re.compile(r"datarisk (?:waivers|issues|init|explain)[a-z ]*|evidence/|report.pdf|PART/FIELD")
    assert [german for _, german in SENTENCES if ENGLISH.search(kept.sub(" ", _said(german)))] == []


def test_german_quotes_are_german() -> None:
    for _, german in SENTENCES:
        bare = re.sub(r"<[^>]*>", "", german)
        assert '"' not in bare, german
        assert "”" not in bare, german
        assert len(re.findall("„", bare)) == len(re.findall("“", bare)), german
        assert not re.search(r"„[^“]*„", bare), german


@pytest.mark.parametrize(("most", "told"), [(3, "a, b, c"), (2, "a, b und noch 1"), (1, "a und noch 2")])
def test_a_list_that_is_cut_reads_as_a_list_whatever_the_number(most: int, told: str) -> None:
    """No comma before the last, and no ending that one or three would need otherwise."""
    entries: Any = [SimpleNamespace(name=name) for name in "abcb"]
    assert named(entries, language.of("de"), most) == told


def test_spellings_that_come_in_two_are_of_one_kind() -> None:
    assert [german for _, german in SENTENCES if re.search(r"\bso dass\b|\bScreening\b|\bDaten Schutz\b", german)] == []
    assert [german for _, german in SENTENCES if re.search(r"(?<!Datenschutz-)Folgenabschätzung", german)] == []


def test_a_german_report_has_german_words_for_what_the_platform_calls_by_its_own() -> None:
    """Kinds of entries, states of agents and places where law holds, on the page and in the workbook."""
    risks = {"data_risk": None}
    records = (
        agent("a1", "Zuteilung", status="active"),
        schema_version(
            "v1",
            span_type("tool:a"),
            agent="a1",
            quality_schemas=[{"name": "guete", **risks}],
            alert_schemas=[{"name": "warnung", **risks}],
        ),
    )
    made = composed(inventory(*records), language=language.of("de"))
    page = re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", html.render(made).data.decode(), flags=re.DOTALL)
    words = " ".join(page.split())
    for said in ("Qualität guete", "Alarm warnung", "aktiv"):
        assert said in words, said
    for platform in ("quality guete", "alert warnung", " active "):
        assert platform not in words, platform
    told = spoken(language.of("de"))
    assert [told[word] for word in ("quality", "alert", "span", "active", "any")] == [
        "Qualität", "Alarm", "Span", "aktiv", "überall",
    ]  # fmt: skip
