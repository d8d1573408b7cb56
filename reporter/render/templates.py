"""The templates and what they may call: where they are, how text gets into them, and what the user's own may do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
)
from jinja2.exceptions import SecurityError
from jinja2.runtime import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from reporter.errors import FaultError, RenderError, TemplateMistake
from reporter.plain.language import ENGLISH, Language
from reporter.plain.text import LIMIT, shown
from reporter.render.document import PLAIN, Theme

LONG: Final = 2000
_KINDS: Final = frozenset({".html", ".css", ".js"})


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


def text_of(name: str, theme: Theme = PLAIN) -> str:
    """A stylesheet or a script as text: the user's, or else ours.

    Raises:
        TemplateMistake: The user's is not UTF-8.
    """
    own = theme.templates / name if theme.templates else None
    if own is None or not own.is_file():
        return _bytes_of(name).decode("utf-8")
    try:
        return own.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateMistake(f"cannot be read: {error}", where=str(own)) from error


def names() -> frozenset[str]:
    """The names of all our templates, stylesheets and scripts."""
    folder = templates_dir()
    return frozenset(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in _KINDS)


def copies() -> dict[str, bytes]:
    """All of them to start from, and what they may rely on."""
    return {name: _bytes_of(name) for name in (*sorted(names()), "README.md")}


def looked_through(folder: Path) -> list[str]:
    """Compiles the user's templates; returns those that nothing uses: mistyped names, most likely.

    Raises:
        TemplateMistake: One of them cannot be understood or lies elsewhere, or the folder is none.
    """
    if not folder.is_dir():
        raise TemplateMistake("not a folder", where=str(folder), remedy="Start with `datarisk init templates`")
    ours, root, found = names(), folder.resolve(), []
    for path in sorted(folder.rglob("*")):
        # A link could make any file of this machine a part of the report.
        if not path.resolve().is_relative_to(root):
            raise TemplateMistake("leads out of the folder of templates", where=str(path), remedy="Put a copy here")
        name = path.relative_to(folder).as_posix()
        if path.is_file() and (path.suffix in _KINDS or name in ours):
            found.append(name)
    environment = _environment(ENGLISH, folder)
    asked: set[str] = set()
    for name in (name for name in found if name.endswith(".html")):
        source = (folder / name).read_text(encoding="utf-8", errors="replace")
        try:
            environment.compile(source, name, str(folder / name))
            asked |= {each for each in meta.find_referenced_templates(environment.parse(source)) if each}
        except TemplateSyntaxError as error:
            raise TemplateMistake(str(error.message), where=f"{folder / name}:{error.lineno}") from error
        except MemoryError as error:  # what is constant in a template is reckoned when it is compiled
            raise MemoryError(str(folder / name)) from error
    return [name for name in found if name not in ours and name not in asked]


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


def rendered(name: str, *, language: Language, theme: Theme = PLAIN, **values: Any) -> str:
    """A template with these values, and ``language`` itself.

    Raises:
        RenderError: The template or what it was given is wrong.
        TemplateMistake: It is the user's own that is wrong, or that reaches for what it may not.
    """
    environment = _environment(language, theme.templates)
    try:
        return environment.get_template(name).render(language=language, **values)
    except (TemplateError, RecursionError) as error:
        raise _mistake(error, theme) or RenderError(f"the template {name} cannot be filled: {error}") from error
    except Exception as error:
        mistake = _mistake(error, theme)
        if mistake is None:
            raise
        raise mistake from error


def _mistake(error: BaseException, theme: Theme) -> TemplateMistake | None:
    """An error that came from a template of the user's own, by file and line."""
    if theme.templates is None:
        return None
    where = place(error.__traceback__, theme.templates)
    if isinstance(error, TemplateSyntaxError) and error.filename:
        where = f"{error.filename}:{error.lineno}"
    if where is None and not isinstance(error, SecurityError | TemplateNotFound):
        return None
    told = f"{type(error).__name__}: {error}" if not str(error) else str(error)
    return TemplateMistake(told.rstrip("."), where=where or str(theme.templates), remedy="Mend the template")


