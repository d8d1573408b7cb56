"""Which way answers went: what is for the worse, and that silence and disorder are never for the better."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from answered import INPUTS, OUTPUTS, changed, said
from builders import decisions, risk, span_type
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import data_risks

from reporter.declared.vocabulary import FIELDS, LEVELS, PARTS
from reporter.gate.direction import lines
from reporter.review import answers
from reporter.review.answers import Said
from reporter.review.changes import Change, Compared, between, compared


def told(before: tuple[Said, ...], after: tuple[Said, ...]) -> list[str]:
    return lines(changes(before, after))


def changes(before: tuple[Said, ...], after: tuple[Said, ...]) -> tuple[Change, ...]:
    """What is worse of what is there, one answer at a time."""
    worse = [each for agent_ in between(before, after) for each in agent_.worse if each.kind != "gone"]
    return tuple(single for each in worse for single in each.singly())


#: A declaration before and after, and what is said of it; nothing where it is not for the worse.
ONE: dict[str, tuple[Any, Any, list[str]]] = {
    "ruled out to included": (
        risk(), risk(result=("health_and_medical",)),
        ["Claims, tool:a: Health and medical (outputs) was excluded, and is included"],
    ),
    "disallowed to allowed": (
        risk(), risk(allowed=("external_communication",)),
        ["Claims, tool:a: External communication (actions) was disallowed, and is allowed"],
    ),
    "ruled out to unknown": (
        risk(), changed(INPUTS, "minors_data", "unknown"),
        ["Claims, tool:a: Minors' data (inputs) was excluded, and is unknown"],
    ),
    "included to unknown": (
        risk("minors_data"), changed(INPUTS, "minors_data", "unknown"),
        ["Claims, tool:a: Minors' data (inputs) was included, and is unknown"],
    ),
    "to a word that is no answer": (
        risk(), changed(INPUTS, "minors_data", "maybe"),
        ["Claims, tool:a: Minors' data (inputs) was excluded, and is unknown"],
    ),
    "left out": (
        risk(), changed("action_profile", "read_data", None),
        ["Claims, tool:a: Read data (actions) was disallowed, and is unknown"],
    ),
    "a level that sinks": (
        risk("contact_information", level="secret"), risk("contact_information", level="public"),
        ["Claims, tool:a: Classification (inputs) was secret, and is public"],
    ),
    "a level that nobody states any more": (
        risk(), changed(OUTPUTS, "classification", "unknown"),
        ["Claims, tool:a: Classification (outputs) was internal, and is unknown"],
    ),
    "a declaration that is gone": (risk(), None, ["Claims, tool:a: was declared, and is undeclared"]),
    "a part that is gone": (
        risk(), {name: part for name, part in risk().items() if name != INPUTS},
        ["Claims, tool:a: the declaration of its inputs was there, and is undeclared"],
    ),
    "nothing decided, and then nothing declared": (
        {name: {} for name in PARTS}, None, ["Claims, tool:a: was declared, and is undeclared"],
    ),
    "a key of its own that goes": (
        changed(INPUTS, "vehicle_telematics", "excluded"), risk(),
        ["Claims, tool:a: vehicle_telematics (inputs) was excluded, and is undeclared"],
    ),
    "a key of its own that comes": (
        risk(), changed("action_profile", "launch_rockets", "allowed"),
        ["Claims, tool:a: launch_rockets (actions) is new, outside the vocabulary, and allowed"],
    ),
    "a key of its own that comes and does not say": (
        risk(), changed(INPUTS, "vehicle_telematics", "unknown"),
        ["Claims, tool:a: vehicle_telematics (inputs) is new, outside the vocabulary, and unknown"],
    ),
    "a key of its own that comes with no answer": (
        risk(), changed(INPUTS, "vehicle_telematics", "maybe"),
        ["Claims, tool:a: vehicle_telematics (inputs) is new, outside the vocabulary, and unknown"],
    ),
    "a key of its own that comes ruled out": (risk(), changed(INPUTS, "vehicle_telematics", "excluded"), []),
    "a key of its own that was asked and not answered": (
        changed(INPUTS, "vehicle_telematics", "unknown"), changed(INPUTS, "vehicle_telematics", "included"), [],
    ),
    "undeclared to a key of its own": (None, changed(INPUTS, "vehicle_telematics", "included"), []),
    "included to ruled out": (risk("health_and_medical"), risk(), []),
    "unknown to included": (changed(INPUTS, "health_and_medical", "unknown"), risk("health_and_medical"), []),
    "undeclared to anything": (None, risk("health_and_medical", allowed=("external_communication",)), []),
    "undeclared to unknown": (None, {name: {} for name in PARTS}, []),
    "a level that rises": (risk("contact_information"), risk("contact_information", level="secret"), []),
    "a level that sinks with its data": (risk("contact_information"), risk(level="public"), []),
    "the same": (risk("health_and_medical"), risk("health_and_medical"), []),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "words"), ONE.values(), ids=ONE)
def test_what_is_for_the_worse_is_told_with_place_before_and_after(before: Any, after: Any, words: list[str]) -> None:
    assert told(said(span_type("tool:a", before)), said(span_type("tool:a", after))) == words


def test_answers_of_one_place_that_went_one_way_are_one_line() -> None:
    before, after = said(span_type("tool:a", risk())), said(span_type("tool:a", risk() | {INPUTS: {}}))
    first = "Authentication and secrets, Behavioural and inferred, Contact information"
    assert told(before, after) == [
        f"Claims, tool:a: {first} and 14 more (inputs) were excluded, and are unknown",
        "Claims, tool:a: Classification (inputs) was internal, and is unknown",
    ]
    assert len(changes(before, after)) == 18


NEW: dict[str, tuple[Any, list[str]]] = {
    "harmless": (risk("contact_information", allowed=("read_data", "destroy_data"), level="secret"), []),
    "special data": (
        risk("health_and_medical", result=("criminal_justice",)),
        [
            "Claims, tool:new: a new span type, inputs: Health and medical included",
            "Claims, tool:new: a new span type, outputs: Criminal justice included",
        ],
    ),
    "a way out": (
        risk(allowed=("external_communication", "financial_transactions")),
        [
            "Claims, tool:new: a new span type, actions: External communication, Financial transactions allowed",
        ],
    ),
    "silent about children": (
        changed(INPUTS, "minors_data", "unknown"),
        ["Claims, tool:new: a new span type, inputs: Minors' data unknown"],
    ),
    "an action of its own": (
        changed("action_profile", "launch_rockets", "allowed"),
        ["Claims, tool:new: a new span type, actions: launch_rockets allowed"],
    ),
    "an action of its own that is left open": (
        changed("action_profile", "launch_rockets", "unknown"),
        ["Claims, tool:new: a new span type, actions: launch_rockets unknown"],
    ),
    "an action of its own that is ruled out": (changed("action_profile", "launch_rockets", "disallowed"), []),
    "silent": (None, ["Claims, tool:new: a new span type without a declaration"]),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "words"), NEW.values(), ids=NEW)
def test_a_new_span_type_is_for_the_worse_where_it_has_special_data_or_a_way_out_or_does_not_say(
    declared: Any, words: list[str]
) -> None:
    old = span_type("tool:a", risk("contact_information"))
    assert told(said(old), said(old, span_type("tool:new", declared, params_schema={"title": "other"}))) == words
    assert [line.replace("tool:new", "tool:a") for line in words] == told((), said(span_type("tool:a", declared)))


def test_a_rename_is_recognised_by_schemas_and_declaration_and_is_neither_gone_nor_new() -> None:
    declared = risk("health_and_medical", allowed=("external_communication",))
    [before], [after] = said(span_type("tool:a", declared)), said(span_type("tool:b", declared))
    found = compared(before, after)
    assert [(each.kind, each.worse, each.was, each.span_type) for each in found.changes] == [
        ("renamed", False, "tool:a", "tool:b")
    ]


@pytest.mark.parametrize(
    "other",
    [
        span_type("tool:b", risk("health_and_medical"), params_schema={"type": "string"}),
        span_type("tool:b", risk()),
    ],
)
def test_what_comes_back_with_other_schemas_or_other_decisions_is_gone(other: dict[str, Any]) -> None:
    [before], [after] = said(span_type("tool:a", risk("health_and_medical"))), said(other)
    assert _gone(compared(before, after)) == [("span", "tool:a")]


@pytest.mark.parametrize(
    ("declared", "kinds"),
    [
        (changed(INPUTS, "minors_data", "unknown", risk("health_and_medical")), ["silenced"]),
        (None, ["lost"]),
    ],
)
def test_what_comes_back_with_less_is_renamed_and_red_for_what_it_lacks(declared: Any, kinds: list[str]) -> None:
    [before], [after] = said(span_type("tool:a", risk("health_and_medical"))), said(span_type("tool:b", declared))
    found = compared(before, after)
    assert [each.kind for each in found.changes] == [*kinds, "renamed"]
    assert [each.kind for each in found.worse] == kinds


def test_one_that_comes_back_twice_is_one_rename_and_one_new_span_type() -> None:
    declared = risk("health_and_medical")
    [before], [after] = said(span_type("tool:a", declared)), said(span_type("b", declared), span_type("c", declared))
    found = compared(before, after)
    assert [(each.kind, each.span_type) for each in found.changes] == [("renamed", "b"), ("new", "c")]


def test_without_schemas_only_what_somebody_decided_is_recognised() -> None:
    for declared, gone in ((risk("health_and_medical"), 0), (None, 1)):
        [before] = answers.without_schemas(said(span_type("tool:a", declared)))
        [after] = answers.without_schemas(said(span_type("tool:b", declared, params_schema={"type": "string"})))
        assert len(_gone(compared(before, after))) == gone


def test_an_answer_of_one_version_that_counts_is_not_hidden_by_another() -> None:
    old, silent = (
        span_type("tool:a", risk("minors_data")),
        span_type("tool:a", changed(INPUTS, "minors_data", "unknown")),
    )
    assert told(said(old), said(old, more=[silent])) == [
        "Claims, tool:a: Minors' data (inputs) was included, and is unknown"
    ]
    assert told(said(old, more=[silent]), said(old)) == []


declared = st.one_of(st.just(risk()), st.just(risk("health_and_medical")), data_risks, data_risks)


def _small(minors: Any, way_out: Any = "disallowed", level: Any = "public", own: Any = None, lost: Any = None) -> Any:
    found = changed(INPUTS, "minors_data", minors)
    found = changed("action_profile", "external_communication", way_out, found)
    found = changed(INPUTS, "classification", level, found)
    if own:
        found = changed(INPUTS, "pets", own, found)
    return None if lost == "all" else {part: values for part, values in found.items() if part != lost}


_LOST = (None, INPUTS, "all")
_MINORS = ("excluded", "included", "unknown")
_WORDS: dict[str, dict[str, tuple[str | None, ...]]] = {
    "of the vocabulary": {
        "minors": _MINORS,
        "way_out": ("disallowed", "allowed", "unknown"),
        "level": ("public", "secret", "unknown"),
        "lost": _LOST,
    },
    "and one outside it": {"minors": _MINORS, "own": (None, *_MINORS), "lost": _LOST},
}


def _less(world: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same with one decision less, or less declared."""
    yield from (world | {name: "unknown"} for name, said in world.items() if name != "lost" and said)
    yield from (world | {"lost": lost} for lost in (INPUTS, "all") if world["lost"] != "all")


