"""The comment on a pull request: ten lines before its fold for any account, and what is folded is counted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from builders import agent, composed, inventory, risk, schema_version, span_type
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import reviewed_case, verdict
from markdown_it import MarkdownIt

from reporter.declared.vocabulary import CATEGORY_NAMES
from reporter.gate.answers import in_report
from reporter.gate.baseline import Baseline
from reporter.gate.policy import Limits
from reporter.gate.policy import verdict as gate
from reporter.plain.language import of
from reporter.render.check import markdown, markup
from reporter.render.check.places import NOWHERE
from reporter.render.check.questions import questions
from reporter.view.report import Report

TEN = 10
WIDTH = 110
#: What the writer of a comment adds: its own mark, and the commit.
ADDED = 200


def before(page: str) -> list[str]:
    """The lines that a reader sees, as text, with the one that unfolds the rest."""
    head, fold, _ = page.partition("</summary>")
    assert fold
    mark, *lines = head.split("\n")
    assert re.fullmatch(r"<!-- datarisk:check:[0-9a-f]{12} -->", mark)
    told = [line.removeprefix("<details><summary>") for line in lines if line]
    tokens = [MarkdownIt("commonmark", {"html": True}).parse(line) for line in told]
    return ["".join(c.content for t in every for c in t.children or [t]) for every in tokens]


def seen(lines: list[str]) -> int:
    """How high they are where a hundred and ten characters are a line."""
    return sum(max(1, -(-len(line.replace("\u200b", "")) // WIDTH)) for line in lines)


NAMES = st.text(min_size=1, max_size=150) | st.sampled_from(["claims", "x" * 150, "漢" * 150, "|`<b>@a #1 [x](y)" * 9])
ANSWERS = st.dictionaries(st.sampled_from(CATEGORY_NAMES), st.sampled_from(["included", "excluded", "unknown"]))


@st.composite
def accounts(draw: st.DrawFn) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Agents with their span types and what these declare."""
    numbers = draw(st.sampled_from([1, 2, 5, 40]))
    made = []
    for _ in range(numbers):
        entries = []
        for name in draw(st.lists(NAMES, max_size=3)):
            declared: Any = None
            if draw(st.booleans()):
                declared = risk(allowed=draw(st.sampled_from([(), ("external_communication",), ("update_data",)])))
                declared["params_data_categories"] |= draw(ANSWERS)
            entries.append((name, declared))
        made.append((draw(NAMES), entries))
    return made


def view(account: list[tuple[str, list[tuple[str, Any]]]], language: str = "en") -> Report:
    values: list[Any] = []
    for number, (name, entries) in enumerate(account):
        key = f"a{number}"
        entry = [span_type(each, declared) for each, declared in entries]
        values += [agent(key, name), schema_version(f"v{number}", *entry, agent=key)]
    return composed(inventory(*values), language=of(language))


def known(report: Report) -> Baseline:
    said = tuple(in_report(report))
    return Baseline("datarisk-baseline.json", report.account, report.catalogue.version, complete=True, agents=said)


@settings(deadline=None, max_examples=40)
@given(accounts(), accounts(), st.sampled_from(["never", "medium"]), st.sampled_from(["en", "de"]), st.booleans())
def test_at_most_ten_lines_stand_before_the_fold_for_any_account(
    account: Any, earlier: Any, fail_on: Any, language: str, compared: bool
) -> None:
    report = view(account, language)
    judged = gate(report, Limits(fail_on), known(view(earlier)) if compared else None)
    page = markdown.render(report, judged).data.decode()
    lines = before(page)
    assert len(lines) <= TEN
    assert seen(lines) <= TEN
    assert len(page.encode()) + ADDED <= markdown.COMMENT
    # What is open is told or counted.
    told = [line for line in page.partition("<details>")[0].split("\n") if line.startswith("- ")]
    open_ = [each for each in questions(report, judged, NOWHERE) if not each.settled]
    counts = [int(number.replace(",", "").replace(".", "")) for number in re.findall(r"[\d.,]*\d", lines[-1])]
    assert len(open_) - len(told) == sum(counts[: len(counts) - 1])
    assert counts[-1] == len(judged.findings)
    # And all else stands behind one fold.
    assert page.count("<details>") == page.count("</details>") == 1
    assert page.rstrip().endswith("</details>")


@pytest.mark.parametrize("case", ["several", "hostile", "40 gaps", "long names", "120 agents", "no agents"])
def test_the_hard_cases_keep_to_ten_lines_as_well(case: str) -> None:
    report = reviewed_case(case)
    for limit in (markdown.COMMENT, markdown.SUMMARY):
        page = markdown.render(report, verdict(report), limit=limit).data.decode()
        assert seen(before(page)) <= TEN
        assert page.count("<details>") == 1


