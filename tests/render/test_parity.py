"""Every format holds the same facts, in the same words: what report.json says is looked for in all of the others."""

from __future__ import annotations

import csv as reader
import html as markup
import io
import json
import re
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, get_args
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from builders import NOW
from judged import reviewed, reviewed_case, verdict

from reporter import pipeline
from reporter.cli.main import cli
from reporter.declared.model import Source
from reporter.declared.scope import Selection
from reporter.declared.vocabulary import ACTION_ANSWERS, CATEGORY_ANSWERS, FIELDS, LEVELS, SIDES
from reporter.order import Order
from reporter.plain.canonical import step
from reporter.plain.text import shown
from reporter.prefactor import records
from reporter.prefactor.records import Collected
from reporter.prefactor.shapes import Unit, units
from reporter.registry import made_up as account
from reporter.render import html
from reporter.render import json as as_json
from reporter.render.check import github, junit, markdown, sarif
from reporter.render.check.places import NOWHERE
from reporter.render.check.questions import questions
from reporter.render.document import Document
from reporter.render.tables import csv
from reporter.render.tables.table import whole
from reporter.settings import ENDINGS, Format
from reporter.view.report import Controller, Report

CASES = ("made up", "hostile", "extensions and odd values", "40 gaps", "several")
Facts = set[str]


@cache
def report(case: str) -> Report:
    if case != "made up":
        return reviewed_case(case)
    kept = [
        records.record(unit.kind, unit.value, source="made up", location=f"{name}#{unit.pointer}")
        for name, answer in account.answers()
        for unit in units(answer)
        if isinstance(unit, Unit)
    ]
    collected = Collected((Source("file", "made up", NOW),), tuple(kept))
    order = Order(Selection(), Controller("Harbour Mutual", "Title", None, None), NOW)
    return reviewed(pipeline.run(collected, order).report)


@cache
def told(case: str) -> Any:
    """What report.json says."""
    view = json.loads(as_json.render(report(case)).data)
    # A finding's words stand with its rule; every other format says them of the finding.
    said = {finding.id: finding for agent in report(case).agents for finding in agent.findings}
    for finding in findings(view):
        found = said[finding["id"]]
        finding |= {"title": found.title, "why": found.why, "sentence": found.sentence}
    return view


def seen(texts: Any) -> Facts:
    return {shown(text, sys.maxsize) for text in texts if text}


# What there is to say


def agents(view: Any) -> Facts:
    return seen(agent["name"] for agent in view["agents"])


def agents_with_claims(view: Any) -> Facts:
    return seen(agent[key] for agent in view["agents"] if agent["span_types"] for key in ("id", "name"))


def agent_ids(view: Any) -> Facts:
    return seen(agent["id"] for agent in view["agents"])


def span_types(view: Any) -> Facts:
    return seen(entry["name"] for agent in view["agents"] for entry in agent["span_types"])


def findings(view: Any) -> list[Any]:
    return [finding for agent in view["agents"] for finding in agent["findings"]]


def finding_ids(view: Any) -> Facts:
    return seen(finding["id"] for finding in findings(view))


def finding_words(view: Any) -> Facts:
    return seen(finding[key] for finding in findings(view) for key in ("title", "why", "sentence"))


def finding_titles(view: Any) -> Facts:
    return seen(finding[key] for finding in findings(view) for key in ("rule", "title", "why"))


def rules_of_findings(view: Any) -> Facts:
    """The reasons that a rule gives stand once, with the rule."""
    return seen(finding[key] for finding in findings(view) for key in ("rule", "title"))


def value_digests(view: Any) -> Facts:
    return seen(finding["value_sha256"] for finding in findings(view))


def rules(view: Any, *, with_findings: bool = False) -> Facts:
    kept = [rule for rule in view["catalogue"]["rules"] if rule["findings"] or not with_findings]
    texts = [text for rule in kept for text in (rule["id"], rule["question"], *rule["missing"])]
    return seen([*texts, *(item["text"] for rule in kept for item in rule["provisions"])])