@pytest.mark.parametrize("words", _WORDS.values(), ids=_WORDS)
def test_in_a_small_world_what_is_red_stays_red_whatever_is_told_less_and_by_whichever_name(
    words: dict[str, tuple[str | None, ...]],
) -> None:
    """All of it: some answers and what is lost, before and after, under the old name and under a new one."""
    worlds = [dict(zip(words, said, strict=True)) for said in product(*words.values())]
    made = {(*world.values(), name): said(span_type(name, _small(**world))) for world in worlds for name in "ab"}
    for before, after, name in product(worlds, worlds, "ab"):
        then = made[(*before.values(), "a")]
        if _worse(then, made[(*after.values(), name)]):
            for less in _less(after):
                assert _worse(then, made[(*less.values(), name)]), (before, after, less, name)


@pytest.mark.parametrize("name", ["tool:a", "tool:b"])
@pytest.mark.parametrize("answer", ["included", "unknown", None, 1])
def test_a_field_outside_the_vocabulary_that_comes_is_red_by_whichever_name(answer: Any, name: str) -> None:
    declared = risk("contact_information")
    own = {part: answers | ({"pets": answer} if part == INPUTS else {}) for part, answers in declared.items()}
    assert _worse(said(span_type("tool:a", declared)), said(span_type(name, own)))


