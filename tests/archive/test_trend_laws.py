"""What holds of every trend, whatever is declared from run to run."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from archives import bits, ledger_of, row
from hypothesis import given
from hypothesis import strategies as st

from reporter.declared.vocabulary import CELLS_PER_SPAN_TYPE
from reporter.review import ledger, past
from reporter.review.ledger import Found, Ledger, Row
from reporter.review.past import Past
from reporter.review.previous import BITS
from reporter.review.trend import Trend, advance, aged, debt, lines

rows = st.builds(row, st.sampled_from("abcd"), bits, bits, st.sampled_from(["allowed", "disallowed"]))
alike = st.builds(
    row,
    st.sampled_from("abcd"),
    bits,
    bits,
    st.sampled_from(["allowed", "disallowed"]),
    st.sampled_from(["s", "t", ""]),
)
agents = st.dictionaries(st.sampled_from(["a1", "a2", "a3"]), st.lists(rows, max_size=4), max_size=3)


renaming = st.dictionaries(st.sampled_from(["a1", "a2"]), st.lists(alike, max_size=4), max_size=2)


def trend(runs: list[dict[str, list[Row]]]) -> Trend:
    found = Trend()
    for day, held in enumerate(runs):
        found = advance(found, ledger_of(day, held), run=str(day))
    return found


@given(st.lists(st.one_of(agents, renaming), min_size=2, max_size=5))
def test_what_is_undecided_now_is_what_was_less_what_was_decided_or_vanished_and_what_came_anew(runs: Any) -> None:
    points = trend(runs).points
    for before, now in pairwise(points):
        moved = now.regressed + now.appeared - now.decided - now.vanished
        assert now.debt.undecided == before.debt.undecided + moved
        assert now.debt.decisions == now.debt.decided + now.debt.unknown + now.debt.undeclared
        assert now.debt.undecided == now.debt.special + now.debt.personal + now.debt.other


@given(st.lists(st.one_of(agents, renaming), min_size=1, max_size=5))
def test_every_undecided_field_has_one_age_and_no_decided_one_has(runs: Any) -> None:
    found = trend(runs)
    assert found.last is not None
    told: Counter[Any] = Counter()
    for each in aged(found):
        assert not told[each.key] & each.fields
        told[each.key] |= each.fields
        assert each.since <= found.last.generated_at
        assert each.not_before is None or each.not_before <= found.last.generated_at
    assert +told == {key: line.undecided for key, line in lines(found.last.agents).items() if line.undecided}


@given(st.lists(agents, min_size=1, max_size=4), agents)
def test_what_was_kept_goes_on_as_if_all_runs_were_read_again(runs: Any, last: Any) -> None:
    known = trend(runs)
    kept = past.kept(Past(known, incomplete=2, torn=("x",)))
    assert kept is not None
    again = past.again(kept)
    assert past.kept(again) == kept
    now = ledger_of(len(runs), last)
    whole, from_kept = advance(known, now), advance(again.trend, now)
    assert (whole.points, whole.since, whole.step) == (from_kept.points, from_kept.since, from_kept.step)
    assert aged(whole) == aged(from_kept)


@given(agents, st.data())
def test_silence_never_makes_less_of_what_is_undecided_or_of_its_weight(held: Any, data: Any) -> None:
    def silenced(each: Row) -> Row:
        undecided = int(each.undecided, 16) | data.draw(bits)
        undeclared = int(each.undeclared, 16) | (data.draw(bits) & undecided)
        return row(each.name, undecided, undeclared, each.outside)

    less = {key: [silenced(each) for each in some] for key, some in held.items()}
    one, other = (debt(lines(ledger_of(0, each).agents).values()) for each in (held, less))
    assert other.undecided >= one.undecided
    assert other.weighed >= one.weighed
    assert other.special_out >= one.special_out


@given(st.lists(agents, min_size=2, max_size=4))
def test_nothing_grows_younger_by_being_decided_or_gone_for_a_while(runs: Any) -> None:
    found = trend(runs)
    first: dict[Any, int] = {}
    for day, held in enumerate(runs):
        for key, line in lines(ledger_of(day, held).agents).items():
            for bit in BITS.values():
                if line.undecided & bit:
                    first.setdefault((key, bit), day)
    for each in aged(found):
        for bit in BITS.values():
            if each.fields & bit:
                assert each.since == f"2026-01-{first[each.key, bit] + 1:02}T00:00:00Z"


@given(agents)
def test_a_ledger_comes_back_as_it_was_kept(held: Any) -> None:
    given_ = ledger_of(0, held)
    data = ledger.to_bytes(given_)
    assert ledger.from_bytes(data) == given_
    assert ledger.to_bytes(ledger.from_bytes(data)) == data


def test_a_future_registration_makes_nothing_older_than_the_run_that_saw_it() -> None:
    found = advance(Trend(), ledger_of(0, {"a": [row("x", 1, 0, "disallowed")]}, inserted_at="2030-01-01T00:00:00Z"))
    assert [each.since for each in aged(found)] == ["2026-01-01T00:00:00Z"]


def test_what_was_registered_bounds_how_old_a_field_can_be_where_no_run_tells() -> None:
    then = ledger_of(0, {"a": [row("x", 1, 0, "disallowed")]})
    known = replace(then, agents=(replace(then.agents[0], registered_at="2025-12-24T00:00:00Z"),))
    assert [each.not_before for each in aged(advance(Trend(), known))] == ["2025-12-24T00:00:00Z"]
    # A run in which they were not open yet says more.
    decided = ledger_of(0, {"a": [row("x", 0, 0, "disallowed")]})
    found = advance(advance(Trend(), decided), ledger_of(1, {"a": [row("x", 1, 0, "disallowed")]}))
    assert [each.not_before for each in aged(found)] == ["2026-01-01T00:00:00Z"]


def test_42_decisions_a_span_type_each_counted_once_however_many_of_its_versions_count() -> None:
    both = [row("x", 1, 0, "allowed"), row("x", 2, 2, "disallowed")]
    found = debt(lines(ledger_of(0, {"a": both}).agents).values())
    assert (found.decisions, found.unknown, found.undeclared) == (CELLS_PER_SPAN_TYPE, 1, 1)


@pytest.mark.parametrize(("rule", "why"), [("X01", "declared"), ("O01", "gone"), ("G03", "gone"), ("X22", "gone")])
def test_a_finding_about_what_stands_beside_declarations_is_never_told_as_decided(rule: str, why: str) -> None:
    def run(day: int, *found: Found) -> Ledger:
        held = ledger_of(day, {"a1": [row("a", 0, 0, "allowed")]})
        return replace(held, agents=tuple(replace(each, findings=found) for each in held.agents))

    before = advance(Trend(), run(0, Found("f1", rule, "high", "declared", "open", "1")))
    step = advance(before, run(1)).step
    assert step is not None
    assert [each.why for each in step.closed] == [why]
