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

from pydantic import ValidationError
from pydantic_settings import SettingsError

from reporter.errors import UsageError
from reporter.plain.canonical import digest
from reporter.plain.disk import named, upwards
from reporter.plain.toml_lines import Keys, TomlFile, first_mistake
from reporter.settings import CONFIG_FILE, SECTIONS, SPOKEN_ONLY, Settings

ADDRESS: Final = "PREFACTOR_API_URL"
"""The platform's address as the vendor's own tools take it; it says the same as ``DATARISK_API_URL``."""

PASSPHRASE: Final = "DATARISK_SEAL_PASSPHRASE"  # noqa: S105 (its name)
"""What opens the key that runs are sealed with; no option and no settings file can say it."""

_PREFIX: Final = "DATARISK_"
#: Options that are not called as their settings are.
_OPTIONS: Final = {
    "agents": "agent", "annexes": "annex", "environments": "environment", "formats": "format", "language": "lang",
    "max_unknown_share": "max-unknown", "key": "seal-key", "certificate": "seal-certificate",
}  # fmt: skip
#: What names a file that stands beside the settings, wherever the run was started.
_BESIDE: Final[tuple[Keys, ...]] = (
    ("template_dir",), ("controller", "logo"), ("policy", "baseline"), ("policy", "waivers"), ("policy", "facts"),
    ("policy", "rules"), ("seal", "key"), ("seal", "certificate"), ("seal", "passphrase_file"),
)  # fmt: skip
#: Every setting with its table, and every table.
_KNOWN: Final[tuple[tuple[str | None, str], ...]] = (
    *((None, key) for key in Settings.model_fields),
    *((section, key) for section, model in SECTIONS.items() for key in model.model_fields),
)
_SECRET: Final = re.compile("token|secret|passw|api_?key|bearer", re.IGNORECASE)
_CLOSE: Final = 0.7


@dataclass(frozen=True, slots=True)
class Applied:
    """A file that counts, for whoever asks later by which limits was judged.

    Attributes:
        path: From the root of the working tree; never an absolute one.
        sha256: The digest of its bytes.
    """

    kind: Literal["settings", "waivers", "facts", "baseline"]
    path: str
    sha256: str


def applied(kind: Literal["settings", "waivers", "facts"], file: TomlFile) -> Applied:
    """What is told of a file that counts."""
    return Applied(kind, named(file.path, Path()), digest(file.data))


@dataclass(frozen=True, slots=True)
class Layer:
    """A file that settings are read from, and the table in it that holds them.

    Attributes:
        own: Whether it is one report's own, which says more than what holds for every run here, the environment too.
    """

    file: TomlFile
    table: Keys
    values: Mapping[str, Any]
    own: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a run was told: its settings, what the command line says of them, and the files, strongest first."""

    settings: Settings
    flags: Mapping[str, Any]
    layers: tuple[Layer, ...]

    def origin(self, keys: Sequence[str | int]) -> str:
        """Where a setting comes from, for a message about it."""
        return _origin(keys, self.flags, self.layers)


def read(
    flags: Mapping[str, Any], *, config: Path | None = None, folder: Path | None = None, own: Layer | None = None
) -> Told:
    """What a run is told.

    Args:
        flags: What the command line says; None stands for what it does not say.
        config: A file to read instead of ``datarisk.toml``.
        folder: Where to look for files, upwards; the working directory by default.
        own: The table of one report, which is stronger than all but the flags.

    Raises:
        UsageError: A file is not there or not TOML, a key is not known, or a value is not of its kind.
    """
    layers = (*([own] if own else ()), *_files(config, folder or Path()))
    given = _said(flags)
    # A file may be anybody's who wrote to the working tree, so some things are for whoever starts a run alone.
    for layer in layers:
        for key in SPOKEN_ONLY & layer.values.keys():
            remedy = f"Say --{key.replace('_', '-')} or {_PREFIX}{key.upper()}=1 yourself"
            raise UsageError(f"no settings file can say {key}", where=layer.file.at(*layer.table, key), remedy=remedy)
    _check_variables()
    spoken = {"api_url": os.environ[ADDRESS]} if os.environ.get(ADDRESS) else {}

    class Layered(Settings):
        _layers = (spoken, *(layer.values for layer in layers if not layer.own))

    try:
        return Told(Layered(**_over(own.values if own else {}, given)), given, layers)
    except ValidationError as error:
        keys, what, unknown = first_mistake(error, "setting")
        remedy = _instead(keys) if unknown else "Mend it; `datarisk init` shows every setting"
        raise UsageError(what, where=_origin(keys, given, layers), remedy=remedy) from error
    except SettingsError as error:
        field = re.search('field "([a-z_]+)"', str(error))
        ours = [name for name in os.environ if field and name.upper().startswith(f"{_PREFIX}{field[1].upper()}")]
        where = f"environment, {' or '.join(ours)}"
        raise UsageError("no JSON, in which tables are written there", where=where, remedy="Mend it") from error


def _said(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The flags that were given; a section is a mapping of its own."""
    said = {name: _said(value) if isinstance(value, Mapping) else value for name, value in flags.items()}
    return {name: value for name, value in said.items() if value is not None and value != {}}


def _over(weaker: Mapping[str, Any], stronger: Mapping[str, Any]) -> dict[str, Any]:
    """Both, of which the latter counts where they say the same; a section is put together from both."""
    both = {name: {**weaker[name], **stronger[name]} for name in SECTIONS if _sections(weaker, stronger, name)}
    return {**weaker, **stronger, **both}


