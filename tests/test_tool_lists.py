"""Lists of tools and agent cards as sources: told by their shape, undeclared whatever they hint at, never believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, agent, composed, pinned, risk, schema_version, span_type
from conftest import Datarisk
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import data_risks

from reporter.declared.model import Inventory, Source
from reporter.declared.scope import Selection
from reporter.plain.canonical import step
from reporter.prefactor import records, shapes, tools
from reporter.prefactor.shapes import Unit, units
from reporter.sources.files import Files
from reporter.view.report import Report, SpanType

PARAMETERS = {"type": "object", "properties": {"to": {"type": "string"}, "body": {"type": "string"}}}
MCP = {
    "name": "send_email",
    "title": "Send an e-mail",
    "description": "Sends an e-mail to anybody.",
    "inputSchema": PARAMETERS,
    "annotations": {"readOnlyHint": False, "openWorldHint": True},
}
SKILL = {"id": "send_email", "name": "Send an e-mail", "description": "Sends an e-mail to anybody.", "tags": ["mail"]}
CARD = {
    "name": "Post room",
    "description": "Handles letters",
    "version": "1.4.0",
    "supportedInterfaces": [{"url": "https://a2a.test", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
    "capabilities": {"streaming": False},
    "defaultInputModes": ["text/plain"],
    "defaultOutputModes": ["text/plain"],
    "skills": [SKILL],
}
FUNCTION = {"name": "send_email", "description": "Sends an e-mail to anybody.", "parameters": PARAMETERS}
ANTHROPIC = {"name": "send_email", "description": "Sends an e-mail to anybody.", "input_schema": PARAMETERS}
#: A document of each shape, and the pointer to the one tool in its record.
SHAPES: dict[str, tuple[Any, str]] = {
    "an answer to tools/list": ({"jsonrpc": "2.0", "id": 7, "result": {"tools": [MCP]}}, "/0"),
    "its result alone": ({"tools": [MCP]}, "/0"),
    "a result with more": ({"resultType": "complete", "ttlMs": 1, "cacheScope": "public", "tools": [MCP]}, "/0"),
    "a list of MCP tools": ([MCP], "/0"),
    "OpenAI, chat completions": ([{"type": "function", "function": FUNCTION}], "/0/function"),
    "OpenAI, responses": ([{"type": "function", "strict": True, **FUNCTION}], "/0"),
    "a request with tools": ({"model": "m", "tools": [{"type": "function", "function": FUNCTION}]}, "/0/function"),
    "Anthropic": ([ANTHROPIC], "/0"),
    "Anthropic, with its type": ([{"type": "custom", **ANTHROPIC}], "/0"),
    "one tool": (MCP, ""),
    "an agent card": (CARD, "/skills/0"),
    "an agent card of 0.2": ({"name": "Post room", "url": "https://a2a.test", "skills": [SKILL]}, "/skills/0"),
}


def written(folder: Path, name: str, value: Any) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return str(path)


def read(*paths: str, **more: Any) -> Inventory:
    return Files(paths, NOW, **more).collect().inventory()


def rows(report: Report) -> dict[str, SpanType]:
    [only] = report.agents
    return {row.name: row for row in only.span_types}


def hints(row: SpanType) -> dict[str, Any]:
    return {each.name: each.value for each in row.hints}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_tool_is_a_span_type_that_nobody_declared_in_whichever_shape_it_is_listed(tmp_path: Path, shape: str) -> None:
    document, pointer = SHAPES[shape]
    found = read(written(tmp_path, "post.json", document))
    assert not found.gaps
    [only] = found.agents
    assert only.name == ("Post room" if "card" in shape else "post")
    [row] = rows(composed(found)).values()
    assert (row.name, row.description, row.pointer) == ("send_email", "Sends an e-mail to anybody.", pointer)
    assert (row.action_profile, row.params_data_categories, row.result_data_categories) == (None, None, None)
    assert (row.coverage, row.known_cells, row.declared_cells) == ("not assessed", 0, 0)
    assert hints(row) == {"tags": ["mail"]} if "card" in shape else hints(row)["properties"] == ["body", "to"]


@pytest.mark.parametrize("more", [{}, {"nextCursor": None}, {"resultType": "complete", "_meta": {}}])
@pytest.mark.parametrize(
    "said", [{}, {"title": "A"}, {"description": "Does a.", "annotations": {"readOnlyHint": True}}]
)
def test_a_list_of_tools_without_any_schema_is_one_of_undeclared_span_types(
    tmp_path: Path, said: dict[str, Any], more: dict[str, Any]
) -> None:
    found = read(written(tmp_path, "post.json", {"tools": [{"name": "a", **said}, {"name": "b"}], **more}))
    assert not found.gaps
    told = rows(composed(found))
    assert {name: row.coverage for name, row in told.items()} == {"a": "not assessed", "b": "not assessed"}
    assert {row.action_profile for row in told.values()} == {None}
    assert hints(told["a"]) == said.get("annotations", {})


def test_hints_stand_beside_word_by_word_and_at_their_places() -> None:
    annotations = {"title": "T", "readOnlyHint": True, "vendor/x": {"<b>": [1]}}
    [unit] = units({"tools": [{**MCP, "title": None, "annotations": annotations}]})
    assert isinstance(unit, Unit)
    row = tools.listed(tools.TOOLS, unit.value[0])
    assert row.title == "T"
    assert row.hints[:3] == (
        ("readOnlyHint", "/annotations/readOnlyHint", True),
        ("title", "/annotations/title", "T"),
        ("vendor/x", "/annotations/vendor~1x", {"<b>": [1]}),
    )


def test_tools_that_a_provider_runs_are_span_types_too_and_their_tokens_are_kept_nowhere(
    tmp_path: Path, datarisk: Datarisk
) -> None:
    door = {"server_url": "https://u:hunter2@x", "headers": {"Authorization": "hunter2"}, "authorization": "hunter2"}
    listed = [{"type": "function", **FUNCTION, "headers": {"k": "hunter2"}}, {"type": "web_search"}]
    written(tmp_path, "a.json", {"tools": [*listed, {"type": "mcp", "server_label": "stripe", **door}]})
    written(tmp_path, "b.json", {**CARD, "authentication": {"credentials": "hunter2"}})
    done = datarisk("report", "a.json", "b.json", "-f", "html", "-f", "json", "-o", "out")
    assert done.returncode == 0, done.stderr
    files = [path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    report = next(json.loads(text) for text in files if text.startswith('{\n  "schema": "datarisk/report'))
    assert [row["name"] for row in report["agents"][0]["span_types"]] == ["send_email", "stripe", "web_search"]
    assert not [text for text in files if "hunter2" in text]


# --- nothing of ours is taken for a list


def before(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """What was recognised before there were lists of tools: kinds and pointers."""
    if isinstance(value, list):
        if value and all(isinstance(item, dict) and one_span_type(item) for item in value):
            yield shapes.SPAN_TYPES, pointer
        else:
            for index, item in enumerate(value):
                yield from before(item, step(pointer, index))
    elif isinstance(value, dict):
        yield from before_in(value, pointer)


def before_in(value: dict[str, Any], pointer: str) -> Iterator[tuple[str, str]]:
    if value.get("status") == "error" and ("code" in value or "message" in value):
        return
    if isinstance(value.get("outputs"), dict):
        for key, output in value["outputs"].items():
            yield from before(output, step(step(pointer, "outputs"), key))
    elif isinstance(value.get("details"), dict | list):
        yield from before(value["details"], step(pointer, "details"))
    elif isinstance(value.get("summaries"), list):
        for index, item in enumerate(value["summaries"]):
            yield from before(item, step(step(pointer, "summaries"), index))
    elif isinstance(value.get("agent_schema_version"), dict):
        yield shapes.REGISTRATION, pointer
    elif isinstance(value.get("type"), str) and value["type"] in shapes.USED_TYPES | shapes.UNUSED_TYPES:
        yield value["type"], pointer
    elif pointer.endswith("/details") and value.keys() == {"id", "name"}:
        yield "account", pointer
    elif not {"span_type_schemas", "quality_schemas", "quality_schema", "alert_schemas",
              "span_schemas", "span_result_schemas"}.isdisjoint(value):  # fmt: skip
        yield shapes.SCHEMA_VERSION if "agent_id" in value else shapes.SCHEMA_REGISTRATION, pointer
    elif one_span_type(value):
        yield shapes.SPAN_TYPES, pointer


def one_span_type(value: dict[str, Any]) -> bool:
    return "type" not in value and "name" in value and ("data_risk" in value or "params_schema" in value)


KEYS = st.sampled_from([
    "outputs", "details", "summaries", "agent_schema_version", "type", "id", "name", "agent_id", "data_risk",
    "params_schema", "span_type_schemas", "span_schemas", "status", "code", "tools", "result", "jsonrpc", "skills",
    "url", "inputSchema", "input_schema", "function", "nextCursor", "error", "method",
])  # fmt: skip
LEAVES = st.sampled_from([
    None, 1, "", "x", "error", "agent", "agent_schema_version", "span", "function", "custom", "web_search", MCP, CARD,
    ANTHROPIC, {"type": "function", "function": FUNCTION}, {"tools": [MCP]}, span_type("tool:a"), agent(), [], {},
    schema_version("v1", span_type("a")), {"span_type_schemas": [span_type("a")]}, {"span_schemas": {"a": {}}},
])  # fmt: skip
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=12
)


@given(DOCUMENTS)
@example([{"details": schema_version("v1", span_type("a")), "tools": [MCP]}])
@example([{**agent(), "tools": [MCP]}, {**agent(), "inputSchema": {}}])
@example([{"span_type_schemas": [span_type("a")], "result": {"tools": [MCP]}, "jsonrpc": "2.0"}])
@example([MCP, {**MCP, "data_risk": risk()}])
@example({**CARD, "agent_schema_version": {}})
def test_what_was_recognised_before_is_recognised_as_before_and_no_list_swallows_it(document: Any) -> None:
    old = list(before(document))
    new = [(unit.kind, unit.pointer) for unit in units(document) if isinstance(unit, Unit)]
    added = {tools.TOOLS, tools.CARD, shapes.MESSAGE}
    assert [each for each in new if each[0] not in added] == old
    lists = [pointer for kind, pointer in new if kind in added]
    assert not [(at, each) for at in lists for each in old if f"{each[1]}/".startswith(f"{at}/")]


@pytest.mark.parametrize(
    "document",
    [
        {"name": "package", "version": "1.0.0", "tools": ["hammer"]},
        {"tools": [{"name": "hammer", "weight": 3}]},
        {"tools": [{"name": "hammer"}, {"name": "ruff", "version": "0.4"}]},
        {"tools": [{"name": "hammer"}, "saw"]},
        {"tools": [{"name": 5}]},
        {"tools": [{"title": "hammer"}]},
        {"tools": [{"name": "hammer"}], "theme": "dark"},
        {"name": "package", "tools": [{"name": "hammer"}]},
        {"tools": {"hammer": {"name": "hammer"}}},
        {"tools": [], "dependencies": {}},
        [{"name": "a"}, {"name": "b"}],
        {"name": "a plugin", "skills": ["./one"]},
        {"type": "web_search"},
        {"result": {"tools": 7}},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
    ],
)
def test_what_only_resembles_a_list_is_no_known_shape(document: Any) -> None:
    assert not [unit for unit in units(document) if isinstance(unit, Unit)]


# --- a list that is not whole, or not as it should be


def test_a_list_that_says_that_there_is_more_ends_with_status_3_and_says_where_and_what_to_do(
    tmp_path: Path, datarisk: Datarisk
) -> None:
    page = {"jsonrpc": "2.0", "id": 1, "result": {"tools": [MCP], "nextCursor": "p2"}}
    written(tmp_path, "post.json", page)
    done = datarisk("report", "post.json", "-f", "json")
    assert done.returncode == 3
    assert "post.json#/result/nextCursor" in done.stderr
    assert "the list says that there is more: ask for the next page with this cursor" in done.stderr
    assert datarisk("check", "post.json").returncode == 3
    last = {"jsonrpc": "2.0", "id": 2, "result": {"tools": [{**MCP, "name": "drop"}]}}
    (tmp_path / "both.jsonl").write_text(f"{json.dumps(page)}\n{json.dumps(last)}\n")
    assert datarisk("report", "both.jsonl", "-f", "json").returncode == 0
    assert sorted(rows(composed(read(str(tmp_path / "both.jsonl"))))) == ["drop", "send_email"]


def test_what_a_client_and_a_server_say_besides_is_counted_and_an_error_is_a_gap(tmp_path: Path) -> None:
    hello = {"jsonrpc": "2.0", "id": 1, "result": {"protocolVersion": "2025-11-25", "serverInfo": {"name": "x"}}}
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    listed = {"jsonrpc": "2.0", "id": 2, "result": {"tools": [MCP]}}
    found = read(written(tmp_path, "session.json", [hello, ready, listed]))
    assert not found.gaps
    assert [(item.kind, item.count) for item in found.not_used] == [("mcp_message", 2)]
    wrong = {"jsonrpc": "2.0", "id": 2, "error": {"code": -32601, "message": "Method not found"}}
    [gap] = read(written(tmp_path, "wrong.json", wrong)).gaps
    assert gap.why == "a server answered with an error, -32601"


@pytest.mark.parametrize(
    ("document", "at", "why"),
    [
        ({"jsonrpc": "2.0", "result": {"tools": 7}}, "#/result/tools", "a number, not a list of tools"),
        ({"tools": [MCP, "x", None, "y"]}, "#/tools/1", "/1 is a text, not a tool, and 1 more like it"),
        (
            {"tools": [{**MCP, "annotations": 3}]},
            "#/tools/0/annotations",
            "/0/annotations is a number, which is no hint",
        ),
        (
            {"tools": [{**MCP, "annotations": {"readOnlyHint": "yes"}}]},
            "#/tools/0/annotations/readOnlyHint",
            "/0/annotations/readOnlyHint is a text, which is no hint",
        ),
        ({**CARD, "skills": [1]}, "#/skills/0", "/skills/0 is a number, not a skill"),
        ({**CARD, "name": 5}, "", "/name is a number, not a text"),
    ],
)
def test_what_is_of_the_wrong_type_is_a_gap_with_its_place(tmp_path: Path, document: Any, at: str, why: str) -> None:
    gaps = read(written(tmp_path, "post.json", document)).gaps
    assert [gap.why for gap in gaps if (gap.location or "").endswith(f"post.json{at}")] == [why]


def test_tools_of_one_name_and_tools_without_one_are_kept_and_are_findings(tmp_path: Path) -> None:
    report = composed(read(written(tmp_path, "post.json", {"tools": [MCP, MCP, {**MCP, "name": ["x"]}]})))
    assert [row.name for row in report.agents[0].span_types] == ["(no name)", "send_email", "send_email"]
    assert {"R04", "R05"} <= {finding.rule for finding in report.agents[0].findings}


def test_a_hundred_thousand_oddities_are_one_gap(tmp_path: Path) -> None:
    found = read(written(tmp_path, "post.json", {"tools": [MCP, *["x"] * 100_000]}))
    assert [gap.why for gap in found.gaps] == ["/1 is a text, not a tool, and 99,999 more like it"]


def test_an_agent_without_tools_is_an_agent_that_says_nothing_of_itself(tmp_path: Path) -> None:
    report = composed(read(written(tmp_path, "post.json", {"jsonrpc": "2.0", "id": 1, "result": {"tools": []}})))
    assert [finding.rule for finding in report.agents[0].findings] == ["Q10"]


# --- beside declarations


def test_a_tool_that_somebody_declared_is_no_second_span_type_and_its_hints_stand_beside(tmp_path: Path) -> None:
    declared = {"span_type_schemas": [span_type("tool:send_email", risk()), span_type("read", risk())]}
    one = written(tmp_path, "declared/post.json", declared)
    two = written(tmp_path, "mcp/post.json", {"tools": [MCP, {**MCP, "name": "drop"}]})
    found = read(one, two)
    report = composed(found)
    assert {name: row.coverage for name, row in rows(report).items()} == {
        "read": "answered", "tool:send_email": "answered", "drop": "not assessed",
    }  # fmt: skip
    given = rows(report)["tool:send_email"]
    assert hints(given)["openWorldHint"] is True
    assert {hint.record_sha256 for hint in given.hints} != {given.record_sha256}
    assert {hint.record_sha256 for hint in given.hints} <= {record.sha256 for record in report.records}


def test_a_name_that_two_span_types_end_in_tells_neither(tmp_path: Path) -> None:
    declared = {"span_type_schemas": [span_type(name, risk()) for name in ("crm:send_email", "hr:send_email")]}
    one = written(tmp_path, "declared/post.json", declared)
    found = rows(composed(read(one, written(tmp_path, "mcp/post.json", {"tools": [MCP]}))))
    assert found["send_email"].coverage == "not assessed"
    assert not found["crm:send_email"].hints
    assert not found["hr:send_email"].hints


def test_a_list_beside_an_agent_of_the_platform_counts_whichever_version_does(tmp_path: Path) -> None:
    old, new = (schema_version(f"v{n}", span_type("send_email", risk()), at=f"2026-0{n}-01T00:00:00Z") for n in (1, 2))
    platform = written(tmp_path, "platform.json", [agent(name="Post room"), old, new, *pinned("v1", "Production")])
    listed = written(tmp_path, "card.json", {**CARD, "skills": [SKILL, {"id": "drop", "name": "Drop"}]})
    found = read(platform, listed)
    for asked in (Selection(), Selection(("latest",)), Selection(environments=("Production",)), Selection(("v2",))):
        told = rows(composed(found, asked))
        assert {name: row.coverage for name, row in told.items()} == {
            "send_email": "answered", "drop": "not assessed",
        }  # fmt: skip
        assert hints(told["send_email"]) == {"tags": ["mail"]}


def test_whose_tools_these_are_can_be_said_by_the_name_that_the_platform_has(tmp_path: Path) -> None:
    version = schema_version("v1", span_type("tool:send_email", risk()))
    platform = written(tmp_path, "platform.json", [agent(name="Post room", external_identifier="post"), version])
    listed = written(tmp_path, "tools.json", [MCP])
    named = written(tmp_path, "post.json", [MCP])
    for found in (read(platform, listed, agent_name="Post room"), read(platform, named)):
        [only] = composed(found).agents
        assert [(row.name, bool(row.hints)) for row in only.span_types] == [("tool:send_email", True)]
    assert len(read(platform, listed).agents) == 2


def test_a_list_is_no_version_of_an_agent_of_which_none_was_read(tmp_path: Path) -> None:
    platform = written(tmp_path, "platform.json", [agent(name="Post room")])
    report = composed(read(platform, written(tmp_path, "card.json", CARD)))
    assert not report.complete
    assert [gap.what for gap in report.gaps] == ["the schema versions of agent Post room"]


def test_agents_that_share_a_name_are_not_joined_with_a_card_of_it(tmp_path: Path) -> None:
    rows_ = [agent(f"a{n}", "Post room") for n in (1, 2)]
    versions = [schema_version(f"v{n}", span_type("x", risk()), agent=f"a{n}") for n in (1, 2)]
    found = read(written(tmp_path, "p.json", [*rows_, *versions]), written(tmp_path, "card.json", CARD))
    assert sorted(agent.id for agent in found.agents) == ["Post room", "a1", "a2"]


def test_a_tool_that_carries_a_declaration_is_declared(tmp_path: Path) -> None:
    said = {"openWorldHint": True}
    report = composed(
        read(written(tmp_path, "post.json", {"tools": [{**MCP, "annotations": said, "data_risk": risk()}]}))
    )
    assert rows(report)["send_email"].coverage == "answered"
    [finding] = [each for each in report.agents[0].findings if each.rule == "Q14"]
    assert [place.pointer for place in finding.places] == [
        "/0/data_risk/action_profile/external_communication", "/0/annotations/openWorldHint",
    ]  # fmt: skip


def test_a_tool_that_carries_a_declaration_is_counted_beside_the_span_type_of_its_name(tmp_path: Path) -> None:
    one = written(tmp_path, "declared/post.json", {"span_type_schemas": [span_type("tool:send_email", risk())]})
    two = written(tmp_path, "mcp/post.json", {"tools": [{**MCP, "data_risk": risk("minors_data")}]})
    report = composed(read(one, two))
    assert sorted(rows(report)) == ["send_email", "tool:send_email"]
    assert report.agents[0].categories["minors_data"].state == "included"


def test_that_something_is_still_listed_does_not_bring_a_lost_declaration_back(tmp_path: Path) -> None:
    old = schema_version("v1", span_type("send_email", risk("minors_data")), span_type("x", risk()))
    new = schema_version("v2", span_type("x", risk()), at="2026-02-01T00:00:00Z")
    platform = written(tmp_path, "platform.json", [agent(name="Post room"), old, new, *pinned("v2", "Production")])
    for sources in ([platform], [platform, written(tmp_path, "card.json", CARD)]):
        assert "R11" in {finding.rule for finding in composed(read(*sources)).agents[0].findings}


def test_what_the_lint_finds_in_the_schema_of_a_tool_is_pointed_at_where_it_stands(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"email": {"type": "string", "format": "email"}}}
    listed = [{"type": "function", "function": {"name": "a", "parameters": schema, "data_risk": risk()}}]
    report = composed(read(written(tmp_path, "post.json", listed)))
    [finding] = [each for each in report.agents[0].findings if each.rule == "Q06"]
    assert finding.places[0].pointer == "/0/function/parameters/properties/email"


def annotated(said: dict[str, Any], allowed: tuple[str, ...]) -> dict[str, Any]:
    return {"span_type_schemas": [span_type("t", risk(allowed=allowed), annotations=said)]}


@pytest.mark.parametrize(
    ("said", "allowed", "against"),
    [
        ({"readOnlyHint": True}, ("update_data",), ["update_data"]),
        ({"readOnlyHint": True}, ("create_data", "destroy_data"), ["create_data", "destroy_data"]),
        ({"readOnlyHint": True}, ("financial_transactions",), ["financial_transactions"]),
        ({"readOnlyHint": True}, ("read_data", "external_communication"), []),
        ({"readOnlyHint": False}, ("read_data",),
         ["create_data", "update_data", "destroy_data", "financial_transactions", "external_communication"]),
        ({"readOnlyHint": False}, ("update_data",), []),
        ({"destructiveHint": False}, ("destroy_data",), ["destroy_data"]),
        ({"destructiveHint": False}, ("update_data",), []),
        ({"readOnlyHint": False, "destructiveHint": True}, ("update_data",), ["destroy_data"]),
        ({"destructiveHint": True}, ("update_data",), []),
        ({"openWorldHint": True}, ("read_data",), ["external_communication"]),
        ({"openWorldHint": True}, ("external_communication",), []),
        ({"openWorldHint": False}, ("external_communication",), ["external_communication"]),
        ({"openWorldHint": "true"}, ("read_data",), []),
        ({"title": "only a title"}, ("destroy_data",), []),
    ],
)  # fmt: skip
def test_only_what_a_hint_says_speaks_against_an_answer(
    tmp_path: Path, said: dict[str, Any], allowed: tuple[str, ...], against: list[str]
) -> None:
    report = composed(read(written(tmp_path, "post.json", annotated(said, allowed))))
    found = [finding for finding in report.agents[0].findings if finding.rule == "Q14"]
    places = [place for finding in found for place in finding.places]
    answers = [place.pointer.rpartition("/")[2] for place in places if "/data_risk/" in place.pointer]
    assert answers == against
    assert len(places) == len(against) + (len(said) if against else 0)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(tools.BOOLEAN_HINTS, st.booleans() | st.none() | st.text())))
def test_no_hint_ever_decides_a_field(said: dict[str, Any]) -> None:
    [unit] = units([{**MCP, "annotations": said}])
    assert isinstance(unit, Unit)
    [version] = made(unit.value).agents[0].schema_versions
    [entry] = version.span_types or ()
    assert (entry.assessed, entry.declared_cells) == (False, 0)


# --- the command, whole


def test_a_report_from_the_snapshot_of_lists_is_the_same_report(tmp_path: Path, datarisk: Datarisk) -> None:
    written(tmp_path, "in/declared/post.json", {"span_type_schemas": [span_type("tool:send_email", risk())]})
    written(tmp_path, "in/mcp/post.json", SHAPES["an answer to tools/list"][0])
    written(tmp_path, "in/card.json", CARD)
    assert datarisk("collect", "in", "-o", "snapshot.json").returncode == 0
    for name, source in (("one", "in"), ("two", "snapshot.json")):
        assert datarisk("report", source, "-f", "json", "-f", "csv", "-o", name).returncode == 0
    first, second = (next((tmp_path / name).rglob("report.json")) for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    assert first.with_name("report.csv").read_bytes() == second.with_name("report.csv").read_bytes()


def test_hints_are_shown_escaped_on_the_page_and_as_rows_that_are_no_claims(tmp_path: Path, datarisk: Datarisk) -> None:
    tool = {**MCP, "annotations": {"readOnlyHint": True, "title": "<script>alert(1)</script>", "=cmd()": True}}
    written(tmp_path, "post.json", {"tools": [tool]})
    assert datarisk("report", "post.json", "-f", "html", "-f", "csv", "-o", "out").returncode == 0
    page = next((tmp_path / "out").rglob("report.html")).read_text()
    assert "What lists of tools say" in page
    assert "<code>readOnlyHint</code> = <code>true</code>" in page
    assert "<script>alert" not in page
    table = next((tmp_path / "out").rglob("report.csv")).read_text(encoding="utf-8-sig")
    assert ",hint,,,readOnlyHint,readOnlyHint,yes,true,boolean,not counted,/0/annotations/readOnlyHint," in table
    assert ",hint,,,'=cmd()," in table


ODD: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, 0, 2**70, "", "x", "\ud800", "\x00", [], {}]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["properties", "a", "$ref"]), inner),
    max_leaves=4,
)
MEMBERS = ("name", "title", "description", "inputSchema", "outputSchema", "annotations", "data_risk", "type",
           "function", "tags", "id", "server_label")  # fmt: skip
ODD_TOOLS = st.lists(st.just(MCP) | ODD | st.dictionaries(st.sampled_from(MEMBERS), ODD), min_size=1, max_size=4)


@given(ODD_TOOLS, st.sampled_from(["tools", "skills"]))
def test_whatever_stands_in_a_list_is_a_span_type_or_a_gap_and_never_an_error(listed: list[Any], key: str) -> None:
    document = {"jsonrpc": "2.0", "result": {"tools": listed}} if key == "tools" else {**CARD, "skills": listed}
    stream = BytesIO(json.dumps(document).encode())
    found = Files(["-"], NOW, stdin=stream).collect().inventory()
    report = composed(found)
    assert sum(len(agent.span_types) for agent in report.agents) == sum(isinstance(each, dict) for each in listed)
    assert report.complete or report.gaps
    if not all(isinstance(each, dict) for each in listed):
        assert not report.complete


# --- as others write them

RECORDED = Path(__file__).with_name("tool_lists")


@pytest.mark.parametrize(
    ("name", "agent_name", "names", "complete"),
    [
        ("notes.jsonl", "notes", ["delete_note", "read_note"], True),
        ("recipe-agent.json", "Recipe Agent", ["r"], True),
        ("planner.json", "GeoSpatial Route Planner Agent",
         ["custom-map-generator", "route-optimizer-traffic"], True),
        ("weather.json", "weather", ["get_weather"], False),
    ],
)  # fmt: skip
def test_what_servers_and_specifications_write_is_read(
    name: str, agent_name: str, names: list[str], *, complete: bool
) -> None:
    report = composed(read(str(RECORDED / name)))
    [only] = report.agents
    assert only.name == agent_name
    assert [row.name for row in only.span_types] == names
    assert {row.coverage for row in only.span_types} == {"not assessed"}
    assert report.complete is complete


ORDER = ("none", "excluded", "disallowed", "undetermined", "included", "allowed")
WEIGHTS = ("info", "low", "medium", "high")
LISTED = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["a", "b", "c"]), "inputSchema": st.just({"type": "object"})},
        optional={"annotations": st.fixed_dictionaries({}, optional=dict.fromkeys(tools.BOOLEAN_HINTS, st.booleans()))},
    ),
    max_size=3,
)


@given(st.lists(st.tuples(st.sampled_from(["a", "tool:b", "x:c", "y:c"]), data_risks), max_size=3), LISTED)
def test_a_list_beside_declarations_never_makes_an_agent_look_better(
    declared: list[tuple[str, Any]], listed: list[dict[str, Any]]
) -> None:
    version = schema_version("v1", *(span_type(name, data_risk) for name, data_risk in declared))
    alone = composed(made(version)).agents[0]
    beside = composed(made(version, listed)).agents[0]
    assert beside.assessment.span_types >= alone.assessment.span_types
    assert beside.assessment.not_assessed >= alone.assessment.not_assessed
    assert beside.assessment.known_cells == alone.assessment.known_cells
    for name, category in alone.categories.items():
        assert ORDER.index(beside.categories[name].state) >= ORDER.index(category.state)
    worst = [max((WEIGHTS.index(each.severity) for each in agent.findings), default=0) for agent in (alone, beside)]
    assert worst[1] >= worst[0]


def made(*values: Any) -> Inventory:
    kept = [
        records.record(kind, value, source="t.json", location=f"t.json#/{kind}", agent_id="a1")
        for value in values
        for kind in [tools.TOOLS if isinstance(value, list) else shapes.SCHEMA_VERSION]
    ]
    return records.Collected((Source("file", "t.json", NOW),), tuple(kept)).inventory()
