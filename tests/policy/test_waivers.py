"""What waivers make of findings: until when, bound to what, and that nothing else changes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from gate_cases import DIGEST, OTHER, waivable, waiver
from hypothesis import given
from hypothesis import strategies as st

from reporter.review.waivers import Applied, Fate, Waivable, Waiver, apply

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def one(given: Waiver, at: datetime = NOON, finding: Waivable | None = None, **more: Any) -> tuple[Any, Fate]:
    """What one waiver makes of one finding."""
    applied = apply([finding or waivable()], [given], at, **more)
    return applied.decisions[0], applied.fates[0]


def test_a_waiver_in_force_accepts_what_it_names_and_says_until_when() -> None:
    decision, fate = one(waiver())
    assert (decision.status, decision.waiver, decision.note) == ("accepted", "W-1", None)
    assert (fate.status, fate.findings) == ("in force", ("f1",))
    assert str(fate.words) == "In force until the end of 2027-01-31 (UTC)."


@pytest.mark.parametrize(
    ("given", "accepts"),
    [
        ({"rule": "X02"}, False),
        ({"agent": "CLAIMS ASSESSOR"}, True),
        ({"agent": "a1"}, True),
        ({"agent": "a*"}, True),
        ({"agent": "Claims"}, False),
        ({"agent": "*"}, True),
        ({"span_type": "TOOL:*"}, True),
        ({"span_type": "tool:b"}, False),
        ({"category": "health_and_medical"}, True),
        ({"category": "minors_data"}, False),
    ],
)
def test_a_waiver_names_rule_agent_span_type_and_category_and_all_have_to_fit(
    given: dict[str, Any], accepts: bool
) -> None:
    decision, fate = one(waiver(**given))
    assert (decision.status == "accepted") is accepts
    assert fate.status == ("in force" if accepts else "matches nothing")


def test_a_waiver_for_a_span_type_is_not_one_for_an_agent_as_a_whole() -> None:
    about_an_agent = waivable(span_type=None)
    assert one(waiver(span_type="*"), finding=about_an_agent)[0].status == "open"
    assert one(waiver(), finding=about_an_agent)[0].status == "accepted"


def test_what_is_declared_otherwise_opens_the_finding_again_and_says_so() -> None:
    decision, fate = one(waiver(), finding=waivable(value_sha256=OTHER))
    assert (decision.status, decision.waiver) == ("open", None)
    assert str(decision.note) == "Waiver W-1 does not accept it: what is declared is not what was accepted."
    assert (fate.status, fate.findings) == ("changed", ("f1",))


def test_a_pattern_accepts_only_those_that_declare_what_was_accepted() -> None:
    applied = apply([waivable("f1"), waivable("f2", agent_id="a2", value_sha256=OTHER)], [waiver()], NOON)
    assert [decision.status for decision in applied.decisions] == ["accepted", "open"]
    assert applied.decisions[1].note is not None
    assert (applied.fates[0].status, applied.fates[0].findings) == ("in force", ("f1", "f2"))


def test_a_rule_that_cannot_be_waived_is_not_waived() -> None:
    decision, fate = one(waiver(), non_waivable=["X01"])
    assert (decision.status, fate.status) == ("open", "refused")
    assert str(decision.note) == "Waiver W-1 does not accept it: findings of rule X01 cannot be waived."
    assert str(fate.words) == "Findings of rule X01 cannot be waived, so it accepts nothing."


def test_a_waiver_of_a_later_day_accepts_nothing_before_it() -> None:
    later = waiver(approved_on=date(2026, 11, 24))
    decision, fate = one(later, datetime(2026, 11, 23, 23, 59, 59, 999999, UTC))
    assert (decision.status, fate.status) == ("open", "not yet")
    assert str(decision.note) == "Waiver W-1 does not accept it before 2026-11-24 (UTC)."
    assert str(fate.words) == "It is in force from 2026-11-24 (UTC) on, and accepts nothing before."
    assert one(later, datetime(2026, 11, 24, tzinfo=UTC))[0].status == "accepted"


@pytest.mark.parametrize(
    ("at", "accepts"),
    [
        (datetime(2027, 1, 31, tzinfo=UTC), True),
        (datetime(2027, 1, 31, 23, 59, 59, 999999, UTC), True),
        (datetime(2027, 2, 1, tzinfo=UTC), False),
        (datetime(2027, 2, 1, 0, 0, 0, 1, UTC), False),
    ],
)
def test_a_waiver_is_in_force_to_the_last_moment_of_its_last_day_and_not_beyond(at: datetime, accepts: bool) -> None:
    decision, fate = one(waiver(), at)
    assert decision.status == ("accepted" if accepts else "open")
    assert fate.status == ("expires soon" if accepts else "expired")


@pytest.mark.parametrize(("days", "status"), [(31, "in force"), (30, "expires soon"), (0, "expires soon")])
def test_a_waiver_that_ends_within_thirty_days_expires_soon_and_accepts_all_the_same(days: int, status: str) -> None:
    decision, fate = one(waiver(expires=NOON.date() + timedelta(days=days)))
    assert (decision.status, fate.status) == ("accepted", status)


def test_an_expired_waiver_brings_its_finding_back_with_the_day_inspec_5260() -> None:
    """There the message of a waiver was missing once its control ran again."""
    decision, fate = one(waiver(), datetime(2027, 3, 1, tzinfo=UTC))
    assert str(decision.note) == "Waiver W-1 expired on 2027-01-31 (UTC)."
    assert fate.waiver.reason == "The hospital asks for it itself."
    assert "2027-01-31" in str(fate.words)


def test_an_expired_waiver_is_nowhere_shown_as_accepting_automate_4342() -> None:
    """There the page showed what had expired as waived."""
    decision, fate = one(waiver(), datetime(2027, 3, 1, tzinfo=UTC))
    assert (decision.status, decision.waiver) == ("open", None)
    assert fate.status == "expired"
    assert "accepts nothing any more" in str(fate.words)


def test_a_waiver_does_not_end_at_the_first_of_january_inspec_5570() -> None:
    """There a date that was not understood became the first day of its year."""
    given = waiver(expires=date(2027, 6, 30))
    for month in range(1, 7):
        assert one(given, datetime(2027, month, 1, tzinfo=UTC))[0].status == "accepted"
    assert one(given, datetime(2027, 7, 1, tzinfo=UTC))[0].status == "open"


def test_a_waiver_may_end_on_a_leap_day_and_runs_through_one() -> None:
    given = waiver(expires=date(2028, 2, 29), approved_on=date(2028, 1, 1))
    assert one(given, datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC))[0].status == "accepted"
    assert one(given, datetime(2028, 3, 1, tzinfo=UTC))[0].status == "open"
    beyond = waiver(expires=date(2028, 3, 1), approved_on=date(2028, 1, 1))
    assert one(beyond, datetime(2028, 2, 29, 12, tzinfo=UTC))[0].status == "accepted"


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Europe/Berlin"])
def place(request: pytest.FixtureRequest) -> Iterator[str]:
    """A machine that stands there."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def test_where_the_machine_stands_changes_no_day(place: str) -> None:
    last = datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert one(waiver(), last)[0].status == "accepted"
    assert one(waiver(), last.astimezone())[0].status == "accepted"
    assert one(waiver(), last.astimezone() + timedelta(seconds=1))[0].status == "open"