def _sections(weaker: Mapping[str, Any], stronger: Mapping[str, Any], name: str) -> bool:
    return isinstance(weaker.get(name), Mapping) and isinstance(stronger.get(name), Mapping)


def addresses() -> frozenset[str]:
    """The addresses that whoever started a run has named: several platforms have a variable each, with an ending."""
    names = (ADDRESS, f"{_PREFIX}API_URL")
    return frozenset(
        value for name, value in os.environ.items() if name in names or name.startswith(f"{ADDRESS}_") if value
    )


def beside(folder: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a table, in which names of other files lead there from anywhere."""
    found: dict[str, Any] = _beside(folder, values)
    return found


def _files(config: Path | None, folder: Path) -> Iterator[Layer]:
    """The settings of the nearest folder that has any; a file that was named stands in for its datarisk.toml."""
    if config:
        yield from _layer(config)
    for place in upwards(folder):
        # Whatever has the name counts: a pipe or a link to nowhere is told, and not passed over.
        own = [] if config or not os.path.lexists(place / CONFIG_FILE) else [*_layer(place / CONFIG_FILE)]
        project = place / "pyproject.toml"
        layers = [*own, *(_layer(project, "tool", "datarisk") if os.path.lexists(project) else ())]
        yield from layers
        if layers:
            return


def _layer(path: Path, *table: str) -> Iterator[Layer]:
    file = TomlFile(path, remedy="Mend it, or name another one with --config")
    values: Any = file.value
    for key in table:
        values = values.get(key) if isinstance(values, dict) else None
    if isinstance(values, dict):
        yield Layer(file, table, beside(path.parent, values))
    elif values is not None:
        what, remedy = f"{'.'.join(table)} is no table", f"Write [{'.'.join(table)}] above the settings"
        raise UsageError(what, where=file.at(*table), remedy=remedy)


def _beside(folder: Path, value: Any, keys: Keys = ()) -> Any:
    """The settings of a file, in which names of other files lead there from anywhere."""
    if isinstance(value, dict) and len(keys) <= 1:  # no setting stands deeper, and hostile files go as deep as they can
        return {key: _beside(folder, item, (*keys, key)) for key, item in value.items()}
    if keys not in _BESIDE:
        return value
    if isinstance(value, list):
        return [_beside(folder, item, keys) for item in value]
    return str(folder / value) if isinstance(value, str) else value


def _origin(keys: Sequence[str | int], flags: Mapping[str, Any], layers: Sequence[Layer]) -> str:
    """As the layers cover each other: the command line, the environment, the files."""
    names = [str(key) for key in keys[:2] if isinstance(key, str)]
    if _says(flags, keys):
        return f"command line, --{_OPTIONS.get(names[-1], names[-1]).replace('_', '-')}"
    if own := next((each for each in layers if each.own and _says(each.values, keys)), None):
        return own.file.at(*own.table, *keys)
    variables = [_PREFIX + "__".join(names).upper(), *[ADDRESS] * (names == ["api_url"])]
    set_ = next((variable for variable in variables if os.environ.get(variable)), None)
    found = next((layer.file.at(*layer.table, *keys) for layer in layers if _says(layer.values, keys)), None)
    return f"environment, {set_ or variables[0]}" if set_ or found is None else found


def _says(values: Mapping[str, Any], keys: Sequence[str | int]) -> bool:
    """Whether a layer has a word in a setting; sections are put together from all layers, all else is taken whole."""
    found = values.get(str(keys[0]))
    return found is not None and (not isinstance(found, Mapping) or len(keys) == 1 or keys[1] in found)


def _check_variables() -> None:
    """A mistyped variable is a mistake, too; what is far from all that there are may be anybody's."""
    whole = {f"{section}__{key}" if section else key: key for section, key in _KNOWN}
    spellings = {key: name for name, key in whole.items()} | {name: name for name in whole}
    for variable in os.environ.keys() - {PASSPHRASE}:
        name = variable.lower().removeprefix(_PREFIX.lower())
        if not variable.upper().startswith(_PREFIX) or name in whole or name.partition("__")[0] in SECTIONS:
            continue
        if close := get_close_matches(name, spellings, n=1, cutoff=0.8):
            remedy = f"Did you mean {_PREFIX}{spellings[close[0]].upper()}? Unset it if not"
            raise UsageError("no such setting", where=f"environment, {variable}", remedy=remedy)


def _instead(keys: Sequence[str | int]) -> str:
    """What to do about a key that is not known: the likeliest one with its table, then all that are known there."""
    key, table = str(keys[-1]), str(keys[0]) if len(keys) > 1 else None
    if _SECRET.search(key):
        return (
            "A token never stands in a settings file: put it into PREFACTOR_API_TOKEN, take it out here, and have it "
            "replaced if others can read this file"
        )
    # Of names that are about as likely, one of the same table.
    likeness, section, close = max(
        ((SequenceMatcher(None, key, name).ratio(), there, name) for there, name in _KNOWN),
        key=lambda found: (round(found[0], 1), found[1] == table),
    )
    instead = f"[{section}] {close}" if section else f"[{close}]" if close in SECTIONS else close
    if table and not section:
        instead += " above all tables"
    near = f"Did you mean {instead}? " if likeness >= _CLOSE else ""
    known = SECTIONS.get(table or "", Settings).model_fields.keys() - SPOKEN_ONLY
    return f"{near}Known ones here are {', '.join(sorted(known))}"
