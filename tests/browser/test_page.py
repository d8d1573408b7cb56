"""The page in a real browser: what it finds, says, copies and links to, by mouse and by keyboard, in light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from builders import agent, inventory, risk, schema_version, span_type
from pages import hostile, several, view, waived

from reporter.declared.model import Source
from reporter.prefactor import records
from reporter.prefactor.shapes import Unit, units
from reporter.registry import made_up as account
from reporter.view.report import Report

Open = Callable[..., Any]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@cache
def company() -> Report:
    """The made-up company."""
    found = [
        records.record(unit.kind, unit.value, source="made up", location=f"{name}#{unit.pointer}")
        for name, value in account.answers()
        for unit in units(value)
        if isinstance(unit, Unit)
    ]
    return view(
        records.Collected(
            (Source("platform", "made up", datetime(2026, 11, 23, 18, tzinfo=UTC)),), tuple(found)
        ).inventory()
    )


PAGES: dict[str, Callable[[], Report]] = {
    "company": company,
    "several": several,
    "hostile": lambda: hostile("http://127.0.0.1:9/", "file:///x"),
}


def shown(page: Any) -> list[str]:
    """The agents whose sections are shown."""
    found: list[str] = page.eval_on_selector_all(
        "section.agent:not([hidden]) h3", "all => all.map(each => each.textContent)"
    )
    return found


def search(page: Any, text: str) -> list[str]:
    """Types into the search; returns the agents that are left."""
    page.locator("[name=q]").fill(text)
    return shown(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("of", ["company", "several", "hostile"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_at_wcag_2_2_aa(opened: Open, scheme: str, of: str, width: int) -> None:
    page = opened(PAGES[of](), color_scheme=scheme, viewport={"width": width, "height": 844})
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.locator(".matrix td[tabindex]").first.focus()
    for text in ("", "claims"):
        search(page, text)
        violations = Axe().run(page, options=WCAG).response["violations"]
        told = [
            (each["id"], [node["failureSummary"] + node["html"] for node in each["nodes"][:3]]) for each in violations
        ]
        assert told == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("claims.pay", ["Claims assessor"]),
        ("CLAIMS ASS", ["Claims assessor"]),
        ("a2", ["Post room"]),
        ("okafor", ["Claims assessor"]),
        ("tool:post.07", ["Post room"]),
        ("health_and_medical", ["Claims assessor", "Post room"]),  # one includes it, one cannot rule it out
        ("no such thing", []),
    ],
)
def test_a_search_leaves_the_agents_that_match(opened: Open, text: str, left: list[str]) -> None:
    page = opened(several())
    assert search(page, text) == left
    assert page.locator("#found").text_content().startswith(f"{len(left)} of ")
    rows = page.eval_on_selector_all(".strip tbody tr:not([hidden]) a", "all => all.map(each => each.textContent)")
    assert sorted(rows) == sorted(left)


def test_a_span_type_that_is_looked_for_is_marked(opened: Open) -> None:
    page = opened(several())
    search(page, "post.07")
    assert page.locator(".matrix tr.hit").count() == 1
    search(page, "")
    assert page.locator(".matrix tr.hit").count() == 0


@pytest.mark.parametrize(
    ("field", "value", "left"),
    [
        ("flag", "1", ["Claims assessor", "Post room"]),
        ("state", "?", ["Claims assessor", "Post room"]),
        ("env", "Production", ["Claims assessor"]),
        ("owner", "R. Okafor, Product owner", ["Claims assessor"]),
        ("coverage", "not assessed", ["Post room", "Without any"]),
        ("question", "recipients", ["Claims assessor"]),
    ],
)
def test_a_filter_leaves_the_agents_it_holds_for(opened: Open, field: str, value: str, left: list[str]) -> None:
    page = opened(several())
    page.locator(f"[name={field}]").select_option(value)
    assert shown(page) == left
    page.get_by_role("button", name="Show all").click()
    page.locator("section.agent[hidden]").first.wait_for(state="detached")


def test_a_search_can_be_sent_as_an_address(opened: Open) -> None:
    page = opened(several())
    search(page, "post")
    page.wait_for_timeout(500)  # it is written down when the typing stops
    fragment = page.evaluate("location.hash")
    assert fragment.startswith("#?")
    assert shown(opened(several(), fragment)) == ["Post room"]


def test_a_link_to_a_cell_leads_to_the_same_cell_of_a_report_in_another_order(opened: Open) -> None:
    declared = risk("health_and_medical")
    first = schema_version("v1", span_type("tool:a", declared), span_type("tool:b", declared))
    second = schema_version("v9", span_type("tool:z"), agent="a0")
    page = opened(view(inventory(agent("a1", "One"), first)))
    page.locator(".matrix tbody tr").nth(1).locator("td").nth(6).click()
    told = page.locator("#cell-words").text_content()
    assert told == "One, 2 tool:b. Inputs (params), Health and medical: declared included"
    link = page.locator("#cell-link").get_attribute("href")
    page = opened(view(inventory(agent("a0", "Aaa"), second, agent("a1", "One"), first)), link)
    page.wait_for_selector("td.chosen")
    assert page.locator("#cell-words").text_content() == told
    assert page.locator("td.chosen").is_visible()


def test_a_cell_names_its_declaration_and_its_record(opened: Open) -> None:
    page = opened(several())
    page.locator(".matrix tbody tr", has_text="claims.read").locator("td").nth(6).click()
    evidence = page.locator("#cell-evidence").text_content()
    assert re.fullmatch(
        r"R\d+ /span_type_schemas/tool:claims.read /data_risk/params_data_categories/health_and_medical", evidence
    )


def test_the_counts_below_a_column_name_its_rows(opened: Open) -> None:
    page = opened(several())
    matrix = page.locator(".matrix").first
    column = matrix.locator("tbody tr td:nth-of-type(7)")
    shown_, counts = column.all_text_contents(), matrix.locator("tfoot td").nth(6)
    assert counts.text_content().split("\n") == [str(shown_.count(letter)) for letter in "I?X"]
    counts.click()
    told = page.locator("#cell-words").text_content()
    assert told.startswith("Claims assessor. Inputs (params), Health and medical: ")
    assert "declared included (2)" in told
    assert "NOT ASSESSED (3)" in told


def test_rows_told_at_once_lead_to_a_pointer_each(opened: Open) -> None:
    entries = [span_type(f"tool:{number}", risk(), title="A step") for number in range(4)]
    page = opened(view(inventory({"span_type_schemas": entries})))
    assert "1\u20134: 0\u20133" in page.locator(".pointers li").first.text_content()
    page.locator(".matrix tbody tr").nth(2).locator("td").first.click()
    assert (
        page.locator("#cell-evidence")
        .text_content()
        .endswith("/span_type_schemas/2 /data_risk/action_profile/create_data")
    )


def test_the_rules_of_findings_lead_to_the_register(opened: Open) -> None:
    page = opened(several())
    rules = page.locator(".found th")
    assert page.locator(".found th > a").count() == rules.count() > 0
    assert opened(waived()).locator("a a").count() == 0
    page.locator(".issue summary").first.click()
    page.locator(".found a:visible").first.click()
    assert re.fullmatch(r"#r-[A-Z]\d\d", page.evaluate("location.hash"))


def test_printed_it_shows_what_is_folded_away(opened: Open) -> None:
    page = opened(several())
    page.emulate_media(media="print")
    assert page.locator(".pointers li").first.is_visible()


def test_every_cell_can_be_reached_and_left_by_keyboard(opened: Open) -> None:
    page = opened(several())
    page.locator("[name=q]").focus()
    page.keyboard.type("claims")
    assert shown(page) == ["Claims assessor"]
    page.locator(".matrix td[tabindex='0']").first.focus()
    first = page.locator("#cell-words").text_content()
    for key, back in (("ArrowRight", "ArrowLeft"), ("ArrowDown", "ArrowUp"), ("End", "Home")):
        page.keyboard.press(key)
        assert page.locator("#cell-words").text_content() != first, key
        page.keyboard.press(back)
        assert page.locator("#cell-words").text_content() == first, back
    assert page.locator("table:has(td[tabindex]) td[tabindex='0']").count() == page.locator(".matrix").count()
    page.keyboard.press("Escape")
    assert page.locator("#cell").is_hidden()


def test_every_control_is_in_the_order_of_tabs(opened: Open) -> None:
    page = opened(several())
    page.locator("[name=q]").focus()
    names = []
    for _ in range(10):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.name || document.activeElement.textContent"))
    assert names[:4] == ["flag", "state", "env", "owner"]
    assert "Show all" in names
    assert "theme" in names


def test_a_table_is_copied_in_words_and_cannot_run_in_a_spreadsheet(opened: Open) -> None:
    made = view(inventory(agent("a1", "One"), schema_version("v1", span_type("=cmd|'/C calc'!A0", risk()))))
    page = opened(made, permissions=["clipboard-read", "clipboard-write"])
    page.locator(".matrix tbody td").first.click()
    page.locator("#copy").click()
    page.get_by_text("Copied.").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    head, line = text.split("\n")
    assert head.split("\t")[7] == "Inputs (params): Health and medical"
    assert line.split("\t")[1] == "declared disallowed"
    assert len(line.split("\t")) == 43
    assert not re.search(r"(^|\t)[=+@-]", line)


def test_tables_of_agents_are_sorted_by_any_column(opened: Open) -> None:
    page = opened(several())

    def names() -> list[str]:
        found: list[str] = page.eval_on_selector_all(
            ".strip tbody th", "all => all.map(each => each.textContent.trim())"
        )
        return found

    page.locator(".strip thead button").first.click()
    assert names() == sorted(names())
    assert page.locator(".strip thead th").first.get_attribute("aria-sort") == "ascending"
    page.locator(".strip thead button").first.click()
    assert names() == sorted(names(), reverse=True)
    page.locator(".strip thead button").nth(1).click()
    assert names()[-1] == "Post room"


def test_light_and_dark_can_be_chosen_whatever_the_system_says(opened: Open) -> None:
    page = opened(several(), color_scheme="light")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    page.locator("[name=theme]").select_option("dark")
    assert page.evaluate(paper) == "rgb(18, 24, 30)"


def test_without_script_everything_stands_there_and_no_control_does(opened: Open) -> None:
    page = opened(several(), java_script_enabled=False)
    assert page.locator("#tools").is_hidden()
    assert page.locator("section.agent").count() == len(several().agents)
    assert page.locator(".matrix tbody tr", has_text="claims.read").locator("td").count() == 42


@pytest.mark.parametrize("width", [320, 390, 768, 1920])
def test_nothing_makes_the_page_wider_than_the_window(opened: Open, width: int) -> None:
    page = opened(hostile("http://127.0.0.1:9/", "file:///x"), viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_text_runs_nothing_and_makes_no_markup(opened: Open) -> None:
    page = opened(hostile("http://127.0.0.1:9/", "file:///x"))
    search(page, "<script")
    search(page, "")
    page.locator(".matrix td").first.click()
    assert page.locator("img, object, iframe, link, b b").count() == 0
    assert page.evaluate("document.scripts.length") == 2


def test_printed_it_shows_all_agents_and_no_controls(opened: Open) -> None:
    page = opened(several())
    page.emulate_media(media="print")
    assert page.locator("#tools").is_hidden()
    assert page.locator("section.agent:visible").count() == len(several().agents)


def test_printed_with_a_filter_it_says_so(opened: Open) -> None:
    page = opened(several())
    search(page, "post")
    page.emulate_media(media="print")
    assert page.locator("#found").is_visible()
    assert page.locator("[name=q]").is_hidden()
