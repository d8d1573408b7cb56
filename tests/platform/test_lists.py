"""A list is read whole or the report has a gap: whatever a platform does to its pages, its counts and its rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from builders import NOW
from far_end import Answer, Asked, FarEnd, account, far_end, of_agent, page, said
from pydantic import SecretStr

from reporter.declared.scope import Selection
from reporter.errors import AnswerError
from reporter.prefactor.credentials import Access
from reporter.prefactor.records import Collected
from reporter.sources.platform import Platform

Paging = Callable[[list[Any], int, int, int], Answer]


def collect(place: FarEnd, max_pages: int = 1000) -> Collected:
    access = Access(place.url, SecretStr("t"), "the test", 5, max_pages=max_pages)
    return Platform(access, Selection(), NOW, "far end").collect()


def agents(number: int, paged: Paging, max_pages: int = 1000) -> tuple[Collected, set[str], list[str]]:
    """Reads an account whose list of agents is paged as told; retired ones cost no further request."""
    known = account(number, status="retired")
    times = 0

    def odd(asked: Asked, all_times: int) -> Answer | None:
        nonlocal times
        if asked.path != "/agent":
            return of_agent(asked, all_times)
        times += 1
        size = int(asked.query["pagination[page_size]"])
        return paged(known["/agent"], int(asked.query["pagination[offset]"]), size, times)

    with far_end(known, odd) as place:
        found = collect(place, max_pages)
        offsets = [asked.query["pagination[offset]"] for asked in place.asked if asked.path == "/agent"]
    return found, {agent.id for agent in found.inventory().agents}, offsets


def answer(rows: list[Any], start: int, size: int, **pagination: Any) -> Answer:
    return said({"status": "success", "summaries": rows[start : start + size], "pagination": pagination or None})


def after(rows: list[Any], start: int, size: int) -> int | None:
    return start + size if start + size < len(rows) else None


def deleted(rows: list[Any], start: int, size: int, times: int) -> Answer:
    """A row goes between the first page and the second."""
    rows = rows if times == 1 else rows[1:]
    return answer(rows, start, size, item_count=len(rows), next_page_offset=after(rows, start, size))


def deleted_and_no_count(rows: list[Any], start: int, size: int, times: int) -> Answer:
    rows = rows if times == 1 else rows[3:]
    return answer(rows, start, size, next_page_offset=after(rows, start, size))


def deleted_and_another_added(rows: list[Any], start: int, size: int, times: int) -> Answer:
    rows = rows[:-3] if times == 1 else rows[3:]
    return answer(rows, start, size, item_count=len(rows), next_page_offset=after(rows, start, size))


def deleted_at_the_end(rows: list[Any], start: int, size: int, times: int) -> Answer:
    """What is left fits on the first page, so the second one is empty."""
    rows = rows[:101] if times == 1 else rows[3:101]
    return answer(rows, start, size, next_page_offset=after(rows, start, size))


def capped_without_count(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, start, 50, next_page_offset=after(rows, start, 50))


def capped_and_pagination_null(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, start, 50)


def count_of_the_page(rows: list[Any], start: int, size: int, times: int) -> Answer:
    here = len(rows[start : start + 50])
    return answer(rows, start, 50, item_count=here, next_page_offset=after(rows, start, 50))


def count_of_the_page_alone(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, start, 50, item_count=len(rows[start : start + 50]))


def next_that_leaves_a_page_out(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, start, 50, item_count=len(rows), next_page_offset=start + 100)


def null_too_early(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, start, 50, item_count=len(rows), next_page_offset=None)


def one_row_a_page(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, start, 1, next_page_offset=after(rows, start, 1))


def offsets_rounded_to_pages(rows: list[Any], start: int, size: int, times: int) -> Answer:
    start = start // 50 * 50
    return answer(rows, start, 50, next_page_offset=after(rows, start, 50))


def count_that_is_none(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, start, 50, item_count=["120"], next_page_offset="120")


READ_WHOLE: dict[str, tuple[Paging, slice]] = {
    "a row is deleted between two pages": (deleted, slice(1, None)),
    "rows are deleted and nothing is counted": (deleted_and_no_count, slice(3, None)),
    "rows are deleted and as many added": (deleted_and_another_added, slice(3, None)),
    "rows are deleted so that one page is left": (deleted_at_the_end, slice(3, 101)),
    "pages are capped and nothing is counted": (capped_without_count, slice(None)),
    "pages are capped and pagination is null": (capped_and_pagination_null, slice(None)),
    "the count is that of the page": (count_of_the_page, slice(None)),
    "the count of the page is all that is said": (count_of_the_page_alone, slice(None)),
    "the next offset leaves a page out": (next_that_leaves_a_page_out, slice(None)),
    "the next offset is null too early": (null_too_early, slice(None)),
    "a page is one row": (one_row_a_page, slice(None)),
    "offsets are rounded to pages": (offsets_rounded_to_pages, slice(None)),
    "the count is no number": (count_that_is_none, slice(None)),
}


@pytest.mark.parametrize(("paged", "there"), READ_WHOLE.values(), ids=READ_WHOLE)
def test_every_row_of_a_list_is_read_although(paged: Paging, there: slice) -> None:
    found, ids, _ = agents(120, paged)
    assert not found.gaps
    assert ids == {f"a{n}" for n in range(120)[there]}


def never_at_rest(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows[times * 2 :], start, 50, next_page_offset=after(rows, start, 50))


def same_page_for_ever(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, 0, 50, next_page_offset=50)


def full_page_for_ever(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, 0, 100)


def more_counted(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, start, 50, item_count=121, next_page_offset=None)


def two_rows_of_one_id(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer([*rows, rows[-1] | {"name": "another"}], start, size, next_page_offset=after(rows, start, size))


def another_count_on_every_page(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, start, size, item_count=120 if start else 119, next_page_offset=after(rows, start, size))


NOT_WHOLE: dict[str, tuple[Paging, str]] = {
    "rows keep moving": (never_at_rest, "its rows moved while they were read, although the list was read 3 times"),
    "the same page comes for ever": (same_page_for_ever, "says that there are more rows, and gives the same ones"),
    "a full page comes for ever": (full_page_for_ever, "says that there are more rows, and gives the same ones"),
    "more rows are counted than come": (more_counted, "only 120 of 121 came, although the list was read twice"),
    "the count never settles": (another_count_on_every_page, "the number of its rows changed while they were read"),
    "two rows are of one id": (two_rows_of_one_id, "different rows of one id"),
}


@pytest.mark.parametrize(("paged", "why"), NOT_WHOLE.values(), ids=NOT_WHOLE)
def test_a_list_of_which_rows_may_be_missing_is_a_gap_where(paged: Paging, why: str) -> None:
    found, _, _ = agents(120, paged)
    [gap] = found.gaps
    assert gap.what == "some of the agents"
    assert why in gap.why


def test_a_list_that_never_ends_is_left_and_the_bound_stands_in_the_gap() -> None:

    def endless(rows: list[Any], start: int, size: int, times: int) -> Answer:
        more = [{"type": "agent", "id": f"n{n}", "status": "retired"} for n in range(start, start + 100)]
        return answer(more, 0, 100, next_page_offset=start + 100)

    found, _, offsets = agents(1, endless, max_pages=7)
    assert len(offsets) == 7
    assert "it does not end after 7 pages" in found.gaps[0].why
    assert "max_pages in the settings allows more" in found.gaps[0].why


def static(rows: list[Any], start: int, size: int, times: int) -> Answer:
    return answer(rows, 0, 1000)


def test_a_list_that_ignores_paging_is_read_and_ends() -> None:
    found, ids, offsets = agents(30, static)
    assert (found.gaps, len(ids), len(offsets)) == ((), 30, 3)


@pytest.mark.parametrize(("number", "requests"), [(0, 1), (1, 1), (100, 1), (101, 2), (199, 2), (298, 3)])
def test_a_platform_that_says_how_many_there_are_is_asked_once_a_page(number: int, requests: int) -> None:
    def plain(rows: list[Any], start: int, size: int, times: int) -> Answer:
        return answer(rows, start, size, item_count=len(rows), next_page_offset=after(rows, start, size))

    found, ids, offsets = agents(number, plain)
    assert (found.gaps, len(ids), len(offsets)) == ((), number, requests)


# Rows and details that are not what was asked for ------------------------------------------------------------------


def changed(path: str, whose: str | None, fields: dict[str, Any]) -> Callable[[Asked, int], Answer | None]:
    """The first row of a list, or details, with other fields; of the lists of agents, that of one agent."""

    def odd(asked: Asked, times: int) -> Answer | None:
        given = of_agent(asked, times)
        if asked.path != path or asked.query.get("agent_id") != whose:
            return given
        known = json.loads(given[2])["summaries"] if isinstance(given, tuple) else account(3)[path]
        if isinstance(known, list):
            return said(page([known[0] | fields, *known[1:]], asked.query))
        return said({"status": "success", "details": known | fields})

    return odd


ODD: dict[str, tuple[str, str | None, dict[str, Any], str]] = {
    "details of another agent": ("/agent/a1", None, {"id": "a2"}, "its id is a2, and a1 was asked for"),
    "details of another version": ("/agent_schema_version/v1", None, {"id": "v2"}, "its id is v2, and v1 was asked"),
    "declarations of another agent": (
        "/agent_schema_version/v1", None, {"agent_id": "a2"}, "its agent_id is a2, and a1 was asked for",
    ),
    "a row of another agent": ("/agent_deployment", "a1", {"agent_id": "a2"}, "its agent_id is a2, and a1 was asked"),
    "a row of another type": ("/agent", None, {"type": "team"}, "it is of type team, and agent was asked for"),
    "a row of another account": ("/agent", None, {"account_id": "x"}, "its account_id is x, and acc was asked for"),
    "an id that is a list": ("/agent", None, {"id": ["a0"]}, "its id is a list"),
    "an id that is an object": ("/agent_version", "a1", {"id": {"a": 1}}, "its id is an object"),
    "an id that is null": ("/agent_deployment", "a1", {"id": None}, "it has no id"),
    "an empty id": ("/agent_deployment", "a1", {"id": ""}, "its id is empty"),
    "a type that is a number": ("/agent", None, {"type": 0}, "its type is a number"),
    "an agent that is a number": ("/agent_deployment", "a1", {"agent_id": 5}, "its agent_id is a number"),
    "a pin that is a number": ("/agent_deployment", "a1", {"current_version_id": 5}, "its current_version_id is a"),
    "a name that is a number": ("/agent/a1", None, {"name": 5}, "its name is a number"),
    "an environment that is null": ("/agent_deployment", "a1", {"environment_id": None}, "its record names none"),
    "an environment that is not there": ("/agent_deployment", "a1", {"environment_id": "e7"}, "not in the list"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "agent_id", "fields", "why"), ODD.values(), ids=ODD)
def test_what_is_not_what_was_asked_for_is_a_gap(
    path: str, agent_id: str | None, fields: dict[str, Any], why: str
) -> None:
    with far_end(account(3), changed(path, agent_id, fields)) as place:
        inventory = collect(place).inventory()
    assert any(why in gap.why for gap in inventory.gaps), inventory.gaps
    assert "None" not in {agent.id for agent in inventory.agents} | {gap.agent_id or "" for gap in inventory.gaps}


def test_a_resource_that_the_platform_lacks_is_one_gap_that_counts_the_agents() -> None:
    def odd(asked: Asked, times: int) -> Answer | None:
        return said({}, 404) if asked.path == "/agent_schema_version" else of_agent(asked, times)

    with far_end(account(40), odd) as place:
        [gap] = collect(place).gaps
    assert gap.what == "schema versions of 40 agents"
    assert gap.why.startswith("the platform has nothing under /agent_schema_version: HTTP 404")


def test_a_resource_that_one_agent_lacks_is_a_gap_of_that_agent() -> None:
    def odd(asked: Asked, times: int) -> Answer | None:
        lacks = asked.path == "/agent_schema_version" and asked.query["agent_id"] == "a1"
        return said({}, 404) if lacks else of_agent(asked, times)

    with far_end(account(3), odd) as place:
        [gap] = collect(place).gaps
    assert (gap.what, gap.agent_id) == ("its schema versions", "a1")


def test_a_list_that_says_nothing_of_its_count_is_asked_for_more_even_where_no_next_page_is_told() -> None:
    def capped(rows: list[Any], start: int, size: int, times: int) -> Answer:
        return answer(rows, start, min(size, 50), next_page_offset=None)

    found, ids, _ = agents(120, capped)
    assert (len(ids), found.gaps) == (120, ())


def test_an_answer_with_two_lists_is_not_understood_and_neither_is_one_row_that_says_there_are_more() -> None:
    def two(rows: list[Any], start: int, size: int, times: int) -> Answer:
        return said({"status": "success", "summaries": rows[:1], "details": rows[1:3]})

    def one(rows: list[Any], start: int, size: int, times: int) -> Answer:
        pagination = {"item_count": 3, "next_page_offset": 1}
        return said({"status": "success", "details": rows[0], "pagination": pagination})

    with pytest.raises(AnswerError, match="no list, or more than one"):
        agents(3, two)
    found, _, _ = agents(3, one)
    assert [gap.what for gap in found.gaps] == ["some of the agents"]


def test_an_account_that_lists_none_is_a_gap_whatever_its_agents_say() -> None:
    known = account(1)
    known["/account"] = []
    with far_end(known, of_agent) as place:
        assert "the account" in [gap.what for gap in collect(place).gaps]
