"""What hypothesis draws for the laws is full enough that a broken law shows; measured on examples of a fixed seed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from builders import told
from strategies import entries, examples

from reporter.declared.aggregate import Profile, aggregate
from reporter.declared.model import SpanType
from reporter.declared.vocabulary import CATEGORY_NAMES, LEVELS, PARTS, SIDES

EXAMPLES = 200
Entries = list[SpanType]


@cache
def drawn() -> tuple[Entries, ...]:
    return tuple(examples(entries(), EXAMPLES))


def share(holds: Callable[[Entries], bool]) -> float:
    """Of examples with at least one entry."""
    examples = [example for example in drawn() if example]
    return sum(map(holds, examples)) / len(examples)


def profiles_where(holds: Callable[[Profile], bool]) -> float:
    return share(lambda example: holds(aggregate(example)))


def test_most_entries_hold_decided_fields_and_most_hold_many() -> None:
    each = [entry for example in drawn() for entry in example]
    assert len(each) > 2 * EXAMPLES
    assert sum(entry.assessed for entry in each) / len(each) > 0.8
    assert sum(entry.known_cells >= 10 for entry in each) / len(each) > 0.6


def test_most_examples_have_several_entries() -> None:
    assert share(lambda example: len(example) > 1) > 0.8


def levels(example: Entries, part: str) -> list[str]:
    said = [(told(entry.declaration, part) or {}).get("classification") for entry in example]
    return [level for level in LEVELS if level in said]


@pytest.mark.parametrize("part", PARTS[1:])
def test_half_of_the_examples_have_two_levels_on_a_side(part: str) -> None:
    assert share(lambda example: len(levels(example, part)) > 1) > 0.5


def test_in_many_examples_some_category_has_two_different_answers_on_one_side() -> None:
    def both(profile: Profile) -> bool:
        return any(tally.yes and tally.no for side in SIDES for tally in profile.sides[side].values())

    assert profiles_where(both) > 0.35


@pytest.mark.parametrize("state", ["included", "undetermined", "excluded"])
def test_every_state_of_a_category_is_common(state: str) -> None:
    assert profiles_where(lambda profile: any(profile.category(n).state == state for n in CATEGORY_NAMES)) > 0.15


@pytest.mark.parametrize("state", ["included", "undetermined", "excluded"])
def test_every_state_of_an_action_is_common(state: str) -> None:
    assert profiles_where(lambda profile: any(tally.state == state for tally in profile.actions.values())) > 0.25


def test_what_is_missing_odd_or_outside_the_vocabulary_is_common_too() -> None:
    assert share(lambda example: any(None in entry.declaration.parts.values() for entry in example)) > 0.1
    assert share(lambda example: any(entry.declaration.oddities for entry in example)) > 0.2
    assert profiles_where(lambda profile: len(profile.categories) > len(CATEGORY_NAMES)) > 0.4
    assert profiles_where(lambda profile: any(level.at_least for level in profile.levels.values())) > 0.3
    assert profiles_where(lambda profile: not any(level.at_least for level in profile.levels.values())) > 0.1
