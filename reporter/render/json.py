"""``report.json``: the view, field by field, and the JSON Schema that it keeps to.

A line holds one thing: a fact about the run, a row of an agent's matrix, a finding. The words of a rule stand with the
rule, and what something rests on is named by its row, which holds the values: an agent's part stays small, and nothing
is said twice that could then differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json

from reporter.declared.answer import Answer
from reporter.errors import RenderError
from reporter.plain.memory import Deferred, Lazily
from reporter.render.document import Document, Large
from reporter.view.findings import Finding, Trail
from reporter.view.report import SCHEMA, Report

#: The report, its agents, each of them, and their lists, whose items are a line each.
_OPENED: Final = 4
#: What of a finding its rule says, or its evidence.
_ELSEWHERE: Final = frozenset({"title", "why", "sentence", "places", "provisions"})
#: What is there only where something was asked that makes it.
_IF_ANY: Final = frozenset({"agreed", "observed", "score", "trend", "changes", "newly", "claim", "claims", "redaction"})


def render(report: Report) -> Document:
    """The whole view; only the logo, which is a picture and no fact, is left out."""
    view = replace(report, controller=replace(report.controller, logo=None))
    return Document("report.json", "application/json", Large(streamed(view, _OPENED)))


def streamed(value: Any, depth: int) -> Iterator[bytes]:
    """A value as JSON in pieces, so that no more than a line of a large document lives at once.

    Args:
        value: Of dataclasses, objects, lists and what JSON knows.
        depth: How many levels have a line for each of their parts.

    Raises:
        RenderError: It cannot be written.
    """
    yield from _pieces(value, depth, b"\n")
    yield b"\n"


def _pieces(value: Any, depth: int, line: bytes) -> Iterator[bytes]:
    if depth and (is_dataclass(value) or isinstance(value, dict)):
        members = _members(value) if is_dataclass(value) else value
        opening, closing, parts = b"{", b"}", iter(members.items())
    elif depth and isinstance(value, list | Lazily) and not isinstance(value, Trail):
        opening, closing, parts = b"[", b"]", ((None, item) for item in value)
    else:
        yield _line(value)
        return
    between = opening
    for name, part in parts:
        yield between + line + b"  " + (b"" if name is None else _line(name) + b": ")
        yield from _pieces(part, depth - 1, line + b"  ")
        between = b","
    yield opening + closing if between == opening else line + closing


def _members(value: Any) -> dict[str, Any]:
    """The members of a dataclass, worked out on a copy that is forgotten: all agents at once would be too many."""
    given = value.again() if isinstance(value, Deferred) else value
    left_out = _ELSEWHERE if isinstance(value, Finding) else frozenset()
    members = {item.name: getattr(given, item.name) for item in fields(value) if item.name not in left_out}
    return {name: member for name, member in members.items() if member is not None or name not in _IF_ANY}


def _line(value: Any) -> bytes:
    """A value on one line; what is no Unicode in it is spelled out.

    Records are mended when they are read; a flag or a setting may still hold text that is not Unicode.
    """
    value = _members(value) if isinstance(value, Deferred) else value
    try:
        return to_json(value, fallback=_plain)
    except PydanticSerializationError:
        pass
    try:
        return to_json(_mended(value))
    except (PydanticSerializationError, RecursionError) as error:
        raise RenderError(f"the report cannot be written as JSON: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Trail):
        return value.references()
    if isinstance(value, Lazily):
        return list(value)
    if isinstance(value, Answer):
        return value.value
    raise TypeError(f"{type(value).__name__} is no JSON")


def _mended(value: Any) -> Any:
    if isinstance(value, Trail | Lazily | Answer):
        return _mended(_plain(value))
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if is_dataclass(value):
        return {name: _mended(item) for name, item in _members(value).items()}
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return [_mended(item) for item in value] if isinstance(value, list) else value


def report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``report.json``, generated from the view."""
    generated = TypeAdapter(Report).json_schema(mode="serialization")
    finding = generated["$defs"]["Finding"]
    finding["required"] = [name for name in finding["required"] if name not in _ELSEWHERE]
    for name in _ELSEWHERE:
        del finding["properties"][name]
    for each in generated["$defs"].values():
        if "required" in each:
            each["required"] = [name for name in each["required"] if name not in _IF_ANY]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        **generated,
        "title": f"What AI agents declare about their data risk ({SCHEMA})",
    }
