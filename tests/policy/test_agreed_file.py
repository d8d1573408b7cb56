"""``[[agreed]]`` in the file of facts: every mistake with its line and its remedy, and what adds up."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from builders import agent, inventory

from reporter.declared.model import Agent
from reporter.declared.vocabulary import in_groups
from reporter.errors import UsageError
from reporter.plain.toml_lines import TomlFile
from reporter.review.facts import Document, Facts
from reporter.review.facts_file import examine, kept, read

TODAY = date(2026, 11, 23)
FILE = """\
[[agent]]
agent = "claims"
stated_by = "Ada Lovelace"
stated_on = 2026-11-20

[[agent.document]]
kind = "dpia"
title = "Claims"
reference = "DPIA-7"
date = 2026-10-30
expires = 2027-10-30

[[agreed]]
agent = "claims"
categories = ["art10", "contact_information"]
actions = ["read_data"]
others = ["pets"]
highest = "internal"
environments = ["Production"]
document = "DPIA-7"

[[agreed]]
agent = "CLAIMS"
categories = ["minors_data"]
document = { kind = "contract", title = "With the hospital", reference = "C-1", date = 2026-01-02 }
"""


def examined(folder: Path, text: str) -> tuple[Facts, list[str]]:
    path = folder / "f.toml"
    path.write_text(text)
    facts, mistakes = examine(TomlFile(path), TODAY)
    return facts, [str(each).replace(f"{folder}/", "") for each in mistakes]


def claims() -> Agent:
    [one] = inventory(agent("id-1", "Claims")).agents
    return one


def test_every_key_is_read_groups_are_resolved_and_a_document_is_found_by_its_reference(tmp_path: Path) -> None:
    facts, mistakes = examined(tmp_path, FILE)
    assert mistakes == []
    first, second = facts.agreed_for(claims())
    assert first.categories == {*in_groups("art10"), "contact_information", "pets"}
    assert first.actions == {"read_data", "pets"}
    assert first.highest == "internal"
    assert first.environments == frozenset({"Production"})
    assert first.document == Document("dpia", "Claims", "DPIA-7", date(2026, 10, 30), expires=date(2027, 10, 30))
    assert second.document
    assert (second.document.reference, second.highest) == ("C-1", None)
    assert second.categories == {"minors_data"}
    assert facts.mistakes([claims()]) == ()


MISTAKES = {
    "a category that there is not": ('"art10"', '"art11"', r"f.toml:15: categories: there is no art11, perhaps art10"),
    "an action that there is not": ('["read_data"]', '["read"]', r"f.toml:16: actions: there is no read, .*read_data"),
    "a level that there is not": ('"internal"', '"inner"', r"f.toml:18: highest: .*Write one of public, internal"),
    "an unknown key": ("others", "other", r"f.toml:17: no such key: other. Did you mean others\?"),
    "no environments": ('["Production"]', "[]", r"f.toml:19: environments: .*Write a list"),
    "no such document": ('= "DPIA-7"\n\n', '= "DPIA-8"\n\n', r"f.toml:20: no \[\[agent.document\]\] has the ref"),
    "no document at all": ('= "DPIA-7"\n\n', '= ""\n\n', r"f.toml:20: document: neither a reference nor a table"),
    "a document of a number": ('= "DPIA-7"\n\n', "= 7\n\n", r"f.toml:20: document: neither a reference nor a table"),
    "a document without a title": ('title = "With the hospital", ', "", r"f.toml:25: it lacks its document.title"),
    "a mistyped key of a document": ('title = "With', 'titel = "With', r"f.toml:25: no such key: document.titel"),
    "a document in the future": ("2026-01-02", "2027-01-02", r"f.toml:25: document.date: 2027-01-02 is in the future"),
    "a document that stands there otherwise": (
        '"C-1"',
        '"DPIA-7"',
        r"f.toml:25: document DPIA-7: it contradicts what stands at f.toml:6",
    ),
    "no agent": ('agent = "CLAIMS"\n', "", r"f.toml:22: it lacks its agent"),
    "two highest levels": (
        '["minors_data"]',
        '["minors_data"]\nhighest = "secret"',
        r"f.toml:25: highest: it contradicts .* f.toml:18",
    ),
    "two lists of environments": (
        '["minors_data"]',
        '["minors_data"]\nenvironments = ["Staging"]',
        r"f.toml:25: environments: it contradicts",
    ),
    "one bracket": ('[[agreed]]\nagent = "CLAIMS"', '[[agred]]\nagent = "CLAIMS"', r"no such table: agred"),
}


@pytest.mark.parametrize("name", [*MISTAKES])
def test_a_mistake_has_its_line_and_its_remedy(tmp_path: Path, name: str) -> None:
    old, new, told = MISTAKES[name]
    assert old in FILE
    _, mistakes = examined(tmp_path, FILE.replace(old, new, 1))
    assert mistakes
    assert re.search(told, mistakes[0]), mistakes


def test_an_entry_that_matches_no_agent_is_a_mistake_unless_evidence_is_incomplete(tmp_path: Path) -> None:
    facts, _ = examined(tmp_path, FILE.replace('agent = "CLAIMS"', 'agent = "billing-*"'))
    [told] = [str(each) for each in facts.mistakes([claims()])]
    assert "f.toml:23: no agent that was read is called billing-*" in told.replace(f"{tmp_path}/", "")
    assert facts.mistakes([claims()], whole=False) == ()


def test_patterns_that_contradict_each_other_of_one_agent_are_told_once_the_agents_are_known(tmp_path: Path) -> None:
    text = FILE.replace('agent = "CLAIMS"', 'agent = "cl*"\nhighest = "secret"')
    facts, mistakes = examined(tmp_path, text)
    assert mistakes == []
    [told] = facts.mistakes([claims()])
    assert "highest: it contradicts what is agreed at" in str(told)


def test_it_is_kept_with_the_evidence_word_by_word(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_text(FILE)
    file = kept(TomlFile(path))
    facts = read(file, TODAY)
    assert facts.sha256 == file.sha256
    assert [each.written.get("document") for each in facts.agreed] == [
        "DPIA-7",
        {"kind": "contract", "title": "With the hospital", "reference": "C-1", "date": "2026-01-02"},
    ]
    with pytest.raises(UsageError):
        read(kept(TomlFile(path, data=FILE.replace("art10", "x").encode())), TODAY)
