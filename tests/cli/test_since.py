"""What is new since the last report: which questions, why others are gone, and that it can be made again."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from builders import risk, span_type
from conftest import Called, Datarisk
from gate_calls import OPEN, OUTSIDE, QUIET, put, waived

Told = dict[str, Any]
FIRST, SECOND = "1795456800", "1795543200"
MONEY = {
    "span_type_schemas": [span_type("tool:pay", risk("financial_information", allowed=("financial_transactions",)))]
}
ANSWER = """
[[agent]]
agent = "claims"
stated_by = "Ada Lovelace"
stated_on = 2026-11-20
measures = ["A second person"]

[[answer]]
agent = "claims"
issue = "money"
declared = "{declared}"
decision = "Up to 50 EUR"
decided_by = "Ada Lovelace"
decided_on = 2026-11-21
reference = "RISK-7"
"""


class Runs:
    """Reports of one folder, the first of which the others are held against."""

    def __init__(self, called: Called, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.called, self.folder, self.patch = called, folder, monkeypatch

    def report(self, *args: str, at: str = FIRST, to: str = "now", status: int = 0) -> Told:
        """The report.json of a run."""
        self.patch.setenv("SOURCE_DATE_EPOCH", at)
        found, said = self.called("report", "in", "-f", "json", "-o", to, *args)
        assert found == status, said
        return loaded(self.folder / to)

    def before(self, *args: str, **files: Any) -> Told:
        """The first run, of agents by their names."""
        self.declare(**files)
        return self.report(*args, to="then")

    def declare(self, **files: Any) -> None:
        for name, value in files.items():
            put(self.folder, f"in/{name}.json", value)

    def since(self, *args: str, status: int = 0) -> Told:
        """What the second says of the first."""
        told: Told = self.report("--baseline", "then/local/latest", *args, at=SECOND, status=status)["since"]
        return told


def loaded(folder: Path) -> Told:
    run = max(folder.glob("local/2*"))
    found: Told = json.loads((run / "report.json").read_bytes())
    return found


def issues(report: Told) -> dict[str, Told]:
    """By agent and question."""
    return {f"{agent['name']} {issue['key']}": issue for agent in report["agents"] for issue in agent["issues"]}


@pytest.fixture
def runs(called: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(called, tmp_path, monkeypatch)


def test_without_a_baseline_nothing_is_said_of_before(runs: Runs) -> None:
    report = runs.before(claims=OPEN)
    assert report["since"] is None
    assert {issue["since"] for issue in issues(report).values()} == {None}


def test_a_question_that_was_not_there_is_new(runs: Runs) -> None:
    runs.before(claims=QUIET)
    runs.declare(claims={"span_type_schemas": [*QUIET["span_type_schemas"], *OPEN["span_type_schemas"]]})
    told = runs.since()
    report = loaded(runs.folder / "now")
    new = [issue for issue in issues(report).values() if issue["since"] == "new"]
    assert "recipients" in {issue["key"] for issue in new}
    assert sorted(told["new"]) == sorted(issue["id"] for issue in new)
    # In the order in which they need somebody.
    assert told["new"] == [each for each in report["summary"]["issues"] if each in told["new"]]
    assert told["words"].startswith(f"Since the report of 23 November 2026: {len(new)} questions are new")


def test_a_question_that_became_more_severe_got_worse_and_one_that_rests_on_other_answers_changed(runs: Runs) -> None:
    def declared(name: str) -> Told:
        return {"span_type_schemas": [span_type("tool:send", risk(name, allowed=OUTSIDE))]}

    before = issues(runs.before(claims=declared("contact_information"), other=declared("contact_information")))
    runs.declare(claims=declared("health_and_medical"), other=declared("personal_identifiers"))
    told = runs.since()
    worse = next(each for each in told["changes"] if each["issue"] == before["claims recipients"]["id"])
    assert worse == {"issue": worse["issue"], "worse": True, "words": "Was medium, is high."}
    changed = next(each for each in told["changes"] if each["issue"] == before["other recipients"]["id"])
    assert changed == {"issue": changed["issue"], "worse": False, "words": "Other answers are declared than then."}
    assert worse["issue"] in told["worse"]
    assert changed["issue"] not in told["worse"]
    assert {worse["issue"], changed["issue"]} <= set(told["changed"])
    assert f"{len(told['worse'])} got worse" in told["words"]


def test_an_answer_that_was_taken_back_settles_nothing_and_one_more_span_type_is_worse(runs: Runs) -> None:
    silent = {"span_type_schemas": [span_type("tool:send", risk("health_and_medical", allowed=OUTSIDE))]}
    before = issues(runs.before(claims=OPEN, other=OPEN))
    silent["span_type_schemas"][0]["data_risk"]["action_profile"]["external_communication"] = "unknown"
    more = span_type("tool:post", risk("health_and_medical", allowed=OUTSIDE))
    runs.declare(claims=silent, other={"span_type_schemas": [*OPEN["span_type_schemas"], more]})
    told = runs.since()
    there = {each["issue"]: each["why"] for each in told["gone"]}
    assert there[before["claims recipients"]["id"]] == "unanswered"
    assert issues(loaded(runs.folder / "now"))["claims unanswered"]["id"] in told["new"]
    assert "settled" not in told["words"]
    assert "not known now" in told["words"]
    change = next(each for each in told["changes"] if each["issue"] == before["other recipients"]["id"])
    assert change["worse"]
    assert change["words"] == "About more span types: tool:post."


def test_a_question_is_answered_since_and_open_again_when_something_else_is_declared(runs: Runs) -> None:
    before = issues(runs.before(claims=MONEY))["claims money"]
    put(runs.folder, "datarisk-facts.toml", ANSWER.format(declared=before["declared"]).encode())
    told = runs.since()
    assert told["answered"] == [before["id"]]
    assert "1 is answered" in told["words"]
    shutil.rmtree(runs.folder / "then")
    (runs.folder / "now").rename(runs.folder / "then")
    told = runs.since()
    assert told["answered"] == []
    assert issues(loaded(runs.folder / "now"))["claims money"]["since"] == "known"
    other = risk("financial_information", allowed=("financial_transactions",), result=("financial_information",))
    runs.declare(claims={"span_type_schemas": [span_type("tool:pay", other)]})
    told = runs.since()
    assert told["reopened"] == [before["id"]]
    assert issues(loaded(runs.folder / "now"))["claims money"]["since"] == "reopened"
    assert "1 is open again" in told["words"]


def test_a_finding_is_accepted_since_and_a_waiver_that_lapses_makes_its_question_worse(
    runs: Runs, datarisk: Datarisk
) -> None:
    before = issues(runs.before(claims=OPEN))
    waived(datarisk, runs.folder, "in")
    told = runs.since()
    [finding] = told["accepted_findings"]
    assert finding in before["claims recipients"]["findings"]
    shutil.rmtree(runs.folder / "then")
    (runs.folder / "now").rename(runs.folder / "then")
    assert runs.since()["accepted_findings"] == []
    (runs.folder / "datarisk-waivers.toml").unlink()
    told = runs.since()
    change = next(each for each in told["changes"] if each["issue"] == before["claims recipients"]["id"])
    assert change["worse"]
    assert change["words"].endswith("A waiver that accepted it or part of it does so no longer.")


def gone(told: Told, agent: str) -> set[tuple[str, str]]:
    return {(each["why"], each["words"]) for each in told["gone"] if each["agent"] == agent}


def test_what_is_gone_says_why(runs: Runs) -> None:
    runs.before(claims=OPEN, away=OPEN, less=OPEN, out=OPEN)
    (runs.folder / "in/away.json").unlink()
    runs.declare(
        claims=QUIET | {"span_type_schemas": [span_type("tool:send", risk("contact_information"))]}, less=QUIET
    )
    told = runs.since("--agent", "claims", "--agent", "less", "--agent", "away")
    assert gone(told, "claims") == {("declared", "What is declared now does not raise it any more.")}
    lost = "Nobody decided it, and span types that it was about are not there any more to be asked: tool:send."
    assert gone(told, "less") == {("span types gone", lost)}
    away = "Nobody decided it, and its agent is not there any more to be asked."
    assert gone(told, "away") == {("agent gone", away)}
    assert gone(told, "out") == {("left out", "Its agent is not in scope: not among the agents asked for.")}
    assert "not raised any more, as answers changed" in told["words"]
    assert told["not_told"] == ["It was about another scope; a question may be new or gone by that alone."]


def test_a_question_of_span_types_or_agents_that_are_lost_is_never_told_like_one_that_somebody_settled(
    runs: Runs,
) -> None:
    runs.before(claims=OPEN, away=OPEN, bare=OPEN)
    (runs.folder / "in/away.json").unlink()
    runs.declare(claims=QUIET, bare={"span_type_schemas": []})
    told = runs.since()
    assert told["gone"]
    assert {each["why"] for each in told["gone"]} == {"span types gone", "agent gone"}
    number = len(told["gone"])
    lost = f"{number} questions are undecided, and what they were about is not there any more to be asked"
    assert lost in told["words"]
    assert not {"settled", "gone", "answered"} & set(told["words"].replace(";", "").split())


def test_a_question_that_got_worse_says_so_beside_itself_on_screen_on_paper_and_in_tables(
    runs: Runs, called: Called
) -> None:
    more = span_type("tool:post", risk("health_and_medical", allowed=OUTSIDE))
    before = issues(runs.before(claims=OPEN))["claims recipients"]
    runs.declare(claims={"span_type_schemas": [*OPEN["span_type_schemas"], more]})
    told = runs.since("-f", "html", "-f", "pdf", "-f", "xlsx", "-f", "issues.csv")
    assert before["id"] in told["worse"]
    assert issues(loaded(runs.folder / "now"))["claims recipients"]["since"] == "worse"
    folder = max((runs.folder / "now/local").glob("2*"))
    page = (folder / "report.html").read_text()
    assert f"{len(told['worse'])} got worse" in page
    assert page.count("· worse</b>") == page.count("<b>worse</b>") == len(told["worse"])
    text = "".join(each.extract_text() for each in pypdf.PdfReader(folder / "report.pdf").pages)
    # What changed in declarations says it twice besides.
    assert len(re.findall(r"\bworse\b", text)) == 1 + 2 * len(told["worse"]) + 2
    rows = csv.DictReader((folder / "issues.csv").read_text().splitlines())
    assert {row["since"] for row in rows if row["issue_id"] == before["id"]} == {"worse"}
    sheet = openpyxl.load_workbook(folder / "report.xlsx")["Issues"]
    assert "worse" in {cell.value for line in sheet.iter_rows() for cell in line}


def test_a_span_type_that_a_question_is_no_longer_about_as_it_is_lost_is_told_as_lost(runs: Runs) -> None:
    more = span_type("tool:post", risk("health_and_medical", allowed=OUTSIDE))
    before = issues(runs.before(claims={"span_type_schemas": [*OPEN["span_type_schemas"], more]}))
    runs.declare(claims=OPEN)
    told = runs.since()
    [change] = [each for each in told["changes"] if each["issue"] == before["claims recipients"]["id"]]
    assert change["words"] == "Not there any more to be asked about: tool:post."
    number = len(told["changed"])
    assert f"{number} questions changed as span types that they were about are not there any more" in told["words"]
    assert f"{number} changed" not in told["words"]


def test_a_question_that_nobody_answered_is_never_told_to_be_declared(runs: Runs) -> None:
    def declared(**actions: str) -> Told:
        answers = {"data_risk": {"action_profile": dict.fromkeys(("read_data", "create_data"), "allowed") | actions}}
        return {"span_type_schemas": [span_type("tool:send") | answers]}

    runs.before(claims=declared())
    runs.declare(claims={"span_type_schemas": [span_type("tool:send")]})
    told = runs.since()
    unanswered = issues(loaded(runs.folder / "now"))["claims unanswered"]["id"]
    [change] = [each for each in told["changes"] if each["issue"] == unanswered]
    assert "declared" not in change["words"]


def test_what_could_not_be_read_is_not_known_now_and_never_settled(runs: Runs) -> None:
    runs.before(claims=OPEN, other=OPEN)
    put(runs.folder, "in/claims.json", b"{")
    runs.declare(other=QUIET)
    told = runs.since(status=3)
    assert {each["why"] for each in told["gone"]} == {"not read"}
    assert "are not known now" in told["words"]
    assert "settled" not in told["words"]
    assert told["not_told"] == ["This run is incomplete: nothing that it could not read is settled."]


def test_other_rules_are_named_where_they_may_be_why(runs: Runs) -> None:
    runs.before(claims=OPEN)
    put(runs.folder, "datarisk.toml", b'[policy.severities]\nX01 = "off"\nX02 = "off"\n')
    runs.declare(claims={"span_type_schemas": [span_type("tool:send", risk("contact_information"))]})
    told = runs.since()
    assert gone(told, "claims") == {("other rules", "The rules are others by now, and do not ask it.")}
    assert told["not_told"][0].startswith("The rules, or how severe they are, are not those of then;")


def test_a_last_report_that_was_incomplete_says_so(runs: Runs) -> None:
    put(runs.folder, "in/broken.json", b"{")
    runs.declare(claims=OPEN)
    runs.report(to="then", status=3)
    (runs.folder / "in/broken.json").unlink()
    put(runs.folder, "in/other.json", OPEN)
    report = runs.report("--baseline", str(next((runs.folder / "then/local").glob("2*"))), at=SECOND)
    assert report["since"]["not_told"] == ["The last report was incomplete: what it could not read counts as new."]
    assert not report["since"]["baseline"]["complete"]


def test_a_baseline_file_knows_answers_and_says_what_it_cannot_tell(runs: Runs, datarisk: Datarisk) -> None:
    runs.declare(claims=OPEN, other=OPEN)
    assert datarisk("check", "in", "--write-baseline", "b.json").returncode in (0, 1)
    more = span_type("tool:post", risk("financial_information", allowed=("financial_transactions",)))
    changed = span_type("tool:send", risk("health_and_medical", "minors_data", allowed=OUTSIDE))
    runs.declare(claims={"span_type_schemas": [*OPEN["span_type_schemas"], more]}, third=OPEN)
    runs.declare(other={"span_type_schemas": [changed]})
    report = runs.report("--baseline", "b.json")
    told, found = report["since"], issues(report)
    assert told["baseline"] | {"sha256": ""} == {
        "location": "b.json", "sha256": "", "made_at": None, "knows": "answers", "complete": True,
    }  # fmt: skip
    assert found["third recipients"]["since"] == "new"
    assert found["claims money"]["since"] == "new"
    assert found["other recipients"]["since"] == "changed"
    assert told["gone"] == told["answered"] == told["accepted"] == []
    assert told["not_told"][0].startswith("The baseline holds answers and no decisions")
    assert told["words"].startswith("Since b.json: ")


def test_the_same_evidence_settings_and_baseline_give_the_same_bytes_and_the_bundle_gives_them_again(
    runs: Runs, called: Called
) -> None:
    runs.before(claims=QUIET, other=OPEN)
    (runs.folder / "in/other.json").unlink()
    runs.declare(claims=OPEN)
    told = runs.since("-f", "html", "--split", "agent")
    assert {each["agent"] for each in told["gone"]} == {"claims", "other"}
    first = max((runs.folder / "now/local").glob("2*"))
    kept = {path.relative_to(first): path.read_bytes() for path in first.rglob("*") if path.is_file()}
    shutil.rmtree(runs.folder / "then")  # what it was held against is kept with the evidence
    status, said = called("report", str(first), "-f", "json", "-f", "html", "--split", "agent", "-o", "again")
    assert status == 0, said
    second = max((runs.folder / "again/local").glob("2*"))
    assert {path.relative_to(second): path.read_bytes() for path in second.rglob("*") if path.is_file()} == kept
    of_agent = json.loads(
        next(data for name, data in kept.items() if name.parts[0] == "agents" and name.suffix == ".json")
    )
    assert of_agent["since"]["new"]
    assert {each["agent"] for each in of_agent["since"]["gone"]} == {"claims"}


def test_a_kept_baseline_that_was_changed_is_a_gap(runs: Runs, called: Called) -> None:
    runs.before(claims=OPEN)
    runs.since()
    path = max((runs.folder / "now/local").glob("2*")) / "evidence/snapshot.json"
    snapshot = json.loads(path.read_bytes())
    snapshot["baseline"]["text"] = snapshot["baseline"]["text"].replace("high", "info")
    put(runs.folder, "s.json", snapshot)
    status, said = called("report", "s.json", "-f", "json", "-o", "again")
    assert status == 3
    assert "a baseline that was changed after it was kept, or never was any" in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"account": {"id": "other", "name": "Other"}}, "a baseline of the account Other (other), and this is local"),
        (
            {"agents": [{"id": "a", "name": "a", "span_types": [], "findings": [], "issues": [{"id": "x"}]}]},
            "not made like",
        ),
        ({"scope": {}}, "not made like ours"),
        ({"schema": "datarisk/report/9"}, "datarisk/report/9 is no baseline"),
    ],
)
def test_what_is_no_last_report_is_refused_before_anything_is_written(
    runs: Runs, called: Called, change: Told, says: str
) -> None:
    report = runs.before(claims=OPEN)
    put(runs.folder, "b.json", report | change)
    status, said = called("report", "in", "-f", "json", "-o", "now", "--baseline", "b.json")
    assert status == 2
    assert says in said
    assert not (runs.folder / "now").exists() or not any((runs.folder / "now").iterdir())


def test_hostile_words_of_a_baseline_stay_text(runs: Runs, called: Called) -> None:
    report = runs.before(claims=OPEN)
    bad = "<script>\u001b[31m\ud800"
    agent = report["agents"][0] | {"id": bad, "name": bad}
    agent["issues"] = [issue | {"id": f"{bad}{n}", "key": bad} for n, issue in enumerate(agent["issues"])]
    put(runs.folder, "b.json", report | {"agents": [agent], "generated_at": f"{bad}"})
    status, said = called("report", "in", "-f", "json", "-f", "html", "-o", "now", "--baseline", "b.json")
    assert status == 0, said
    assert "\u001b" not in said
    told = loaded(runs.folder / "now")["since"]
    assert {each["question"] for each in told["gone"]} == {"<script>\u001b[31m\\ud800"}
    assert told["words"].startswith("Since b.json: ")


def test_the_settings_name_a_baseline_too_and_german_says_it_in_german(runs: Runs) -> None:
    runs.before(claims=QUIET)
    runs.declare(claims=OPEN)
    put(runs.folder, "datarisk.toml", b'[policy]\nbaseline = "then/local/latest"\n')
    report = runs.report("--lang", "de", at=SECOND)
    assert report["since"]["words"].startswith("Seit dem Bericht vom 23. November 2026: ")


# The run before ----------------------------------------------------------------------------------------------------


def again(runs: Runs, *args: str, at: str, status: int = 0) -> Told:
    """A run into the folder of the first one, without a word about what came before."""
    return runs.report(*args, at=at, to="then", status=status)


def from_bundle(runs: Runs, run: str, to: str) -> Told:
    """The report from what a run kept."""
    runs.patch.setenv("SOURCE_DATE_EPOCH", str(int(SECOND) + 60))
    status, said = runs.called("report", f"then/local/{run}", "-f", "json", "-o", to)
    assert status == 0, said
    return loaded(runs.folder / to)


def test_a_report_holds_itself_against_the_newest_complete_run_before_and_says_which(runs: Runs) -> None:
    assert runs.before(claims=QUIET)["since"] is None
    runs.declare(claims={"span_type_schemas": [*QUIET["span_type_schemas"], *OPEN["span_type_schemas"]]})
    told = again(runs, at=SECOND)["since"]
    assert told["words"].startswith("Since the report of 23 November 2026:")
    assert told["baseline"]["location"] == "then/local/20261123T180000Z/report.json"
    [run] = (runs.folder / "then/local").glob("20261124*")
    kept = json.loads((run / "evidence/snapshot.json").read_bytes())["baseline"]["path"]
    assert kept == told["baseline"]["location"]
    assert again(runs, "--no-baseline", at=str(int(SECOND) + 1))["since"] is None


def test_a_run_of_the_same_second_again_changes_nothing(runs: Runs) -> None:
    runs.before(claims=OPEN)
    for _ in range(2):
        again(runs, at=SECOND)
    home = runs.folder / "then/local"
    assert sorted(each.name for each in home.glob("2*")) == ["20261123T180000Z", "20261124T180000Z"]
    runs.report(to="elsewhere")
    one, two = (folder / "20261123T180000Z/manifest.json" for folder in (home, runs.folder / "elsewhere/local"))
    assert one.read_bytes() == two.read_bytes()


def test_a_report_from_a_snapshot_uses_what_that_kept_and_no_run_that_lies_about(runs: Runs) -> None:
    runs.before(claims=OPEN)
    again(runs, at=SECOND)
    for run, known in (("20261123T180000Z", False), ("20261124T180000Z", True)):
        shutil.copytree(runs.folder / "then", runs.folder / f"beside-{run}", symlinks=True)
        for to in (f"of-{run}", f"beside-{run}"):
            assert (from_bundle(runs, run, to)["since"] is not None) is known


def test_no_run_that_is_incomplete_broken_or_about_others_is_held_against(runs: Runs) -> None:
    runs.before(claims=OPEN)
    put(runs.folder, "in/broken.json", b"{")
    again(runs, at=str(int(FIRST) + 1), status=3)
    (runs.folder / "in/broken.json").unlink()
    assert again(runs, at=SECOND)["since"]["baseline"]["location"] == "then/local/20261123T180000Z/report.json"
    (runs.folder / "in/claims.json").rename(runs.folder / "in/other.json")
    assert again(runs, at=str(int(SECOND) + 9))["since"] is None


def test_a_broken_run_before_is_told_and_costs_no_report(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.before(claims=OPEN)
    (runs.folder / "then/local/20261123T180000Z/report.json").write_text("{}")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", SECOND)
    status, said = runs.called("report", "in", "-f", "json", "-o", "then")
    assert status == 0
    assert "the run before is not held against: " in said
    assert loaded(runs.folder / "then")["since"] is None


def test_check_json_says_what_is_new_since_as_the_report_does(runs: Runs, datarisk: Datarisk) -> None:
    runs.before(claims=QUIET)
    runs.declare(claims={"span_type_schemas": [*QUIET["span_type_schemas"], *OPEN["span_type_schemas"]]})
    told = runs.since()
    done = datarisk("check", "in", "--baseline", "then/local/latest", "-f", "json", SOURCE_DATE_EPOCH=SECOND)
    assert json.loads(done.stdout)["since"] == told
    assert json.loads(datarisk("check", "in", "-f", "json").stdout)["since"] is None
