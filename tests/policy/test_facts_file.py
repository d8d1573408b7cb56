"""The file of facts: what is in it, every mistake with its line and its remedy, and whom its entries are about."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from builders import agent, inventory
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from reporter.declared.model import Agent
from reporter.errors import UsageError
from reporter.plain.toml_lines import TomlFile
from reporter.review.facts import SINGLE, AgentFacts, AiAct, Answer, Document, Facts, Recipient, Stated
from reporter.review.facts_file import examine, facts_schema, kept, load, read
from reporter.review.tables import ASKED

TODAY = date(2026, 11, 23)
DIGEST = "ab" * 32
FACTS = f"""\
[[agent]]
agent = "support-*"
stated_by = "Ada Lovelace"
stated_on = 2026-11-20
owner = "Head of service"
purpose = '''
Answering
  customers'''
role = "joint controller"
controllers = ["Example AG"]
legal_basis = ["6(1)(b)"]
special_condition = ["9(2)(a)"]
people = ["customers"]
retention = "Two years"
measures = ["encryption"]
ai_act = {{ role = "deployer", annex_iii = "point 5(b)" }}

[[agent.recipient]]
name = "Mail Ltd"
role = "processor"
country = "Irland"
contract = "DPA-1"

[[agent.recipient]]
name = "Far Inc"
country = "US"
transfer_tool = "clauses"

[[agent.document]]
kind = "dpia"
title = "Service"
reference = "DPIA-7"
date = 2026-11-23
sha256 = "sha256:{DIGEST}"

[[answer]]
agent = "support-agent"
issue = "recipients"
declared = "{DIGEST}"
decision = "They alone."
decided_by = "Ada Lovelace"
decided_on = 2026-11-20
reference = "DPIA-7"
measure = "Pseudonyms alone go out"
residual_risk = "low"
dpo_advice = "Send nothing"
advice_followed = false
advice_reason = "Nobody could be answered"
approved_by = "The board"