def test_as_many_as_can_be_are_recognised() -> None:
    """The first to come is not given the one name that is left for the second."""
    nothing, minors = _open("minors_data", "contact_information"), _open("contact_information")
    both, contact = risk(), _open("minors_data")
    [before] = said(span_type("a", nothing), span_type("b", minors))
    [after] = said(span_type("x", both), span_type("y", contact))
    assert compared(before, after).renamed == ((("span", "a"), ("span", "y")), (("span", "b"), ("span", "x")))


def _open(*fields: str) -> Any:
    found = risk()
    for field in fields:
        found = changed(INPUTS, field, "unknown", found)
    return found


def _worse(then: tuple[Said, ...], found: tuple[Said, ...]) -> set[str]:
    gone = {f"gone: {key}" for old, new in zip(then, found, strict=True) for key in _gone(compared(old, new))}
    return {*lines(changes(then, found)), *gone}


def _gone(found: Compared) -> list[tuple[str, str]]:
    return [(each.entry, each.span_type) for each in found.changes if each.kind == "gone"]


@given(st.data())
def test_what_is_red_stays_red_when_an_answer_becomes_unknown_or_a_declaration_goes(data: st.DataObject) -> None:
    before = [span_type(f"t{n}", data.draw(declared)) for n in range(data.draw(st.integers(1, 3)))]
    more = [span_type("t0", data.draw(declared))] if data.draw(st.booleans()) else None
    # Much stays as it was, as otherwise everything is red anyway; and names change, as otherwise nothing is renamed.
    kept = st.one_of(st.sampled_from([entry["data_risk"] for entry in before]), declared)
    after = [
        span_type(data.draw(st.sampled_from([f"t{n}", f"x{n}"])), entry["data_risk"] if keep else data.draw(kept))
        for n, entry in enumerate(before)
        for keep in [data.draw(st.booleans())]
    ]
    place = data.draw(st.integers(0, len(after) - 1))
    silenced = [*after]
    silenced[place] = span_type(after[place]["name"], data.draw(_silenced(after[place]["data_risk"])))
    then = said(*before, more=more)
    if _worse(then, said(*after, more=more)):
        assert _worse(then, said(*silenced, more=more))


