"""Each sign in the tables of screen and paper is what the view declares there, letter by letter.

The letters are spelled here a second time, from the key that readers are given.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lxml.html
from builders import agent, inventory, schema_version, span_type
from conftest import ROOT
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pages import view
from strategies import examples, risks

from reporter.declared.vocabulary import ACTIONS, CATEGORIES, CLASSIFICATION
from reporter.render import html
from reporter.render import json as as_json
from reporter.render.pdf import pdf

SAMPLE = ROOT / "reports" / "sample"
NAMES = [*(term.name for term in ACTIONS), *(term.name for term in CATEGORIES)]
#: What stands over the columns: of an agent in "at a glance", and of a span type in its matrix.
SHORT = {term.name: term.short for term in (*ACTIONS, *CATEGORIES)}
GLANCE = [*(SHORT[name] for name in NAMES), "Class. in", "Class. out"]
SIDE = [*(SHORT[term.name] for term in CATEGORIES), "Classification"]
MATRIX = [*(SHORT[term.name] for term in ACTIONS), *SIDE, *SIDE]

LEVELS = {"public": "p", "internal": "i", "confidential": "c", "restricted": "r", "secret": "s"}
AT_LEAST = {"public": "P", "internal": "N", "confidential": "C", "restricted": "R", "secret": "S"}
STATES = {"included": "I", "allowed": "A", "excluded": "X", "disallowed": "D", "undetermined": "?", "none": "0"}

Row = tuple[str, str]  # a name and its letters; none where nothing is assessed


def level_of(tally: Any) -> str:
    if tally["highest"] in LEVELS:
        return (AT_LEAST if tally["at_least"] else LEVELS)[tally["highest"]]
    return {"unknown": "q", "none": "0"}[tally["highest"]]


def of_agent(told: Any) -> str:
    states = {name: found["state"] for name, found in (*told["actions"].items(), *told["categories"].items())}
    levels = told["classification"]
    return "".join(STATES[states[name]] for name in NAMES) + level_of(levels["params"]) + level_of(levels["result"])


def of_span_type(told: Any) -> str:
    """Answers of the wrong part's vocabulary say nothing."""
    letters = ""
    for part, terms, yes, no in (
        ("action_profile", ACTIONS, "allowed", "disallowed"),
        ("params_data_categories", CATEGORIES, "included", "excluded"),
        ("result_data_categories", CATEGORIES, "included", "excluded"),
    ):
        values = told[part]
        for term in terms:
            if values is None:
                letters += "-"
            elif values[term.name] == yes:
                letters += STATES[yes]
            else:
                letters += STATES[no] if values[term.name] == no else "?"
        if part != "action_profile":
            level = None if values is None else values[CLASSIFICATION]
            letters += "n" if values is None else LEVELS.get(level if isinstance(level, str) else "", "q")
    return letters


def glance(told: Any) -> list[Row]:
    """The agents in the order of "at a glance"."""
    by_id = {each["id"]: each for each in told["agents"]}
    return [(by_id[each]["name"], of_agent(by_id[each])) for each in told["summary"]["order"]]


def matrix(told: Any, *, assessed_only: bool) -> list[Row]:
    """The span types of all agents, by the number of their row."""
    return [
        (str(number), of_span_type(entry) if entry["assessed"] else "")
        for each in told["agents"]
        for number, entry in enumerate(each["span_types"], start=1)
        if entry["assessed"] or not assessed_only
    ]


# On screen


def cells(row: Any) -> str:
    return "".join(cell.text_content().strip() for cell in row.findall("td") if not cell.get("class"))


def rows_on_screen(page: Any, table: str) -> Iterator[Any]:
    """Those of span types or agents, without the heads of versions between them."""
    return (row for row in page.xpath(f"//table[@class='{table}']/tbody/tr") if row.find("td") is not None)


