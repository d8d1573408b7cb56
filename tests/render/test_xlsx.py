"""The workbook: read back by another library it is the register, and nothing in it is a formula."""

from __future__ import annotations

import io
import re
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
from openpyxl.utils import get_column_letter

from reporter.declared.vocabulary import CATEGORIES, CATEGORY_NAMES
from reporter.plain.language import ENGLISH, Message
from reporter.plain.language import of as language_of
from reporter.plain.text import shown
from reporter.render.tables import layout, register, xlsx
from reporter.render.tables.table import Column, Table, Value, spoken
from reporter.view.report import Report

LOUD = "INCOMPLETE: nothing may be concluded from the absence of anything."
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
        lines = tuple(spoken(ENGLISH).get(line, line) for line in lines) if column.worded else lines
        text = "\n".join(shown(line, sys.maxsize) for line in lines)
        return xlsx.fitting(text, ENGLISH) or None
    return value


def tables(case: str) -> list[tuple[Any, layout.Sheet]]:
    """The sheets of a workbook, each with what it is made from."""
    known = {str(each.table.title): each for each in (*layout.SHEETS, layout.RAN, layout.PROOF)}
    return [(sheet, known[sheet.title]) for sheet in book(case).worksheets if sheet.title in known]


def top(case: str) -> int:
    """The row that holds the head; above it stands that a report is incomplete."""
    return 1 if reviewed_case(case).complete else 2


def cards(case: str) -> dict[str, str]:
    """What stands behind the words of the front sheet: by what begins it, each paragraph."""
    return {row[0]: row[1] or "" for row in book(case)["Read me"].iter_rows(values_only=True)}


@pytest.mark.parametrize("case", REPORTS)
def test_each_sheet_read_back_is_a_table_of_the_register(case: str) -> None:
    report = reviewed_case(case)
    for sheet, given in tables(case):
        rows = list(sheet.iter_rows(min_row=top(case), values_only=True))
        columns = given.columns
        assert sorted(place for place, _, _ in columns) == [*range(len(given.table.columns))]
        assert list(rows[0]) == [column.label for _, column, _ in columns]
        wanted = [*given.table.head(report), *given.table.rows(report)]
        assert len(rows) == len(wanted) + 1
        for row, values in zip(rows[1:], wanted, strict=True):
            assert list(row) == [expected(column, values[place]) for place, column, _ in columns]


@pytest.mark.parametrize("case", REPORTS)
def test_every_row_of_the_other_tables_is_a_paragraph_with_all_that_it_holds(case: str) -> None:
    report = reviewed_case(case)
    said = [(row[0], row[1] or "") for row in book(case)["Read me"].iter_rows(values_only=True)]
    rows = 0
    for table in layout.CARDS:
        for row in table.rows(report):
            rows += 1
            cells = [expected(column, value) for column, value in zip(table.columns, row, strict=True)]
            [held] = [text for key, text in said if key == cells[0] and all(_in(cell, text) for cell in cells[1:])][:1]
            assert held
    assert rows


def _in(cell: Any, text: str) -> bool:
    return cell is None or all(part[:100] in text for part in str(cell).split("\n"))


def test_every_table_of_the_register_is_a_sheet_or_paragraphs() -> None:
    sheets = (*layout.SHEETS, layout.RAN, layout.PROOF, layout.CHANGED)
    placed = [*(each.table.name for each in sheets), *(table.name for table in layout.CARDS)]
    assert sorted(placed) == sorted(register.TABLES)


@pytest.mark.parametrize("case", REPORTS)
def test_every_sheet_has_a_frozen_head_filters_and_a_print_of_one_page_in_width(case: str) -> None:
    for sheet, given in tables(case):
        frozen = top(case) + 1 + len(given.table.head(reviewed_case(case)))
        assert sheet.freeze_panes in (f"B{frozen}", f"C{frozen}", f"D{frozen}")
        last = f"{get_column_letter(len(given.columns))}{sheet.max_row}"
        assert sheet.auto_filter.ref == f"A{top(case)}:{last}"
        assert sheet.print_title_rows == f"$1:${top(case)}"
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (
            "landscape", None, 0,
        )  # fmt: skip
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert f"$A$1:${get_column_letter(len(given.printed))}$" in sheet.print_area
        # Below six points nobody reads it: 11 points, and some 150 characters on a page across.
        assert 11 * 150 / sum(given.printed.values()) >= 6