@pytest.mark.parametrize("hours", [-11, 14])
def test_the_day_is_that_of_utc_whatever_the_time_is_written_in(hours: int) -> None:
    there = timezone(timedelta(hours=hours))
    last = datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC).astimezone(there)
    assert last.date() != date(2027, 1, 31) or hours < 0
    assert one(waiver(), last)[0].status == "accepted"
    assert one(waiver(), last + timedelta(seconds=1))[0].status == "open"


def test_summer_time_neither_adds_nor_takes_an_hour(place: str) -> None:
    """On 28 March 2027 clocks in Europe go forward."""
    given = waiver(expires=date(2027, 3, 28))
    for hour in range(24):
        assert one(given, datetime(2027, 3, 28, hour, 59, 59, tzinfo=UTC).astimezone())[0].status == "accepted"
    assert one(given, datetime(2027, 3, 29, tzinfo=UTC).astimezone())[0].status == "open"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        one(waiver(), datetime(2026, 11, 23))  # noqa: DTZ001


def test_of_several_waivers_the_one_that_lasts_longest_counts() -> None:
    longer = waiver("W-0", expires=date(2027, 6, 1))
    for waivers in ([waiver(), longer], [longer, waiver()]):
        assert apply([waivable()], waivers, NOON).decisions[0].waiver == "W-0"


