"""``report.json``: the view, field by field, and the JSON Schema that it keeps to."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json

from reporter.errors import RenderError
from reporter.render.document import Document
from reporter.report import SCHEMA, Report


def render(report: Report) -> Document:
    """The whole view; only the logo, which is a picture and no fact, is left out."""
    view = replace(report, controller=replace(report.controller, logo=None))
    try:
        data = to_json(view, indent=2)
    except PydanticSerializationError:
        data = _mended_json(view)
    return Document("report.json", "application/json", data + b"\n")


def _mended_json(view: Report) -> bytes:
    """Records are mended when they are read; a flag or a setting may still hold text that is not Unicode."""
    try:
        return to_json(_mended(asdict(view)), indent=2)
    except (PydanticSerializationError, RecursionError) as error:
        raise RenderError(f"the report cannot be written as JSON: {error}") from error


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return [_mended(item) for item in value] if isinstance(value, list) else value


def report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``report.json``, generated from the view."""
    generated = TypeAdapter(Report).json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        **generated,
        "title": f"What AI agents declare about their data risk ({SCHEMA})",
    }
