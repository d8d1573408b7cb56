"""The templates and what they may call: where they are, and how text gets into them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup, escape

from reporter.errors import FaultError, RenderError
from reporter.text import shown

LONG: Final = 2000


def templates_dir() -> Path:
    """The folder of templates, stylesheets and fonts.

    A wheel holds it in the package. In a checkout it stands beside the package, and the file beside it proves that
    it is ours: elsewhere a folder of that name could be anybody's.

    Raises:
        FaultError: It is in neither place.
    """
    package = Path(__file__).resolve().parent.parent
    inside, beside = package / "templates", package.parent / "templates"
    if inside.is_dir():
        return inside
    if beside.is_dir() and (package.parent / "pyproject.toml").is_file():
        return beside
    raise FaultError("the templates are missing", where=str(inside), remedy="Install datarisk again")


def text_of(name: str) -> str:
    """One of our own files as text."""
    return _bytes_of(name).decode("utf-8")


def _bytes_of(name: str) -> bytes:
    try:
        return (templates_dir() / name).read_bytes()
    except OSError as error:
        raise FaultError(f"{name} is missing", where=str(templates_dir()), remedy="Install datarisk again") from error


def font(name: str) -> bytes:
    """A font's file as browsers take it, by its name without folder and ending."""
    return _bytes_of(f"fonts/{name}.woff2")


def plain_font(name: str) -> bytes:
    """The same without compression, for the PDF."""
    return _bytes_of(f"fonts/{name}.ttf")


@cache
def heads() -> dict[str, Any]:
    """Which character of the font of column heads is which label."""
    told: dict[str, Any] = json.loads(text_of("fonts/heads.json"))
    return told


def rendered(name: str, **values: Any) -> str:
    """A template with these values.

    Raises:
        RenderError: The template or what it was given is wrong.
    """
    try:
        return _environment().get_template(name).render(**values)
    except (TemplateError, RecursionError) as error:
        raise RenderError(f"the template {name} cannot be filled: {error}") from error


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        count=counted, day=day, long=long, number=number, percent=percent, value=value, when=when
    )
    return environment


def _finalized(given: Any) -> Any:
    """Every value that a template prints comes by here, so that none is shown as somebody else wrote it."""
    if isinstance(given, Markup):
        return given
    if given is None:
        return "not stated"
    return shown(given) if isinstance(given, str) else given


def long(text: str, limit: int = LONG) -> Markup:
    """Text that may be longer than a name."""
    return escape(shown(text, limit))


def value(given: Any) -> Markup:
    """A JSON value, as it was declared."""
    return long(json.dumps(given, ensure_ascii=False))


def number(given: int) -> str:
    """A number with its thousands apart."""
    return f"{given:,}"


def counted(given: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{given:,} {one if given == 1 else many or one + 's'}"


def percent(part: int, whole: int) -> str:
    """A share without decimals; all and nothing are said only of all and nothing."""
    if part and part * 100 < whole:
        return "<1%"
    return f"{part * 100 // whole if whole else 0}%"


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def day(text: str) -> str:
    """The day of an ISO 8601 time, in UTC; text that is no time stays as it is."""
    time = _time(text)
    return f"{time.day} {time:%B %Y}" if time else text


def when(text: str) -> str:
    """The day and the minute of an ISO 8601 time, in UTC."""
    time = _time(text)
    return f"{time.day} {time:%B %Y}, {time:%H:%M} UTC" if time else text
