"""Declarations as hypothesis makes them: most are full of answers, some hold odd values, lack parts, or are none.

How full they are is held by ``test_strategies.py``: laws that are tried on empty declarations hold for everything.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import event, given, seed, settings
from hypothesis import strategies as st

from reporter.declared.model import SpanType
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, CLASSIFICATION, KINDS, LEVELS
from reporter.prefactor.entries import declaration

_Example = TypeVar("_Example")

EXTENSIONS = ("vehicle_telematics", "pets")
_OTHER_ACTIONS = ("launch_rockets", CLASSIFICATION)  # no level, where it stands among actions
_numbers = st.integers(-(2**53) + 1, 2**53 - 1)
ODD = st.one_of(st.none(), _numbers, st.text(max_size=5), st.booleans(), st.lists(_numbers, max_size=2))

_AT_ONCE = 9  # answers that one number spells: several millions, which hypothesis still draws evenly
_LEFT_OUT = None
_SEVERAL = 2


def _answers(names: Sequence[str], answers: Sequence[str | None]) -> st.SearchStrategy[dict[str, Any]]:
    """One answer to each name, spelled by a few numbers: a draw for each would take most of the tests' time."""

    def spelled(number: int, count: int) -> list[str | None]:
        found = []
        for _ in range(count):
            number, digit = divmod(number, len(answers))
            found.append(answers[digit])
        return found

    counts = [min(_AT_ONCE, len(names) - start) for start in range(0, len(names), _AT_ONCE)]
    numbers = st.tuples(*(st.integers(0, len(answers) ** count - 1) for count in counts))

    def filled(drawn: tuple[int, ...]) -> dict[str, Any]:
        given = [each for number, count in zip(drawn, counts, strict=True) for each in spelled(number, count)]
        return {name: answer for name, answer in zip(names, given, strict=True) if answer is not _LEFT_OUT}

    return numbers.map(filled)


def _often(usual: st.SearchStrategy[Any], *others: st.SearchStrategy[Any], times: int = 9) -> st.SearchStrategy[Any]:
    """The first so many times as often as each of the others."""
    each = (*others, *[usual] * (times * len(others)))
    return st.integers(0, len(each) - 1).flatmap(lambda number: each[len(each) - 1 - number])


_levels = _often(st.sampled_from(LEVELS), st.just("unknown"), st.just(_LEFT_OUT), ODD)
_level = _levels.map(lambda level: {} if level is _LEFT_OUT else {CLASSIFICATION: level})


def _part(
    names: Sequence[str], yes: str, no: str, more: Sequence[str], level: st.SearchStrategy[Any], *, calm: bool
) -> st.SearchStrategy[Any]:
    """A part of a declaration: mostly dense; now and then with odd values, few answers, or something else."""
    odd = st.one_of(st.sampled_from([yes, no, "unknown"]), ODD)
    answers = (no, no, no, no, no, "unknown") if calm else (_LEFT_OUT, "unknown", no, yes, no, yes)
    full = _answers([*names, *(() if calm else more)], answers)
    few = st.dictionaries(st.sampled_from((*names, *more)), odd, max_size=4)
    dense = st.builds(lambda answers, stated: answers | stated, full, level)
    mixed = st.builds(lambda answers, stated, own: answers | stated | own, full, level, few)
    return dense if calm else _often(dense, mixed, few, ODD)


def _risk(*, calm: bool) -> st.SearchStrategy[Any]:
    sides = _part(CATEGORY_NAMES, "included", "excluded", EXTENSIONS, _level, calm=calm)
    actions = _part(ACTION_NAMES, "allowed", "disallowed", _OTHER_ACTIONS, st.just({}), calm=calm)
    parts = {"action_profile": actions, "params_data_categories": sides, "result_data_categories": sides}
    declared = st.fixed_dictionaries(parts, optional={"retention": st.text(max_size=5)})
    return declared if calm else _often(declared, st.fixed_dictionaries({}, optional=parts), _NOT_ANY)


_NOT_ANY: st.SearchStrategy[Any] = st.one_of(st.none(), st.text(max_size=3))
_calm_risks = _risk(calm=True)
data_risks = _risk(calm=False)
"""A ``data_risk`` as a source may hold it."""


@st.composite
def entries(draw: st.DrawFn, max_size: int = 8, min_size: int = 0) -> list[SpanType]:
    """Entries of some schema versions, each at a place of its own."""
    return [entry(*each) for each in enumerate(draw(risks(max_size=max_size, min_size=min_size)))]


def risks(max_size: int = 8, min_size: int = 0) -> st.SearchStrategy[list[Any]]:
    """What entries declare, and where they stand: ``data_risk``, kind and a letter for name and schema version.

    One example in three is calm: an agent that includes a bit of everything somewhere shows no state but the worst.
    """
    sizes = _often(
        st.integers(max(min_size, min(_SEVERAL, max_size)), max_size), st.integers(min_size, max_size), times=4
    )

    def several(size: int) -> st.SearchStrategy[list[Any]]:
        calm, mixed = (
            st.lists(st.tuples(each, st.sampled_from(KINDS), st.sampled_from("abc")), min_size=size, max_size=size)
            for each in (_calm_risks, data_risks)
        )
        return _often(mixed, calm, times=2)

    return sizes.flatmap(several)


def entry(index: int, given: tuple[Any, Any, str]) -> SpanType:
    """The entry that such a declaration makes."""
    risk, kind, name = given
    return SpanType(
        name=f"tool:{name}",
        title=None,
        description=None,
        kind=kind,
        schema_version_id=f"v{name}",
        record_sha256=name * 64,
        pointer=f"/span_type_schemas/{index}",
        declaration=declaration(risk),
    )


def span_types() -> st.SearchStrategy[SpanType]:
    """One entry."""
    return entries(min_size=1, max_size=1).map(lambda found: found[0])


def examples(strategy: st.SearchStrategy[_Example], number: int) -> list[_Example]:
    """So many examples, the same at each run; the first is the smallest that there is."""
    found: list[_Example] = []

    @seed(1)
    @settings(max_examples=number, derandomize=False, database=None)
    @given(strategy)
    def collect(example: _Example) -> None:
        found.append(example)

    collect()
    return found


DECIDED = ("included", "excluded", "allowed", "disallowed", *LEVELS)


def decided(risk_: Any) -> list[tuple[str, str]]:
    """The fields in which something is decided."""
    parts = risk_.items() if isinstance(risk_, dict) else ()
    return [
        (part, name)
        for part, answers in parts
        if isinstance(answers, dict)
        for name, answer in answers.items()
        if isinstance(answer, str) and answer in DECIDED
    ]


def silenced(draw: Any, risks: list[Any]) -> list[Any]:
    """The same with some answers unknown, some parts gone, or a whole declaration."""
    risks = copy.deepcopy(risks)
    answered = [(n, *field) for n, each in enumerate(risks) for field in decided(each)]
    how = draw(st.sampled_from(["answers", "answers", "part", "declaration"]))
    for n, part, name in draw(st.lists(st.sampled_from(answered), min_size=1, max_size=6)):
        if how == "answers" and isinstance(risks[n], dict) and isinstance(risks[n].get(part), dict):
            risks[n][part][name] = "unknown"
        elif how == "part" and isinstance(risks[n], dict):
            risks[n].pop(part, None)
        else:
            risks[n] = None
    event(how)
    return risks
