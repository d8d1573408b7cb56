"""What to report and how, strongest first: flag, environment, ``datarisk.toml``, ``[tool.datarisk]``, default."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from reporter.colour import AMBER, NAVY, WHITE, contrast
from reporter.errors import UsageError
from reporter.language import ENGLISH, Message, codes

CONFIG_FILE: Final = "datarisk.toml"
TITLE: Final = Message("What our AI agents are declared to do")
Format = Literal["html", "pdf", "json"]


def _listed(value: Any) -> Any:
    """A list in the environment is written with commas."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    """An ISO 8601 time, in UTC where it says nothing else; a date stands for the end of its day."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) <= len("2026-11-23") else datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError("not an ISO 8601 date or time, such as 2026-11-23 or 2026-11-23T18:00:00Z") from error
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time.max, UTC)
    raise ValueError("not an ISO 8601 date or time, such as 2026-11-23 or 2026-11-23T18:00:00Z")


def _language(value: str) -> str:
    if value not in codes():
        raise ValueError(f"no such language: {value}. Those that are there are {', '.join(codes())}")
    return value


_Strings = Annotated[list[str], NoDecode, BeforeValidator(_listed)]
_Formats = Annotated[list[Format], NoDecode, BeforeValidator(_listed)]
_Moment = Annotated[datetime, BeforeValidator(_moment)]
_Language = Annotated[str, AfterValidator(_language)]


class ControllerSettings(BaseModel):
    """Who hands the report out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = Field(default=None, description="The controller's name, on the cover and in running heads.")
    title: str = Field(default=str(TITLE), description="The report's title; the default is translated.")
    contact: str | None = Field(default=None, description="The data protection contact.")
    logo: Path | None = Field(default=None, description="A PNG, JPEG or SVG file, beside this file or absolute.")
    notice: str | None = Field(default=None, description="A paragraph on the cover, such as who may read this.")


_ON_WHITE: Final = 4.5  # WCAG 2.2, 1.4.3
_ON_AMBER: Final = 3.0  # 1.4.11


def _accent(value: str) -> str:
    if not re.fullmatch("#[0-9a-fA-F]{6}", value):
        raise ValueError("not a colour such as #14365C")
    for ground, name, least in ((WHITE, "white", _ON_WHITE), (AMBER, "amber", _ON_AMBER)):
        found = contrast(value, ground)
        if found < least:
            raise ValueError(f"its contrast with {name} is {found:.1f}, and at least {least} is needed to read it")
    return value


class ThemeSettings(BaseModel):
    """How a report looks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accent: Annotated[str, AfterValidator(_accent)] = Field(
        default=NAVY, description="The colour of what was decided, dark enough to be read on white and on amber."
    )
    page_size: Literal["A4", "Letter"] = Field(default="A4", description="The size of the paper: A4 or Letter.")


class Settings(BaseSettings):
    """Everything that a run can be told."""

    model_config = SettingsConfigDict(
        env_prefix="DATARISK_", env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    output: Path = Field(default=Path("reports"), description="The folder that runs are kept in.")
    formats: _Formats = Field(default=["html", "pdf", "json"], min_length=1, description="What to write.")
    language: _Language = Field(default=ENGLISH.code, description=f"The language of the report: {', '.join(codes())}.")
    versions: _Strings = Field(
        default=["current"], min_length=1, description="current, latest, all, or ids of schema versions."
    )
    environments: _Strings = Field(default=[], description="Names of environments; empty for all.")
    agents: _Strings = Field(default=[], description="Patterns of agents' names or ids; empty for all.")
    as_of: _Moment | None = Field(default=None, description="Keeps what was registered by then (ISO 8601).")
    include_retired: bool = Field(default=False, description="Whether retired agents count.")
    agent_name: str | None = Field(default=None, description="The agent of files that name none.")
    allow_empty: bool = Field(default=False, description="Whether a report about no agents is what is wanted.")
    api_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("api_url", "PREFACTOR_API_URL"),
        description="The platform's address; PREFACTOR_API_URL in the environment says the same.",
    )
    timeout: float = Field(default=15, gt=0, description="Seconds after which a silent platform is given up.")
    in_flight: int = Field(default=6, ge=1, le=64, description="How many requests may wait for an answer at a time.")
    max_megabytes: int = Field(default=100, ge=1, description="How large one input file may be.")
    template_dir: Path | None = Field(default=None, description="A folder of templates that stand in for ours.")
    template_timeout: float = Field(default=60, gt=0, description="Seconds that filling such templates may take.")
    controller: ControllerSettings = Field(default_factory=ControllerSettings)
    theme: ThemeSettings = Field(default_factory=ThemeSettings)

    _layers: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (a .env file is not ours to read)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (nor a folder of secrets)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, then the files in their order."""
        files = (InitSettingsSource(settings_cls, dict(layer)) for layer in cls._layers)
        return (init_settings, env_settings, *files)


def load(flags: Mapping[str, Any], *, config: Path | None = None, folder: Path | None = None) -> Settings:
    """The settings of a run.

    Args:
        flags: What the command line says; None stands for what it does not say.
        config: A file to read instead of ``datarisk.toml`` in the folder.
        folder: Where to look for ``datarisk.toml`` and ``pyproject.toml``; the working directory by default.

    Raises:
        UsageError: A file is not there or not TOML, a key is not known, or a value is not of its kind.
    """
    files = _files(config, folder or Path())
    given = {name: value for name, value in flags.items() if value is not None}

    class Layered(Settings):
        _layers = tuple(layer for _, layer in files)

    try:
        return Layered(**given)
    except ValidationError as error:
        raise _explained(error, given, files) from error


def _files(config: Path | None, folder: Path) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    own = config or folder / CONFIG_FILE
    if config or own.is_file():
        found.append((str(own), _beside(own, _toml(own))))
    project = folder / "pyproject.toml"
    if project.is_file():
        found.append(
            (f"{project} [tool.datarisk]", _beside(project, _toml(project).get("tool", {}).get("datarisk", {})))
        )
    return found


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(path), remedy="Check --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"not TOML: {error}", where=str(path), remedy="Mend it, or start anew with init") from error


def _beside(file: Path, layer: dict[str, Any]) -> dict[str, Any]:
    """Logo and templates are found from the file that names them, wherever the run was started."""
    found = dict(layer)
    if isinstance(found.get("template_dir"), str):
        found["template_dir"] = str(file.parent / found["template_dir"])
    controller = found.get("controller")
    if isinstance(controller, dict) and isinstance(controller.get("logo"), str):
        found["controller"] = {**controller, "logo": str(file.parent / controller["logo"])}
    return found


def _explained(error: ValidationError, flags: Mapping[str, Any], files: list[tuple[str, dict[str, Any]]]) -> UsageError:
    """The first mistake with the place that it came from."""
    first = error.errors(include_url=False, include_input=False)[0]
    keys = [str(key) for key in first["loc"]]
    name = ".".join(keys)
    message = first["msg"].removeprefix("Value error, ")
    if keys[0] in flags:
        where = "command line"
    else:
        where = next((file for file, layer in files if keys[0] in layer), f"environment, DATARISK_{keys[0].upper()}")
    if first["type"] == "extra_forbidden":
        sections: dict[str, type[BaseModel]] = {"controller": ControllerSettings, "theme": ThemeSettings}
        known = ", ".join(sorted((sections[keys[0]] if len(keys) > 1 else Settings).model_fields))
        return UsageError(f"no such setting: {name}", where=where, remedy=f"Known ones here are {known}")
    return UsageError(f"{name}: {message}", where=where, remedy="Mend it; `datarisk init` shows every setting")