[[answer]]
agent = "support-agent"
issue = "impact"
owner = "Grace Hopper"
due = 2027-01-15
measure = "An assessment is being made"
"""


def file(folder: Path, text: str) -> TomlFile:
    path = folder / "f.toml"
    path.write_text(text)
    return TomlFile(path)


def agents(*names: str) -> tuple[Agent, ...]:
    return inventory(*(agent(f"id-{number}", name) for number, name in enumerate(names))).agents


def test_every_field_is_read(tmp_path: Path) -> None:
    facts = load(file(tmp_path, FACTS), TODAY)
    [support] = agents("Support-Agent")
    assert facts.of(support) == AgentFacts(
        owner="Head of service",
        purpose="Answering customers",
        role="joint controller",
        controllers=("Example AG",),
        legal_basis=("6(1)(b)",),
        special_condition=("9(2)(a)",),
        people=("customers",),
        retention="Two years",
        measures=("encryption",),
        ai_act=AiAct("deployer", "point 5(b)"),
        recipients=(
            Recipient("Mail Ltd", "processor", "Irland", False, "DPA-1"),
            Recipient("Far Inc", None, "US", True, None, "clauses"),
        ),
        documents=(Document("dpia", "Service", "DPIA-7", TODAY, DIGEST),),
        stated=(Stated("Ada Lovelace", date(2026, 11, 20)),),
    )
    decided = Answer("support-agent", "recipients", DIGEST, "They alone.", "Ada Lovelace", date(2026, 11, 20), "DPIA-7")
    acted = replace(
        decided,
        measure="Pseudonyms alone go out",
        residual_risk="low",
        dpo_advice="Send nothing",
        advice_followed=False,
        advice_reason="Nobody could be answered",
        approved_by="The board",
    )
    planned = "An assessment is being made"
    work = Answer("support-agent", "impact", owner="Grace Hopper", due=date(2027, 1, 15), measure=planned)
    assert facts.answers_for(support) == {"recipients": acted, "impact": work}
    [other] = agents("Billing")
    assert (facts.of(other), facts.answers_for(other)) == (None, {})


@pytest.mark.parametrize("name", ["IE", "ie", "Ireland", "Irland", "Germany", "Deutschland", "NO", "Island"])
def test_a_country_of_the_economic_area_is_no_third_one_however_it_is_written(tmp_path: Path, name: str) -> None:
    facts = load(file(tmp_path, FACTS.replace("Irland", name)), TODAY)
    assert facts.entries[0].facts.recipients[0].third_country is False


@pytest.mark.parametrize("name", ["US", "usa", "United States", "Vereinigtes Königreich", "UK", "Schweiz", "CH"])
def test_any_other_country_is_a_third_one(tmp_path: Path, name: str) -> None:
    facts = load(file(tmp_path, FACTS.replace("Irland", name)), TODAY)
    assert facts.entries[0].facts.recipients[0].third_country is True


MISTAKES = {
    "an unknown key": (("purpose =", "purposes ="), r"f.toml:6: no such key: purposes. Did you mean purpose\?"),
    "an unknown key inside": (
        ('contract = "DPA-1"', 'contrakt = "x"'),
        r"f.toml:22: no such key: recipient.0.contrakt. Did you mean contract\?",
    ),
    "an unknown issue": (
        ('issue = "recipients"', 'issue = "recipient"'),
        r"f.toml:38: issue: there is no issue recipient. Name one of unanswered, recipients, .*declarations",
    ),
    "a day in the future": (
        ("stated_on = 2026-11-20", "stated_on = 2026-11-24"),
        r"f.toml:4: stated_on: 2026-11-24 is in the future. Write a calendar day .*, and none that is still to come",
    ),
    "a document of the future": (
        ("date = 2026-11-23", "date = 2027-11-23"),
        r"f.toml:33: document.0.date: 2027-11-23 is in the future. Write a calendar day",
    ),
    "a decision of the future": (
        ("decided_on = 2026-11-20", "decided_on = 2026-12-20"),
        r"f.toml:42: decided_on: 2026-12-20 is in the future. Write a calendar",
    ),
    "a document without a reference": (
        ('reference = "DPIA-7"\ndate', "date"),
        r"f.toml:29: it lacks its document.0.reference. Say where it is found, such as reference = .DPIA-7",
    ),
    "nobody who states it": (
        ('stated_by = "Ada Lovelace"\n', ""),
        r"f.toml:1: agent, it lacks its stated_by. Say who states it and when",
    ),
    "no day on which it was stated": (
        ("stated_on = 2026-11-20\n", ""),
        r"f.toml:1: agent, it lacks its stated_on. Say",
    ),
    "no agent": (('agent = "support-*"\n', ""), r"f.toml:1: it lacks its agent. Name the agent, or a pattern"),
    "a role that there is not": (
        ("joint controller", "owner"),
        r"f.toml:9: role: controller, .* is expected, .*. Write .controller., .joint controller. or",
    ),
    "a text for a list": (
        ('people = ["customers"]', 'people = "customers"'),
        r"f.toml:13: people: a list is expected, and it is a text. Write a list, such as people =",
    ),
    "an empty list": (
        ('people = ["customers"]', "people = []"),
        r"f.toml:13: people: something is expected, and it is empty. Write",
    ),
    "a blank text": (('"Two years"', '"  "'), r"f.toml:14: retention: something is expected, and it is empty. Say"),
    "a point that Annex III has not": (
        ("point 5(b)", "point 9"),
        r"f.toml:16: ai_act.annex_iii: a text of another form is expected. Write the point, such as .* = .point 5\(b\)",
    ),
    "no country": (
        ("Irland", "Europa"),
        r"f.toml:21: recipient.0.country: there is no country Europa. Write its ISO 3166 code, such as country = .IE",
    ),
    "a kind that there is not": (
        ("dpia", "DPIA"),
        r"f.toml:30: document.0.kind: dpia, .* is expected, .*. Write .dpia., ",
    ),
    "no digest": (("sha256:ab", "sha256:xy"), r"f.toml:34: document.0.sha256: a text of another form"),
    "a decision without a reference": (
        ('decided_on = 2026-11-20\nreference = "DPIA-7"', "decided_on = 2026-11-20"),
        r"f.toml:36: answer, it lacks its reference. Write decision, decided_by, decided_on, reference and",
    ),
    "a decision about nothing": ((f'declared = "{DIGEST}"\n', ""), r"f.toml:36: answer, it lacks its declared. Write"),
    "work of nobody": (('owner = "Grace Hopper"\n', ""), r"f.toml:51: answer, it lacks its owner. Write decision"),
    "a residual risk in other words": (
        ('"low"', '"acceptable"'),
        r"f.toml:45: residual_risk: low, medium or high is expected, .*. Write .low., .medium. or .high.",
    ),
    "a word for a yes": (
        ("advice_followed = false", 'advice_followed = "no"'),
        r"f.toml:47: advice_followed: true or false is expected, and it is a text. Write true or false, without",
    ),
    "a number for a yes": (
        ("advice_followed = false", "advice_followed = 1"),
        r"f.toml:47: advice_followed: true or false is expected",
    ),
    "advice of which nobody says what came": (
        ('advice_followed = false\nadvice_reason = "Nobody could be answered"\n', ""),
        r"f.toml:46: answer, it lacks its advice_followed. Write advice_followed = true or",
    ),
    "advice that is not followed for no reason": (
        ('advice_reason = "Nobody could be answered"\n', ""),
        r"f.toml:47: answer, it lacks its advice_reason. Say in advice_reason why the DPO's advice is not followed",
    ),
    "a reason against advice that is followed": (
        ("advice_followed = false", "advice_followed = true"),
        r"f.toml:48: a reason for not following advice that is followed. Write advice_followed = false beside it",
    ),
    "advice that nobody gave": (
        ('dpo_advice = "Send nothing"\n', ""),
        r"f.toml:46: answer, it lacks its dpo_advice. Say in dpo_advice what the DPO advised",
    ),
    "a residual risk of no decision": (
        ('measure = "An assessment is being made"', 'residual_risk = "low"'),
        r"f.toml:56: residual_risk without a decision. Say what was decided as well, or take it out",
    ),
    "an approval of no decision": (
        ('measure = "An assessment is being made"', 'approved_by = "The board"'),
        r"f.toml:56: approved_by without a decision. Say",
    ),
    "advice followed in no decision": (
        ('measure = "An assessment is being made"', 'dpo_advice = "Stop"\nadvice_followed = true'),
        r"f.toml:57: advice_followed without a decision. Say",
    ),
    "an unknown table": (("[[answer]]", "[[answers]]"), r"f.toml:36: no such table: answers. Facts stand in \[\[agent"),
    "single brackets": (("[[answer]]\n", "[answer]\n"), r"f.toml:\d+: not (a list: answer. Write \[\[answer|TOML)"),
    "no TOML": (('"Two years"', "Two years"), r"f.toml:14: not TOML: .*. Mend it there"),
    "an issue that is answered twice": (
        ('issue = "impact"', 'issue = "recipients"'),
        r"f.toml:51: a second answer to recipients of one agent; the first is at .*f.toml:36. Take one of them out",
    ),
}


@pytest.mark.parametrize(("change", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_its_file_its_line_and_its_remedy(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    assert change[0] in FACTS
    with pytest.raises(UsageError, match=message) as caught:
        load(file(tmp_path, FACTS.replace(*change, 1)), TODAY)
    assert caught.value.remedy
    assert caught.value.exit_status == 2


def test_what_is_wrong_with_a_value_does_not_repeat_it(tmp_path: Path) -> None:
    _, mistakes = examine(file(tmp_path, FACTS.replace('"Two years"', "12345678")), TODAY)
    assert "12345678" not in "".join(map(str, mistakes))


SECOND = """
[[agent]]
agent = "{agent}"
stated_by = "Grace Hopper"
stated_on = 2026-11-21
"""


def contradiction(folder: Path, more: str, name: str = "*-agent") -> str:
    """What is said of an entry that follows, once the agents are known."""
    facts, mistakes = examine(file(folder, FACTS + SECOND.format(agent=name) + more), TODAY)
    return "\n".join(map(str, (*mistakes, *facts.mistakes(agents("support-agent", "other-agent")))))


def test_two_entries_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    said = contradiction(tmp_path, 'retention = "One year"\n')
    path = tmp_path / "f.toml"
    assert said == (
        f"{path}:62: retention: it contradicts what stands at {path}:14. One agent has one of it: take one of them out."
    )
    # Written for the same pattern, it is told before any agent is known.
    _, mistakes = examine(file(tmp_path, FACTS + SECOND.format(agent="Support-*") + 'role = "processor"\n'), TODAY)
    assert [str(each).split(": it contradicts")[0] for each in mistakes] == [f"{path}:62: role"]


CONTRADICTING = {
    "purpose": 'purpose = "Something else"',
    "legal_basis": 'legal_basis = ["6(1)(f)"]',
    "ai_act": 'ai_act = { role = "provider" }',
    "recipient Far Inc": '[[agent.recipient]]\nname = "Far Inc"\ncountry = "CH"',
    "document DPIA-7": '[[agent.document]]\nkind = "dpia"\ntitle = "Another"\nreference = "DPIA-7"',
}


@pytest.mark.parametrize(("key", "line"), CONTRADICTING.items(), ids=CONTRADICTING)
def test_each_kind_of_fact_can_contradict(tmp_path: Path, key: str, line: str) -> None:
    assert re.search(rf"f.toml:\d+: {key}: it contradicts what stands at ", contradiction(tmp_path, line + "\n"))


AGREEING = (
    'retention = "Two years"',
    '[[agent.recipient]]\nname = "Near SA"\ncountry = "FR"',
    '[[agent.document]]\nkind = "policy"\ntitle = "P"\nreference = "P-1"',
)


@pytest.mark.parametrize("line", AGREEING)
def test_what_is_said_alike_or_besides_contradicts_nothing(tmp_path: Path, line: str) -> None:
    assert contradiction(tmp_path, line + "\n") == ""


def test_entries_of_different_agents_contradict_nothing(tmp_path: Path) -> None:
    assert contradiction(tmp_path, 'retention = "One year"\n', name="other-agent") == ""


def test_what_several_entries_say_of_one_agent_is_put_together(tmp_path: Path) -> None:
    text = (
        FACTS.replace('retention = "Two years"\n', "")
        + SECOND.format(agent="*")
        + 'retention = "One year"\n[[agent.recipient]]\nname = "Near SA"\n'
    )
    [support] = agents("support-agent")
    found = load(file(tmp_path, text), TODAY).of(support)
    assert found is not None
    assert (found.retention, found.purpose) == ("One year", "Answering customers")
    assert [each.name for each in found.recipients] == ["Mail Ltd", "Far Inc", "Near SA"]
    assert [each.by for each in found.stated] == ["Ada Lovelace", "Grace Hopper"]


def test_a_pattern_that_matches_no_agent_is_a_mistake_unless_some_could_not_be_read(tmp_path: Path) -> None:
    facts = load(file(tmp_path, FACTS), TODAY)
    path = tmp_path / "f.toml"
    told = [str(each) for each in facts.mistakes(agents("billing"))]
    assert [each.partition(". ")[0] for each in told] == [
        f"{path}:2: no agent that was read is called support-*",
        f"{path}:36: no agent that was read is called support-agent",
        f"{path}:51: no agent that was read is called support-agent",
    ]
    assert facts.mistakes(agents("billing"), whole=False) == ()
    assert facts.mistakes(agents("SUPPORT-AGENT")) == ()


def test_an_entry_is_about_an_agent_by_its_id_as_well(tmp_path: Path) -> None:
    facts = load(file(tmp_path, FACTS.replace("support-*", "ID-0").replace("support-agent", "id-0")), TODAY)
    [found] = agents("Anything")
    assert facts.of(found) is not None
    assert len(facts.answers_for(found)) == 2


def test_two_patterns_that_answer_one_issue_of_one_agent_are_a_mistake(tmp_path: Path) -> None:
    text = FACTS.replace('agent = "support-agent"\nissue = "impact"', 'agent = "support-*"\nissue = "recipients"')
    facts = load(file(tmp_path, text), TODAY)
    [told] = facts.mistakes(agents("support-agent"))
    assert "a second answer to recipients of one agent; the first is at" in str(told)


def test_the_first_of_several_mistakes_says_how_many_more_there_are(tmp_path: Path) -> None:
    text = FACTS.replace("purpose", "porpoise").replace("dpia", "DPIA") + "[x]\n"
    with pytest.raises(UsageError, match="`datarisk facts check` lists 1 more"):
        load(file(tmp_path, text), TODAY)


def test_an_entry_that_states_nothing_needs_nobody_who_states_it(tmp_path: Path) -> None:
    facts = load(file(tmp_path, '[[agent]]\nagent = "support-*"\n'), TODAY)
    [support] = agents("support-agent")
    assert facts.of(support) is None


def test_a_file_that_was_kept_is_read_as_it_was(tmp_path: Path) -> None:
    given = file(tmp_path, "\ufeff" + FACTS)
    stored = kept(given)
    assert stored.text.encode() == given.data
    assert read(stored, TODAY) == load(given, TODAY)


def test_the_schema_agrees_with_the_reader() -> None:
    schema = facts_schema()
    plain: Any = tomllib.loads(re.sub(r"(?<== )(\d{4}-\d\d-\d\d)$", r'"\1"', FACTS, flags=re.MULTILINE))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(plain, schema)
    plain["agent"][0]["purposes"] = "x"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, schema)


def test_the_examples_of_the_docs_hold_no_mistake(tmp_path: Path) -> None:
    texts = [
        text.replace('"..."', f'"{DIGEST}"')
        for text in re.findall(
            r"^```toml\n(\[\[(?:agent|answer)\]\].*?)^```$",
            (ROOT / "docs/facts.md").read_text(),
            re.DOTALL | re.MULTILINE,
        )
    ]
    assert len(texts) == 2
    for text in texts:
        load(file(tmp_path, text), date(2026, 11, 28))


def test_the_docs_name_every_key_and_every_issue() -> None:
    told = (ROOT / "docs/facts.md").read_text()
    assert not [key for key in (*SINGLE, *ASKED) if f"`{key}`" not in told]


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_name_of_an_agent_and_no_pattern_breaks_anything(name: str, pattern: str) -> None:
    entry = Facts(answers=(Answer(pattern, "impact", place="f:1"),))
    [one] = agents(name.encode(errors="ignore").decode() or "x")
    assert len(entry.mistakes([one])) == (0 if entry.answers_for(one) else 1)
