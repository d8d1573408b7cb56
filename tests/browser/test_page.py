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


def choose(page: Any, field: str, value: str) -> None:
    """Chooses a filter, which is folded away until somebody wants it."""
    if not page.locator("#filters").evaluate("each => each.open"):
        page.locator("#filters summary").click()
    page.locator(f"[name={field}]").select_option(value)


def rows(page: Any, table: str) -> list[str]:
    """The rows of a list that are shown, each as text."""
    found: list[str] = page.eval_on_selector_all(
        f"#list-{table} tbody tr:not([hidden])", "all => all.map(each => each.textContent)"
    )
    return found


@pytest.mark.parametrize(
    ("of", "width", "scheme"),
    [
        *(("company", width, scheme) for width in (390, 1280) for scheme in ("light", "dark")),
        ("several", 390, "light"), ("several", 1280, "dark"), ("hostile", 390, "dark"), ("hostile", 1280, "light"),
    ],
)  # fmt: skip
def test_axe_finds_nothing_at_wcag_2_2_aa(opened: Open, scheme: str, of: str, width: int) -> None:
    page = opened(PAGES[of](), color_scheme=scheme, viewport={"width": width, "height": 844})
    page.evaluate("for (const each of document.querySelectorAll('details:not(.filters)')) each.open = true")
    for text in ("", "claims"):
        search(page, text)
        if text:
            page.locator("#filters summary").click()
        # What is laid out only when it is near the window has the room that it will need.
        page.locator("body.measured").wait_for()
        violations = Axe().run(page, options=WCAG).response["violations"]
        told = [
            (each["id"], [node["failureSummary"] + node["html"] for node in each["nodes"][:3]]) for each in violations
        ]
        assert told == []
    page.keyboard.press("Escape")
    page.locator(".matrix td[tabindex]").first.focus()
    assert Axe().run(page, context="#cell", options=WCAG).response["violations"] == []


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
    choose(page, field, value)
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
    pointer = page.locator("#cell-pointer").text_content()
    assert pointer == "/span_type_schemas/tool:claims.read/data_risk/params_data_categories/health_and_medical"
    link = page.locator("#cell-record")
    record = page.locator(link.get_attribute("href"))
    assert record.locator("th").text_content() == link.text_content()
    assert several().agents[0].span_types[0].record_sha256 in record.text_content()


def test_a_pointer_is_copied_as_it_is_without_a_blank_or_a_break(opened: Open) -> None:
    page = opened(several(), permissions=["clipboard-read", "clipboard-write"], viewport={"width": 390, "height": 844})
    page.locator(".matrix tbody tr", has_text="claims.read").locator("td").nth(6).click()
    page.get_by_role("button", name="Copy the pointer").click()
    page.get_by_text("Copied.").wait_for()
    pointer = "/span_type_schemas/tool:claims.read/data_risk/params_data_categories/health_and_medical"
    assert page.evaluate("navigator.clipboard.readText()") == pointer
    assert (
        page.evaluate(
            "getSelection().selectAllChildren(document.getElementById('cell-pointer')) || getSelection().toString()"
        )
        == pointer
    )
    page.locator(".pointers summary").first.click()
    told = page.locator(".pointers .pointer", has_text="claims.read").first
    assert told.text_content() == "/span_type_schemas/tool:claims.read"
    assert (
        page.evaluate(
            "each => getSelection().selectAllChildren(each) || getSelection().toString()", told.element_handle()
        )
        == told.text_content()
    )


def test_the_counts_below_a_column_name_its_rows(opened: Open) -> None:
    page = opened(several())
    matrix = page.locator(".matrix").first
    matrix.scroll_into_view_if_needed()
    matrix.locator("tfoot").wait_for()
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
    assert page.locator("#cell-pointer").text_content() == "/span_type_schemas/2/data_risk/action_profile/create_data"
    page.locator(".pointers summary").first.click()
    assert page.locator(".pointers .pointer").all_text_contents() == [f"/span_type_schemas/{each}" for each in range(4)]


def test_findings_lead_to_their_rules_and_to_their_rows(opened: Open) -> None:
    page = opened(several())
    part = page.locator("section.agent", has_text="Claims assessor").first
    part.locator(".found").scroll_into_view_if_needed()
    part.locator(".found th > a").first.wait_for()
    rules = part.locator(".found tr:not(:first-child) > th")
    assert part.locator(".found th > a").count() == rules.count() > 0
    row = part.locator(".found td a").first
    number, anchor = row.text_content(), row.get_attribute("href")
    assert page.locator(anchor).locator("th").text_content().startswith(f"{re.findall('[0-9]+', number)[0]}\t")
    part.locator(".found th > a").first.click()
    assert re.fullmatch(r"#r-[A-Z]\d\d", page.evaluate("location.hash"))
    assert opened(waived()).locator("a a").count() == 0