def rules_found(view: Any) -> Facts:
    return rules(view, with_findings=True)


def waivers(view: Any) -> Facts:
    return seen(waiver[key] for waiver in view["waivers"] for key in ("id", "reason", "approved_by", "expires"))


def suppressed(view: Any) -> Facts:
    return seen(waiver[key] for waiver in view["waivers"] for key in ("id", "reason", "expires"))


def gaps(view: Any) -> Facts:
    return seen(gap[key] for gap in view["gaps"] for key in ("what", "why"))


def annexes(view: Any) -> Facts:
    screening = [item["words"] for agent in view["agents"] for item in agent["screening"]]
    return seen([*screening, *(item["words"] for item in view["coverage"])])


def screening(view: Any) -> Facts:
    return seen(item[key] for agent in view["agents"] for item in agent["screening"] for key in ("title", "words"))


def covered(view: Any) -> Facts:
    return seen(item["words"] for item in view["coverage"])


def digests(view: Any) -> Facts:
    return seen([view["evidence_sha256"], *(record["sha256"] for record in view["records"])])


def record_digests(view: Any) -> Facts:
    return seen(entry["record_sha256"] for agent in view["agents"] for entry in agent["span_types"])


def claims(view: Any) -> Facts:
    """The pointer of each declared field, with what was declared there."""
    found: Facts = set()
    for agent in view["agents"]:
        for entry in agent["span_types"]:
            root = f"{entry['pointer']}/data_risk"
            for part in ("action_profile", "params_data_categories", "result_data_categories"):
                for name, value in (entry[part] or {}).items():
                    found.add(f"{step(f'{root}/{part}', name)} = {whole(value)}")
            for name, value in entry["extra"].items():
                found.add(f"{step(root, name)} = {whole(value)}")
    return seen(found)


# What each format says, as one text


def of_csv(case: str, name: str) -> str:
    reader.field_size_limit(10_000_000)
    text = csv.render(report(case), name).data.decode("utf-8-sig")
    rows = reader.DictReader(io.StringIO(text, newline=""))
    said = [[csv.unguarded(cell) for cell in row.values()] for row in rows]
    return "\n".join(cell for row in said for cell in row)


def of_claims(case: str) -> str:
    text = csv.render(report(case)).data.decode("utf-8-sig")
    rows = list(reader.DictReader(io.StringIO(text, newline="")))
    pairs = [f"{csv.unguarded(row['pointer'])} = {csv.unguarded(row['declared'])}" for row in rows]
    return "\n".join([*pairs, of_csv(case, "claims")])


@cache
def of_xlsx(case: str) -> str:
    found = openpyxl.load_workbook(io.BytesIO(pipeline.renderer("xlsx")(report(case)).data), read_only=True)
    said = [
        str(cell) for sheet in found for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    ]
    rows = [*found["Claims"].iter_rows(values_only=True)] if "Claims" in found.sheetnames else []
    # Where a report is incomplete, every sheet says so first.
    head, *rows = rows[rows[:1] != [] and "Span type" not in rows[0] :] or [()]
    at = {label: place for place, label in enumerate(head)}
    pairs = [f"{row[at['Pointer (RFC 6901)']]} = {row[at['Declared value']] or ''}" for row in rows]
    return "\n".join([*said, *pairs])


def check(render: Callable[..., Document], case: str, **more: Any) -> bytes:
    return render(report(case), verdict(report(case)), **more).data


@cache
def of_sarif(case: str) -> str:
    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [text for key, item in value.items() for text in [key, *texts(item)]]
        if isinstance(value, list):
            return [text for item in value for text in texts(item)]
        return [shown(str(value), sys.maxsize)]

    return re.sub(r"\{\{(\d+)\}\}", r"{\1}", "\n".join(texts(json.loads(check(sarif.render, case)))))


@cache
def of_junit(case: str) -> str:
    root = ET.fromstring(check(junit.render, case))
    return "\n".join([text for item in root.iter() for text in (*item.attrib.values(), item.text or "")])