def _silenced(declared: Any) -> st.SearchStrategy[Any]:
    """The same with one decision less, or without a part, or none at all."""
    if not isinstance(declared, dict):
        return st.none()
    decided = [
        (part, field)
        for part in PARTS
        if isinstance(declared.get(part), dict)
        for field, value in declared[part].items()
        if value in ("included", "excluded", "allowed", "disallowed", *LEVELS)
    ]
    parts = [part for part in PARTS if isinstance(declared.get(part), dict)]
    without = st.sampled_from([None, *parts]).map(
        lambda gone: {name: part for name, part in declared.items() if name != gone} if gone else None
    )
    if not decided:
        return without
    return st.one_of(
        st.sampled_from(decided).map(lambda at: changed(at[0], at[1], "unknown", _parts(declared))), without
    )


def _parts(declared: dict[str, Any]) -> dict[str, Any]:
    return {part: values for part, values in declared.items() if isinstance(values, dict)}


@given(st.lists(declared, min_size=1, max_size=3), st.data())
def test_a_field_of_its_own_that_comes_is_red_and_stays_red_when_it_becomes_unknown(
    risks: list[Any], data: st.DataObject
) -> None:
    """It is the only change, and may come with a new name, so that nothing else makes it red."""
    places = [(n, part) for n, each in enumerate(risks) for part in _parts(each if isinstance(each, dict) else {})]
    assume(places)
    place, part = data.draw(st.sampled_from(places))
    then = said(*(span_type(f"t{n}", each) for n, each in enumerate(risks)))
    name = data.draw(st.sampled_from([f"t{place}", "x"]))
    for answer in ("allowed", "included", "unknown", None):
        now = [span_type(f"t{n}", each) for n, each in enumerate(risks)]
        now[place] = span_type(name, {**risks[place], part: {**risks[place][part], "a_field_of_its_own": answer}})
        assert _worse(then, said(*now)), answer


@given(st.data())
def test_every_decision_that_is_taken_back_is_red(data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(PARTS))
    field = data.draw(st.sampled_from(FIELDS[part]))
    full = changed(part, field, data.draw(st.sampled_from(decisions(part, field))))
    [found] = changes(said(span_type("tool:a", full)), said(span_type("tool:a", changed(part, field, "unknown"))))
    assert (found.kind, found.part, found.field, found.after) == ("silenced", part, field, "unknown")


@given(st.lists(declared, min_size=1, max_size=4), st.lists(declared, min_size=1, max_size=4), st.randoms())
def test_no_order_matters(one: list[Any], other: list[Any], shuffled: Any) -> None:
    before, after = ([span_type(f"t{n}", each) for n, each in enumerate(risks)] for risks in (one, other))
    expected = changes(said(*before), said(*after))
    shuffled.shuffle(before)
    shuffled.shuffle(after)
    assert changes(said(*before), said(*after)) == expected


@given(st.lists(declared, min_size=1, max_size=4))
def test_nothing_is_worse_than_itself(risks: list[Any]) -> None:
    entries = [span_type(f"t{n}", each) for n, each in enumerate(risks)]
    assert changes(said(*entries), said(*entries)) == ()
