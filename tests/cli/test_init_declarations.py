"""``datarisk init declarations``: from a list of tools to declarations that somebody only has to answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builders import risk, span_type
from conftest import Datarisk

SCHEMA = {"type": "object", "properties": {"iban": {"type": "string"}}}
TOOLS = [
    {"name": "ping", "inputSchema": {"type": "object"}},
    {"name": "send_email", "title": "Send", "description": "Sends an e-mail.", "inputSchema": SCHEMA,
     "outputSchema": {"type": "object"}},
]  # fmt: skip


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "post.json"
    path.write_text(json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"tools": TOOLS}}))
    return path


def drafts(folder: Path) -> list[Any]:
    return [json.loads(path.read_text()) for path in sorted((folder / "declarations").iterdir())]


def test_a_draft_holds_each_tool_with_every_answer_unknown_those_to_ask_about_first_before(
    tmp_path: Path, listed: Path, datarisk: Datarisk
) -> None:
    done = datarisk("init", "declarations", "post.json")
    assert done.returncode == 0
    [draft] = drafts(tmp_path)
    assert draft["agent_id"] == "post"
    first, second = draft["span_type_schemas"]
    assert {name: first[name] for name in ("name", "title", "description", "params_schema", "result_schema")} == {
        "name": "send_email", "title": "Send", "description": "Sends an e-mail.", "params_schema": SCHEMA,
        "result_schema": {"type": "object"},
    }  # fmt: skip
    answers = [answer for part in first["data_risk"].values() for answer in part.values()]
    assert (len(answers), set(answers)) == (42, {"unknown"})
    assert second["name"] == "ping"
    assert "ask first whether send_email has to do with external_communication, financial_information" in done.stderr
    assert "whether ping" not in done.stderr


def test_the_report_says_how_many_are_only_listed_and_what_to_do(listed: Path, datarisk: Datarisk) -> None:
    told = "2 tools are listed that nobody declared; `datarisk init declarations` drafts what to fill in."
    assert told in datarisk("report", "post.json", "-f", "json").stderr


def test_a_draft_beside_its_list_is_one_agent_and_is_no_better_known_until_it_is_answered(
    tmp_path: Path, listed: Path, datarisk: Datarisk
) -> None:
    assert datarisk("init", "declarations", "post.json").returncode == 0
    done = datarisk("report", "post.json", "declarations", "-f", "json")
    assert "1 agent, 2 span types; 0 of 84 fields known; not assessed: 2 span types, 1 agent" in done.stderr
    assert "nobody declared" not in done.stderr
    [path] = (tmp_path / "declarations").iterdir()
    draft = json.loads(path.read_text())
    draft["span_type_schemas"][0]["data_risk"] = risk("financial_information", allowed=("external_communication",))
    path.write_text(json.dumps(draft))
    done = datarisk("report", "post.json", "declarations", "-f", "json")
    assert "1 agent, 2 span types; 42 of 84 fields known; not assessed: 1 span type, 0 agents" in done.stderr


def test_no_draft_replaces_what_somebody_filled_in(tmp_path: Path, listed: Path, datarisk: Datarisk) -> None:
    assert datarisk("init", "declarations", "post.json").returncode == 0
    [path] = (tmp_path / "declarations").iterdir()
    path.write_text("mine")
    again = datarisk("init", "declarations", "post.json")
    assert again.returncode == 2
    assert "is there already. Use --force to replace it." in again.stderr
    assert path.read_text() == "mine"
    assert datarisk("init", "declarations", "post.json", "--force").returncode == 0
    assert path.read_text() != "mine"


def test_what_is_declared_is_not_drafted(tmp_path: Path, datarisk: Datarisk) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"span_type_schemas": [span_type("a", risk())]}))
    done = datarisk("init", "declarations", "a.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing to draft" in done.stderr
    assert not (tmp_path / "declarations").exists()


def test_a_list_that_goes_on_is_drafted_as_far_as_it_goes_and_ends_with_3(tmp_path: Path, datarisk: Datarisk) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"tools": TOOLS, "nextCursor": "x"}))
    done = datarisk("init", "declarations", "a.json")
    assert done.returncode == 3
    assert len(drafts(tmp_path)[0]["span_type_schemas"]) == 2
    assert "the list says that there is more" in done.stderr
