"""Lists come in pages that lose and repeat nothing, in the order that is asked for."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.registry.answers import Page, pagination, sorting
from reporter.registry.serve import running


@pytest.fixture
def teams(api: httpx.Client) -> list[str]:
    names = [f"Team {number}" for number in (3, 1, 5, 2, 4)]
    for name in names:
        assert api.post("/team", json={"details": {"name": name}}).status_code == 200
    return names


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["summaries"]]


def test_pages_follow_each_other_to_the_end(api: httpx.Client, teams: list[str]) -> None:
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        answer = api.get("/team", params={"pagination[offset]": offset, "pagination[page_size]": 2})
        seen += names(answer)
        offset = answer.json()["pagination"]["next_page_offset"]
    assert seen == teams


def test_a_page_says_where_it_stands(api: httpx.Client, teams: list[str]) -> None:
    query = {"pagination[offset]": 2, "pagination[page_size]": 2}
    assert api.get("/team", params=query).json()["pagination"] == {
        "item_count": len(teams),
        "item_start": 3,
        "item_end": 4,
        "page_count": 3,
        "page_index": 2,
        "page_offset": 2,
        "page_size": 2,
        "next_page_offset": 4,
        "previous_page_offset": 0,
    }


def test_a_page_beyond_the_end_is_empty_and_has_no_next(api: httpx.Client, teams: list[str]) -> None:
    answer = api.get("/team", params={"pagination[offset]": 50})
    assert names(answer) == []
    assert answer.json()["pagination"]["next_page_offset"] is None
    assert answer.json()["pagination"]["item_count"] == len(teams)


@given(total=st.integers(0, 300), size=st.integers(1, 100), start=st.integers(0, 320))
def test_next_offsets_visit_every_row_once(total: int, size: int, start: int) -> None:
    visited: list[int] = []
    offset: int | None = start
    while offset is not None:
        received = max(0, min(size, total - offset))
        visited += range(offset, offset + received)
        offset = pagination(Page(offset, size), received, total)["next_page_offset"]
    assert visited == list(range(start, total))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pagination[page_size]", "0"),
        ("pagination[page_size]", "101"),
        ("pagination[page_size]", "ten"),
        ("pagination[offset]", "-1"),
        ("pagination[offset]", str(2**64)),
        ("sorting", "favourite"),
        ("sorting[field]", "secret_digest"),
        ("sorting[direction]", "up"),
    ],
)
def test_a_page_that_cannot_be_is_refused(shared: httpx.Client, name: str, value: str) -> None:
    answer = shared.get("/team", params={name: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_errors")
    assert name.partition("[")[0] in "".join(answer.json()["errors"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sorting": "name"}, [1, 2, 3, 4, 5]),
        ({"sorting": "-name"}, [5, 4, 3, 2, 1]),
        ({"sorting[field]": "name", "sorting[direction]": "desc"}, [5, 4, 3, 2, 1]),
        ({"sorting": "id"}, [3, 1, 5, 2, 4]),
        ({"sorting": "-inserted_at"}, [4, 2, 5, 1, 3]),
        ({}, [3, 1, 5, 2, 4]),
    ],
)
def test_rows_come_in_the_order_that_is_asked_for(
    api: httpx.Client, teams: list[str], query: dict[str, str], expected: list[int]
) -> None:
    assert len(teams) == len(expected)
    assert names(api.get("/team", params=query)) == [f"Team {number}" for number in expected]


def test_the_order_is_named_in_the_answer(shared: httpx.Client) -> None:
    answer = shared.get("/team", params={"sorting": "-name"}).json()
    assert answer["sorting"] == {"field": "name", "direction": "desc"}


def test_two_parameters_win_over_one() -> None:
    assert sorting("-name", "id", None) == ("id", "asc")


def test_the_size_of_a_page_that_nobody_asked_for_is_the_applications(
    connect: Callable[..., httpx.Client],
) -> None:
    with running() as registry:
        assert connect(registry).get("/team").json()["pagination"]["page_size"] == 100


def test_people_are_listed_by_team_and_agents_by_owner(api: httpx.Client, teams: list[str]) -> None:
    team = api.get("/team").json()["summaries"][0]["id"]
    people = [{"name": "A", "email": "a@x.test", "team_ids": [team]}, {"name": "B", "email": "b@x.test"}]
    ids = [api.post("/person", json={"details": each}).json()["details"]["id"] for each in people]
    api.post("/agent", json={"details": {"name": "Owned", "owner_person_id": ids[0], "team_id": team}})
    api.post("/agent", json={"details": {"name": "Nobody's"}})
    assert names(api.get("/person", params={"team_id": team})) == ["A"]
    assert names(api.get("/agent", params={"owner_person_id": ids[0]})) == ["Owned"]
    assert names(api.get("/agent", params={"owner_person_id": "null"})) == ["Nobody's"]
    first = api.get(f"/team/{team}").json()["details"]
    assert (first["name"], first["agent_count"], first["people_count"]) == (teams[0], 1, 1)
