"""What may not stay undecided: for too long, or in special categories with a way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from archives import Archive, bits, declared, ledger_of, row, unsure
from builders import agent, risk, span_type
from gate_calls import put
from hypothesis import given
from hypothesis import strategies as st

from reporter.gate import ratchet
from reporter.gate.policy import Limits
from reporter.review.trend import Trend, advance

ART9 = "health_and_medical"
WAY_OUT = ("external_communication",)
AGE = ("--max-unknown-age-days", "30")


def check(archive: Archive, *args: str, day: float = 0, status: int | None = None, settings: str = "") -> list[Any]:
    """The reasons of a verdict."""
    (archive.folder / "datarisk.toml").write_text(f"[policy]\n{settings}\n")
    found, said = archive.call("check", "in", "-f", "json", *args, day=day)
    assert status is None or found == status, said
    told = json.loads(said[said.index('{\n  "schema"') : said.rindex("\n}") + 2])
    return [
        (each["kind"], each["words"]) for each in told["reasons"] if each["kind"] in ("aged", "special out", "risen")
    ]


def test_a_field_that_is_undecided_for_too_long_fails_by_its_name(archive: Archive) -> None:
    archive.report(claims=declared(span_type("tool:lookup", unsure(ART9))))
    archive.report(day=1)
    [(kind, words)] = check(archive, *AGE, day=32, status=1)
    assert kind == "aged"
    assert words == "2 fields are undecided for more than 30 days: claims tool:lookup 2 fields since 2026-11-23"


def test_a_field_that_some_run_shows_decided_is_young_enough(archive: Archive) -> None:
    archive.report(claims=declared(span_type("tool:lookup", risk())))
    archive.report(day=20)
    archive.report(day=21, claims=declared(span_type("tool:lookup", unsure(ART9))))
    assert check(archive, *AGE, day=40, status=0) == []
    # Longer ago than the limit the last run that shows it says nothing any more.
    [(_, words)] = check(archive, *AGE, day=50.5, status=1)
    assert words.startswith("nobody can tell whether 2 fields are undecided for more than 30 days: ")
    assert "claims tool:lookup 2 fields" in words


def test_without_an_archive_and_without_dates_nobody_can_tell_and_that_is_no_pass(archive: Archive) -> None:
    put(archive.folder, "in/claims.json", declared(span_type("tool:lookup", unsure(ART9))))
    [(kind, words)] = check(archive, *AGE, status=1)
    assert (kind, words.startswith("nobody can tell")) == ("aged", True)
    # What is decided altogether has no age.
    put(archive.folder, "in/claims.json", declared(span_type("tool:lookup", risk())))
    assert check(archive, *AGE, status=0) == []


def test_an_agent_that_is_younger_than_the_limit_needs_no_archive(archive: Archive) -> None:
    version: Any = {"type": "agent_schema_version", "id": "v", "agent_id": "a1", "inserted_at": "2026-11-20T00:00:00Z"}
    version = {**version, "span_type_schemas": [span_type("tool:lookup", unsure(ART9))]}
    put(archive.folder, "in/a.json", [agent(inserted_at="2026-11-19T00:00:00Z"), version])
    assert check(archive, *AGE, status=0) == []
    assert check(archive, *AGE, day=29, status=1)
    # An old agent may have left it open in a version that nobody knows.
    put(archive.folder, "in/a.json", [agent(inserted_at="2025-11-19T00:00:00Z"), version | {"id": "w"}])
    older: Any = {"type": "agent_schema_version", "id": "v0", "agent_id": "a1", "inserted_at": "2025-11-20T00:00:00Z"}
    put(archive.folder, "in/b.json", older | {"span_type_schemas": [span_type("tool:lookup", risk())]})
    [(_, words)] = check(archive, *AGE, "--versions", "latest", status=1)
    assert words.startswith("nobody can tell")


def test_deciding_for_a_while_or_registering_anew_opens_no_gate(archive: Archive) -> None:
    archive.report(claims=declared(span_type("tool:lookup", unsure(ART9))))
    archive.report(day=20, claims=declared(span_type("tool:lookup", risk())))
    archive.report(day=21, claims=declared(span_type("tool:lookup", unsure(ART9))))
    [(_, words)] = check(archive, *AGE, day=40, status=1)
    assert "since 2026-11-23" in words


def test_a_run_that_cannot_be_read_never_makes_anything_younger(archive: Archive) -> None:
    archive.report(claims=declared(span_type("tool:lookup", unsure(ART9))))
    archive.report(day=39)
    assert check(archive, *AGE, day=40, status=1)
    (archive.runs()[0] / "history.json").write_text("{")
    [(_, words)] = check(archive, *AGE, day=40, status=1)
    assert words.startswith("nobody can tell")


@pytest.mark.parametrize(
    ("value", "fails"),
    [
        (unsure(ART9, allowed=WAY_OUT), "external communication allowed"),
        (unsure("criminal_justice", allowed=WAY_OUT), "Criminal justice; external communication allowed"),
        (unsure(ART9, "external_communication"), "Health and medical; external communication undecided"),
        (None, "and 6 more; external communication undecided"),
        (unsure(ART9), None),
        (unsure("minors_data", allowed=WAY_OUT), None),
        (risk(ART9, allowed=WAY_OUT), None),
    ],
)
def test_special_categories_have_to_be_decided_where_something_may_go_out(
    archive: Archive, value: Any, fails: str | None
) -> None:
    put(archive.folder, "in/claims.json", declared(span_type("tool:send", value), span_type("tool:read", risk())))
    told = [words for _, words in check(archive, settings="no_unknown_special_with_way_out = true")]
    if fails is None:
        assert told == []
    else:
        assert len(told) == 1
        assert told[0].startswith("1 span type leaves fields under GDPR Art. 9 or 10 undecided, and external")
        assert "claims tool:send (" in told[0]
        assert fails in told[0]
    assert check(archive) == []


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "markdown", "github", "codequality"])
def test_every_format_of_a_check_says_why(archive: Archive, form: str) -> None:
    put(archive.folder, "in/claims.json", declared(span_type("tool:send", unsure(ART9, allowed=WAY_OUT))))
    (archive.folder / "datarisk.toml").write_text("[policy]\nno_unknown_special_with_way_out = true\n")
    status, said = archive.call("check", "in", *AGE, "-f", form)
    assert status == 1
    assert "leaves fields under GDPR Art. 9 or 10 undecided" in said
    assert "nobody can tell whether 2 fields are undecided" in said


def test_more_undecided_fields_than_in_the_baseline_are_red_unless_that_is_tolerated(
    archive: Archive, tmp_path: Path
) -> None:
    put(tmp_path, "in/claims.json", declared(span_type("tool:lookup", risk())))
    assert archive.call("check", "in", "--write-baseline", "datarisk-baseline.json")[0] == 0
    more = unsure(*(name for name in ("contact_information",)))
    put(tmp_path, "in/claims.json", declared(span_type("tool:lookup", risk()), span_type("tool:more", more)))
    assert [kind for kind, _ in check(archive, status=1)] == ["risen"]
    assert check(archive, settings="unknowns_may_rise = true") == []


@given(bits, bits, bits, st.sampled_from(["allowed", "disallowed"]))
def test_silence_never_opens_the_gate(undecided: int, more: int, undeclared: int, outside: Any) -> None:
    limits = Limits(max_unknown_age_days=30, no_unknown_special_with_way_out=True)
    one = ledger_of(0, {"a": [row("x", undecided, 0, outside)]})
    other = ledger_of(0, {"a": [row("x", undecided | more, undeclared & (undecided | more), outside)]})
    for past in (Trend(), advance(Trend(), ledger_of(0, {"a": []}))):
        kinds = [{each.kind for each in ratchet.reasons(each_, past, limits)} for each_ in (one, other)]
        assert kinds[0] <= kinds[1]