@cache
def of_markdown(case: str) -> str:
    page = check(markdown.render, case, limit=10_000_000).decode()
    return markup.unescape(page).replace("\u200b", "")


@cache
def of_cyclonedx(case: str) -> str:
    """As one text, with each answer behind the pointer to its span type."""
    found = json.loads(pipeline.renderer("cyclonedx")(report(case)).data)
    said = [*texts_of(found)]
    for service in found["services"]:
        for entry in service.get("services", ()):
            told_ = [(each["name"].removeprefix("datarisk:"), each["value"]) for each in entry["properties"]]
            pointer = dict(told_)["pointer"]
            for name, value in told_:
                side, _, answer = name.partition(":")
                fields = value.split(", ") if answer != "classification" else [answer]
                said += [f"{pointer} {side}:{each} = {value if answer in fields else answer}" for each in fields]
    return "\n".join(said)


@cache
def of_oscal(case: str) -> str:
    """As one text without what keeps it from being Markdown, with each answer behind the pointer to its span type."""
    found = json.loads(pipeline.renderer("oscal")(report(case)).data)
    said = [text if VALUE.fullmatch(text) else re.sub(r"\\(\W|_)", r"\1", text) for text in texts_of(found)]
    [result] = found["assessment-results"]["results"]
    for item in result.get("local-definitions", {}).get("inventory-items", ()):
        told_ = [(each["name"], each["value"]) for each in item["props"]]
        pointer = dict(told_)["pointer"]
        for name, value in told_:
            side, _, answer = name.partition("-")
            fields = [answer] if answer == "classification" else value.split(", ")
            said += [f"{pointer} {side}:{each} = {value if answer in fields else answer}" for each in fields]
    return "\n".join(said)


VALUE = re.compile(r"[\w, .:-]+")


@cache
def of_dpv(case: str) -> str:
    """As one text, with each answer behind the pointer to its span type."""
    found = json.loads(pipeline.renderer("dpv")(report(case)).data)
    said = texts_of(found)
    for node in found["@graph"]:
        for name, value in node.items() if "datarisk:pointer" in node else ():
            side = re.match("datarisk:(action|params|result)([A-Z][a-z]+)$", name)
            if side:
                fields = ["classification"] if side[2] == "Classification" else [each.split(":")[-1] for each in value]
                answer = value if side[2] == "Classification" else side[2].lower()
                said += [f"{node['datarisk:pointer']} {side[1]}:{each} = {answer}" for each in fields]
    states_ = (re.match("datarisk:(?:params|result)([A-Z][a-z]+)$", name) for node in found["@graph"] for name in node)
    return "\n".join([*said, *(each[1].lower() for each in states_ if each)])


def texts_of(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        return [text for item in (value.values() if isinstance(value, dict) else value) for text in texts_of(item)]
    return [str(value)]


def answers_of_entries(view: Any) -> Facts:
    """Each declared answer as it is counted, and what nobody declared."""
    known = {"action_profile": ACTION_ANSWERS, "classification": (*LEVELS, "unknown")}
    found: Facts = set()
    words = {"action_profile": "action", "params_data_categories": "params", "result_data_categories": "result"}
    for entry in (entry for agent in view["agents"] for entry in agent["span_types"]):
        for part, word in words.items():
            values = entry[part]
            for name in FIELDS[part]:  # type: ignore[index]  # (a part)
                answers = known.get(name) or known.get(part) or CATEGORY_ANSWERS
                counted = "undeclared" if values is None else next((a for a in answers if a == values[name]), "unknown")
                found.add(f"{entry['pointer']} {word}:{name} = {counted}")
    return seen(found)


def states(view: Any) -> Facts:
    return seen(item["state"] for agent in view["agents"] for item in agent["categories"].values())


def states_of_sides(view: Any) -> Facts:
    found = [item[side]["state"] for agent in view["agents"] for item in agent["categories"].values() for side in SIDES]
    return seen(found)


@cache
def of_html(case: str) -> str:
    bare = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", " ", html.render(report(case)).data.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", markup.unescape(bare))


