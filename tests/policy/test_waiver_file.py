"""The file of waivers: what is in it, every mistake with its line and its remedy, and the blank to fill in."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import jsonschema
import pytest
from gate_cases import DIGEST, WAIVER, waivable
from hypothesis import given
from hypothesis import strategies as st

from reporter.errors import UsageError
from reporter.plain.toml_lines import TomlFile
from reporter.review.waiver_file import Terms, blank, examine, load, next_id, waivers_schema
from reporter.review.waivers import Waiver, apply

TERMS = Terms(("Q01", "X01", "X02"))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def read(folder: Path, text: str, terms: Terms = TERMS) -> tuple[Waiver, ...]:
    path = folder / "w.toml"
    path.write_text(text)
    return load(TomlFile(path), terms)


def test_every_field_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, WAIVER) == (
        Waiver(
            id="W-1",
            rule="X01",
            agent="claims-*",
            span_type="crm:lookup",
            category="health_and_medical",
            value_sha256=DIGEST,
            reason="The hospital asks for it itself.",
            approved_by="dpo@example.com",
            ticket="PRIV-311",
            evidence="https://example.com/PRIV-311",
            approved_on=date(2026, 11, 2),
            expires=date(2027, 2, 1),
        ),
    )


def test_dates_may_be_written_as_text_too(tmp_path: Path) -> None:
    text = WAIVER.replace("2026-11-02", '"2026-11-02"').replace("2027-02-01", "'2027-02-01'")
    assert read(tmp_path, text) == read(tmp_path, WAIVER)


def test_what_may_be_left_out_may_be_left_out(tmp_path: Path) -> None:
    optional = ("span_type", "category", "ticket", "evidence")
    text = "".join(line for line in WAIVER.splitlines(keepends=True) if not line.startswith(optional))
    [found] = read(tmp_path, text)
    assert (found.span_type, found.category, found.ticket, found.evidence) == (None, None, None, None)


def test_an_empty_file_holds_no_waivers(tmp_path: Path) -> None:
    assert read(tmp_path, "# none yet\n") == ()


HASH_LINE = f'value_hash = "sha256:{DIGEST}"'
MISTAKES = {
    "an unknown key": (
        ("approved_by", "aproved_by"),
        r"w.toml:9: waiver W-1, no such key: aproved_by. Did you mean approved_by\? Known ones are id, rule",
    ),
    "a key of another case": (
        ("reason", "Reason"),
        r"w.toml:8: waiver W-1, no such key: Reason. Did you mean reason\?",
    ),
    "a mistyped rule": (
        ('rule = "X01"', 'rule = "X1"'),
        r"w.toml:3: waiver W-1, rule: there is no X1. Name the rule whose .*; `datarisk rules` lists them",
    ),
    "a rule in small letters": (('"X01"', '"x01"'), r"w.toml:3: waiver W-1, rule: there is no x01, but X01. Name"),
    "a mistyped category": (
        ("health_and_medical", "health"),
        r"w.toml:6: waiver W-1, category: there is no health. .*name one of .*health_and_medical",
    ),
    "no reason": (
        ('reason = "The hospital asks for it itself."\n', ""),
        r"w.toml:1: waiver W-1, it lacks its reason. Say why it is accepted, in at least 20 characters",
    ),
    "an empty reason": (
        ("The hospital asks for it itself.", ""),
        r"w.toml:8: waiver W-1, reason: a length of at least 20 characters is expected, and it is .*. Say why",
    ),
    "a reason of blanks": (
        ("The hospital asks for it itself.", " " * 30),
        r"w.toml:8: waiver W-1, reason: a length of at least 20 characters is expected, and it is .*. Say",
    ),
    "a short reason": (
        ("The hospital asks for it itself.", "ok   ok" + " " * 30 + "ok"),
        r"w.toml:8: waiver W-1, reason: a length of at least 20 characters is expected, and it is .*. Say why",
    ),
    "nobody who answers for it": (
        ("dpo@example.com", ""),
        r"w.toml:9: waiver W-1, approved_by: something is expected, and it is empty. Say who answers for it",
    ),
    "no digest": (
        (f"sha256:{DIGEST}", "a" * 64),
        r"w.toml:7: waiver W-1, value_hash: a text of another form is expected. Take the one that `datarisk",
    ),
    "a digest in capitals": ((DIGEST, "A" * 64), r"w.toml:7: waiver W-1, value_hash: a text of another form"),
    "no value": ((HASH_LINE + "\n", ""), r"w.toml:1: waiver W-1, it lacks its value_hash"),
    "no agent": (('agent = "claims-*"\n', ""), r"w.toml:1: waiver W-1, it lacks its agent. Name the agent, or a"),
    "no dates": (
        ("approved_on = 2026-11-02\nexpires = 2027-02-01\n", ""),
        r"w.toml:1: waiver W-1, it lacks its approved_on, expires. Write a calendar day",
    ),
    "a list for a text": (
        ('"PRIV-311"', '["PRIV-311"]'),
        r"w.toml:10: waiver W-1, ticket: a text is expected, and it is a list. Write",
    ),
    "an unknown table": (
        ("[[waiver]]", "[[waivers]]"),
        r"w.toml:1: no such table: waivers. .* in \[\[waiver\]\]",
    ),
    "single brackets": (
        ("[[waiver]]", "[waiver]"),
        r"w.toml:1: not a list of waivers. Write \[\[waiver\]\] above each",
    ),
    "no TOML": (
        ('id = "W-1"', "id = W-1"),
        r"w.toml:2: not TOML: Invalid value \(at line 2, column 6\). Mend it there",
    ),
    "a key twice": (('rule = "X01"', 'rule = "X01"\nrule = "X02"'), r"w.toml:4: not TOML: Cannot overwrite"),
}


@pytest.mark.parametrize(("change", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_its_file_its_line_and_its_remedy(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    assert change[0] in WAIVER
    with pytest.raises(UsageError, match=message) as caught:
        read(tmp_path, WAIVER.replace(*change))
    assert caught.value.remedy
    assert caught.value.exit_status == 2


DAYS = {
    "a day of another country": ('"1.1.2027"', "expires: no day: 1.1.2027"),
    "slashes": ('"01/02/2027"', "expires: no day: 01/02/2027"),
    "a year alone, inspec 5570": ('"2027"', "expires: no day: 2027"),
    "a year as a number, inspec 5570": ("2027", "expires: no day: 2027"),
    "a month": ('"2027-02"', "expires: no day: 2027-02"),
    "a week": ('"2027-W05-1"', "expires: no day: 2027-W05-1"),
    "the day of a year": ('"2027-032"', "expires: no day: 2027-032"),
    "digits alone": ('"20270201"', "expires: no day: 20270201"),
    "one digit": ('"2027-2-1"', "expires: no day: 2027-2-1"),
    "digits of another script": ('"2027-0\u0662-01"', "expires: no day: 2027-0"),
    "a day that there is not": ('"2027-02-29"', "expires: no day that there is: 2027-02-29"),
    "a thirteenth month": ('"2027-13-01"', "expires: no day that there is: 2027-13-01"),
    "a time": ("2027-02-01T12:00:00", "expires: a time of day, not a day: 2027-02-01T12:00:00"),
    "a time with an offset": (
        "2027-02-01T00:00:00+14:00",
        r"expires: a time of day, not a day: 2027-.*\+14:00",
    ),
    "a time of day alone": ("12:00:00", "expires: no day: 12:00:00"),
    "a time as text": ('"2027-02-01T00:00:00Z"', "expires: no day: 2027-02-01T00:00:00Z"),
    "blanks around it": ('" 2027-02-01 "', "expires: no day"),
    "nothing": ('""', "expires: no day"),
    "for ever": ('"never"', "expires: no day: never"),
    "true": ("true", "expires: no day: True"),
    "seconds": ("1801440000", "expires: no day: 1801440000"),
    "the day of its approval": (
        "2026-11-02",
        "expires: 2026-11-02 is no later day than 2026-11-02, on which .* Write",
    ),
    "a day before": ("2026-11-01", "expires: 2026-11-01 is no later day than 2026-11-02"),
    "a day too late": (
        "2027-11-03",
        "expires: in force for 366 days, of at most 365 \\(max_waiver_days\\), so until 2027-11-02",
    ),
}


@pytest.mark.parametrize(("value", "message"), DAYS.values(), ids=DAYS)
def test_a_day_that_could_be_read_wrongly_is_not_read_at_all(tmp_path: Path, value: str, message: str) -> None:
    with pytest.raises(UsageError, match=rf"w.toml:13: waiver W-1, {message}") as caught:
        read(tmp_path, WAIVER.replace("expires = 2027-02-01", f"expires = {value}"))
    assert caught.value.remedy


def test_a_waiver_may_be_in_force_for_as_long_as_the_policy_says(tmp_path: Path) -> None:
    text = WAIVER.replace("expires = 2027-02-01", "expires = 2027-11-02")
    [found] = read(tmp_path, text)
    assert (found.expires - found.approved_on).days == 365
    with pytest.raises(UsageError, match=r"of at most 90 \(max_waiver_days\), so until 2027-01-31"):
        read(tmp_path, text, Terms(TERMS.rules, 90))


def test_a_year_with_a_leap_day_in_it_is_a_day_longer_than_365(tmp_path: Path) -> None:
    through = WAIVER.replace("2026-11-02", "2027-11-02").replace("expires = 2027-02-01", "expires = 2028-11-01")
    assert read(tmp_path, through)
    with pytest.raises(UsageError, match="in force for 366 days"):
        read(tmp_path, through.replace("2028-11-01", "2028-11-02"))
    leap = WAIVER.replace("expires = 2027-02-01", "expires = 2028-02-29").replace("2026-11-02", "2027-11-02")
    assert read(tmp_path, leap)[0].expires == date(2028, 2, 29)


def test_two_waivers_of_one_id_are_refused_and_both_places_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"w.toml:16: a second waiver of the id W-1; the first is at .*w.toml:2. Give"):
        read(tmp_path, f"{WAIVER}\n{WAIVER}")


def test_one_mistake_and_none_of_the_waivers_counts(tmp_path: Path) -> None:
    good = WAIVER.replace("W-1", "W-2")
    with pytest.raises(UsageError, match=r"w.toml:17: waiver W-1, rule: there is no X77"):
        read(tmp_path, f"{good}\n{WAIVER.replace('X01', 'X77')}")


def test_all_mistakes_can_be_seen_at_once(tmp_path: Path) -> None:
    path = tmp_path / "w.toml"
    path.write_text(
        f"{WAIVER.replace('X01', 'X77')}\n{WAIVER.replace('2027', '2026').replace('W-1', 'W-2')}\n[other]\nx = 1\n"
    )
    places = [str(mistake.where).rpartition(":")[2] for mistake in examine(TomlFile(path), TERMS)[1]]
    assert places == ["29", "3", "27"]
    with pytest.raises(UsageError, match="`datarisk waivers check` lists 2 more"):
        load(TomlFile(path), TERMS)


def filled(table: str) -> str:
    for key, value in (("reason", '"The hospital asks for it itself."'), ("approved_by", '"dpo@example.com"')):
        table = table.replace(f'# {key} = ""', f"{key} = {value}")
    return table.replace("# approved_on", "approved_on").replace("# expires", "expires")


_names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda name: name.strip())


@given(agent=_names, span_type=st.one_of(st.none(), _names), title=_names)
def test_a_blank_is_refused_until_it_is_filled_in_and_then_accepts_that_finding_alone(
    tmp_path_factory: pytest.TempPathFactory, agent: str, span_type: str | None, title: str
) -> None:
    finding = waivable(agent_name=agent.strip(), span_type=span_type.strip() if span_type else None)
    table = blank(finding, title, "W-2026-001", NOW, TERMS)
    folder = tmp_path_factory.mktemp("blank")
    with pytest.raises(UsageError, match=r"it lacks its reason, approved_by, approved_on, expires. Say why"):
        read(folder, table)
    waivers = read(folder, filled(table))
    other = waivable("f2", agent_name="somebody else", agent_id="a2", span_type=finding.span_type)
    decisions = apply([finding, other], waivers, NOW).decisions
    assert [decision.status for decision in decisions] == ["accepted", "open"]
    assert all(char.isprintable() or char == "\n" for char in table)


def test_a_blank_names_the_category_where_there_is_one_and_ends_within_the_limit() -> None:
    table = blank(waivable(), "t", "W-1", NOW, Terms(TERMS.rules, 30))
    assert 'category = "health_and_medical"' in table
    assert "# expires = 2026-12-23" in table
    several = blank(waivable(categories=("health_and_medical", "minors_data")), "t", "W-1", NOW, TERMS)
    assert "category" not in several


def test_a_blank_gets_the_next_id_of_its_year() -> None:
    assert next_id("", NOW) == "W-2026-001"
    assert next_id('id = "W-2025-090"\nid = "W-2026-009"\nid = "W-2026-010"', NOW) == "W-2026-011"


def test_the_schema_fits_what_is_accepted_and_not_what_is_refused() -> None:
    schema = waivers_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    value = json.loads(json.dumps(tomllib.loads(WAIVER), default=str))
    jsonschema.validate(value, schema)
    for key in ("reason", "value_hash", "expires"):
        broken = {"waiver": [{name: item for name, item in value["waiver"][0].items() if name != key}]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema)
