"""What changed between two times: every change has a kind, and the comparison keeps the laws of a comparison."""

from __future__ import annotations

from typing import Any

import pytest
from answered import INPUTS, OUTPUTS, changed, said
from builders import agent, composed, inventory, risk, schema_version, span_type
from hypothesis import given
from hypothesis import strategies as st
from strategies import data_risks

from reporter.declared.vocabulary import CLASSIFICATION, PARTS, Part
from reporter.gate.baseline import Baseline
from reporter.gate.compared import Against
from reporter.review.answers import Declared, Key, Said, without_schemas
from reporter.review.changes import MIRRORED, Change, between, compared
from reporter.review.parts import PartSaid

Found = list[tuple[Any, ...]]


def one(before: Any, after: Any, **now: Any) -> Found:
    """What changed of one span type: kind, part, field, before, after, worse."""
    [found] = between(said(span_type("tool:a", before)), said(span_type(now.get("name", "tool:a"), after)))
    return [(each.kind, each.part, each.field, each.before, each.after, each.worse) for each in found.changes]


def test_widened_and_narrowed() -> None:
    there = risk("health_and_medical")
    assert one(risk(), there) == [("widened", INPUTS, "health_and_medical", "excluded", "included", True)]
    assert one(there, risk()) == [("narrowed", INPUTS, "health_and_medical", "included", "excluded", False)]


def test_decided_and_regressed_to_unknown() -> None:
    unknown = changed(INPUTS, "minors_data", "unknown")
    assert one(unknown, risk()) == [("decided", INPUTS, "minors_data", "unknown", "excluded", False)]
    assert one(risk(), unknown) == [("silenced", INPUTS, "minors_data", "excluded", "unknown", True)]
    included = risk("minors_data")
    assert one(unknown, included) == [("decided", INPUTS, "minors_data", "unknown", "included", False)]


def test_declaration_lost_and_made_as_a_whole_and_in_part() -> None:
    part = {name: answers for name, answers in risk().items() if name != INPUTS}
    assert one(risk(), None) == [("lost", None, None, "declared", "undeclared", True)]
    assert one(None, risk()) == [("declared", None, None, "undeclared", "declared", False)]
    assert one(risk(), part) == [("lost", INPUTS, None, "declared", "undeclared", True)]
    assert one(part, risk()) == [("declared", INPUTS, None, "undeclared", "declared", False)]


def test_level_raised_and_lowered_is_worse_only_where_there_may_be_data() -> None:
    low, high = risk("contact_information"), risk("contact_information", level="secret")
    places = [(INPUTS, CLASSIFICATION), (OUTPUTS, CLASSIFICATION)]
    assert one(low, high) == [("raised", *place, "internal", "secret", False) for place in places]
    assert one(high, low) == [("lowered", *place, "secret", "internal", place[0] == INPUTS) for place in places]


def test_a_field_outside_the_vocabulary_that_comes_and_goes() -> None:
    own = changed(INPUTS, "pets", "included")
    assert one(risk(), own) == [("extended", INPUTS, "pets", None, "included", True)]
    assert one(own, risk()) == [("withdrawn", INPUTS, "pets", "included", "undeclared", True)]
    unknown = changed(INPUTS, "pets", "unknown")
    assert one(unknown, risk()) == [("withdrawn", INPUTS, "pets", "unknown", "undeclared", False)]
    assert one(unknown, own) == [("decided", INPUTS, "pets", "unknown", "included", False)]


def test_span_types_that_come_and_go_tell_what_matters_of_them() -> None:
    old, other = span_type("tool:a", risk()), span_type("tool:b", risk("minors_data"), params_schema={"title": "b"})
    [there], [back] = between(said(old), said(old, other)), between(said(old, other), said(old))
    for found, kind in ((there, "new"), (back, "gone")):
        [change] = found.changes
        assert (change.kind, change.span_type, change.worse) == (kind, "tool:b", True)
        assert [(each.part, each.field, each.answer) for each in change.telling] == [
            (INPUTS, "minors_data", "included")
        ]


def test_renamed_by_schemas_with_an_answer_more_and_with_an_answer_less() -> None:
    unknown = changed(INPUTS, "minors_data", "unknown")
    assert [each[:1] + each[5:] for each in one(unknown, risk(), name="tool:b")] == [
        ("decided", False), ("renamed", False),
    ]  # fmt: skip
    assert [each[:1] + each[5:] for each in one(risk(), unknown, name="tool:b")] == [
        ("silenced", True), ("renamed", False),
    ]  # fmt: skip


def test_an_agent_comes_and_goes_with_all_of_its_span_types() -> None:
    here = said(span_type("tool:a", risk()), span_type("tool:b"))
    for before, after, kind in (((), here, "new"), (here, (), "gone")):
        [found] = between(before, after)
        assert (found.there, [each.kind for each in found.changes]) == (kind, [kind, kind])


def test_an_agent_without_span_types_is_there_all_the_same() -> None:
    [empty] = said()
    assert [each.there for each in between((), (empty,))] == ["new"]
    assert [each.there for each in between((empty,), ())] == ["gone"]


# Laws --------------------------------------------------------------------------------------------------------------