def of_github(case: str) -> str:
    page = check(github.render, case).decode()
    return page.replace("%3A", ":").replace("%2C", ",").replace("%0A", "\n").replace("%25", "%")


HOLDS: dict[str, tuple[Callable[[str], str], tuple[Callable[[Any], Facts], ...]]] = {
    "claims": (of_claims, (agents_with_claims, span_types, claims, record_digests, gaps)),
    "findings": (
        lambda case: of_csv(case, "findings"),
        (finding_ids, finding_words, rules_found, value_digests, gaps),
    ),
    "ropa": (lambda case: of_csv(case, "ropa"), (agents, agent_ids, covered, gaps)),
    "dpia": (lambda case: of_csv(case, "dpia"), (agents, agent_ids, screening, gaps)),
    "xlsx": (
        of_xlsx,
        (
            agents, agent_ids, span_types, claims, finding_ids, finding_words, value_digests, rules, waivers, gaps,
            annexes, screening, digests, record_digests,
        ),
    ),
    "cyclonedx": (
        of_cyclonedx, (agents, agent_ids, span_types, answers_of_entries, states, record_digests, gaps),
    ),
    "oscal": (
        of_oscal,
        (
            agents, agent_ids, span_types, answers_of_entries, states_of_sides, record_digests, gaps, finding_ids,
            finding_words, rules_found, value_digests, waivers,
        ),
    ),
    "dpv": (of_dpv, (agents, agent_ids, span_types, answers_of_entries, states_of_sides, record_digests, gaps)),
    "sarif": (of_sarif, (finding_ids, finding_words, value_digests, rules, suppressed, gaps)),
    "junit": (of_junit, (agents, finding_ids, finding_words, rules_found, suppressed, gaps)),
    "markdown": (of_markdown, (finding_titles, rules_found, suppressed, gaps)),
    "html": (of_html, (agents, span_types, rules_of_findings, digests, gaps)),
}  # fmt: skip


def among(fact: str, text: str) -> bool:
    """Whether it stands there; what is long stands there as far as there is room."""
    return fact in text or (len(fact) > 100 and fact[:100] in text)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", HOLDS)
def test_what_report_json_says_stands_in(name: str, case: str) -> None:
    text, facts = HOLDS[name]
    said = text(case)
    lines = set(said.split("\n"))
    for kind in facts:
        missing = [fact for fact in kind(told(case)) - lines if not among(fact, said)]
        assert not missing, f"{kind.__name__}: {missing[:5]}"


@pytest.mark.parametrize("case", CASES)
def test_annotations_hold_the_most_urgent_questions_and_the_first_gap(case: str) -> None:
    said, judged = of_github(case), verdict(report(case))
    failing = [each for each in questions(report(case), judged, NOWHERE) if each.failing]
    shown_ = said.count("::error ")
    assert shown_ == min(10, len(failing) + (not judged.passed))
    if report(case).gaps:
        assert report(case).gaps[0].what in said
    for each in failing[: min(len(failing), 8)]:
        assert each.issue.question in said
        assert all(rule in said for rule in each.rules)


def test_the_cases_have_something_of_every_kind_to_say() -> None:
    for _, facts in HOLDS.values():
        for kind in facts:
            assert any(kind(told(case)) for case in CASES), kind.__name__


def test_every_format_can_be_asked_for_and_is_written_under_its_own_name() -> None:
    names = get_args(Format)
    [option] = [each for each in cli.commands["report"].params if each.name == "formats"]
    assert tuple(option.type.choices) == names  # type: ignore[attr-defined]  # (a choice)
    for format_ in names:
        if format_ != "pdf":  # it takes longest, and is asked for elsewhere
            made = pipeline.renderer(format_)(report("several"))
            assert made.name == (format_ if "." in format_ else f"report.{ENDINGS.get(format_, format_)}")
