"""The command ``diff``: what changed between two sources, what cannot be compared, and what a gate makes of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from builders import agent, inventory, pinned, risk, schema_version, span_type
from conftest import Called
from gate_calls import put

from reporter.registry.serve import running
from reporter.render.check.difference import diff_schema
from reporter.sources import snapshot

OUTSIDE = ("external_communication",)
ACCOUNT = {"type": "account", "id": "acc-1", "name": "Acme"}
OTHER = {"type": "account", "id": "acc-2", "name": "Another"}
PLAIN, SENDS = risk("contact_information"), risk("contact_information", "health_and_medical", allowed=OUTSIDE)
FIRST = schema_version("v1", span_type("tool:send", PLAIN), external_identifier="1.0")
SECOND = schema_version("v2", span_type("tool:send", SENDS), external_identifier="2.0", at="2026-02-01T00:00:00Z")
HOSTILE = "<img src=x onerror=alert(1)> @everyone [x](http://evil.example) \x1b[31m\u202e=cmd|' /C calc'!A0"


def snap(folder: Path, name: str, *values: Any, gaps: list[dict[str, str]] | None = None) -> str:
    """A snapshot of what the API answered."""
    value = json.loads(snapshot.to_bytes(inventory(*values, collected_at=datetime(2026, 11, 1, tzinfo=UTC))))
    for source in value["sources"]:
        source["kind"] = "platform"
    value["gaps"] = gaps or []
    return put(folder, name, value)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    old = snap(tmp_path, "old.json", ACCOUNT, agent(), FIRST, *pinned("v1", "production"))
    new = snap(tmp_path, "new.json", ACCOUNT, agent(), FIRST, SECOND, *pinned("v2", "production"))
    return old, new


def told(called: Called, *args: str, status: int = 0, **env: Any) -> Any:
    """The difference as JSON, which keeps to its schema."""
    found, said = called("diff", *args, "-f", "json", "-o", "diff.json", **env)
    assert found == status, said
    return said


def loaded(folder: Path) -> Any:
    value = json.loads((folder / "diff.json").read_bytes())
    jsonschema.validate(value, diff_schema())
    return value


def lines(value: Any) -> list[tuple[str, bool, str]]:
    return [
        (each["way"], each["worse"], each["span_type"])
        for changed in value["changes"]["agents"]
        for each in changed["span_types"]
    ]


def test_two_snapshots_worst_first_in_words_with_the_release_that_brought_it(
    called: Called, pair: tuple[str, str]
) -> None:
    status, said = called("diff", *pair)
    assert status == 0
    first, *rest = said.splitlines()
    assert first == "For the worse: 1 widened. 1 agent changed."
    assert "Claims  Schema version 2.0 (production), was 1.0 (production)." in rest
    assert any(
        line.startswith("  ! widened")
        and "tool:send: External communication (actions): was disallowed, is allowed" in line
        for line in rest
    )


def test_the_json_holds_every_field_that_changed(called: Called, pair: tuple[str, str], tmp_path: Path) -> None:
    told(called, *pair)
    [changed] = loaded(tmp_path)["changes"]["agents"]
    [line] = changed["span_types"]
    assert {(each["part"], each["field"], each["before"], each["after"]) for each in line["fields"]} == {
        ("action_profile", "external_communication", "disallowed", "allowed"),
        ("params_data_categories", "health_and_medical", "excluded", "included"),
    }
    assert [each["external_identifier"] for each in changed["after"]] == ["2.0"]


def test_the_same_file_twice_says_so_and_that_nothing_changed(called: Called, pair: tuple[str, str]) -> None:
    status, said = called("diff", pair[0], pair[0])
    assert status == 0
    assert "Nothing changed." in said
    assert f"{pair[0]} and {pair[0]} are the same." in said


def test_an_old_side_that_is_newer_is_told(called: Called, tmp_path: Path, pair: tuple[str, str]) -> None:
    value = json.loads((tmp_path / pair[0]).read_bytes())
    value["sources"][0]["collected_at"] = "2026-11-09T00:00:00+00:00"
    put(tmp_path, pair[0], value)
    _, said = called("diff", *pair)
    assert "The old side is newer than the new one" in said


def test_between_two_schema_versions_of_one_agent(called: Called, pair: tuple[str, str], tmp_path: Path) -> None:
    told(called, "--versions", "1.0", "2.0", pair[1])
    assert lines(loaded(tmp_path)) == [("widened", True, "tool:send")]
    told(called, "--versions", "2.0", "1.0", pair[1])
    assert lines(loaded(tmp_path)) == [("narrowed", False, "tool:send")]


def test_a_version_that_is_not_there_is_no_complete_evidence(called: Called, pair: tuple[str, str]) -> None:
    status, said = called("diff", "--versions", "1.0", "9.9", pair[1])
    assert status == 3
    assert "schema version 9.9" in said


def test_what_promoting_staging_to_production_would_change(called: Called, tmp_path: Path) -> None:
    only = schema_version("w1", span_type("tool:x", PLAIN), agent="a2")
    source = snap(
        tmp_path, "s.json", ACCOUNT, agent(), agent("a2", "Stays"), FIRST, SECOND, only,
        *pinned("v1", "production"), *pinned("v2", "staging"), *pinned("w1", "production", agent_id="a2"),
    )  # fmt: skip
    told(called, "--environments", "staging", "production", source)
    found = loaded(tmp_path)["changes"]
    # What is in production alone is not promoted, and does not go.
    assert [(each["agent"], each["there"]) for each in found["agents"]] == [("Claims", "both")]
    assert found["not_spoken_of"] == 1
    assert (found["old"]["location"], found["new"]["location"]) == ("production of s.json", "staging of s.json")


def test_an_environment_that_no_agent_has_is_a_mistake_and_no_change(called: Called, tmp_path: Path) -> None:
    source = snap(tmp_path, "s.json", ACCOUNT, agent(), FIRST, *pinned("v1", "production"))
    status, said = called("diff", "--environments", "production", "nosuch", source)
    assert status == 2
    assert "no agent has an environment nosuch. There are production" in said
    assert "added" not in said


def test_a_release_in_a_file_against_the_platform_speaks_of_its_own_agents_alone(
    called: Called, tmp_path: Path
) -> None:
    entries = [span_type("tool:send", PLAIN)]
    with running() as registry:
        headers = {"Authorization": f"Bearer {registry.token}"}
        with httpx.Client(base_url=f"{registry.url}/api/v1", headers=headers) as api:
            for name in ("support", "billing"):
                body = {"agent_id": name, "agent_version": {}, "agent_schema_version": {"span_type_schemas": entries}}
                assert api.post("/agent_instance/register", json=body).is_success
        put(tmp_path, "support.json", {"span_type_schemas": [span_type("tool:send", SENDS)]})
        env: dict[str, Any] = {"PREFACTOR_API_TOKEN": registry.token, "PREFACTOR_API_URL": registry.url}
        told(called, registry.url, "support.json", **env)
        found = loaded(tmp_path)
        assert lines(found) == [("widened", True, "tool:send")]
        assert found["changes"]["not_spoken_of"] == 1
        status, said = called("check", "support.json", "--against", registry.url, **env)
        assert status == 1, said
        assert "External communication (actions) was disallowed, and is allowed" in said


def test_a_report_and_a_baseline_are_sides_and_say_what_they_do_not_hold(
    called: Called, pair: tuple[str, str], tmp_path: Path
) -> None:
    assert called("report", pair[0], "-f", "json", "-o", "then")[0] == 0
    [report] = (tmp_path / "then").glob("*/2*/report.json")
    assert called("check", pair[0], "--write-baseline", "base.json")[0] == 0
    for side, knows in ((str(report), "answers"), ("base.json", "schemas"), (str(report.parent), "schemas")):
        told(called, side, pair[1])
        found = loaded(tmp_path)
        assert lines(found) == [("widened", True, "tool:send")], side
        assert found["changes"]["old"]["knows"] == knows
    told(called, str(report), pair[1])
    assert "holds answers alone" in loaded(tmp_path)["changes"]["notes"][0]


def test_a_baseline_of_names_alone_tells_what_came_and_went(
    called: Called, pair: tuple[str, str], tmp_path: Path
) -> None:
    value = {
        "schema": "datarisk/baseline/1", "account": {"id": "acc-1", "name": "Acme"}, "catalogue": "1", "findings": {},
        "agents": {"a1": {"name": "Claims", "entries": {"span": ["tool:send", "tool:gone"]}}},
    }  # fmt: skip
    told(called, put(tmp_path, "base.json", value), pair[1])
    found = loaded(tmp_path)
    assert lines(found) == [("gone", True, "tool:gone")]
    assert "knows the names of span types and no answers" in found["changes"]["notes"][0]


# What cannot be compared ----------------------------------------------------------------------------------------------


def test_two_accounts_are_refused(called: Called, pair: tuple[str, str], tmp_path: Path) -> None:
    other = snap(tmp_path, "other.json", OTHER, agent(), FIRST)
    status, said = called("diff", pair[0], other)
    assert status == 2
    assert "two accounts: old.json is of the account Acme (acc-1), and other.json of Another (acc-2)" in said
    assert called("check", pair[1], "--against", other)[0] == 2


def test_an_agent_that_was_not_read_is_not_comparable_and_neither_is_one_that_is_missing_then(
    called: Called, tmp_path: Path
) -> None:
    old = snap(tmp_path, "old.json", ACCOUNT, agent(), agent("a2", "Other"), FIRST,
               schema_version("w1", span_type("tool:x", PLAIN), agent="a2"))  # fmt: skip
    gap = {"what": "schema version v1", "why": "HTTP 500", "agent_id": "a1"}
    new = snap(tmp_path, "new.json", ACCOUNT, agent(), agent("a2", "Other"), SECOND,
               schema_version("w1", span_type("tool:x", PLAIN), agent="a2"), gaps=[gap])  # fmt: skip
    told(called, old, new, status=3)
    found = loaded(tmp_path)
    assert not found["complete"]
    assert lines(found) == []
    assert [(each["agent"], each["words"]) for each in found["changes"]["not_comparable"]] == [
        ("Claims", "Not comparable: new.json could not be read whole (schema version v1: HTTP 500)")
    ]
    whole = snap(tmp_path, "half.json", ACCOUNT, agent("a2", "Other"),
                 schema_version("w1", span_type("tool:x", PLAIN), agent="a2"),
                 gaps=[{"what": "a page of agents", "why": "HTTP 500"}])  # fmt: skip
    told(called, old, whole, status=3)
    # That an agent is not there says nothing, as a page of them was lost.
    assert lines(loaded(tmp_path)) == []
    assert {each["agent"] for each in loaded(tmp_path)["changes"]["not_comparable"]} == {None, "Claims"}


def test_an_agent_that_is_left_out_with_a_reason_is_gone_and_not_for_the_worse(
    called: Called, pair: tuple[str, str], tmp_path: Path
) -> None:
    new = snap(tmp_path, "new.json", ACCOUNT, agent(status="retired"), FIRST)
    told(called, pair[0], new)
    found = loaded(tmp_path)
    assert lines(found) == [("gone", False, "tool:send")]
    assert found["changes"]["agents"][0]["words"] == "Not in scope: retired."


def test_two_vocabularies_are_told_and_what_only_one_asked_for_is_not_compared(
    called: Called, pair: tuple[str, str], tmp_path: Path
) -> None:
    assert called("check", pair[0], "--write-baseline", "base.json")[0] == 0
    value = json.loads((tmp_path / "base.json").read_bytes())
    value["categories"] = [name for name in value["categories"] if name != "health_and_medical"]
    put(tmp_path, "base.json", value)
    told(called, "base.json", pair[1])
    found = loaded(tmp_path)
    [line] = found["changes"]["agents"][0]["span_types"]
    assert [each["field"] for each in line["fields"]] == ["external_communication"]
    assert "only one side was asked for health_and_medical" in found["changes"]["notes"][0]


@pytest.mark.parametrize("data", [b"", b"{", b'{"schema": "datarisk/report/2", "agents": [', b"\x00\xff", b"[[[["])
def test_a_torn_file_is_no_complete_evidence_and_says_which(
    called: Called, pair: tuple[str, str], tmp_path: Path, data: bytes
) -> None:
    put(tmp_path, "torn.json", data)
    for args in (("torn.json", pair[1]), (pair[0], "torn.json")):
        status, said = called("diff", *args)
        assert status == 3, said
        assert "torn.json" in said
        assert "Traceback" not in said


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("old.json",), "1 sources to compare"),
        (("old.json", "new.json", "old.json"), "3 sources to compare"),
        (("--versions", "a", "b", "old.json", "new.json"), "2 sources to compare"),
        (("--versions", "a", "b", "--environments", "a", "b", "old.json"), "Name one of them"),
        (("-", "-"), "standard input is one source"),
        (("old.json", "nowhere.json"), "there is no such file"),
        (("old.json", "new.json", "-o", "x.doc"), "its name does not say in which format"),
    ],
)
@pytest.mark.usefixtures("pair")
def test_a_wrong_call_is_told(called: Called, args: tuple[str, ...], words: str) -> None:
    status, said = called("diff", *args)
    assert (status, words in said) == (2, True), said


def test_a_pattern_that_matches_no_agent_is_an_empty_selection(called: Called, pair: tuple[str, str]) -> None:
    status, said = called("diff", *pair, "--agent", "nobody")
    assert status == 3
    assert "nothing that was read matches" in said


# Words ----------------------------------------------------------------------------------------------------------------


def many(folder: Path, name: str, declared: Any) -> str:
    values: list[Any] = [ACCOUNT]
    for number in range(40):
        values += [
            agent(f"a{number}", f"Agent {number}"),
            schema_version(f"v{number}", *(span_type(f"t{n}", declared) for n in range(5)), agent=f"a{number}"),
        ]
    return snap(folder, name, *values)


def test_whatever_there_is_to_say_is_at_most_a_screen_and_counted(called: Called, tmp_path: Path) -> None:
    old, new = many(tmp_path, "old.json", PLAIN), many(tmp_path, "new.json", SENDS)
    _, said = called("diff", old, new)
    assert len(said.splitlines()) <= 25
    assert said.startswith("For the worse: 200 widened. 40 agents changed.")
    assert "more lines: -v tells all of them" in said
    _, everything = called("diff", old, new, "-v")
    assert sum(line.startswith("  ! widened") for line in everything.splitlines()) == 200


def test_a_comment_has_ten_lines_before_the_fold_and_fits(called: Called, tmp_path: Path) -> None:
    old, new = many(tmp_path, "old.json", PLAIN), many(tmp_path, "new.json", SENDS)
    assert called("diff", old, new, "-o", "diff.md")[0] == 0
    text = (tmp_path / "diff.md").read_text()
    above = [line for line in text.partition("<details>")[0].splitlines() if line]
    assert len(above) <= 10
    assert len(text.encode()) <= 65_536
    assert "<details><summary>All 200 changes</summary>" in text


def test_everything_hostile_stays_text(called: Called, tmp_path: Path) -> None:
    values = [ACCOUNT, agent(name=HOSTILE)]
    entries = (span_type(HOSTILE, PLAIN), span_type(HOSTILE, SENDS))
    old, new = (
        snap(tmp_path, name, *values, schema_version("v1", entry, external_identifier=HOSTILE))
        for name, entry in zip(("old.json", "new.json"), entries, strict=True)
    )
    _, text = called("diff", old, new)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert called("diff", old, new, "-o", "diff.md")[0] == 0
    markdown = (tmp_path / "diff.md").read_text()
    assert "<img" not in markdown
    assert "@everyone" not in markdown.replace("`", "") or "`" in markdown
    assert "](http" not in markdown.replace("`", "\n")
    told(called, old, new)
    assert loaded(tmp_path)["changes"]["agents"][0]["agent"] == HOSTILE


def test_the_same_sources_give_the_same_bytes(called: Called, pair: tuple[str, str], tmp_path: Path) -> None:
    made = []
    for name in ("a.json", "b.json"):
        assert called("diff", *pair, "-o", name)[0] == 0
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


# The gate and the report ----------------------------------------------------------------------------------------------


def test_a_gate_against_a_source_is_red_for_what_the_change_introduces_alone(
    called: Called, pair: tuple[str, str], tmp_path: Path
) -> None:
    old, new = pair
    assert called("check", new, "--against", old)[0] == 1
    status, said = called("check", new, "--against", new)
    assert status == 0, said
    called("check", new, "--against", old, "-o", "check.json")
    verdict = json.loads((tmp_path / "check.json").read_bytes())
    assert [each["rule"] for each in verdict["findings"] if each["blocking"]] == ["X20"]
    assert any("newly meets one of X01 to X09" in each["words"] for each in verdict["reasons"])


def test_a_source_that_was_not_read_whole_is_nothing_to_gate_against(
    called: Called, pair: tuple[str, str], tmp_path: Path
) -> None:
    old = snap(tmp_path, "old.json", ACCOUNT, agent(), SECOND, gaps=[{"what": "a page", "why": "HTTP 500"}])
    status, said = called("check", pair[1], "--against", old)
    assert status == 3
    assert "could not be read whole" in said


def test_against_and_a_baseline_are_two_answers_to_one_question(called: Called, pair: tuple[str, str]) -> None:
    status, said = called("check", pair[1], "--against", pair[0], "--write-baseline", "base.json")
    assert status == 2
    assert "--against beside a baseline" in said


def test_a_report_tells_what_changed_since_the_last_one_and_again_from_its_evidence(
    called: Called, pair: tuple[str, str], tmp_path: Path
) -> None:
    formats = ("-f", "json", "-f", "html", "-f", "xlsx")
    assert called("report", pair[0], *formats, "-o", "then")[0] == 0
    [then] = (tmp_path / "then").glob("*/2*")
    assert "changes" not in json.loads((then / "report.json").read_bytes())
    assert 'id="changes"' not in (then / "report.html").read_text()
    assert called("report", pair[1], "--baseline", str(then), *formats, "-o", "now")[0] == 0
    [now] = (tmp_path / "now").glob("*/2*")
    told_ = json.loads((now / "report.json").read_bytes())["changes"]
    assert told_["words"] == "For the worse: 1 widened. 1 agent changed."
    assert told_["agents"][0]["words"] == "Schema version 2.0 (production), was 1.0 (production)."
    page = (now / "report.html").read_text()
    assert "What changed in what is declared" in page
    assert "was disallowed, is allowed" in page
    assert called("report", str(now), *formats, "-o", "again")[0] == 0
    [again] = (tmp_path / "again").glob("*/2*")
    for name in ("report.json", "report.html", "report.xlsx"):
        assert (again / name).read_bytes() == (now / name).read_bytes(), name