@pytest.mark.parametrize("case", REPORTS)
def test_a_small_account_has_at_most_eight_sheets_and_what_is_empty_is_named_instead(case: str) -> None:
    found = book(case)
    assert len(set(found.sheetnames) - {str(layout.PROOF.table.title)}) <= 8
    assert len(found.sheetnames) <= 8 or case == "hostile"
    told = cards(case).get("Left out", "").removeprefix("Empty, and therefore left out: ").removesuffix(".").split(", ")
    for sheet, given in tables(case):
        assert sheet.max_row > top(case) or (given.table.name == "ropa" and sheet.max_row == top(case))
    for given in layout.SHEETS:
        assert (str(given.table.title) in found.sheetnames) != (str(given.table.title) in told)


def test_the_first_sheet_is_what_people_have_to_decide_worst_first_with_room_for_what_they_do() -> None:
    report = reviewed_case("several")
    sheet = book("several").worksheets[0]
    assert sheet.title == "Issues"
    head = [cell.value for cell in sheet[top("several")]]
    assert head[:16] == [
        "Place", "Agent", "Question", "Severity", "Certainty", "Status", "Span types", "At worst", "Owner", "Decision",
        "Measure", "Due", "Residual risk", "Advice of the DPO", "Advice followed", "Approved by",
    ]  # fmt: skip
    rows = [*sheet.iter_rows(min_row=top("several") + 1)]
    assert [row[0].value for row in rows] == [*range(1, report.totals.issues + 1)]
    assert all(row[5].value == "open" for row in rows)
    # Whatever is to be filled in looks so, and nothing else does.
    for row in rows:
        for cell in row[:16]:
            assert (cell.fill.fgColor.rgb == "FFFFF3D6") == (cell.column > 8 and cell.value is None)


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_word_of_a_printed_head_is_longer_than_its_column(language: str) -> None:
    say = language_of(language).gettext
    for given in (*layout.SHEETS, layout.PROOF):
        for _, column, width in given.columns:
            words = re.split("[ -]", say(column.label))
            # Bold letters are wider than those that widths are counted in.
            assert width is None or max(len(word) for word in words) * 1.1 + 1 <= width, column.label


def test_people_read_the_names_of_categories_and_machines_their_fields() -> None:
    rows = [*book("several")["Findings"].iter_rows(min_row=top("several"), values_only=True)]
    place = next(number for number, name in enumerate(rows[0]) if name == "Categories")
    told = {name for row in rows[1:] if row[place] for name in row[place].split("\n")}
    assert told
    assert told <= {term.label for term in CATEGORIES}
    at = register.FINDINGS.keys.index("categories")
    raw: list[Any] = [row[at] for row in register.FINDINGS.rows(reviewed_case("several"))]
    assert {name for names in raw for name in names} <= {*CATEGORY_NAMES}


def test_no_jurisdiction_is_called_any() -> None:
    front = "\n".join(f"{key} {text}" for key, text in cards("several").items())
    sheets = [cell for sheet in book("several").worksheets for row in sheet.iter_rows(values_only=True) for cell in row]
    for text in (front, *(cell for cell in sheets if isinstance(cell, str))):
        assert "[any" not in text


def test_what_has_fixed_values_is_chosen_from_a_list() -> None:
    sheet = book("several").worksheets[0]
    found = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}
    first, last = top("several") + 1, sheet.max_row
    assert found == {f"M{first}:M{last}": '"low,medium,high"', f"O{first}:O{last}": '"yes,no"'}


def test_a_row_is_as_high_as_what_is_printed_of_it_needs() -> None:
    sheet = book("60 span types").worksheets[0]
    [row] = [row for row in sheet.iter_rows(min_row=2) if str(row[6].value).count("\n") > 3][:1]
    names = str(row[6].value).split("\n")
    height = sheet.row_dimensions[row[0].row].height
    assert 15 * len(names) <= height <= 405 or height == 405
    # Nobody chose it: what is filled in makes it higher.
    assert b"customHeight" not in parts(xlsx.render(reviewed_case("60 span types")).data)


