"""The laws of the aggregate, each as a property."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest
from builders import decisions, told
from by_hand import aggregated
from hypothesis import given
from hypothesis import strategies as st
from strategies import entries, entry, risks

from reporter.declared.aggregate import LevelTally, Profile, Tally, aggregate
from reporter.declared.model import SpanType
from reporter.declared.vocabulary import (
    ACTION_NAMES,
    CATEGORY_NAMES,
    CELLS_PER_SPAN_TYPE,
    FIELDS,
    FLAGS,
    PARTS,
    RANK,
    SIDE_PARTS,
    SIDES,
    STATES,
    Part,
)


def tallies(profile: Profile) -> dict[tuple[str, str], Tally]:
    found = {("action", name): tally for name, tally in profile.actions.items()}
    found |= {(side, name): tally for side, names in profile.sides.items() for name, tally in names.items()}
    return found | {("both", name): profile.category(name) for name in profile.categories}


def counted(tally: Tally) -> dict[str, Any]:
    return {
        "yes": tally.yes,
        "unknown": tally.unknown,
        "undeclared": tally.undeclared,
        "no": tally.no,
        "state": tally.state,
    }


def leveled(tally: LevelTally) -> dict[str, Any]:
    return {
        "highest": tally.highest,
        "at_least": tally.at_least,
        "known": tally.known,
        "unknown": tally.unknown,
        "undeclared": tally.undeclared,
    }


@given(risks())
def test_a_second_aggregator_written_from_the_contract_says_the_same(found: list[Any]) -> None:
    profile = aggregate(entry(*each) for each in enumerate(found))
    told = aggregated([risk for risk, _, _ in found])
    evidence = told.pop("evidence")
    assert told == {
        "actions": {name: counted(tally) for name, tally in profile.actions.items()},
        "categories": {
            name: {
                "params": counted(profile.sides["params"][name]),
                "result": counted(profile.sides["result"][name]),
                "both": counted(profile.category(name)),
            }
            for name in profile.categories
        },
        "classification": {
            "params": leveled(profile.levels["params"]),
            "result": leveled(profile.levels["result"]),
            "overall": leveled(profile.level),
        },
        "flags": {
            flag.name: {"state": state.state, "not_counted": list(state.not_counted)}
            for flag, state in ((flag, profile.flag(flag)) for flag in FLAGS)
        },
        "coverage": {
            "span_types": profile.span_types,
            "not_assessed": profile.not_assessed,
            "cells": profile.cells,
            "declared_cells": profile.declared_cells,
            "known_cells": profile.known_cells,
        },
    }
    counts: list[Tally | LevelTally] = [*tallies(profile).values(), *profile.levels.values()]
    shown: dict[str, Any] = {part: set() for part in evidence}
    for cell in (cell for tally in counts for cell in tally.evidence):
        shown[cell.part].add((int(cell.entry.pointer.rpartition("/")[2]), cell.field, cell.value))
    assert evidence == shown


@given(entries(), st.randoms(use_true_random=False))
def test_order_does_not_matter(found: list[SpanType], chance: random.Random) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert aggregate(found) == aggregate(shuffled)


@given(entries(max_size=6), entries(max_size=1))
def test_adding_a_span_type_never_lowers_a_state_or_the_highest_known_level(
    found: list[SpanType], added: list[SpanType]
) -> None:
    before, after = aggregate(found), aggregate([*found, *added])
    for key, tally in tallies(before).items():
        assert STATES.index(tally.state) <= STATES.index(tallies(after)[key].state), key
    for flag in FLAGS:
        assert STATES.index(before.flag(flag).state) <= STATES.index(after.flag(flag).state)
    for old, new in ((before.levels[s], after.levels[s]) for s in before.levels):
        assert RANK.get(old.top or "", -1) <= RANK.get(new.top or "", -1)
        assert not old.at_least or new.at_least


def merge(one: Profile, other: Profile) -> Profile:
    """The profile of both profiles' entries together; no entry may be in both."""

    def merged(these: Mapping[str, Tally], those: Mapping[str, Tally]) -> dict[str, Tally]:
        shared = [name for name in these if name in those]
        absent, elsewhere = Tally(undeclared=one.span_types), Tally(undeclared=other.span_types)
        names = shared + sorted({*these, *those}.difference(shared))
        return {name: these.get(name, absent) + those.get(name, elsewhere) for name in names}

    return Profile(
        span_types=one.span_types + other.span_types,
        of_work=one.of_work + other.of_work,
        not_assessed=one.not_assessed + other.not_assessed,
        declared_cells=one.declared_cells + other.declared_cells,
        known_cells=one.known_cells + other.known_cells,
        actions=merged(one.actions, other.actions),
        sides={side: merged(one.sides[side], other.sides[side]) for side in SIDES},
        levels={side: one.levels[side] + other.levels[side] for side in SIDES},
    )


