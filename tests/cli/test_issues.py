"""``datarisk issues``: the worklist, and facts of the organisation that answer what is on it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

from conftest import Datarisk

CASES = Path(__file__).resolve().parent.parent / "cases"


def issues(datarisk: Datarisk, source: str) -> dict[str, tuple[str, str]]:
    """By question, how it stands and the digest of what is declared."""
    told = datarisk("issues", source)
    assert told.returncode == 0, told.stderr
    found = re.findall(
        r"^ +\d+\. [^:]+: (.+?)  \((.+?)\)$(?:\n     .*)*?\n     id +\w+  declared (\w+)$", told.stdout, re.MULTILINE
    )
    return {question: (state, declared) for question, state, declared in found}


MONEY = "Who authorises the movement of money, and up to which amount?"
RECIPIENTS = "Who receives personal data, in which role and in which country?"
FACTS = """
[[agent]]
agent = "support-agent"
stated_by = "Ada Lovelace"
stated_on = 2026-11-20
owner = "Customer care"
measures = ["Refunds above 50 EUR need a second person"]

[[answer]]
agent = "support-agent"
issue = "money"
declared = "{declared}"
decision = "Refunds up to 50 EUR are the agent's to make"
decided_by = "Ada Lovelace"
decided_on = 2026-11-21
reference = "RISK-7"
"""


def test_the_worklist_names_the_question_the_span_types_and_the_worst_of_it_in_order(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    told = datarisk("issues", str(CASES / "hospital-agent.json")).stdout.splitlines()
    assert told[0] == f"  1. hospital-agent: {RECIPIENTS}  (high, declared)"
    assert told[1].startswith("     about     appt:llm_call, appt:send_sms, ")
    assert told[2].startswith("     at worst  Special-category data where external communication is allowed. ")
    assert told[-1] == "6 issues open, 0 answered or accepted; 1 agent, 11 findings"
    assert not re.search("^     finding", "\n".join(told), re.MULTILINE)
    more = datarisk("issues", "-v", str(CASES / "hospital-agent.json")).stdout
    assert re.search(r"^     finding +\w{16}  X01 Special", more, re.MULTILINE)


def test_silence_is_asked_with_the_answers_that_would_settle_most(datarisk: Datarisk) -> None:
    told = datarisk("issues", str(CASES / "one.json")).stdout
    [answers] = re.findall("^     answer    (.*): tool:lookup$", told, re.MULTILINE)
    assert answers.count(", ") == 4
    assert "What is true where nobody has answered?  (high)" in told


def test_a_decision_answers_an_issue_until_something_else_is_declared(datarisk: Datarisk, tmp_path: Path) -> None:
    source = tmp_path / "support-agent.json"
    declared: dict[str, Any] = json.loads((CASES / "support-agent.json").read_text())
    source.write_text(json.dumps(declared))
    before = issues(datarisk, str(source))
    assert before[MONEY][0] == "medium, declared"
    (tmp_path / "datarisk-facts.toml").write_text(FACTS.format(declared=before[MONEY][1]))
    after = issues(datarisk, str(source))
    assert (after[MONEY][0], after[RECIPIENTS][0]) == ("answered", "medium, declared")
    told = datarisk("issues", str(source)).stdout
    assert "decided   Refunds up to 50 EUR are the agent's to make (Ada Lovelace, 2026-11-21, RISK-7)" in told
    refund = next(each for each in declared["span_type_schemas"] if each["name"] == "support:refund")
    refund["data_risk"]["params_data_categories"]["financial_information"] = "unknown"
    source.write_text(json.dumps(declared))
    told = datarisk("issues", str(source)).stdout
    assert f"{MONEY}  (medium" in told
    assert "What is declared is not what was decided about, so it is open again." in told


def test_a_decision_without_the_facts_that_it_needs_answers_nothing(datarisk: Datarisk, tmp_path: Path) -> None:
    source = str(CASES / "support-agent.json")
    given = FACTS.format(declared=issues(datarisk, source)[MONEY][1])
    (tmp_path / "datarisk-facts.toml").write_text(re.sub("measures = .*", "", given))
    told = datarisk("issues", source).stdout
    assert f"{MONEY}  (medium, declared)" in told
    assert "The decision needs facts that nobody provides: measures." in told


def test_nobody_decides_what_nobody_has_declared(datarisk: Datarisk, tmp_path: Path) -> None:
    source = str(CASES / "one.json")
    given = FACTS.format(declared="0" * 64).replace("support-agent", "one").replace('"money"', '"unanswered"')
    (tmp_path / "datarisk-facts.toml").write_text(given)
    told = datarisk("issues", source)
    assert told.returncode == 2
    assert "datarisk-facts.toml:13: a decision about what nobody has answered" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_worklist_is_a_table_of_its_own_too(datarisk: Datarisk, tmp_path: Path) -> None:
    made = datarisk("report", str(CASES / "hospital-agent.json"), "-f", "issues.csv", "-o", "out")
    assert made.returncode == 0, made.stderr
    [table] = tmp_path.glob("out/local/latest/issues.csv")
    assert table.read_text(encoding="utf-8-sig").count("\nissue,") == 6


ACTED = """measure = "Pseudonyms alone go out"
residual_risk = "low"
dpo_advice = "=Stop()"
advice_followed = false
advice_reason = "Nobody could be paid"
approved_by = "The board"
"""


def test_what_is_done_about_a_question_is_in_every_list_of_them(datarisk: Datarisk, tmp_path: Path) -> None:
    source = str(CASES / "support-agent.json")
    given = FACTS.format(declared=issues(datarisk, source)[MONEY][1])
    (tmp_path / "datarisk-facts.toml").write_text(given + ACTED)
    told = datarisk("issues", source).stdout
    assert (
        "     measure   Pseudonyms alone go out\n"
        "     left      residual risk low\n"
        "     advice    =Stop() (of the DPO; not followed: Nobody could be paid)\n"
        "     approved  The board\n"
    ) in told
    made = datarisk("report", source, "-f", "issues.csv", "-f", "json", "-o", "out")
    assert made.returncode == 0, made.stderr
    [folder] = tmp_path.glob("out/local/latest")
    found = json.loads((folder / "report.json").read_text())["agents"][0]["issues"]
    keys = ("measure", "residual_risk", "dpo_advice", "advice_followed", "advice_reason", "approved_by")
    [money] = [each for each in found if each["key"] == "money"]
    values = ("Pseudonyms alone go out", "low", "=Stop()", False, "Nobody could be paid", "The board")
    assert tuple(money[key] for key in keys) == values
    others = [each for each in found if each["key"] != "money"]
    assert others
    assert all(each[key] is None for each in others for key in keys)
    rows = [*csv.DictReader((folder / "issues.csv").read_text(encoding="utf-8-sig").splitlines())]
    assert tuple(rows[0])[-7:] == (*keys, "since")
    [row] = [each for each in rows if each["question"] == MONEY]
    assert tuple(row[key] for key in keys) == (*values[:2], "'=Stop()", "no", *values[4:])