def heads_on_screen(page: Any, table: str) -> list[list[str]]:
    heads = (found.xpath("thead/tr[last()]/th") for found in page.xpath(f"//table[@class='{table}']"))
    return [[head.text_content().strip() for head in each] for each in heads]


def check_screen(told: Any, data: bytes) -> int:
    page = lxml.html.document_fromstring(data.decode())
    shown = [(row.xpath("th/a")[0].text_content(), cells(row)) for row in rows_on_screen(page, "heat")]
    assert glance(told) == shown
    assert heads_on_screen(page, "heat") == [["Agent", *GLANCE, "Known"]] * bool(shown)
    lines = [
        (row.find("th").text_content().split("\t")[0].strip(), "" if row.get("class") == "na" else cells(row))
        for row in rows_on_screen(page, "matrix")
    ]
    assert matrix(told, assessed_only=False) == lines
    with_rows = sum(bool(each["span_types"]) for each in told["agents"])
    assert heads_on_screen(page, "matrix") == [["Span type", *MATRIX]] * with_rows
    return len(lines)


# On paper


_ON_PAPER = {
    "glance": re.compile(r"^\s*(\S.*?)\s+([AD?0]{6} [IX?0]{8} [IX?0] [IX?0] [IX?0]{5} [IX?0]{2} .,.)\s+\d+%$"),
    "matrix": re.compile(r"^\s*(\d+) .*?\s([AD?-]{6} (?:[IX?-]{8},[IX?-],[IX?-],[IX?-]{5},[IX?-]{2},\w ?){2})$"),
}


def rows_on_paper(data: bytes, table: str, folder: Path) -> list[Row]:
    (folder / "report.pdf").write_bytes(data)
    command = ["pdftotext", "-layout", "-enc", "UTF-8", str(folder / "report.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()
    found = (_ON_PAPER[table].match(line) for line in text.splitlines())
    return [(match[1], re.sub("[ ,]", "", match[2])) for match in found if match]


def check_paper(told: Any, data: bytes, folder: Path) -> int:
    assessed = {each["name"] for each in told["agents"] if each["assessed"]}
    assert [row for row in glance(told) if row[0] in assessed] == rows_on_paper(data, "glance", folder)
    lines = matrix(told, assessed_only=True)
    assert lines == rows_on_paper(data, "matrix", folder)
    return len(lines)


# What they are held against


def test_every_sign_of_the_sample_is_what_its_view_declares(tmp_path: Path) -> None:
    told = json.loads((SAMPLE / "report.json").read_bytes())
    assert check_screen(told, (SAMPLE / "report.html").read_bytes()) == told["totals"]["span_types"] > 50
    on_paper = check_paper(told, (SAMPLE / "report.pdf").read_bytes(), tmp_path)
    assert on_paper == told["totals"]["span_types"] - told["totals"]["not_assessed"] > 50


def report_of(declared: list[list[Any]]) -> Any:
    """An agent for each list of declarations."""
    records: list[Any] = []
    for number, entries in enumerate(declared):
        span_types = [span_type(f"tool:{place}", risk) for place, (risk, _, _) in enumerate(entries)]
        key = f"a{number:02}"
        records += [agent(key, f"Agent {number:02}"), schema_version(f"v{number}", *span_types, agent=key)]
    return view(inventory(*records))


@settings(max_examples=25)
@example([[]])
@given(st.lists(risks(), max_size=4))
def test_every_sign_on_screen_is_what_the_view_declares(declared: list[list[Any]]) -> None:
    report = report_of(declared)
    told = json.loads(as_json.render(report).data)
    assert check_screen(told, html.render(report).data) == sum(map(len, declared))


def test_every_sign_on_paper_is_what_the_view_declares(tmp_path: Path) -> None:
    drawn = [declared for declared in examples(risks(), 60) if declared]
    report = report_of(drawn[-8:])
    told = json.loads(as_json.render(report).data)
    assert check_paper(told, pdf.render(report).data, tmp_path) > 20
