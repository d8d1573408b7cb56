"""Where settings come from: the command line, the environment, files; and where in them each one stands.

Files are looked for from the working directory upwards to the root of its repository: the nearest folder that holds a
``datarisk.toml`` or a ``pyproject.toml`` with ``[tool.datarisk]`` counts, and no other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ValidationError

from reporter.errors import UsageError
from reporter.plain.canonical import digest
from reporter.plain.disk import named, upwards
from reporter.plain.toml_lines import Keys, TomlFile
from reporter.settings import CONFIG_FILE, SECTIONS, SPOKEN_ONLY, Settings

ADDRESS: Final = "PREFACTOR_API_URL"
"""The platform's address as the vendor's own tools take it; it says the same as ``DATARISK_API_URL``."""

_PROJECT: Final = "pyproject.toml"
_PREFIX: Final = "DATARISK_"


@dataclass(frozen=True, slots=True)
class Applied:
    """A file that counts, for whoever asks later by which limits was judged.

    Attributes:
        path: From the root of the working tree; never an absolute one.
        sha256: The digest of its bytes.
    """

    kind: Literal["settings", "waivers"]
    path: str
    sha256: str


def applied(kind: Literal["settings", "waivers"], file: TomlFile) -> Applied:
    """What is told of a file that counts."""
    return Applied(kind, named(file.path, Path()), digest(file.data))


@dataclass(frozen=True, slots=True)
class Layer:
    """A file that settings are read from, and the table in it that holds them."""

    file: TomlFile
    table: Keys
    values: Mapping[str, Any]

    def place(self, keys: Sequence[str | int]) -> str | None:
        """Where a setting, or the table nearest to it, stands; None where the file says nothing about it."""
        return self.file.at(*self.table, *keys) if _says(self.values, keys) else None


@dataclass(frozen=True, slots=True)
class Told:
    """What a run was told: its settings, and where each of them comes from.

    Attributes:
        flags: What the command line says.
        layers: The files, strongest first.
    """

    settings: Settings
    flags: Mapping[str, Any]
    layers: tuple[Layer, ...]

    def origin(self, keys: Sequence[str | int]) -> str:
        """Where a setting comes from, for a message about it."""
        return _origin(keys, self.flags, self.layers)


def read(flags: Mapping[str, Any], *, config: Path | None = None, folder: Path | None = None) -> Told:
    """What a run is told.

    Args:
        flags: What the command line says; None stands for what it does not say.
        config: A file to read instead of ``datarisk.toml``.
        folder: Where to look for files, upwards; the working directory by default.

    Raises:
        UsageError: A file is not there or not TOML, a key is not known, or a value is not of its kind.
    """
    layers = tuple(_files(config, folder or Path()))
    given = _said(flags)
    _check_spoken(layers)
    _check_variables()
    spoken = {"api_url": os.environ[ADDRESS]} if os.environ.get(ADDRESS) else {}

    class Layered(Settings):
        _layers = (spoken, *(layer.values for layer in layers))

    try:
        found = Layered(**given)
    except ValidationError as error:
        raise _explained(error, given, layers) from error
    told = Told(found, given, layers)
    for keys in _no_text(found.model_dump(), ()):
        what = f"{'.'.join(map(str, keys))} holds what is no text in UTF-8"
        raise UsageError(what, where=told.origin(keys), remedy="Write it in UTF-8, without null characters")
    return told


def _said(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The flags that were given; a section is a mapping of its own."""
    said = {name: _said(value) if isinstance(value, Mapping) else value for name, value in flags.items()}
    return {name: value for name, value in said.items() if value is not None and value != {}}


def _says(values: Mapping[str, Any], keys: Sequence[str | int]) -> bool:
    """Whether a layer has a word in a setting; sections are put together from all layers, all else is taken whole."""
    found = values.get(str(keys[0]))
    return found is not None and (not isinstance(found, Mapping) or len(keys) == 1 or keys[1] in found)


# Files -------------------------------------------------------------------------------------------------------------


def _files(config: Path | None, folder: Path) -> Iterator[Layer]:
    """The settings of the nearest folder that has any; a file that was named stands in for its datarisk.toml."""
    if config:
        yield _own(config)
    for place in upwards(folder):
        # Whatever has the name counts: a pipe or a link to nowhere is told, and not passed over.
        layers = [] if config or not os.path.lexists(place / CONFIG_FILE) else [_own(place / CONFIG_FILE)]
        layers += _of_project(place / _PROJECT)
        if layers:
            yield from layers
            return


def _own(path: Path) -> Layer:
    file = TomlFile(path, remedy="Check --config, or mend the file")
    return Layer(file, (), _beside(path, file.value))


def _of_project(path: Path) -> Iterator[Layer]:
    if not os.path.lexists(path):
        return
    file = TomlFile(path, remedy="Make it readable")
    tool = file.value.get("tool")
    table = tool.get("datarisk") if isinstance(tool, dict) else None
    if isinstance(table, dict):
        yield Layer(file, ("tool", "datarisk"), _beside(path, table))
    elif table is not None:
        remedy = "Write [tool.datarisk] above the settings"
        raise UsageError("tool.datarisk is no table", where=file.at("tool", "datarisk"), remedy=remedy)


#: What names a file that stands beside the settings, wherever the run was started; None for the settings themselves.
_BESIDE: Final[dict[str | None, tuple[str, ...]]] = {
    None: ("template_dir",),
    "controller": ("logo",),
    "policy": ("baseline", "waivers", "rules"),
}


