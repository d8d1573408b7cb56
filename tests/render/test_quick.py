"""The engine's shortcuts: they lay out the same pages, and are there only while a report of ours is laid out."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pypdf
import pytest
import weasyprint
from hard_cases import case
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reporter.render import templates
from reporter.render.pdf import engine, pdf, quick


def as_the_engine_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "TRIED", "no such version")


ROOT = Path(__file__).resolve().parents[2]
FACE = "@font-face{font-family:'Source Sans 3';src:url(datarisk:fonts/source)}"
CSS = FACE + "@page{size:200mm 50mm;margin:10mm} p{font:10px 'Source Sans 3';white-space:pre;tab-size:100px;margin:0}"


def typeset(body: str, css: str = CSS) -> bytes:
    fonts = {"fonts/source": engine.Resource("font/ttf", templates.plain_font("source-sans-3-400"))}
    typesetter = engine.Engine(css, fonts)
    made: bytes = typesetter.written(
        typesetter.laid_out(f'<html lang="en"><head><title>A</title></head><body>{body}</body></html>')
    )
    return made


def text_of(data: bytes) -> str:
    return pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()


STYLES: dict[str, tuple[str, ...]] = {
    "white-space": ("normal", "nowrap", "pre", "pre-wrap", "pre-line"),
    "overflow": ("visible", "hidden"),
    "text-overflow": ("clip", "ellipsis"),
    "text-align": ("left", "right", "center", "justify"),
    "direction": ("ltr", "rtl"),
    "letter-spacing": ("normal", "1px"),
    "word-spacing": ("normal", "3px"),
    "overflow-wrap": ("normal", "anywhere"),
    "hyphens": ("none", "auto"),
    "font-size": ("7px", "10.3px", "1.7em", "0"),
    "font-weight": ("400", "700"),
    "font-variant-numeric": ("normal", "tabular-nums"),
    "text-decoration": ("none", "underline", "line-through"),
    "text-indent": ("0", "11px"),
    "line-height": ("normal", "1.9"),
    "width": ("auto", "60px", "31px"),
    "visibility": ("visible", "hidden"),
    "float": ("none", "left"),
    "block-ellipsis": ("none", "auto", "'etc'"),
    "max-lines": ("none", "1"),
    "continue": ("auto", "discard"),
    "text-transform": ("none", "uppercase"),
}
WORDS = (
    "office",
    "fi",
    "Überprüfung",
    "internationalisation",
    "e\u0301a\u0323",
    "مرحبا",
    "a\u00adb",
    "\u2013",
    "1234",
    " ",
    "\n",
)
declarations = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in STYLES.items()})
paragraphs = st.lists(st.tuples(declarations, st.lists(st.sampled_from(WORDS), max_size=12)), min_size=1, max_size=4)


def page_of(found: list[tuple[dict[str, str], list[str]]]) -> tuple[str, str]:
    css = "".join(
        f"#p{number}{{{';'.join(f'{name}:{value}' for name, value in style.items())}}}"
        for number, (style, _) in enumerate(found)
    )
    body = "".join(
        f'<p id="p{number}">{" ".join(words)} <b>{words[:1] and words[0]}</b></p>'
        for number, (_, words) in enumerate(found)
    )
    return body, CSS + "p{white-space:normal}" + css


@settings(
    max_examples=200,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(found=paragraphs)
def test_whatever_the_style_sheet_the_file_is_the_same_byte_for_byte_as_the_engine_makes_it(
    found: list[tuple[dict[str, str], list[str]]],
) -> None:
    body, css = page_of(found)
    ours = typeset_or_not(body, css)
    with pytest.MonkeyPatch.context() as patch:
        as_the_engine_does(patch)
        assert typeset_or_not(body, css) == ours


def typeset_or_not(body: str, css: str) -> bytes | str:
    """The file, or what the engine trips over: an ellipsis in a line that it has measured without a width."""
    try:
        return typeset(body, css)
    except AssertionError:
        return "the engine's own assertion"


@pytest.mark.parametrize("name", ["several versions", "long names", "waivers"])
def test_a_report_reads_the_same_as_the_engine_makes_it_by_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(data: bytes) -> list[str]:
        return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]

    ours = read(pdf.render(case(name)).data)
    as_the_engine_does(monkeypatch)
    assert read(pdf.render(case(name)).data) == ours


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_what_stands_behind_a_tab_begins_where_the_tab_leads() -> None:
    made = typeset("<p>i\there\nmuch longer words\there\n\t\tthere</p>")
    told = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=made, capture_output=True, check=True).stdout
    words = [each for each in ET.fromstring(told).iter() if each.tag.endswith("word")]
    places = [(float(each.attrib["xMin"]) / 0.75, each.text) for each in words]
    left = places[0][0]
    assert [round(x - left) for x, text in places if text == "here"] == [100, 100]
    assert [round(x - left) for x, text in places if text == "there"] == [200]


@pytest.mark.parametrize("text", ["office \u2013 äöü", "مرحبا abc", "e\u0301a\u0323", "fi\tfl"])
def test_text_of_any_script_is_read_from_the_file_as_the_engine_writes_it(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = text_of(typeset(f"<p>{text}</p>"))
    as_the_engine_does(monkeypatch)
    assert text_of(typeset(f"<p>{text}</p>")) == ours


def test_a_logo_of_any_legal_outline_is_drawn() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1.5.5 h2v3z"/></svg>'
    typesetter = engine.Engine("img{width:9px}", {"logo": engine.Resource("image/svg+xml", svg)})
    made = typesetter.written(typesetter.laid_out('<html lang="en"><title>A</title><img alt="a" src="datarisk:logo">'))
    assert b"%PDF" in made[:8]


def test_a_host_program_s_own_engine_is_as_it_was_before_and_after_a_rendering_and_after_one_that_fails() -> None:
    def now() -> list[Any]:
        return [getattr(place, name) for place, name, _, _ in quick.SHORTCUTS]

    whole = [each for _, _, _, each in quick.SHORTCUTS]
    assert now() == whole
    with quick.installed():
        assert now() == [each for _, _, each, _ in quick.SHORTCUTS]
    with pytest.raises(ZeroDivisionError), quick.installed():
        raise ZeroDivisionError
    assert now() == whole


def test_importing_the_renderers_changes_nothing_of_the_engine() -> None:
    code = """
import weasyprint.text.line_break as one, weasyprint.draw.text as two, pydyf
before = one.Layout, two.draw_first_line, pydyf.PDF.page_references
from reporter.render.pdf import engine, pdf
from reporter.render import html
assert before == (one.Layout, two.draw_first_line, pydyf.PDF.page_references)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_engine_that_nobody_has_tried_is_left_alone_and_makes_the_report_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(weasyprint, "__version__", "99.0")
    assert not quick.fits()
    assert pdf.render(case("one agent")).data.startswith(b"%PDF")


def test_the_command_and_doctor_say_that_an_untried_engine_takes_longer(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import weasyprint; weasyprint.__version__ = '99.0'")
    (tmp_path / "a.json").write_text('{"span_type_schemas": [{"name": "a", "params_schema": {}}]}')
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}

    def said(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "reporter.cli", *args],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    assert "WeasyPrint 99.0 is not one that this version was tried with" in said("report", "a.json", "-f", "pdf")
    assert "WeasyPrint 99.0 is not one that this version was tried with" in said("doctor")
    assert "WeasyPrint" not in said("report", "a.json", "-f", "json")
