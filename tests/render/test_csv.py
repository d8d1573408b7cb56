"""CSV: read back it is what the register holds, no cell is a formula, and every row says whether any is missing."""

from __future__ import annotations

import csv as reader
import io
import re
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from judged import reviewed_case

from reporter.plain.text import shown
from reporter.render.tables import csv, register
from reporter.render.tables.table import Value
from reporter.view.report import Report

REPORTS = ("several", "hostile", "no agents", "40 gaps", "extensions and odd values", "long names")
FORMULA = re.compile(r"[\s\"\u201c\u201d]*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]")


reader.field_size_limit(10_000_000)  # names of 100,000 characters, each in many pointers


def read(data: bytes) -> list[dict[str, str]]:
    return list(reader.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def expected(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return shown(" | ".join(value), sys.maxsize)
    return "" if value is None else shown(str(value), sys.maxsize)


@pytest.mark.parametrize("name", register.TABLES)
@pytest.mark.parametrize("case", REPORTS)
def test_a_table_read_back_is_the_table_of_the_register(case: str, name: str) -> None:
    report = reviewed_case(case)
    table = register.TABLES[name]
    found = [row for row in read(csv.render(report, name).data) if row["row"] != "gap"]
    rows = [*table.head(report), *table.rows(report)]
    assert len(found) == len(rows)
    for row, values in zip(found, rows, strict=True):
        assert [csv.unguarded(row[key]) for key in table.keys] == [expected(value) for value in values]


def test_it_is_utf_8_with_a_mark_and_crlf_and_every_row_is_a_line() -> None:
    report = reviewed_case("hostile")
    data = csv.render(report).data
    assert data.startswith(b"\xef\xbb\xbfrow,complete,gap,agent_id,")
    lines = data.decode("utf-8-sig").split("\r\n")
    assert lines.pop() == ""
    assert len(lines) == 1 + sum(1 for _ in register.TABLES["claims"].rows(report))
    assert not any(re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", line) for line in lines)


@pytest.mark.parametrize("name", register.TABLES)
def test_no_cell_of_a_hostile_report_begins_a_formula(name: str) -> None:
    for row in read(csv.render(reviewed_case("hostile"), name).data):
        for cell in row.values():
            assert not any(FORMULA.match(part) for part in cell.split(";"))


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =1",
    "\u00a0=1",
    '"=1',
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20a",
    "a;=1",
    "a; -1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_takes_for_a_formula_is_guarded(text: str) -> None:
    assert not any(FORMULA.match(part) for part in csv.guarded(text).split(";"))


@pytest.mark.parametrize("text", ["Claims", "tool:a-b", "a=b", "1-2", "", "a; b", "/span_type_schemas/0", "x@y.test"])
def test_what_no_spreadsheet_takes_for_a_formula_stays_as_it_is(text: str) -> None:
    assert csv.guarded(text) == text


@given(st.text(alphabet=st.sampled_from("=+-@';\" \ta\uff1dé")))
@example("'=1")
@example(";''=1")
def test_the_guard_can_be_taken_away_without_guessing(text: str) -> None:
    assert csv.unguarded(csv.guarded(text)) == shown(text, sys.maxsize)


@pytest.mark.parametrize("name", ["claims", "findings", "ropa", "dpia"])
def test_a_report_that_is_not_complete_says_so_in_every_row_and_names_what_is_missing(name: str) -> None:
    report = reviewed_case("40 gaps")
    found = read(csv.render(report, name).data)
    assert {row["complete"] for row in found} == {"no"}
    gaps = [row for row in found if row["row"] == "gap"]
    assert [row["agent_id"] for row in gaps] == [gap.agent_id for gap in report.gaps]
    assert {row[key] for row in gaps for key in row if key not in {"row", "complete", "gap", "agent_id"}} == {""}
    assert gaps[0]["gap"] == "the deployments of an agent: HTTP 403 (GET /agent_deployment?agent_id=g00)"
    assert {row["complete"] for row in read(csv.render(reviewed_case("120 agents"), name).data)} == {"yes"}


def test_a_table_is_a_file_of_its_name_and_that_of_claims_is_the_report() -> None:
    made = {name: csv.render(reviewed_case("one agent"), name) for name in ("claims", "agents", "findings")}
    assert [made[name].name for name in made] == ["report.csv", "agents.csv", "findings.csv"]
    assert {document.media_type for document in made.values()} == {"text/csv"}
    assert {row["gap"] for row in read(made["claims"].data)} == {""}


def test_two_renderings_are_the_same_bytes() -> None:
    report: Report = reviewed_case("hostile")
    assert csv.render(report).data == csv.render(report).data


def test_a_table_that_is_not_there_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        csv.render(reviewed_case("one agent"), "moon")
