"""The workbook: read back by another library it is the register, and nothing in it is a formula."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from functools import cache
from typing import Any

import openpyxl
import pytest
from conftest import ROOT
from judged import reviewed_case

from reporter.plain.language import ENGLISH, Message
from reporter.plain.language import of as language_of
from reporter.plain.text import shown
from reporter.render.tables import register, xlsx
from reporter.render.tables.table import Column, Table, Value, spoken
from reporter.view.report import Report

REPORTS = ("several", "hostile", "no agents", "40 gaps", "extensions and odd values", "long names")


@cache
def book(name: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(xlsx.render(reviewed_case(name)).data))


def expected(column: Column[Any], value: Value) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and column.worded:
        return spoken(ENGLISH).get(value, value)
    if isinstance(value, str | tuple):
        lines = (value,) if isinstance(value, str) else value
        text = "\n".join(shown(line, sys.maxsize) for line in lines)
        return xlsx.fitting(text, ENGLISH) or None
    return value


@pytest.mark.parametrize("case", REPORTS)
def test_each_sheet_read_back_is_a_table_of_the_register(case: str) -> None:
    report = reviewed_case(case)
    names = book(case).sheetnames
    assert names[0] == "Read me"
    for name, table in zip(names[1:], register.TABLES.values(), strict=True):
        sheet = book(case)[name]
        rows = list(sheet.iter_rows(values_only=True))
        assert list(rows[0]) == [column.label for column in table.columns]
        wanted = [*table.head(report), *table.rows(report)]
        assert len(rows) == len(wanted) + 1
        for row, values in zip(rows[1:], wanted, strict=True):
            assert list(row) == [expected(c, value) for c, value in zip(table.columns, values, strict=True)]


@pytest.mark.parametrize("case", REPORTS)
def test_every_sheet_has_a_frozen_head_and_filters(case: str) -> None:
    for sheet in book(case).worksheets[1:]:
        assert sheet.freeze_panes in ("A2", "A3")
        assert sheet.auto_filter.ref.startswith("A1:")


def test_no_cell_is_a_formula_a_link_or_an_error() -> None:
    for sheet in book("hostile"):
        assert not sheet._hyperlinks  # noqa: SLF001 (there is no other way to ask)
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_text_that_looks_like_the_writer_s_own_markup_stays_text() -> None:
    """XlsxWriter lets through what begins and ends like a run of rich text."""
    evil = '<r></r></is></c><c r="A9"><f>cmd|x</f><v>1</v></c><c t="inlineStr"><is><r></r>'
    report = reviewed_case("one agent")
    made = replace(report, agents=[replace(report.agents[0], name=evil)])
    read = openpyxl.load_workbook(io.BytesIO(xlsx.render(made).data))
    assert read["Agents"]["B2"].value == evil
    assert b"<f>" not in parts(xlsx.render(made).data)


def parts(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return b"".join(file.read(name) for name in file.namelist())


def test_escapes_of_the_format_itself_stay_as_they_were_written() -> None:
    report = reviewed_case("one agent")
    made = replace(report, agents=[replace(report.agents[0], name="_x003D_cmd")])
    assert b"_x005F_x003D_cmd" in parts(xlsx.render(made).data)


@pytest.mark.parametrize("text", ["x" * 100_000, "😀" * 40_000, "x" + "😀" * 16_384, "x" * 32_768])
def test_what_a_cell_cannot_hold_is_cut_and_counted(text: str) -> None:
    made = xlsx.fitting(text, ENGLISH)
    assert len(made.encode("utf-16-le")) // 2 <= xlsx.CHARACTERS
    kept, _, told = made.partition("…")
    assert text.startswith(kept)
    assert told == f" ({ENGLISH.more(len(text) - len(kept))})"


def test_what_a_cell_can_hold_is_not_cut() -> None:
    for text in ("x" * 32_767, "x" + "😀" * 16_383):
        assert xlsx.fitting(text, ENGLISH) == text


def test_the_first_sheet_is_loud_about_what_is_missing_and_names_every_gap() -> None:
    report = reviewed_case("40 gaps")
    rows = list(book("40 gaps")["Read me"].iter_rows())
    assert rows[1][0].value == "INCOMPLETE"
    assert rows[1][0].fill.fgColor.rgb == "FFFFD98A"
    said = [row[1].value for row in rows]
    for gap in report.gaps:
        assert f"{gap.what}: {gap.why}" in said
    quiet = [row[0].value for row in book("one agent")["Read me"].iter_rows()]
    assert "Complete" in quiet
    assert "INCOMPLETE" not in quiet


def test_the_first_sheet_explains_every_sheet_and_every_answer() -> None:
    said = {row[0].value: row[1].value for row in book("several")["Read me"].iter_rows()}
    assert set(book("several").sheetnames[1:]) <= said.keys()
    for answer in ("undeclared", "unknown", "undetermined", "none", "Finding"):
        assert said[answer]
    assert said["Evidence"].endswith(reviewed_case("several").evidence_sha256)


def test_a_table_of_more_rows_than_a_sheet_holds_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "ROWS", 1001)
    report = reviewed_case("60 span types")
    found = openpyxl.load_workbook(io.BytesIO(xlsx.render(report).data))
    parts_ = [name for name in found.sheetnames if name.startswith("Claims")]
    assert parts_ == ["Claims", "Claims 2", "Claims 3"]
    assert [found[name].max_row for name in parts_] == [1001, 1001, 521]
    assert found["Claims 2"]["A1"].value == found["Claims"]["A1"].value == "Agent id"


def test_the_same_view_gives_the_same_bytes_wherever_it_is_made() -> None:
    code = (
        "import sys, hashlib; sys.path[:0] = ['tests']\n"
        "from judged import reviewed_case\n"
        "from reporter.render.tables import xlsx\n"
        "print(hashlib.sha256(xlsx.render(reviewed_case('several')).data).hexdigest())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env={"TZ": zone, "PATH": ""}, capture_output=True, check=True
        ).stdout
        for zone in ("UTC", "Asia/Tokyo")
    }
    assert len(made) == 1


def test_its_words_are_those_of_the_report_s_language(several_in_german: Report) -> None:
    found = openpyxl.load_workbook(io.BytesIO(xlsx.render(several_in_german).data))
    german = language_of("de")
    assert found.sheetnames[0] == german.gettext("Read me")
    head = [cell.value for cell in found.worksheets[1][1]]
    assert german.gettext("Span types") in head


@pytest.fixture
def several_in_german() -> Report:
    return replace(reviewed_case("several"), language="de")


def test_without_its_extra_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.path[:0] = ['tests']; sys.modules['xlsxwriter'] = None\n"
        "from judged import reviewed_case\n"
        "from reporter.render.tables import xlsx\n"
        "from reporter.errors import MissingPart\n"
        "try:\n    xlsx.render(reviewed_case('one agent'))\n"
        "except MissingPart as missing:\n    print(missing, missing.exit_status)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == (
        "the workbook needs XlsxWriter, which is not installed. Install it: pip install xlsxwriter. 2\n"
    )


def test_sheet_names_are_told_apart_whatever_the_tables_are_called() -> None:
    long = "A title that is far too long for a sheet"
    report = reviewed_case("one agent")

    def table(name: str) -> Table[str]:
        return Table(name, Message(long), Message(""), lambda _: ["x"], Column("a", "A", 20, str))

    made = io.BytesIO()
    book_ = xlsx._Book(made, "/tmp", report)  # noqa: SLF001 (titles of ours are all short)
    for name in ("one", "two"):
        book_.table(table(name))
    book_.close()
    names = openpyxl.load_workbook(made).sheetnames
    assert len(set(names)) == 2
    assert all(len(name) <= 31 for name in names)
