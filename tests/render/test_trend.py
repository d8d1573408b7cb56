"""The trend on page and paper: it reads without colour, without pictures, and in each language."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pdfua
import pytest
from archives import moved
from jsonschema import Draft202012Validator
from pypdf import PdfReader

from reporter.plain import language
from reporter.plain.colour import contrast
from reporter.render import html, json
from reporter.render.json import report_schema
from reporter.render.pdf import pdf
from reporter.render.sheets import trends
from reporter.render.sheets.pictures import INK, RULE


@pytest.mark.parametrize("runs", [2, 14, 365])
def test_the_picture_has_a_bar_for_each_run_and_no_colour_of_its_own(runs: int) -> None:
    found = moved(2).trend
    assert found is not None
    many = [found.runs[0]] * runs
    drawn = ET.fromstring(trends.picture(many))
    paths = [each for each in drawn.iter() if each.tag.endswith("path")]
    solid = [each.get("d", "") for each in paths if each.get("fill") not in (None, "none")]
    assert sum(each.count("M") for each in solid) == runs
    colours = {each.get(name) for each in paths for name in ("fill", "stroke")} - {None, "none"}
    assert colours == {INK, RULE}
    assert contrast(INK, "#FFFFFF") > 10


def test_where_nothing_is_undecided_there_is_no_picture() -> None:
    assert trends.picture([]) == ""


def test_a_table_beside_the_picture_says_every_number_of_the_runs_that_it_shows() -> None:
    report = moved(20)
    assert report.trend is not None
    shown = [run for run in report.trend.runs if run.shown]
    assert len(shown) == 14
    assert (shown[0], shown[-1]) == (report.trend.runs[0], report.trend.runs[-1])
    page = html.render(report).data.decode()
    part = page[page.index('id="trend"') : page.index("</section>", page.index('id="trend"'))]
    for run in shown:
        assert f'<th scope="row">{run.day}</th><td>{run.undecided} / {run.decisions}</td>' in part
    assert "Earlier runs that cannot be read, not counted: 1." in part


@pytest.mark.parametrize("code", ["en", "de"])
def test_the_paper_says_it_as_well_and_is_accessible(tmp_path: Path, code: str) -> None:
    report = moved(3, language.of(code))
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf.render(report).data)
    assert [finding.rule_id for finding in pdfua.validate(str(file)).findings] == []
    told = " ".join(" ".join(page.extract_text() for page in PdfReader(file).pages).split())
    assert {"en": "From run to run", "de": "Von Lauf zu Lauf"}[code] in told
    assert report.trend is not None
    for words in report.trend.words:
        assert words in told
    for run in report.trend.runs:
        assert f"{run.undecided} / {run.decisions}" in told


def test_the_trend_keeps_to_the_schema_of_the_report() -> None:
    import json as standard  # noqa: PLC0415

    value = standard.loads(json.render(moved(3)).data)
    Draft202012Validator(report_schema()).validate(value)
    assert value["trend"]["runs"][-1]["appeared"] + value["trend"]["runs"][-1]["vanished"]
    with pytest.raises(jsonschema.ValidationError):
        Draft202012Validator(report_schema()).validate(value | {"trend": {"words": []}})
