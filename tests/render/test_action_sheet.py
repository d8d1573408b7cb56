"""The sheet of questions is filled in by hand: it has room, says nothing by halves, and leads to each question."""

from __future__ import annotations

import io
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdf
import pytest
from builders import agent, composed, inventory, pinned, risk, schema_version, span_type
from drawn import Drawn, drawn

from reporter.render.document import PLAIN, Theme
from reporter.render.pdf import pdf
from reporter.render.sheets.sentences import begun
from reporter.view.report import Report

NINE_MM = 9 * 72 / 25.4
HEALTH = risk("health_and_medical", allowed=("external_communication",))


def agents(*names: str) -> Report:
    records: list[Any] = []
    for number, name in enumerate(names):
        id_ = f"a{number}"
        records += [
            agent(id_, name),
            schema_version(f"v{number}", span_type("work", HEALTH), span_type("play", HEALTH), agent=id_),
        ]
        records += pinned(f"v{number}", "Production", agent_id=id_)
    return composed(inventory(*records))


def pages(report: Report, theme: Theme = PLAIN) -> list[str]:
    reader = pypdf.PdfReader(io.BytesIO(pdf.render(report, theme).data))
    return [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Short", "Short"),
        ("Send it. Not to the bank, unless it asks for it.", "Send it."),
        ("Version 2.5 is not to be used before the next assessment", ""),
        ("Is it? Then stop! Else go on as before.", "Is it? Then stop!"),
    ],
)
def test_what_has_no_room_ends_with_a_sentence_or_is_not_begun(text: str, told: str) -> None:
    assert begun(text, 24) == told


def test_the_sheet_tells_all_of_an_advice_and_leads_to_the_page_of_the_question(datarisk: Any, tmp_path: Path) -> None:
    done = datarisk("demo", "-f", "pdf", "-f", "json", "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    [path] = (tmp_path / "out").glob("*/2*/report.pdf")
    across = [page.mediabox.width > page.mediabox.height for page in pypdf.PdfReader(path).pages]
    texts = [re.sub(r"\s+", " ", page.extract_text()) for page in pypdf.PdfReader(path).pages]
    sheet = " ".join(text for text, lies in zip(texts, across, strict=True) if lies)
    report = json.loads(path.with_name("report.json").read_bytes())
    issues = [(each, issue) for each in report["agents"] for issue in each["issues"]]
    told = [issue[name] for _, issue in issues for name in ("dpo_advice", "decision", "measure") if issue[name]]
    assert len(told) > 3
    assert [text for text in told if text not in sheet] == []
    for each, issue in issues:
        numbers = re.findall(rf"{re.escape(each['name'])} (\d+) (?:\w+ )*?{re.escape(issue['question'])}", sheet)
        assert len(numbers) == 1, (each["name"], issue["question"])
        assert issue["question"] in texts[int(numbers[0]) - 1]


def test_each_row_has_room_to_write_in() -> None:
    def names_an_agent(each: Drawn) -> bool:
        return "/TH" in each.kinds and "/Link" in each.kinds

    sheet = drawn(pdf.render(agents("One", "Two", "Three")).data)[2]
    tops = sorted({round(each.height, 1) for each in sheet if names_an_agent(each)})
    assert len(tops) > 6
    assert all(below - above >= NINE_MM for above, below in pairwise(tops))


def test_of_many_agents_the_rows_behind_answers_are_told_where_they_are_asked_for() -> None:
    report = agents(*(f"Agent {number}" for number in range(15)))
    few, many = " ".join(pages(report)), " ".join(pages(report, Theme(annexes=("rows",))))
    assert "Ways to flow, as declared, and the rows:" not in few
    assert "Findings, with the first digits of their ids:" in few
    assert many.count("Ways to flow, as declared, and the rows:") == 15


def test_page_numbers_are_those_of_the_pages() -> None:
    texts = pages(agents("One", "Two", "Three"))
    assert not any("000" in text for text in texts[1:4])
    for head in ("Rules behind the questions", "Method and limits"):
        [number] = re.findall(rf"(\d+) ?{head}", texts[1])
        assert head in texts[int(number) - 1]