def luminance(colour: str) -> float:
    parts_ = [int(colour[at : at + 2], 16) / 255 for at in (2, 4, 6)]
    linear = [each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in parts_]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_severity_is_a_fill_with_contrast_and_the_word_says_it_too() -> None:
    fills: dict[str, str] = {}
    for sheet, given in tables("several"):
        if "severity" not in given.table.keys:
            continue
        at = [column.key for _, column, _ in given.columns].index("severity")
        for row in sheet.iter_rows(min_row=top("several") + 1):
            cell = row[at]
            assert cell.value in ("high", "medium", "low", "info")
            if cell.value == "info":
                continue
            fill, ink = cell.fill.fgColor.rgb, cell.font.color.rgb
            assert fills.setdefault(cell.value, fill) == fill
            light, dark = sorted((luminance(fill), luminance(ink)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5
    assert len(set(fills.values())) == len(fills) >= 2


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
    assert read["Agents"]["A2"].value == evil
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


def test_an_incomplete_workbook_is_loud_on_every_sheet_and_names_every_gap() -> None:
    report = reviewed_case("40 gaps")
    found = book("40 gaps")
    for sheet, _ in tables("40 gaps"):
        assert sheet["A1"].value == LOUD
        assert sheet["A1"].fill.fgColor.rgb == "FFFFC857"
    rows = list(found["Read me"].iter_rows())
    assert rows[1][0].value == "INCOMPLETE"
    assert rows[1][0].fill.fgColor.rgb == "FFFFD98A"
    said = [row[1].value for row in rows]
    for gap in report.gaps:
        assert f"{gap.what}: {gap.why}" in said
    quiet = [row[0].value for row in book("one agent")["Read me"].iter_rows()]
    assert "Complete" in quiet
    assert "INCOMPLETE" not in quiet


def test_without_a_question_it_begins_with_what_it_is_about() -> None:
    found = book("no agents")
    assert found.sheetnames[0] == "Read me"
    assert cards("no agents")["Left out"].startswith("Empty, and therefore left out: Issues, Findings, Agreed, Agents")


def test_it_explains_every_sheet_and_every_answer() -> None:
    said = cards("several")
    assert book("several").sheetnames[1] == "Read me"
    assert {name for name in book("several").sheetnames if name != "Read me"} <= said.keys()
    for answer in ("undeclared", "unknown", "undetermined", "none", "Finding"):
        assert said[answer]
    assert said["Evidence"].endswith(reviewed_case("several").evidence_sha256)


def test_what_a_cell_of_evidence_cannot_hold_has_a_sheet_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Evidence of findings" not in book("several").sheetnames
    monkeypatch.setattr(xlsx, "_PLAIN_CHARACTERS", 100)
    report = reviewed_case("several")
    found = openpyxl.load_workbook(io.BytesIO(xlsx.render(report).data))
    rows = found["Evidence of findings"].max_row - top("several")
    assert rows == sum(len(each.evidence) for agent in report.agents for each in agent.findings) > 0


def test_a_table_of_more_rows_than_a_sheet_holds_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "ROWS", 1001)
    report = reviewed_case("60 span types")
    found = openpyxl.load_workbook(io.BytesIO(xlsx.render(report).data))
    parts_ = [name for name in found.sheetnames if name.startswith("Claims")]
    assert parts_ == ["Claims", "Claims 2", "Claims 3"]
    assert [found[name].max_row for name in parts_] == [1001, 1001, 521]
    assert found["Claims 2"]["A1"].value == found["Claims"]["A1"].value == "Agent"


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
    assert found.sheetnames[1] == german.gettext("Read me")
    assert found.worksheets[0]["A1"].value == german.gettext(LOUD)
    head = [cell.value for cell in found.worksheets[0][2]]
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

    def table(name: str) -> layout.Sheet:
        column = Column("agent_name", "A", 20, str)
        return layout.Sheet(Table(name, Message(long), Message(""), lambda _: ["x"], column), {"agent_name": 20})

    made = io.BytesIO()
    book_ = xlsx._Book(made, "/tmp", report)  # noqa: SLF001 (titles of ours are all short)
    for name in ("one", "two"):
        book_.table(table(name))
    book_.close()
    names = openpyxl.load_workbook(made).sheetnames
    assert len(set(names)) == 2
    assert all(len(name) <= 31 for name in names)