def _beside(file: Path, layer: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(layer)
    for section, names in _BESIDE.items():
        table = found if section is None else found.get(section)
        if isinstance(table, Mapping):
            moved = {name: _moved(file.parent, table[name]) for name in names if name in table}
            if section is None:
                found |= moved
            else:
                found[section] = {**table, **moved}
    return found


def _moved(folder: Path, given: Any) -> Any:
    if isinstance(given, list):
        return [_moved(folder, item) for item in given]
    return str(folder / given) if isinstance(given, str) else given


# Mistakes ----------------------------------------------------------------------------------------------------------


def _check_spoken(layers: Sequence[Layer]) -> None:
    """A file may be anybody's who wrote to the working tree, so some things are for whoever starts a run alone."""
    for layer in layers:
        for key in SPOKEN_ONLY:
            if key in layer.values:
                remedy = f"Say --{key.replace('_', '-')} or {_PREFIX}{key.upper()}=1 yourself"
                raise UsageError(f"no settings file can say {key}", where=layer.place((key,)), remedy=remedy)


def _check_variables() -> None:
    """A mistyped variable is a mistake, too; what is far from all that there are may be anybody's."""
    known = {f"{section}__{key}" if section else key: (section, key) for section, key in _KNOWN}
    spellings = {**{key: f"{section}__{key}" for section, key in _KNOWN if section}, **{name: name for name in known}}
    for variable in os.environ:
        name = variable.lower().removeprefix(_PREFIX.lower())
        if not variable.upper().startswith(_PREFIX) or name in known or name.partition("__")[0] in SECTIONS:
            continue
        if close := get_close_matches(name, spellings, n=1, cutoff=0.8):
            remedy = f"Did you mean {_PREFIX}{spellings[close[0]].upper()}"
            raise UsageError("no such setting", where=f"environment, {variable}", remedy=f"{remedy}? Unset it if not")


def _no_text(value: Any, keys: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """The ways to what cannot be written out: what an argument held that is no UTF-8, and null characters."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _no_text(item, (*keys, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _no_text(item, (*keys, number))
    elif isinstance(value, Path):  # a file's name may be any bytes but that one
        yield from [keys] * ("\0" in str(value))
    elif isinstance(value, str) and ("\0" in value or any("\ud800" <= char <= "\udfff" for char in value)):
        yield keys


def _explained(error: ValidationError, flags: Mapping[str, Any], layers: Sequence[Layer]) -> UsageError:
    """The first mistake with the place that it came from; what was written there is not repeated, it may be secret."""
    first = error.errors(include_url=False, include_input=False)[0]
    keys = first["loc"]
    name = ".".join(map(str, keys))
    message = first["msg"].removeprefix("Value error, ")
    where = _origin(keys, flags, layers)
    if first["type"] == "extra_forbidden":
        return UsageError(f"no such setting: {name}", where=where, remedy=_instead(keys))
    return UsageError(f"{name}: {message}", where=where, remedy="Mend it; `datarisk init` shows every setting")


#: Every setting with its table, and every table.
_KNOWN: Final[tuple[tuple[str | None, str], ...]] = (
    *((None, key) for key in Settings.model_fields),
    *((section, key) for section, model in SECTIONS.items() for key in model.model_fields),
)
_SECRET: Final = re.compile("token|secret|passw|api_?key|bearer", re.IGNORECASE)
_CLOSE: Final = 0.7


def _instead(keys: Sequence[str | int]) -> str:
    """What to do about a key that is not known: the likeliest one with its table, then all that are known there."""
    key, table = str(keys[-1]), str(keys[0]) if len(keys) > 1 else None
    if _SECRET.search(key):
        return (
            "A token never stands in a settings file: put it into PREFACTOR_API_TOKEN, take it out here, and have it "
            "replaced if others can read this file"
        )

    likeness, section, close = max(
        ((SequenceMatcher(None, key, name).ratio(), there, name) for there, name in _KNOWN),
        key=lambda found: (round(found[0], 1), found[1] == table),
    )
    instead = f"[{close}]" if section is None and close in SECTIONS else close
    if section:
        instead = f"[{section}] {close}"
    elif table:
        instead += " above all tables"
    model: type[BaseModel] = SECTIONS.get(table or "", Settings)
    near = f"Did you mean {instead}? " if likeness >= _CLOSE else ""
    return f"{near}Known ones here are {', '.join(sorted(model.model_fields.keys() - SPOKEN_ONLY))}"


#: Options that are not called as their settings are.
_OPTIONS: Final = {
    "agents": "agent", "environments": "environment", "formats": "format", "language": "lang",
    "max_unknown_share": "max-unknown",
}  # fmt: skip


def _origin(keys: Sequence[str | int], flags: Mapping[str, Any], layers: Sequence[Layer]) -> str:
    """As the layers cover each other: the command line, the environment, the files."""
    names = [str(key) for key in keys[:2] if isinstance(key, str)]
    if _says(flags, keys):
        return f"command line, --{_OPTIONS.get(names[-1], names[-1]).replace('_', '-')}"
    variables = [_PREFIX + "__".join(names).upper(), *[ADDRESS] * (names == ["api_url"])]
    set_ = next((variable for variable in variables if os.environ.get(variable)), None)
    found = next((place for layer in layers if (place := layer.place(keys))), None)
    return f"environment, {set_ or variables[0]}" if set_ or found is None else found