_few = st.sampled_from(
    [
        risk(), risk("health_and_medical"), risk("contact_information", level="secret"), None,
        changed(INPUTS, "minors_data", "unknown"), changed(INPUTS, "pets", "included"),
        changed("action_profile", "external_communication", "unknown"), {INPUTS: {"minors_data": "included"}},
        {name: {} for name in PARTS}, changed(INPUTS, "pets", "unknown"),
    ]
)  # fmt: skip
declared = st.one_of(_few, _few, _few, data_risks)
_schemas = st.sampled_from([{"type": "object"}, {"type": "object"}, {"title": "other"}])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Said, ...]:
    """An agent of a few span types, at times in two versions, with schemas or without."""
    entries = [
        [
            span_type(f"t{name}", draw(declared), params_schema=draw(_schemas))
            for name in draw(st.lists(st.integers(0, 5), max_size=4, unique=True))
        ]
        for _ in range(draw(st.integers(1, 2)))
    ]
    return said(*entries[0], more=entries[1] if len(entries) > 1 else None)


@given(worlds())
def test_nothing_differs_from_itself(world: tuple[Said, ...]) -> None:
    [found] = between(world, world)
    assert (found.changes, found.renamed) == ((), ())


@given(worlds(), worlds(), st.booleans())
def test_the_other_way_round_every_change_is_mirrored(
    before: tuple[Said, ...], after: tuple[Said, ...], strip: bool
) -> None:
    if strip:
        before, after = without_schemas(before), without_schemas(after)
    [there], [back] = between(before, after), between(after, before)
    names = dict(there.renamed)

    def turned(change: Change) -> tuple[Any, ...]:
        name = names.get((change.entry, change.span_type), (change.entry, change.span_type))
        return MIRRORED[change.kind], name, change.part, change.field, change.telling

    assert {(name, old) for old, name in there.renamed} == {*back.renamed}
    assert sorted(map(str, map(turned, back.changes))) == sorted(
        str((c.kind, (c.entry, c.span_type), c.part, c.field, c.telling)) for c in there.changes
    )
    assert there.undecided == back.undecided[::-1]


def _cells(before: Said, after: Said, renamed: Any) -> set[tuple[Key, Part, str]]:
    """Every field that is answered otherwise, of the span types that are there at both times."""
    old = {name: key for key, name in renamed}
    found = set()
    for key, now in after.entries.items():
        then = before.entries.get(old.get(key, key))
        if then is not None and not (key in before.entries and key in old):
            for part in PARTS:
                one_, other = _part(then, part), _part(now, part)
                for field in (*one_.fields, *other.fields, *([CLASSIFICATION] if part != "action_profile" else [])):
                    if (one_.missing, one_.seen(field)) != (other.missing, other.seen(field)):
                        found.add((key, part, field))
    return found


def _part(entries: tuple[Declared, ...], part: Part) -> PartSaid:
    return PartSaid.of(part, (each.parts[PARTS.index(part)] for each in entries))


@given(worlds(), worlds())
def test_every_changed_cell_is_in_exactly_one_change_and_no_other_is(
    before: tuple[Said, ...], after: tuple[Said, ...]
) -> None:
    [found] = between(before, after)
    cells = _cells(before[0], after[0], found.renamed)
    told: dict[tuple[Key, Part, str], list[Change]] = {}
    for each in found.changes:
        key = (each.entry, each.span_type)
        if each.kind in ("new", "gone", "renamed"):
            continue
        about = {
            cell for cell in cells if cell[0] == key and each.part in (None, cell[1]) and each.field in (None, cell[2])
        }
        assert about, each
        for cell in about:
            told.setdefault(cell, []).append(each)
    assert told.keys() == cells
    for cell, some in told.items():
        single = [each for each in some if each.field is not None]
        assert len(single) <= 1, some
        assert len(some) - len(single) == (0 if single and cell[2] != CLASSIFICATION else len(some) - len(single))
        assert len(some) - len(single) <= 1, some


@given(worlds(), worlds(), st.data())
def test_told_less_is_never_better(before: tuple[Said, ...], after: tuple[Said, ...], data: st.DataObject) -> None:
    """What is red stays red when a span type of it loses its declaration, or is gone."""
    [found] = between(before, after)
    if not found.worse or not after[0].entries:
        return
    key = data.draw(st.sampled_from(sorted(after[0].entries)))
    silent = tuple(Declared(each.schemas, (None, None, None)) for each in after[0].entries[key])
    rest = {name: declared for name, declared in after[0].entries.items() if name != key}
    for entries in (rest | {key: silent}, rest if key in before[0].entries else rest | {key: silent}):
        less = Said(after[0].id, after[0].name, entries)
        assert compared(before[0], less).worse, (key, entries)


_REPORT = composed(inventory(agent(), schema_version("v0")))


@given(worlds(), worlds())
def test_what_keeps_the_gate_shut_is_exactly_what_is_worse(before: tuple[Said, ...], after: tuple[Said, ...]) -> None:
    baseline = Baseline("baseline", _REPORT.account, _REPORT.catalogue.version, complete=True, agents=before)
    [found] = between(before, after)
    reasons = [each for each in Against.of(_REPORT, baseline, after).reasons() if each.kind != "risen"]
    told = [single for each in reasons for single in each.changes]
    worse = [single for each in found.worse if each.kind != "gone" for single in each.singly()]
    assert sorted(map(str, told)) == sorted(map(str, worse))
    assert ("gone" in {each.kind for each in reasons}) == ("gone" in {each.kind for each in found.worse})


@pytest.mark.parametrize("kind", MIRRORED)
def test_every_kind_has_a_mirror(kind: Any) -> None:
    assert MIRRORED[MIRRORED[kind]] == kind
