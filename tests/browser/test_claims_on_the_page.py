"""Claims on the page: whatever is pointed at says its claim, and a field of a declaration what it rests on."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from builders import NOW, composed, inventory, risk, schema_version, span_type

from reporter.declared.model import Inventory
from reporter.declared.scope import Selection
from reporter.order import Order, policy
from reporter.render import json as as_json
from reporter.view.report import Controller, Report

Open = Callable[..., Any]
ODD = ("a/b", "a b", "\u202egnp", "=1+1", "<script>", "\u00c4rzte", "plain.name:1", "3 tabs", "x" * 300, "twin", "twin")


def found() -> Inventory:
    """An agent with odd names, another with odd values."""
    odd = risk("minors_data", allowed=("external_communication",))
    odd["params_data_categories"]["health_and_medical"] = "perhaps"
    return inventory(
        schema_version("v 1", span_type_schemas=[span_type(name, risk("minors_data")) for name in ODD]),
        schema_version("v2", span_type("send", odd), span_type("silent"), agent="a/2"),
    )


@cache
def report() -> Report:
    """It in a report that knows its policy."""
    order = Order(Selection(), Controller(None, "Ours", None, None), NOW)
    return composed(found(), policy=policy(order))


def told() -> Any:
    """What report.json says."""
    return json.loads(as_json.render(report()).data)


def text(page: Any, part: str) -> str:
    """What a part of the panel says."""
    said: str = page.locator(f"#cell-{part}").text_content()
    return said


def test_every_cell_of_a_matrix_says_the_claim_that_report_json_has_for_it(opened: Open) -> None:
    page = opened(report())
    rows = {each["anchor"]: each["claim"] for agent in told()["agents"] for each in agent["span_types"]}
    assert len({*rows.values()}) == len(ODD) + 2
    for anchor, claim in rows.items():
        page.evaluate("id => document.querySelector(`#${id} td`).click()", anchor)
        assert text(page, "claim").removesuffix("/action_profile/create_data") == claim
        page.evaluate("id => [...document.querySelectorAll(`#${id} td`)].at(-1).click()", anchor)
        assert text(page, "claim").removesuffix("/result_data_categories/classification") == claim


def test_a_field_says_what_it_rests_on_and_leads_to_its_record(opened: Open) -> None:
    page = opened(report())
    data = told()
    entry = next(each for agent in data["agents"] for each in agent["span_types"] if each["name"] == "send")
    row = page.locator(f"#{entry['anchor']}")
    row.locator("td").nth(5).click()
    assert text(page, "claim") == "agents/a%2F2/span_types/v2/span/send/action_profile/external_communication"
    assert text(page, "value") == '"allowed"'
    assert text(page, "digest") == entry["record_sha256"]
    assert text(page, "pointer").startswith(entry["pointer"])
    assert text(page, "read") == f"{data['sources'][0]['collected_at']}, {data['sources'][0]['location']}"
    for digest in ("catalogue_sha256", "policy_sha256", "tool"):
        assert data["claims"][digest] in text(page, "made")
    page.locator("#cell-record").click()
    assert entry["record_sha256"] in page.locator(page.evaluate("location.hash")).text_content()


def test_a_value_outside_the_vocabulary_is_told_word_for_word(opened: Open) -> None:
    page = opened(report())
    page.locator(".matrix tr", has_text="send").locator("td").nth(6).focus()
    place = page.evaluate("[...document.querySelectorAll('#words')].map(each => JSON.parse(each.textContent).fields)[0]"
                          ".findIndex(each => each[2] === 'params_data_categories/health_and_medical')")  # fmt: skip
    page.locator(".matrix tr", has_text="send").locator("td").nth(place).click()
    assert text(page, "value") == '"perhaps"'


def test_states_and_numbers_of_agents_and_of_the_report_say_their_claims_by_mouse_and_by_keyboard(opened: Open) -> None:
    page = opened(report())
    heat, strip = page.locator(".heat tbody tr", has_text="a/2"), page.locator(".strip tbody tr", has_text="a/2")
    heat.locator("td").nth(5).click()
    assert text(page, "claim") == "agents/a%2F2/actions/external_communication/state"
    assert "allowed" in text(page, "words")
    assert page.locator("#cell-proof").is_hidden()
    page.keyboard.press("ArrowRight")
    claim = text(page, "claim")
    assert claim.startswith("agents/a%2F2/categories/")
    strip.locator("td").nth(1).click()
    assert text(page, "claim") == "agents/a%2F2/flags/personal_data/state"
    page.locator("section.agent[data-claim='agents/a%2F2'] .flags li").nth(1).click()
    assert text(page, "claim") == "agents/a%2F2/flags/special_category_data/state"
    page.locator(".figures li").nth(1).focus()
    assert text(page, "claim") == "totals/agents"
    told_ = told()["agents"][[each["id"] for each in told()["agents"]].index("a/2")]
    assert claim.split("/")[3] in told_["categories"]


def test_every_column_of_the_agents_tables_says_a_state_that_report_json_has(opened: Open) -> None:
    page = opened(report())
    agent = next(each for each in told()["agents"] if each["id"] == "a/2")
    for table in (".heat", ".strip"):
        cells = page.locator(f"{table} tbody tr", has_text="a/2").locator("td")
        seen = set()
        for place in range(cells.count()):
            cells.nth(place).evaluate("each => each.click()")
            value = agent
            for step in text(page, "claim").removeprefix("agents/a%2F2/").split("/"):
                value = value[step]
            seen.add(text(page, "claim"))
            words = {"included": "IA", "allowed": "IA", "excluded": "X", "disallowed": "XD", "undetermined": "?"}
            letter = cells.nth(place).text_content()[0]
            assert isinstance(value, int) or value not in words or letter in words[value], (place, value, letter)
        assert len(seen) == cells.count()


def test_touch_shows_a_claim(opened: Open) -> None:
    page = opened(report(), viewport={"width": 390, "height": 844}, has_touch=True)
    page.locator(".heat tbody td").first.tap()
    assert text(page, "claim").startswith("agents/")


def test_enter_leads_into_what_is_told_and_escape_back_to_the_cell(opened: Open) -> None:
    page = opened(report(), permissions=["clipboard-read", "clipboard-write"])
    page.locator(".matrix tbody td[tabindex]").first.focus()
    page.keyboard.press("ArrowRight")
    claim = page.locator("#cell-claim").text_content()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "copy-claim"
    page.keyboard.press("Enter")
    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == claim
    page.keyboard.press("Escape")
    assert page.locator("#cell").is_hidden()
    assert page.evaluate("document.activeElement.tagName") == "TD"


@pytest.mark.parametrize("height", [844, 600])
def test_what_is_told_on_a_small_screen_covers_no_cell_that_was_tapped(opened: Open, height: int) -> None:
    page = opened(report(), viewport={"width": 390, "height": height}, has_touch=True)
    cell = page.locator(".matrix tbody td").nth(4)
    cell.evaluate("node => scrollTo(0, node.getBoundingClientRect().bottom + scrollY - innerHeight + 4)")
    cell.tap()
    page.locator("#cell").wait_for(state="visible")
    told = page.locator("#cell").bounding_box()
    tapped = cell.bounding_box()
    assert tapped["y"] + tapped["height"] <= told["y"]
    assert told["height"] <= height * 0.41
    assert page.evaluate("document.getElementById('cell').scrollWidth <= innerWidth")
