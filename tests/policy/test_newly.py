"""X20: what newly meets one of X01 to X09, since when and against what, and that no silence keeps it away."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from answered import INPUTS, changed
from builders import NOW, agent, inventory, pinned, risk, schema_version, span_type
from hypothesis import given
from hypothesis import strategies as st
from strategies import data_risks

from reporter.declared.scope import ScopedAgent, Selection, scope
from reporter.plain.language import Message
from reporter.review.answers import in_scope
from reporter.review.assessment import assess
from reporter.review.catalogue import load
from reporter.review.finding import Finding
from reporter.review.newly import Earlier, Met, earlier, evaluated, newly

OUTSIDE = ("external_communication",)
SENDS = risk("health_and_medical", allowed=OUTSIDE)
BASELINE = Message("the baseline")


def scoped(*values: Any) -> tuple[ScopedAgent, ...]:
    return scope(inventory(*values), Selection()).agents


def versions(before: Any, after: Any, *, name: str = "tool:a") -> tuple[ScopedAgent, ...]:
    """An agent whose second version is in production, with the first one beside it."""
    return scoped(
        agent(),
        schema_version("v1", *([span_type("tool:a", before)] if before != "none" else []), external_identifier="1.0"),
        schema_version("v2", span_type(name, after), external_identifier="2.0", at="2026-02-01T00:00:00Z"),
        *pinned("v2", "production"),
    )


def of(before: Any, after: Any, **more: Any) -> Finding | None:
    """What the second version newly meets, against the one before."""
    return newly(versions(before, after, **more), load(), ()).get("a1")


def state(declared: Any) -> Earlier:
    """A baseline of one span type that says this."""
    values = [agent(), schema_version("v1", span_type("tool:a", declared))]
    return earlier(BASELINE, in_scope(scoped(*values)))


def test_it_names_the_rules_and_the_schema_version_since_which_they_are_met() -> None:
    found = of(risk(), SENDS)
    assert found is not None
    assert (found.severity, found.certainty) == ("high", "declared")
    assert [(each.rule, each.since, str(each.against)) for each in found.newly] == [
        ("X01", "2.0", "schema version 1.0, registered before")
    ]


def test_it_names_the_baseline_where_that_is_what_was_known() -> None:
    now = scoped(agent(), schema_version("v2", span_type("tool:a", SENDS), external_identifier="2.0"))
    [found] = newly(now, load(), [state(risk())]).values()
    assert [(each.rule, each.since, str(each.against)) for each in found.newly] == [("X01", "2.0", "the baseline")]


@pytest.mark.parametrize(
    ("before", "after", "certainty"),
    [
        (risk(), SENDS, "declared"),
        (risk("health_and_medical"), SENDS, "declared"),
        ("none", SENDS, "declared"),
        # Newly possible, as somebody took an answer back.
        (risk(allowed=OUTSIDE), changed(INPUTS, "health_and_medical", "unknown", risk(allowed=OUTSIDE)), "possible"),
        (risk(), None, "possible"),
        ("none", None, "possible"),
    ],
)
def test_what_was_ruled_out_and_is_met_or_may_be_is_found(before: Any, after: Any, certainty: str) -> None:
    found = of(before, after)
    assert found is not None
    assert found.certainty == certainty


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SENDS, SENDS),
        (SENDS, risk()),
        (risk(), risk("contact_information")),
        # Nobody had ruled it out, so that whoever answers is not worse off than who goes on saying nothing.
        (None, SENDS),
        (changed(INPUTS, "health_and_medical", "unknown", risk(allowed=OUTSIDE)), SENDS),
        (changed(INPUTS, "health_and_medical", "unknown", risk(allowed=OUTSIDE)), None),
    ],
)
def test_what_was_met_or_not_ruled_out_is_not_new(before: Any, after: Any) -> None:
    found = of(before, after)
    assert found is None or "X01" not in {each.rule for each in found.newly}


def test_a_span_type_under_another_name_is_no_new_one() -> None:
    assert of(SENDS, SENDS, name="tool:b") is None


def test_an_agent_that_was_not_there_is_new_with_all_of_its_span_types() -> None:
    now = scoped(agent(), schema_version("v1", span_type("tool:a", SENDS)))
    assert newly(now, load(), [earlier(BASELINE, ())]).keys() == {"a1"}


def test_without_anything_to_compare_with_it_is_not_evaluated() -> None:
    alone = scoped(agent(), schema_version("v1", span_type("tool:a", SENDS)))
    assert newly(alone, load(), ()) == {}
    assert not evaluated(alone, ())
    assert evaluated(versions(risk(), SENDS), ())
    assert evaluated(alone, [state(risk())])


def test_registering_the_same_anew_does_not_make_it_forgotten_and_it_is_told_since_when() -> None:
    found = scoped(
        agent(),
        *(
            schema_version(
                f"v{n}", span_type("tool:a", declared), external_identifier=f"{n}.0", at=f"2026-0{n}-01T00:00:00Z"
            )
            for n, declared in enumerate((risk(), risk(), SENDS, SENDS), 1)
        ),
        *pinned("v4", "production"),
    )
    [x20] = newly(found, load(), ()).values()
    assert [(each.rule, each.since, str(each.against)) for each in x20.newly] == [
        ("X01", "3.0", "schema version 2.0, registered before")
    ]


def test_it_belongs_to_the_question_of_the_impact_assessment() -> None:
    made = assess(versions(risk(), SENDS), load(), (), NOW)
    asked = {issue.question.key: issue for each in made.agents for issue in each.issues}
    assert "X20" in {finding.rule.id for finding in asked["impact"].findings}


declared = st.one_of(st.just(risk()), st.just(SENDS), st.just(risk(allowed=OUTSIDE)), data_risks)


@given(declared, declared, st.data())
def test_no_silence_keeps_it_away(before: Any, after: Any, data: st.DataObject) -> None:
    """What is found is found when an answer becomes unknown, a part goes, or all of the declaration."""
    if of(before, after) is None or not isinstance(after, dict):
        return
    parts = [name for name, part in after.items() if isinstance(part, dict)]
    less: list[Any] = [None, *({name: part for name, part in after.items() if name != gone} for gone in parts)]
    less += [
        {**after, part: {**after[part], field: "unknown"}}
        for part in parts
        for field in sorted(map(str, after[part]))[:30]
    ]
    assert of(before, data.draw(st.sampled_from(less))) is not None


# From night to night --------------------------------------------------------------------------------------------------


def night(*entries: dict[str, Any], version: str = "v1") -> tuple[ScopedAgent, ...]:
    """An agent of these span types."""
    return scoped(agent(), schema_version(version, *entries, external_identifier=version))


def nights(*each: tuple[ScopedAgent, ...]) -> list[Finding | None]:
    """What each of them finds newly met, held against the one before, which tells what it had found."""
    found: list[Finding | None] = [None]
    for number, (then, now) in enumerate(itertools.pairwise(each), 1):
        told = found[-1].newly if found[-1] else ()
        met = [
            Met(hit.rule, hit.kind, hit.span_type, hit.since, str(hit.against), hit.told or f"2026-11-0{number}")
            for hit in told
        ]
        state = earlier(Message("report %(number)s", {"number": str(number)}), in_scope(then), {"a1": met})
        found.append(newly(now, load(), [state]).get("a1"))
    return found


CALM, MET = night(span_type("tool:a", risk())), night(span_type("tool:a", SENDS), version="v2")


def told(found: Finding | None) -> list[tuple[str, str, str, str, str | None]]:
    return [(hit.rule, hit.span_type, hit.since, str(hit.against), hit.told) for hit in found.newly] if found else []


def test_it_is_found_night_after_night_and_tells_what_was_told_first() -> None:
    _, first, second, third = nights(CALM, MET, MET, MET)
    assert told(first) == [("X01", "tool:a", "v2", "report 1", None)]
    assert told(second) == told(third) == [("X01", "tool:a", "v2", "report 1", "2026-11-02")]


def test_it_is_found_on_though_a_later_version_is_another_change() -> None:
    later = night(span_type("tool:a", risk("health_and_medical", "biometric", allowed=OUTSIDE)), version="v3")
    *_, last = nights(CALM, MET, MET, later)
    assert ("X01", "tool:a", "v2", "report 1", "2026-11-02") in told(last)


@pytest.mark.parametrize(
    "silenced",
    [
        None,
        {},
        {name: dict.fromkeys(part, "unknown") for name, part in SENDS.items()},
        changed(INPUTS, "health_and_medical", "unknown", SENDS),
    ],
    ids=["no declaration", "an empty one", "all unknown", "one unknown"],
)
def test_silence_never_ends_it(silenced: Any) -> None:
    after = night(span_type("tool:a", silenced), version="v3")
    *_, second, third = nights(CALM, MET, after, after)
    assert ("X01", "tool:a", "v2", "report 1", "2026-11-02") in told(second)
    assert ("X01", "tool:a", "v2", "report 1", "2026-11-02") in told(third)
    assert second is not None
    assert third is not None
    assert third.basis().value_sha256 == second.basis().value_sha256


def test_it_ends_where_it_is_ruled_out_and_no_sooner() -> None:
    *_, met, ruled_out, again = nights(CALM, MET, MET, CALM, MET)
    assert met is not None
    assert ruled_out is None
    assert told(again) == [("X01", "tool:a", "v2", "report 4", None)]


def test_it_ends_where_its_span_type_is_gone() -> None:
    *_, last = nights(CALM, MET, night(span_type("tool:other", risk())))
    assert last is None


def test_it_goes_with_its_span_type_to_another_name() -> None:
    renamed = night(span_type("tool:b", SENDS), version="v3")
    *_, second, third = nights(CALM, MET, renamed, renamed)
    assert told(second) == told(third) == [("X01", "tool:b", "v2", "report 1", "2026-11-02")]


def test_what_is_newly_met_beside_it_is_told_with_it() -> None:
    more = night(span_type("tool:a", SENDS), span_type("tool:b", SENDS, params_schema={"title": "b"}), version="v3")
    *_, last = nights(CALM, MET, more)
    assert [each[1:4] for each in told(last)] == [("tool:a", "v2", "report 1"), ("tool:b", "v3", "report 2")]


def test_what_an_answer_rests_on_is_the_same_night_after_night_though_versions_in_scope_say_otherwise() -> None:
    def both(before: Any) -> tuple[ScopedAgent, ...]:
        """The first version is at work beside the last one, and one that ruled it out was registered between them."""
        return scoped(
            agent(),
            schema_version("v1", span_type("tool:a", before), external_identifier="1.0"),
            schema_version("v2", span_type("tool:a", risk()), external_identifier="2.0", at="2026-02-01T00:00:00Z"),
            schema_version("v3", span_type("tool:a", SENDS), external_identifier="3.0", at="2026-03-01T00:00:00Z"),
            *pinned("v1", "production"), *pinned("v3", "staging"),
        )  # fmt: skip

    for before in (risk(), risk("health_and_medical", "biometric", allowed=OUTSIDE), None):
        now = both(before)
        _, first, second, third = nights(CALM, now, now, now)
        assert first is not None
        assert {each and each.basis().value_sha256 for each in (second, third)} == {first.basis().value_sha256}


silent = st.sampled_from([None, {}, {name: dict.fromkeys(part, "unknown") for name, part in SENDS.items()}])
either = st.one_of(st.just(SENDS), silent, data_risks)


@given(either, st.lists(silent, min_size=1, max_size=4), data_risks)
def test_no_sequence_of_nights_that_only_falls_silent_ends_it(first: Any, later: list[Any], beside: Any) -> None:
    """Whatever was newly met, in whichever way: once it is silent it is found, by every rule that was newly met."""
    other = span_type("tool:b", beside, params_schema={"title": "b"})
    found = nights(CALM, *(night(span_type("tool:a", each), other) for each in (first, *later)))
    met = {(hit.rule, hit.span_type) for hit in found[1].newly} if found[1] else set()
    for each in found[2:]:
        assert met <= {(hit.rule, hit.span_type) for hit in each.newly} if each else not met
