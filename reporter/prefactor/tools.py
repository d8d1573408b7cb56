"""What others than the platform list, by its shape: tools of MCP, OpenAI and Anthropic, and agent cards of A2A.

They say which tools there are and hint at what these do; they declare nothing. The shapes are those of the schemas of
the Model Context Protocol (2024-11-05 to 2026-07-28), of A2A 0.2 to 1.0, and of the tools of the APIs of OpenAI (chat
completions and responses) and Anthropic (messages).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reporter.plain.canonical import step

TOOLS: Final = "tools"
CARD: Final = "agent_card"
#: What is listed, and declared by nobody unless an item says so itself.
LISTING: Final = frozenset({TOOLS, CARD})

#: What the annotations of an MCP tool say with yes or no.
BOOLEAN_HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
PROPERTIES: Final = "properties"
_SKILL_HINTS: Final = ("tags", "inputModes", "outputModes")
#: Where a tool has its JSON schemas, by where an entry of the platform has them.
_SCHEMAS: Final = {
    "params_schema": ("params_schema", "inputSchema", "input_schema", "parameters"),
    "result_schema": ("result_schema", "outputSchema"),
}
_MARKS: Final = frozenset({"capabilities", "supportedInterfaces", "protocolVersion", "defaultInputModes", "url"})
#: Of a tool that a provider runs only what it is is kept: beside that stand addresses, and tokens that open doors.
_HOSTED: Final = frozenset({"type", "name", "server_label", "description", "data_risk"})
#: What a tool may say of itself where it has no schema of its parameters; with anything else it may be something else.
_BARE: Final = frozenset(
    {"name", "title", "description", "annotations", "parameters", "outputSchema", "icons", "execution", "_meta",
     "data_risk"}
)  # fmt: skip
_SECRET: Final = frozenset({"headers", "authorization", "authorization_token", "authentication"})


def is_tool(value: Any) -> bool:
    """Whether it is a tool with a schema of its parameters, or a function, in any of these shapes."""
    if not isinstance(value, dict):
        return False
    if value.get("type") in ("function", "custom"):
        inner = value.get("function", value)
        return isinstance(inner, dict) and "name" in inner
    return "name" in value and ("inputSchema" in value or ("input_schema" in value and "type" not in value))


def is_bare(value: Any) -> bool:
    """Whether it has a name and nothing that a tool has not, so that it is a tool where tools are listed."""
    return isinstance(value, dict) and isinstance(value.get("name"), str) and value.keys() <= _BARE


def is_hosted(value: Any) -> bool:
    """Whether it may be a tool that its provider runs, of which a list says little more than a type."""
    return isinstance(value, dict) and isinstance(value.get("type"), str)


def is_card(value: Mapping[str, Any]) -> bool:
    """Whether it is an agent card: a name and skills, with what else a card has, or skills that are made like one's."""
    skills = value.get("skills")
    if "name" not in value or not isinstance(skills, list):
        return False
    made_like = (isinstance(each, dict) and "id" in each and "name" in each for each in skills)
    return not _MARKS.isdisjoint(value) or (bool(skills) and all(made_like))


def without_secrets(kind: str, value: Any) -> Any:
    """A list or a card as it is kept: without what opens doors."""
    if kind == CARD and isinstance(value, dict):
        return {key: item for key, item in value.items() if key not in _SECRET}
    if isinstance(value, list):
        return [without_secrets(kind, item) if isinstance(item, dict) else item for item in value]
    if not is_tool(value) and is_hosted(value):
        return {key: item for key, item in value.items() if key in _HOSTED}
    return {key: item for key, item in value.items() if key not in _SECRET} if isinstance(value, dict) else value


@dataclass(frozen=True, slots=True)
class Listed:
    """One tool or skill of a list.

    Attributes:
        inner: What holds its name, and at which pointer from the item.
        schemas: Its JSON schemas, by the platform's names; ``keys`` are those that the list has for them.
        hints: What it says of itself besides, with the pointer to it from the item.
        wrong: What of its hints is of a type that says nothing, likewise.
    """

    inner: dict[str, Any]
    pointer: str
    name: Any
    title: Any
    schemas: Mapping[str, Any]
    keys: Mapping[str, str]
    hints: tuple[tuple[str, str, Any], ...]
    wrong: tuple[tuple[str, Any], ...]


def listed(kind: str, item: dict[str, Any]) -> Listed:
    """An item of a list, read leniently: what is of the wrong type is passed over, hints are kept as they are."""
    nested = kind == TOOLS and isinstance(item.get("function"), dict)
    inner, pointer = (item["function"], "/function") if nested else (item, "")
    found = {
        key: next((name for name in names if isinstance(inner.get(name), dict)), None)
        for key, names in _SCHEMAS.items()
    }
    keys = {key: name for key, name in found.items() if name}
    schemas = {key: inner[name] for key, name in keys.items()}
    if kind == CARD:
        name, title = (inner["id"], inner.get("name")) if "id" in inner else (inner.get("name"), None)
        hints = [(each, f"/{each}", inner[each]) for each in _SKILL_HINTS if inner.get(each)]
        return Listed(inner, pointer, name, title, schemas, keys, tuple(hints), ())
    hints = [*annotated(inner, pointer)]
    title = inner.get("title") or next((said for each, _, said in hints if each == "title"), None)
    hints += _names(schemas.get("params_schema"), f"{pointer}/{keys.get('params_schema')}")
    # A provider's own tool may have no name but what it is.
    name = inner.get("name", item.get("server_label", item.get("type")) if not nested else None)
    return Listed(inner, pointer, name, title, schemas, keys, tuple(hints), tuple(_wrong(inner, pointer)))


def annotated(holder: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, str, Any]]:
    """What the annotations of an MCP tool say, each with the pointer to it; nothing where they are none."""
    found = holder.get("annotations")
    if isinstance(found, dict) and not found.keys().isdisjoint((*BOOLEAN_HINTS, "title")):
        for name, said in sorted(found.items()):
            yield name, step(f"{pointer}/annotations", name), said


def _names(schema: Any, pointer: str) -> Iterator[tuple[str, str, Any]]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if isinstance(properties, dict) and properties:
        yield PROPERTIES, f"{pointer}/properties", sorted(properties)


def _wrong(inner: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, Any]]:
    found = inner.get("annotations")
    if found is not None and not isinstance(found, dict):
        yield f"{pointer}/annotations", found
    elif found:
        for name in BOOLEAN_HINTS:
            if found.get(name) is not None and not isinstance(found[name], bool):
                yield f"{pointer}/annotations/{name}", found[name]