def changed() -> tuple[Report, Any]:
    """Two agents, of which one is as it was, and the other sends something out by now."""
    then = [("desk", [("tool:a", risk("health_and_medical"))]), ("shop", [("tool:b", risk("contact_information"))])]
    now = [
        ("desk", [("tool:a", risk("health_and_medical"))]),
        ("shop", [("tool:b", risk("contact_information", allowed=("external_communication",)))]),
    ]
    report = view(now)
    return report, gate(report, Limits(), known(view(then)))


def test_new_and_changed_questions_come_first_and_what_was_known_is_folded() -> None:
    report, judged = changed()
    page = markdown.render(report, judged).data.decode()
    head, _, folded = page.partition("<details>")
    told = [line for line in head.split("\n") if line.startswith("- ")]
    every = questions(report, judged, NOWHERE)
    fresh = [each for each in every if each.is_new]
    assert fresh
    assert {each.agent.name for each in fresh} == {"shop"}
    assert len(told) == len(fresh)
    for line, each in zip(told, fresh, strict=True):
        assert markup.escaped(each.issue.question) in line
        assert "`shop`" in line
        assert each.worse
        assert f"**{each.issue.severity}, worse**" in line
    assert "`desk`" in head  # it is counted
    assert not any("`desk`" in line for line in told)
    for each in fresh:
        assert markup.escaped(each.issue.consequence) in folded
        assert all(markup.escaped(text)[:80] in folded for text in each.issue.not_known)
    assert any("`desk`" in line for line in folded.split("\n"))


def test_where_there_is_room_a_new_question_says_what_it_means_before_the_fold() -> None:
    report, judged = changed()
    head = markdown.render(report, judged).data.decode().partition("<details>")[0]
    [each, *_] = [each for each in questions(report, judged, NOWHERE) if each.is_new]
    assert markup.escaped(each.issue.consequence) in head


def test_open_questions_are_counted_by_agent_and_those_with_something_new_come_first() -> None:
    report, judged = changed()
    [line] = [each for each in before(markdown.render(report, judged).data.decode()) if "open question" in each][:1]
    assert line.index("shop") < line.index("desk")
    for agent_ in report.agents:
        open_ = [each for each in questions(report, judged, NOWHERE) if each.agent.id == agent_.id and not each.settled]
        high = sum(each.issue.severity == "high" for each in open_)
        if high:
            assert f"{agent_.name} {high} high" in line


def test_against_itself_nothing_is_new_and_the_comment_says_so_by_its_counts() -> None:
    report, _ = changed()
    judged = gate(report, Limits(), known(report))
    page = markdown.render(report, judged).data.decode()
    head = page.partition("<details>")[0]
    assert "## datarisk: Nothing is beyond the limits" in head
    assert "new" not in head
    assert not [line for line in head.split("\n") if line.startswith("- ")]
    assert "other open question" in page


@pytest.mark.parametrize("fail_on", ["medium", "never"])
def test_what_shuts_the_gate_stands_before_the_fold_even_if_it_was_known(fail_on: Any) -> None:
    report, _ = changed()
    judged = gate(report, Limits(fail_on), known(report))
    head = markdown.render(report, judged).data.decode().partition("<details>")[0]
    failing = [each for each in questions(report, judged, NOWHERE) if each.failing]
    assert bool(failing) == (fail_on == "medium")
    for each in failing:
        assert markup.escaped(each.issue.question) in head


@pytest.mark.parametrize(("before_", "worse"), [("excluded", True), ("unknown", False)])
def test_a_question_that_got_worse_says_so_in_the_comment_and_one_that_only_changed_does_not(
    before_: str, *, worse: bool
) -> None:
    def account(minors: str) -> Report:
        declared = risk("contact_information", allowed=("external_communication",))
        declared["params_data_categories"]["minors_data"] = minors
        return view([("claims", [("tool:send", declared)])])

    now = account("included")
    judged = gate(now, Limits(), known(account(before_)))
    head, _, folded = markdown.render(now, judged).data.decode().partition("<details>")
    every = questions(now, judged, NOWHERE)
    assert "changed" in {each.since for each in every}
    assert any(each.worse for each in every) is worse
    assert (", worse**" in head) is (" worse: `claims`" in head) is (", worse)" in folded) is worse
    assert (", changed**" in head) is not worse