def test_every_question_stands_once_in_one_table_with_its_owner_and_leads_to_its_agents_part(opened: Open) -> None:
    page = opened(several())
    heads = page.locator("#list-issues thead th").all_text_contents()
    assert heads == ["Severity", "Agent", "Question", "Span types", "Certainty", "Owner", "Due", "Status"]
    assert len(rows(page, "issues")) == len(several().summary.issues) > 3
    line = page.locator("#list-issues tbody tr", has_text="Claims assessor").first
    assert "R. Okafor, Product owner" in line.text_content()
    line.locator("th a").click()
    part = page.locator("section.agent", has=page.locator(page.evaluate("location.hash")))
    assert part.locator("h3").text_content() == "Claims assessor"


def test_all_findings_stand_in_one_table_with_links_to_rows_and_records(opened: Open) -> None:
    page = opened(several())
    page.get_by_text("All findings as one table").click()
    assert len(rows(page, "findings")) == several().totals.findings > 5
    targets = page.eval_on_selector_all(
        "#list-findings tbody a", "all => all.map(each => each.hash.slice(0, 3) + !!document.querySelector(each.hash))"
    )
    assert {"#a-true", "#i-true", "#r-true", "#s-true", "#retrue"} == set(targets)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Art. 9", "Special-category data"),
        ("X01", "Special-category data where external communication is allowed"),
        ("where external communication", "where external communication is allowed"),
        ("claims.pay", "tool:claims.pay"),
        ("Read a claim", "tool:claims.read"),
        ("okafor", "Claims assessor"),
    ],
)
def test_an_article_a_rule_a_title_a_span_type_or_an_owner_finds_its_questions_and_findings(
    opened: Open, text: str, words: str
) -> None:
    page = opened(several())
    page.get_by_text("All findings as one table").click()
    asked, found = len(rows(page, "issues")), len(rows(page, "findings"))
    search(page, text)
    assert 0 < len(rows(page, "issues")) < asked
    assert 0 < len(rows(page, "findings")) < found
    assert any(words in each for each in rows(page, "findings"))
    assert page.locator("#list-issues caption").text_content().startswith(f"{len(rows(page, 'issues'))} of {asked} ")
    assert not rows(page, "issues") or search(page, "no such thing") == rows(page, "issues") == []


def test_article_9_is_not_looked_for_in_article_99(opened: Open) -> None:
    page = opened(several())
    rules = several().catalogue.rules
    cited = {each.id for each in rules if any(re.search(r"Art. 3(?!\d)", every.text) for every in each.provisions)}
    more = {each.id for each in rules if any("Art. 3" in every.text for every in each.provisions)}
    assert more - cited
    page.get_by_text("All findings as one table").click()
    search(page, "Art. 3")
    shown_ = {re.findall(r"[A-Z]\d\d", each)[0] for each in rows(page, "findings")}
    assert shown_ <= cited


@pytest.mark.parametrize(
    ("field", "value", "place", "words"),
    [
        ("severity", "high", 0, "high"),
        ("certainty", "possible", 5, "possible"),
        ("decision", "accepted", 6, "accepted"),
        ("question", "recipients", 3, "Who receives personal data"),
        ("owner", "not given", 1, "Post room"),
    ],
)
def test_a_filter_acts_on_questions_findings_and_agents(
    opened: Open, field: str, value: str, place: int, words: str
) -> None:
    page = opened(waived() if field == "decision" else several())
    page.get_by_text("All findings as one table").click()
    before = len(rows(page, "findings"))
    choose(page, field, value)
    cells = page.eval_on_selector_all(
        "#list-findings tbody tr", f"all => all.map(each => each.cells[{place}].textContent)"
    )
    assert len(cells) > 0
    assert all(each.startswith(words) for each in cells)
    assert len(cells) < before
    agents = page.eval_on_selector_all(
        "#list-issues tbody tr:not([hidden])", "all => all.map(each => each.cells[1].textContent)"
    )
    assert sorted(set(agents)) == sorted(shown(page))
    assert page.locator("#in-force").text_content() == "(1)"