def test_the_note_is_about_the_waiver_that_was_given_for_what_is_declared() -> None:
    expired = waiver("W-1", expires=date(2026, 11, 20))
    for_something_else = waiver("W-2", value_sha256=OTHER)
    decision = apply([waivable()], [for_something_else, expired], NOON).decisions[0]
    assert str(decision.note) == "Waiver W-1 expired on 2026-11-20 (UTC)."


def test_of_several_waivers_that_have_ended_the_note_is_about_the_last_one() -> None:
    ended = [waiver("W-1", expires=date(2026, 11, 20)), waiver("W-2", expires=date(2026, 11, 10))]
    for waivers in (ended, ended[::-1]):
        note = apply([waivable()], waivers, NOON).decisions[0].note
        assert str(note) == "Waiver W-1 expired on 2026-11-20 (UTC)."


@pytest.mark.parametrize("accepted", ["0" * 64, DIGEST[:-1] + "b", "f" * 64])
def test_only_the_very_digest_that_was_accepted_is_accepted(accepted: str) -> None:
    named = waivable("f2", value_sha256=accepted)
    applied = apply([waivable(), named], [waiver(value_sha256=accepted)], NOON)
    assert [decision.status for decision in applied.decisions] == ["open", "accepted"]


_findings = st.lists(
    st.builds(
        waivable,
        st.uuids().map(str),
        rule=st.sampled_from(["X01", "X02"]),
        agent_id=st.sampled_from(["a1", "a2"]),
        agent_name=st.sampled_from(["Claims", "claims [eu]", "Fraud"]),
        span_type=st.sampled_from([None, "tool:a", "tool:b"]),
        categories=st.sampled_from([(), ("health_and_medical",), ("minors_data", "health_and_medical")]),
        value_sha256=st.sampled_from([DIGEST, OTHER]),
    ),
    max_size=8,
)
_waivers = st.lists(
    st.builds(
        waiver,
        st.sampled_from([f"W-{number}" for number in range(9)]),
        rule=st.sampled_from(["X01", "X02", "X03"]),
        agent=st.sampled_from(["*", "claims*", "a2", "nobody"]),
        span_type=st.sampled_from([None, "tool:*", "tool:b"]),
        category=st.sampled_from([None, "health_and_medical"]),
        value_sha256=st.sampled_from([DIGEST, OTHER]),
        approved_on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        expires=st.dates(date(2026, 10, 1), date(2027, 12, 31)),
    ),
    max_size=6,
    unique_by=lambda item: item.id,
)
_moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_refused = st.sampled_from([(), ("X02",)])


@given(_findings, _waivers, _moments, _refused, st.randoms())
def test_the_order_of_waivers_does_not_matter(
    findings: list[Waivable], waivers: list[Waiver], at: datetime, refused: tuple[str, ...], chance: Any
) -> None:
    other = list(waivers)
    chance.shuffle(other)
    assert apply(findings, waivers, at, non_waivable=refused) == apply(findings, other, at, non_waivable=refused)


@given(_findings, _waivers, _moments, _refused)
def test_one_more_waiver_opens_nothing_and_changes_nothing_but_what_it_names(
    findings: list[Waivable], waivers: list[Waiver], at: datetime, refused: tuple[str, ...]
) -> None:
    if not waivers:
        return
    *before, added = waivers
    without: Applied = apply(findings, before, at, non_waivable=refused)
    with_it: Applied = apply(findings, waivers, at, non_waivable=refused)
    assert [fate for fate in with_it.fates if fate.waiver != added] == list(without.fates)
    for finding, old, new in zip(findings, without.decisions, with_it.decisions, strict=True):
        if not added.is_about(finding):
            assert new == old
        if old.status == "accepted":
            assert new.status == "accepted"
        if new.status == "accepted" and old.status == "open":
            assert new.waiver == added.id
            assert added.value_sha256 == finding.value_sha256
            assert added.approved_on <= at.date() <= added.expires
            assert added.rule not in refused


@given(_findings, _waivers, _moments)
def test_a_finding_is_accepted_exactly_while_some_waiver_of_its_value_is_in_force(
    findings: list[Waivable], waivers: list[Waiver], at: datetime
) -> None:
    applied = apply(findings, waivers, at)
    for finding, decision in zip(findings, applied.decisions, strict=True):
        holds = [
            item.id
            for item in waivers
            if item.is_about(finding)
            and item.value_sha256 == finding.value_sha256
            and item.approved_on <= at.date() <= item.expires
        ]
        assert (decision.waiver in holds) if holds else decision.status == "open"
