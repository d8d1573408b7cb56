"""The engine's shortcuts: they lay out the same pages, and what stands behind a tab stands at its stop."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree as ET

import pypdf
import pytest
from hard_cases import case

from reporter.render import engine, pdf, quick, templates


@contextmanager
def the_long_way() -> Iterator[None]:
    """Without the shortcuts that promise the same file."""
    for each in quick.SHORTCUTS:
        if each.same:
            each.put(each.whole)
    try:
        yield
    finally:
        quick.install()


@pytest.mark.parametrize(
    "name", ["several versions", "long names", "extensions and odd values", "many findings", "waivers"]
)
def test_the_file_is_the_same_byte_for_byte_as_the_engine_makes_it_by_itself(name: str) -> None:
    made = pdf.render(case(name)).data
    with the_long_way():
        assert pdf.render(case(name)).data == made


FACE = "@font-face{font-family:'Source Sans 3';src:url(datarisk:fonts/source)}"
CSS = FACE + "@page{size:200mm 50mm;margin:10mm} p{font:10px 'Source Sans 3';white-space:pre;tab-size:100px;margin:0}"


def typeset(text: str, css: str = CSS) -> bytes:
    fonts = {"fonts/source": engine.Resource("font/ttf", templates.plain_font("source-sans-3-400"))}
    typesetter = engine.Engine(css, fonts)
    made: bytes = typesetter.written(
        typesetter.laid_out(f'<html lang="en"><head><title>A</title></head><body><p>{text}</p></body></html>')
    )
    return made


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_what_stands_behind_a_tab_begins_where_the_tab_leads() -> None:
    made = typeset("i\there\nmuch longer words\there\n\t\tthere")
    told = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=made, capture_output=True, check=True).stdout
    words = [each for each in ET.fromstring(told).iter() if each.tag.endswith("word")]
    places = [(float(each.attrib["xMin"]) / 0.75, each.text) for each in words]
    left = places[0][0]
    assert [round(x - left) for x, text in places if text == "here"] == [100, 100]
    assert [round(x - left) for x, text in places if text == "there"] == [200]


@pytest.mark.parametrize(
    "text", ["office \u2013 \u00e4\u00f6\u00fc", "\u0645\u0631\u062d abc", "e\u0301a\u0323", "fi\tfl"]
)
def test_text_of_any_script_is_read_from_the_file_as_the_engine_writes_it(text: str) -> None:
    def read(data: bytes) -> str:
        return pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()

    made = read(typeset(text))
    with the_long_way():
        drawing = quick.SHORTCUTS[-1]
        drawing.put(drawing.whole)
        assert read(typeset(text)) == made


def test_a_footnote_that_a_style_of_the_user_s_own_makes_keeps_its_number() -> None:
    def read(css: str) -> str:
        return pypdf.PdfReader(io.BytesIO(typeset('a<span class="n">told below</span>', css))).pages[0].extract_text()

    assert "1. told below" in read(CSS + ".n{float:footnote}")
    assert "1." not in read(CSS)


def test_an_engine_that_nobody_has_tried_is_left_alone_and_makes_the_report_all_the_same() -> None:
    code = """
import sys, weasyprint
weasyprint.__version__ = "99.0"
from hard_cases import case
from reporter.render import pdf
assert pdf.render(case("one agent")).data.startswith(b"%PDF")
assert "reporter.render.quick" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
