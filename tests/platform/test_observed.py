"""What ran, read from platforms that answer oddly: every failure is told, none hides anything, and no payload stays."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import NOW
from far_end import Answer, Asked, FarEnd, account, far_end, of_agent, page, said
from pydantic import SecretStr

from reporter.declared.model import Gap
from reporter.declared.observed import Observed, Window
from reporter.declared.scope import Selection
from reporter.prefactor.credentials import Access
from reporter.prefactor.records import Collected
from reporter.sources import snapshot
from reporter.sources.platform import Platform

SECRET = "zq-9917-secret-of-a-person"
SINCE = NOW.replace(month=9)
Odd = Callable[[Asked, int], Answer | None]


def run(number: int = 1, **more: Any) -> dict[str, Any]:
    """A row of a list of runs, with what people said in every place that may hold it."""
    return {
        "type": "agent_instance", "id": f"r{number}", "agent_id": "a0", "agent_version_id": "av0",
        "environment_id": "e1", "started_at": "2026-11-20T10:00:00Z", "finished_at": "2026-11-20T10:05:00Z",
        "status": "complete",
        "inserted_at": "2026-11-20T10:00:00Z", "purpose": "live", "termination_reason": SECRET, "risk_score": None,
        "external_identifier": SECRET, **more,
    }  # fmt: skip


def details(number: int = 1, counts: Any = None, **more: Any) -> dict[str, Any]:
    by_name = {"tool:a": 2} if counts is None else counts
    told = {
        "quality_payloads": {SECRET: {SECRET: SECRET}},
        "quality_summaries": {"v": SECRET},
        "cost_breakdown": SECRET,
    }
    return run(number, span_schema_counts={"by_name": by_name}, span_counts={"total": 2}, **told, **more)


def platform(*rows: dict[str, Any], **by_path: Any) -> tuple[dict[str, Any], Odd]:
    """An account of one agent with these runs, each with details of its own unless they are given."""
    known = account(1)
    known["/agent_instance"] = list(rows)
    for row in rows:
        known[f"/agent_instance/{row.get('id')}"] = details() | row | {"span_schema_counts": {"by_name": {"tool:a": 2}}}
    known |= by_path
    return known, of_agent


def collect(place: FarEnd, window: Window | None = None) -> Collected:
    access = Access(place.url, SecretStr("t" * 20), "the test", 5)
    return Platform(access, Selection(), NOW, "far end", window=window or Window(SINCE)).collect()


def read(
    known: dict[str, Any], odd: Odd = of_agent, window: Window | None = None
) -> tuple[Observed, list[Gap], FarEnd]:
    with far_end(known, odd) as place:
        found = collect(place, window)
    inventory = found.inventory()
    # Whatever is odd, a snapshot holds what was read and nothing that people said.
    data = snapshot.to_bytes(inventory)
    assert SECRET.encode() not in data
    again = snapshot.from_value(json.loads(data), "s.json").inventory()
    assert again.agents == inventory.agents
    assert again.gaps == inventory.gaps
    [agent] = inventory.agents
    assert agent.observed is not None
    return agent.observed, list(inventory.gaps), place


def names(observed: Observed) -> list[dict[str, int]]:
    return [{seen.name: seen.count for seen in each.seen} for each in observed.runs]


def test_a_run_is_read_by_its_version_environment_and_purpose() -> None:
    observed, gaps, _ = read(*platform(run()))
    [found] = observed.runs
    assert (found.schema_version_id, found.environment, found.purpose, found.live) == ("v0", "Production", "live", True)
    assert names(observed) == [{"tool:a": 2}]
    assert not gaps


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ({"tool:a": -1}, "a count of spans is negative, or no whole number"),
        ({"tool:a": 1.5}, "a count of spans is negative, or no whole number"),
        ({"tool:a": "7"}, "a count of spans is a text"),
        ({"tool:a": True}, "a count of spans is true or false"),
        ({"": 7}, "the name of a span type is a text, empty, or too long"),
        ([1], "its counts by name are a list, not an object"),
    ],
)
def test_a_count_that_is_none_is_a_gap_and_no_zero(counts: Any, why: str) -> None:
    known, odd = platform(run())
    known["/agent_instance/r1"] = details(1, counts)
    observed, gaps, _ = read(known, odd)
    assert [(gap.what, gap.why) for gap in gaps] == [("the span counts of run r1", why)]
    assert not observed.runs[0].told


def test_details_that_fail_cost_no_other_run_and_are_told() -> None:
    known, _ = platform(run(1), run(2))

    def odd(asked: Asked, times: int) -> Answer | None:
        if asked.path == "/agent_instance/r1":
            return said({"status": "error", "code": "unexpected", "message": SECRET, "details": details()}, 500)
        return of_agent(asked, times)

    observed, gaps, _ = read(known, odd)
    assert [(gap.what, gap.agent_id) for gap in gaps] == [("the span counts of run r1", "a0")]
    assert names(observed) == [{}, {"tool:a": 2}]


def test_a_list_that_fails_on_its_second_page_is_a_gap_and_what_came_counts() -> None:
    rows = [run(number) for number in range(150)]
    known, _ = platform(*rows)

    def odd(asked: Asked, times: int) -> Answer | None:
        if asked.path == "/agent_instance" and asked.query["pagination[offset]"] != "0":
            return said({"status": "error", "code": "unexpected", "message": SECRET}, 500)
        return of_agent(asked, times)

    observed, gaps, _ = read(known, odd)
    assert [gap.what for gap in gaps] == ["some of its runs"]
    assert len(observed.runs) == 100


def test_a_list_that_shrinks_while_it_is_read_is_read_again() -> None:
    rows = [run(number) for number in range(150)]
    known, _ = platform(*rows)
    gone = 0

    def odd(asked: Asked, times: int) -> Answer | None:
        nonlocal gone
        if asked.path == "/agent_instance":
            gone += 1
            return said(page(rows[gone if times > 1 else 0 :], asked.query))
        return of_agent(asked, times)

    observed, gaps, _ = read(known, odd)
    assert [gap.what for gap in gaps] == ["some of its runs"]
    assert "moved" in gaps[0].why or "changed" in gaps[0].why or "came" in gaps[0].why
    assert observed.runs


def test_a_list_that_only_grows_is_whole() -> None:
    rows = [run(number) for number in range(130)]
    known, _ = platform(*rows)

    def odd(asked: Asked, times: int) -> Answer | None:
        if asked.path == "/agent_instance":
            return said(page(rows[: 120 + times], asked.query))
        return of_agent(asked, times)

    observed, gaps, place = read(known, odd)
    assert not gaps
    assert place.count("/agent_instance") == 2
    assert len(observed.runs) == 122


def test_a_run_of_another_agent_or_account_is_refused_and_told() -> None:
    known, odd = platform(run(1), run(2, agent_id="b"), run(3, account_id="other"), run(4) | {"id": None})
    observed, gaps, _ = read(known, odd)
    assert [each.id for each in observed.runs] == ["r1"]
    assert sorted({gap.why for gap in gaps}) == [
        "it has no id", "its account_id is other, and acc was asked for", "its agent_id is b, and a0 was asked for",
    ]  # fmt: skip


def test_a_run_of_a_version_that_is_not_listed_is_a_gap() -> None:
    observed, gaps, _ = read(*platform(run(1, agent_version_id="nobody"), run(2, agent_version_id=None)))
    assert [(gap.what, gap.why) for gap in gaps] == [
        ("the schema version of 1 of its runs", "agent version nobody is not in the list of versions"),
        ("the schema version of 1 of its runs", "they name no version"),
    ]
    assert [each.schema_version_id for each in observed.runs] == [None, None]


def test_a_roll_up_that_fails_costs_no_agent() -> None:
    known, _ = platform(run())

    def odd(asked: Asked, times: int) -> Answer | None:
        if asked.path == "/agent/a0" and "include_risk_rollup" in asked.query:
            return said({"status": "error", "code": "unexpected", "message": SECRET}, 500)
        return of_agent(asked, times)

    observed, gaps, _ = read(known, odd)
    assert [(gap.what, gap.agent_id) for gap in gaps] == [("the risk roll-up", "a0")]
    assert observed.theoretical is None
    assert names(observed) == [{"tool:a": 2}]


def test_counts_on_the_row_spare_details_and_are_known_to_leave_things_out() -> None:
    score = {"per_type": [{"schema_name": "tool:a", "count": 3, "type_score": 1}], "total_score": 3}
    observed, gaps, place = read(*platform(run(1, risk_score=score)))
    assert names(observed) == [{"tool:a": 3}]
    assert observed.runs[0].scored
    assert not [asked for asked in place.asked if asked.path.startswith("/agent_instance/")]
    assert not gaps


@pytest.mark.parametrize("score", [{"per_type": []}, {"per_type": None}, {}, [], "x"])
def test_a_score_without_counts_proves_nothing(score: Any) -> None:
    observed, _, place = read(*platform(run(1, risk_score=score)))
    assert place.count("/agent_instance/r1") == 1
    assert names(observed) == [{"tool:a": 2}]


def test_more_runs_than_are_read_are_a_gap_and_the_latest_are_read() -> None:
    rows = [run(number, started_at=f"2026-11-{number:02}T00:00:00Z", finished_at=None) for number in range(1, 6)]
    known, odd = platform(*rows)
    observed, gaps, _ = read(known, odd, Window(SINCE, max_runs=2))
    assert [gap.what for gap in gaps] == ["the span counts of 3 of its runs"]
    assert "max_runs" in gaps[0].why
    assert [each.id for each in observed.runs if each.told] == ["r4", "r5"]


def test_a_platform_without_runs_is_told_once() -> None:
    known = account(3)
    with far_end(known, of_agent) as place:
        found = collect(place)
    [gap] = found.inventory().gaps
    assert (gap.what, gap.agent_id) == ("runs of 3 agents", None)
    assert [agent.observed for agent in found.inventory().agents] == [None] * 3


def test_a_clock_that_goes_wrong_hides_no_run() -> None:
    late = {"started_at": "2026-11-24T10:00:00Z", "finished_at": None, "inserted_at": None, "status": "active"}
    none = dict.fromkeys(("started_at", "finished_at", "inserted_at"))
    odd_time = {"started_at": "yesterday", "finished_at": 7, "inserted_at": None}
    observed, gaps, _ = read(*platform(run(1, **late), run(2, **none), run(3, **odd_time)))
    assert [each.future for each in observed.runs] == [True, False, False]
    assert [each.last is None for each in observed.runs] == [False, True, True]
    assert not gaps


def test_what_ended_before_or_began_after_the_window_is_counted_and_not_asked_for() -> None:
    old = {"started_at": "2026-01-01T00:00:00Z", "finished_at": "2026-01-02T00:00:00Z", "inserted_at": None}
    observed, _, place = read(*platform(run(1, **old), run(2), run(3)), Window(SINCE, NOW.replace(day=1)))
    assert (observed.runs, observed.outside) == ((), 3)
    assert not [asked for asked in place.asked if asked.path.startswith("/agent_instance/")]


def test_runs_in_environments_that_nobody_asked_for_are_counted_and_not_read() -> None:
    known, _ = platform(run(1), run(2, environment_id="e2"))
    known["/environment"].append({"type": "environment", "id": "e2", "name": "Staging"})
    with far_end(known, of_agent) as place:
        access = Access(place.url, SecretStr("t" * 20), "the test", 5)
        asked = Selection(environments=("production",))
        found = Platform(access, asked, NOW, "far end", window=Window(SINCE)).collect().inventory()
        assert place.count("/agent_instance/r2") == 0
    [observed] = [agent.observed for agent in found.agents if agent.observed]
    assert ([each.id for each in observed.runs], observed.elsewhere) == (["r1"], 1)


def span(number: int, payload: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": "agent_span", "id": f"s{number}", "agent_id": "a0", "agent_instance_id": "r1", "schema_name": "tool:a",
        "schema_title": SECRET, "summary": SECRET, "payload": payload, "result_payload": {"x": SECRET}, **more,
    }  # fmt: skip


def labelled(known: dict[str, Any], odd: Odd = of_agent) -> tuple[Observed, list[Gap], FarEnd]:
    return read(known, odd, Window(SINCE, labels=True))


def test_labels_are_read_wherever_the_sdk_put_them_and_from_the_side_that_holds_them() -> None:
    def mark(*labels: Any) -> dict[str, Any]:
        return {"$sensitive": "string", "labels": list(labels), "value": SECRET}

    spans = [
        span(1, {"a": [{"b": mark("email")}], SECRET: mark("pii", "email")}),
        span(2, {}, result_payload=mark("Account-Number")),
        span(3, {"a": {"labels": ["not-marked"]}}),
        span(4, {"a": {"$sensitive": "string", "value": mark("health")}}),
    ]
    known, odd = platform(run(), **{"/agent_spans": spans})
    observed, gaps, place = labelled(known, odd)
    [seen] = observed.runs[0].spans or ()
    assert [(label.name, label.side, label.count) for label in seen.labels] == [
        ("email", "params", 1), ("health", "params", 1), ("pii", "params", 1), ("Account-Number", "result", 1),
    ]  # fmt: skip
    assert not gaps
    [asked] = [one for one in place.asked if one.path == "/agent_spans"]
    assert asked.query["agent_id"] == "a0"
    assert "include_summaries" not in asked.query


@pytest.mark.parametrize(
    "label", [SECRET + "1234", "ada@example.test", "Ada Lovelace was here", "x" * 50, "", 7, None, {"a": SECRET}, "12"]
)
def test_a_label_that_may_be_the_value_itself_is_counted_and_not_kept(label: Any) -> None:
    known, odd = platform(run(), **{"/agent_spans": [span(1, {"$sensitive": "string", "labels": [label]})]})
    observed, _, _ = labelled(known, odd)
    assert observed.not_kept == 1
    assert not [found for seen in observed.runs[0].spans or () for found in seen.labels]


def test_spans_of_runs_that_tell_no_counts_are_counted() -> None:
    known, odd = platform(run(), **{"/agent_spans": [span(1, {}), span(2, {}), span(3, {}, schema_name="tool:b")]})
    known["/agent_instance/r1"] = details(1, {})
    observed, _, _ = labelled(known, odd)
    assert names(observed) == [{"tool:a": 2, "tool:b": 1}]


@pytest.mark.parametrize(
    "broken",
    [
        said({"status": "error", "code": "unexpected", "message": SECRET}, 500),
        (200, {"Content-Type": "application/json"}, b'{"summaries": [{"payload": "' + SECRET.encode()),
        (200, {"Content-Type": "text/html"}, b"<html>" + SECRET.encode()),
        said({"status": "success", "summaries": [SECRET, [SECRET], {"payload": SECRET}]}),
        said({"status": "success", "summaries": {"payload": SECRET}}),
        said({"status": "error", "code": SECRET, "message": SECRET}, 422),
        (200, {"Content-Type": "application/json"}, b'{"a": 1, "a": "' + SECRET.encode() + b'"}'),
    ],
    ids=["500", "cut off", "a page", "no objects", "no list", "422", "a name twice"],
)
@pytest.mark.parametrize("where", ["/agent_spans", "/agent_instance/r1"])
def test_an_answer_that_breaks_half_way_leaves_no_payload_and_is_told(
    broken: Answer, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rows = [span(number, {"$sensitive": "string", "labels": ["email"], "value": SECRET}) for number in range(150)]
    known, _ = platform(run(), **{"/agent_spans": rows})

    def odd(asked: Asked, times: int) -> Answer | None:
        half = asked.path == where and (asked.query.get("pagination[offset]") or "1") != "0"
        return broken if half else of_agent(asked, times)

    observed, gaps, _ = labelled(known, odd)
    assert gaps
    assert SECRET not in repr(gaps) + repr(observed) + caplog.text
    told = {label.name for seen in observed.runs[0].spans or () for label in seen.labels}
    assert told == {"email"}


def test_with_everything_logged_and_a_fault_in_the_middle_the_command_says_no_payload(
    datarisk: Any, tmp_path: Path
) -> None:
    rows = [span(number, {"$sensitive": "string", "labels": ["email"], "value": SECRET}) for number in range(150)]
    known, _ = platform(run(), run(2), **{"/agent_spans": rows})

    def odd(asked: Asked, times: int) -> Answer | None:
        if asked.path == "/agent_spans" and asked.query["pagination[offset]"] != "0":
            return 200, {"Content-Type": "application/json"}, b'{"summaries": [{"payload": "' + SECRET.encode()
        if asked.path == "/agent_instance/r2":
            return said({"status": "error", "code": "unexpected", "message": SECRET}, 500)
        return of_agent(asked, times)

    with far_end(known, odd) as place:
        done = datarisk(
            "report", place.url, "--observed", "--labels", "--since", "2026-09-01", "-vv", "--debug", "-f", "json",
            PREFACTOR_API_TOKEN="t" * 20,
        )  # fmt: skip
    assert done.returncode == 3
    assert "not read: the labels of some of its spans" in done.stderr
    assert "not read: the span counts of run r2" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]


def test_a_snapshot_that_somebody_put_a_payload_into_keeps_none_of_it() -> None:
    known, odd = platform(run())
    with far_end(known, odd) as place:
        inventory = collect(place).inventory()
    value = json.loads(snapshot.to_bytes(inventory))
    [record] = [each for each in value["records"] if each["kind"] == "observed"]
    record["value"]["runs"][0]["payload"] = SECRET
    again = snapshot.from_value(value, "s.json").inventory()
    assert SECRET not in repr(again)
    assert SECRET.encode() not in snapshot.to_bytes(again)
    assert [gap.what for gap in again.gaps] == [f"the record read from {record['location']}"]
    assert [agent.observed for agent in again.agents] == [None]


@pytest.mark.parametrize(
    "value", [{}, {"agent_id": 7}, {"agent_id": "a0", "runs": {}}, {"runs": [7, {"spans": [1]}]}, 7]
)
def test_a_record_of_runs_that_is_none_breaks_nothing(value: Any) -> None:
    from reporter.prefactor import records  # noqa: PLC0415

    item = records.record("observed", value, source="s", location="l")
    assert Collected(records=(item,)).inventory().agents == ()
