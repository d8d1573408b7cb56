"""What a screen reader finds in the PDF: real tables, heads with their scope, and what PDF/UA-1 asks for.

Two checkers from PyPI that know nothing of us judge whole documents; what we promise beyond them is read from the
structure tree.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import outloud  # type: ignore[import-untyped]
import pdfua
import pikepdf
import pypdf
import pytest
from hard_cases import case
from pages import several

from reporter.plain.language import of
from reporter.render.pdf import pdf, quick, tagged
from reporter.render.sheets import letters

# What outloud says of our pages and we leave as it is; docs/accessibility.md tells why.
LEFT_AS_THEY_ARE = {"TAG-002", "TBL-010", "TBL-012", "ORD-001", "PAG-001", "LNK-010", "TXT-004", "HDG-011", "TAG-020"}
CASES = ("several versions", "waivers")  # "long names" are in scripts that this machine may have no face for


@cache
def made(name: str) -> bytes:
    return pdf.render(several() if name == "several" else case(name)).data


@cache
def opened(name: str) -> pikepdf.Pdf:
    """Kept: what is read from it goes with it."""
    return pikepdf.open(io.BytesIO(made(name)))


def kids(element: Any) -> Iterator[Any]:
    found = element.get("/K", [])
    yield from (found if isinstance(found, pikepdf.Array) else [found])


def of_kind(element: Any, kind: str) -> Iterator[Any]:
    for each in kids(element):
        if isinstance(each, pikepdf.Dictionary) and "/S" in each:
            if str(each.S) == kind:
                yield each
            else:
                yield from of_kind(each, kind)


def tables(document: pikepdf.Pdf) -> list[list[list[Any]]]:
    """Each table as its rows of cells."""
    root = document.Root.StructTreeRoot
    return [
        [[cell for cell in kids(row) if str(cell.S) in {"/TH", "/TD"}] for row in of_kind(table, "/TR")]
        for table in of_kind(root, "/Table")
    ]


def width(cell: Any) -> int:
    return int(cell.A.get("/ColSpan", 1)) if "/A" in cell else 1


def matrices(name: str) -> list[list[list[Any]]]:
    """Tables of 43 columns: the names of span types, and 42 fields."""
    return [table for table in tables(opened(name)) if sum(map(width, table[0])) == 43]


@pytest.mark.parametrize("name", ["several", *CASES])
def test_independent_checkers_find_nothing_that_is_not_listed(name: str, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(made(name))
    assert [finding.rule_id for finding in pdfua.validate(str(path)).findings] == []
    assert {finding.rule for finding in outloud.check(path).findings} <= LEFT_AS_THEY_ARE


@pytest.mark.parametrize("name", ["several", *CASES])
def test_every_head_has_a_scope_and_every_row_as_many_columns_as_its_table(name: str) -> None:
    found = tables(opened(name))
    assert found
    for table in found:
        assert {sum(map(width, row)) for row in table} == {sum(map(width, table[0]))}
        heads = [cell for row in table for cell in row if cell.S == "/TH"]
        assert heads
        assert all(cell.A.Scope in {"/Row", "/Column"} for cell in heads)


def test_each_answer_of_a_span_type_is_a_cell_that_says_what_it_is() -> None:
    report = several()
    words = letters.read_out(of("en"))[""]
    told = [
        [str(cell.E) for cell in row[1:]]
        for table in matrices("several")
        for row in table
        if row[0].S == "/TH" and row[0].A.Scope == "/Row" and len(row) == 43 and "/E" in row[1]
    ]
    entries = [entry for each in report.agents for entry in each.again().span_types if entry.assessed]
    assert told == [[words[letter] for letter in letters.of_entry(entry)] for entry in entries]
    assert told


def test_a_matrix_has_a_head_for_each_field_and_one_for_each_side() -> None:
    sides, fields, *_ = matrices("several")[0]
    assert [width(cell) for cell in sides if cell.S == "/TH"] == [6, 18, 18]
    assert [cell.S for cell in fields] == ["/TH"] * 43


def test_heads_are_copied_as_their_words() -> None:
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made("several"))).pages)
    assert "Create Read Update Destroy" in text
    assert not [char for char in text if "\ue000" <= char <= "\uf8ff"]


def test_the_file_says_that_it_is_pdf_ua_and_tells_title_and_language() -> None:
    document = opened("several")
    with document.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == document.docinfo.Title
    assert document.Root.Lang == "en"
    assert document.Root.ViewerPreferences.DisplayDocTitle


def test_what_runs_along_the_foot_of_pages_is_no_part_of_the_document() -> None:
    last = pypdf.PdfReader(io.BytesIO(made("several"))).pages[-1]
    contents = last.get_contents()
    assert contents is not None
    assert b"/Artifact<</Type/Pagination>>BDC" in contents.get_data()


def test_a_row_is_one_cell_where_the_engine_is_not_the_one_that_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "TRIED", "no such version")
    monkeypatch.setattr(tagged, "TRIED", "no such version")
    one = case("everything known")
    data = pdf.render(one).data
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    for entry in one.agents[0].again().span_types:
        assert letters.spaced_entry(letters.of_entry(entry)) in text


def test_below_many_rows_stands_in_how_many_of_them_each_column_is_included() -> None:
    report = case("25 span types")
    lines = [letters.of_entry(entry) for entry in report.agents[0].again().span_types]
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made("25 span types"))).pages)
    columns = zip(*lines, strict=True)
    said = " ".join(str(sum(letter in letters.SAID for letter in column)) for column in columns)
    assert said in " ".join(text.split())
    assert "Included, allowed or stated, of 25" in text