@given(entries(), st.data())
def test_merging_two_halves_equals_aggregating_the_whole(found: list[SpanType], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(found)))
    assert aggregate(found) == merge(aggregate(found[:cut]), aggregate(found[cut:]))


@given(entries())
def test_counts_add_up_to_the_cells(found: list[SpanType]) -> None:
    profile = aggregate(found)
    for (kind, _), tally in tallies(profile).items():
        assert tally.cells == len(found) * (2 if kind == "both" else 1)
    for level in profile.levels.values():
        assert level.known + level.unknown + level.undeclared == len(found)
    assert profile.cells == CELLS_PER_SPAN_TYPE * len(found)
    assert profile.known_cells <= profile.declared_cells <= profile.cells


@given(entries())
def test_coverage_counts_each_of_the_42_fields_by_itself(found: list[SpanType]) -> None:
    profile = aggregate(found)
    known = sum(
        (told(entry.declaration, part) or {}).get(field) in decisions(part, field)
        for entry in found
        for part in PARTS
        for field in FIELDS[part]
    )
    assert known == profile.known_cells == sum(entry.known_cells for entry in found)
    assert sum(entry.declared_cells for entry in found) == profile.declared_cells
    assert sum(not entry.assessed for entry in found) == profile.not_assessed


@given(entries())
def test_nothing_unknown_or_undeclared_is_ever_counted_as_excluded(found: list[SpanType]) -> None:
    profile = aggregate(found)
    for (kind, name), tally in tallies(profile).items():
        if kind == "both":
            continue
        part: Part = "action_profile" if kind == "action" else f"{kind}_data_categories"  # type: ignore[assignment]
        said = [(told(entry.declaration, part) or {}).get(name) for entry in found]
        assert tally.no == said.count("disallowed" if kind == "action" else "excluded")
        if tally.state == "excluded":
            assert tally.no == len(found) > 0


@given(entries())
def test_every_worst_state_has_the_cells_that_make_it_so_as_evidence(found: list[SpanType]) -> None:
    profile = aggregate(found)
    for tally in tallies(profile).values():
        assert len(tally.evidence) == tally.yes
        for cell in tally.evidence:
            values = told(cell.entry.declaration, cell.part)
            assert values is not None
            assert values[cell.field] == cell.value in ("included", "allowed")
    for level in profile.levels.values():
        assert all(cell.value == level.top for cell in level.evidence)
        assert bool(level.evidence) == (level.top is not None)


@given(entries())
def test_a_flag_is_the_worst_of_its_categories_and_of_nothing_else(found: list[SpanType]) -> None:
    profile = aggregate(found)
    for flag in FLAGS:
        worst = max((profile.category(name).state for name in flag.categories), key=STATES.index)
        assert profile.flag(flag).state == worst
        assert not {name for name, _ in profile.flag(flag).not_counted} & set(flag.categories)


@given(entries())
def test_extension_categories_are_aggregated_over_all_cells_and_never_enter_a_flag(found: list[SpanType]) -> None:
    profile = aggregate(found)
    named = {
        name
        for entry in found
        for part in SIDE_PARTS.values()
        for name in entry.declaration.parts[part] or {}
        if name not in FIELDS["params_data_categories"]
    }
    assert set(profile.categories) - set(CATEGORY_NAMES) == named
    for name in named:
        assert profile.category(name).cells == 2 * len(found)


def test_without_entries_everything_is_none() -> None:
    profile = aggregate([])
    assert {tally.state for tally in tallies(profile).values()} == {"none"}
    assert {profile.flag(flag).state for flag in FLAGS} == {"none"}
    assert profile.level.highest == "none"
    assert not profile.level.at_least
    assert set(profile.actions) == set(ACTION_NAMES)


@pytest.mark.parametrize("silent", [{"params_data_categories": {"classification": "unknown"}}, None])
def test_where_no_level_is_known_the_highest_is_unknown_whether_declared_so_or_undeclared(silent: Any) -> None:
    level = aggregate([entry(0, (silent, "span", "a"))]).levels["params"]
    assert (level.highest, level.at_least) == ("unknown", True)