def place(traceback: TracebackType | None, folder: Path) -> str | None:
    """The innermost line of the user's templates that an error came from, as ``file:line``."""
    found = None
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if Path(file).is_relative_to(folder):
            # Jinja sets lines right in what it raises itself; what the signal raised has those of the compiled code.
            compiled = traceback.tb_frame.f_globals.get("__jinja_template__")
            line = traceback.tb_lineno
            found = f"{file}:{compiled.get_corresponding_lineno(line) if compiled else line}"
        traceback = traceback.tb_next
    return found


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, which says at once what it does not let a template reach."""

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        raise SecurityError(f"a template may not reach for {attribute!r} of {type(obj).__name__}")


@cache
def _environment(language: Language, folder: Path | None = None) -> Environment:
    finalized = _finalizer(language)
    ours = FileSystemLoader(templates_dir())
    kind = Environment if folder is None else _Sandbox
    environment = kind(
        loader=ours if folder is None else ChoiceLoader([FileSystemLoader(folder), ours]),
        autoescape=True,  # of every template, whatever its ending
        undefined=StrictUndefined,  # a mistyped name is a mistake, and no gap in a report
        finalize=finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.globals.update(_spoken(language, finalized))
    environment.filters.update(
        capitalize=capitalized,
        count=partial(counted, language),
        day=partial(day, language),
        long=partial(long, language),
        number=language.number,
        percent=language.percent,
        value=partial(value, language),
        when=partial(when, language),
    )
    return environment


def _finalizer(language: Language) -> Callable[[Any], Any]:
    """Every value that a template prints comes by here, so that none is shown as somebody else wrote it."""
    more, nothing = language.more, language.gettext("not stated")

    def finalized(given: Any) -> Any:
        if isinstance(given, Markup):
            return given
        if given is None:
            return nothing
        return shown(given, LIMIT, more) if isinstance(given, str) else given

    return finalized


def _spoken(language: Language, finalized: Callable[[Any], Any]) -> dict[str, Callable[..., Markup]]:
    """What ``{% trans %}`` and ``_()`` call: sentences of ours, in which values are finalized as they are elsewhere."""

    def saying(name: str) -> Callable[..., Markup]:
        counts = name in ("ngettext", "npgettext")

        def said(*given: Any, **values: Any) -> Markup:
            sentence = Markup(getattr(language.texts, name)(*given))  # noqa: S704 (our own)
            named = {"num": given[-1], **values} if counts else values
            return sentence % {key: written(value) for key, value in named.items()}

        return said

    def written(given: Any) -> Any:
        return language.number(given) if type(given) is int else finalized(given)

    return {name: saying(name) for name in ("gettext", "ngettext", "pgettext", "npgettext")}


def long(language: Language, text: str, limit: int = LONG) -> Markup:
    """Text that may be longer than a name."""
    return escape(shown(text, limit, language.more))


def value(language: Language, given: Any) -> Markup:
    """A JSON value, as it was declared."""
    return long(language, json.dumps(given, ensure_ascii=False))


def capitalized(text: str) -> str:
    """A sentence with its first letter large; nouns in it keep theirs, other than by the filter of this name."""
    return text[:1].upper() + text[1:]


def counted(language: Language, given: int, one: str, many: str | None = None) -> str:
    """A number with its noun; the catalogue has both forms as ``%(number)s`` and the noun."""
    return language.ngettext(f"%(number)s {one}", f"%(number)s {many or one + 's'}", given)


def day(language: Language, text: str) -> str:
    """The day of an ISO 8601 time, in UTC; text that is no time stays as it is."""
    return _in_utc(language.day, text)


def when(language: Language, text: str) -> str:
    """The day and the minute of an ISO 8601 time, in UTC."""
    return _in_utc(language.when, text)


def _in_utc(say: Callable[[datetime], str], text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
        # A day has no zone: it would be this machine's, and another day than was written.
        return say(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except ValueError:
        return text