def test_a_view_can_be_sent_with_its_filters_and_its_order(opened: Open) -> None:
    page = opened(several())
    search(page, "claims")
    choose(page, "certainty", "declared")
    page.locator("#list-issues thead button", has_text="Question").click()
    page.locator("#list-issues thead button", has_text="Question").click()
    page.wait_for_timeout(500)
    seen, fragment = rows(page, "issues"), page.evaluate("location.hash")
    assert fragment == "#?q=claims&certainty=declared&by-list-issues=-3"
    sent = opened(several(), fragment)
    assert rows(sent, "issues") == seen != sorted(seen)
    assert sent.locator("[name=certainty]").input_value() == "declared"
    assert sent.locator("#list-issues th[aria-sort=descending]").text_content() == "Question"


@pytest.mark.parametrize(
    "fragment",
    [
        "#?severity=<img src=x onerror=alert(1)>&q=", "#?__proto__=x&constructor=y&theme=dark", "#?by-list-issues=99",
        "#?by-list-issues=-0&by-tools=1&by-=1&by-nobody=2", "#?by-list-issues=javascript:alert(1)", "#%", "#?%&&==&?#",
        "#?owner=%00&env=%E0%A4%A", "#i-/../x", "#?" + "&".join(f"severity={each}" for each in range(5000)),
    ],
)  # fmt: skip
def test_an_address_that_says_nothing_of_use_changes_nothing_and_runs_nothing(opened: Open, fragment: str) -> None:
    page, plain = opened(several(), fragment), opened(several())
    assert rows(page, "issues") == rows(plain, "issues")
    assert shown(page) == shown(plain)
    assert page.locator("th[aria-sort]").count() == 0
    assert page.locator("select").evaluate_all("all => all.every(each => each.selectedIndex === 0)")


def test_what_an_address_looks_for_is_text_and_no_markup(opened: Open) -> None:
    page = opened(several(), "#?q=" + "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E" + "x" * 10_000)
    assert page.locator("img").count() == 0
    assert shown(page) == []
    assert len(page.locator("[name=q]").input_value()) == 200


def test_back_leads_to_the_view_that_was_left(opened: Open) -> None:
    page = opened(several(), "#?severity=high")
    seen = rows(page, "issues")
    page.locator("#list-issues tbody tr:not([hidden]) th a").first.click()
    page.go_back()
    assert page.evaluate("location.hash") == "#?severity=high"
    assert rows(page, "issues") == seen


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_summary_stands_on_the_first_screen_under_a_toolbar_of_one_line(
    opened: Open, width: int, height: int
) -> None:
    page = opened(company(), viewport={"width": width, "height": height})
    for part in ("#summary-head", ".figures li:first-child", "#summary .lead"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] < height, part
    assert not page.locator(".about").evaluate("each => each.open")
    assert page.locator("#tools").bounding_box()["height"] < 60
    page.locator("#filters summary").click()
    assert page.locator("[name=severity]").is_visible()
    assert page.locator("#tools").bounding_box()["height"] < 60
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_heads_of_groups_stand_upright_over_their_columns_and_the_table_uses_the_width(opened: Open) -> None:
    page = opened(company())
    heads = page.locator(".heat thead tr:first-child th")
    columns = page.locator(".heat thead tr:last-child th")
    assert heads.evaluate_all("all => all.every(each => getComputedStyle(each).writingMode === 'horizontal-tb')")
    place = 1
    for number in range(heads.count()):
        head, span = heads.nth(number).bounding_box(), int(heads.nth(number).get_attribute("colspan"))
        first, last = columns.nth(place).bounding_box(), columns.nth(place + span - 1).bounding_box()
        assert abs(head["x"] - first["x"]) < 1
        assert abs(head["x"] + head["width"] - last["x"] - last["width"]) < 1
        place += span
    table, window = page.locator(".heat").bounding_box(), page.locator("#main").bounding_box()
    assert abs(table["width"] - window["width"]) < 1


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
    assert page.locator("td[tabindex='0']").count() == page.locator(".matrix, .heat, .strip").count()
    page.keyboard.press("Escape")
    assert page.locator("#cell").is_hidden()


def test_every_control_is_in_the_order_of_tabs(opened: Open) -> None:
    page = opened(several())
    page.locator("[name=q]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    names = []
    for _ in range(11):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.name || document.activeElement.textContent"))
    assert names[:4] == ["question", "severity", "certainty", "decision"]
    assert "theme" in names
    page.locator("[name=q]").fill("claims")
    page.get_by_role("button", name="Show all").press("Enter")
    page.locator("section.agent[hidden]").first.wait_for(state="detached")


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
    choose(page, "theme", "dark")
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
