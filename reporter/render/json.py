"""``report.json``: the view, field by field, and the JSON Schema that it keeps to."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from itertools import chain
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json

from reporter.declared.answer import Answer
from reporter.errors import RenderError
from reporter.plain.memory import Lazily
from reporter.render.document import Document, Large
from reporter.render.streamed import streamed
from reporter.view.report import SCHEMA, Report

#: The report, its agents, each of them, and their lists, whose items are small.
_OPENED: Final = 4


def render(report: Report) -> Document:
    """The whole view; only the logo, which is a picture and no fact, is left out."""
    view = replace(report, controller=replace(report.controller, logo=None))
    return Document("report.json", "application/json", Large(chain(streamed(view, dump, b"  ", _OPENED), [b"\n"])))


def dump(value: Any) -> bytes:
    """A part of a view as indented JSON; what is no Unicode in it is spelled out.

    Records are mended when they are read; a flag or a setting may still hold text that is not Unicode.

    Raises:
        RenderError: It cannot be written.
    """
    try:
        return to_json(value, indent=2, fallback=_plain)
    except PydanticSerializationError:
        pass
    try:
        return to_json(_mended(value), indent=2)
    except (PydanticSerializationError, RecursionError) as error:
        raise RenderError(f"the report cannot be written as JSON: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Lazily):
        return list(value)
    if isinstance(value, Answer):
        return value.value
    raise TypeError(f"{type(value).__name__} is no JSON")


def _mended(value: Any) -> Any:
    if isinstance(value, Answer):
        return _mended(value.value)
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if is_dataclass(value):
        return {item.name: _mended(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return [_mended(item) for item in value] if isinstance(value, list | Lazily) else value


def report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``report.json``, generated from the view."""
    generated = TypeAdapter(Report).json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        **generated,
        "title": f"What AI agents declare about their data risk ({SCHEMA})",
    }
