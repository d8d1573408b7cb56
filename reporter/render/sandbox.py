"""Templates of the user's own: looked through before a run, and rendered in Jinja's sandbox."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Final

from jinja2 import TemplateSyntaxError, meta
from jinja2.environment import Environment
from jinja2.exceptions import SecurityError
from jinja2.runtime import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reporter.errors import TemplateMistake

_KINDS: Final = frozenset({".html", ".css", ".js"})


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, which says at once what it does not let a template reach."""

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Says at once what may not be reached for."""
        raise SecurityError(f"a template may not reach for {attribute!r} of {type(obj).__name__}")


def files(folder: Path, ours: frozenset[str]) -> list[str]:
    """The templates in a folder by name.

    Raises:
        TemplateMistake: It is no folder, or something in it lies elsewhere.
    """
    remedy = "Start with `datarisk init templates`"
    if not folder.is_dir():
        raise TemplateMistake("not a folder", where=str(folder), remedy=remedy)
    root = folder.resolve()
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.resolve().is_relative_to(root):
            raise TemplateMistake("leads out of the folder of templates", where=str(path), remedy="Put a copy here")
        name = path.relative_to(folder).as_posix()
        if path.is_file() and (path.suffix in _KINDS or name in ours):
            found.append(name)
    return found


def unused(environment: Environment, folder: Path, names: list[str], ours: frozenset[str]) -> list[str]:
    """Templates that stand in for none of ours and that none of these includes: a mistyped name, most likely.

    Raises:
        TemplateMistake: One of them cannot be understood.
    """
    asked: set[str] = set()
    for name in names:
        if not name.endswith(".html"):
            continue
        source = (folder / name).read_text(encoding="utf-8", errors="replace")
        try:
            environment.compile(source, name, str(folder / name))
            asked |= {each for each in meta.find_referenced_templates(environment.parse(source)) if each}
        except TemplateSyntaxError as error:
            raise TemplateMistake(str(error.message), where=f"{folder / name}:{error.lineno}") from error
        except MemoryError as error:  # what is constant in a template is reckoned when it is compiled
            raise MemoryError(str(folder / name)) from error
    return [name for name in names if name not in ours and name not in asked]


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
