"""What to report and how, strongest first: flag, environment, ``datarisk.toml``, ``[tool.datarisk]``, default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, field_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from reporter.plain.colour import AMBER, NAVY, WHITE, contrast
from reporter.plain.language import ENGLISH, Message, codes
from reporter.plain.toml_lines import Strict

CONFIG_FILE: Final = "datarisk.toml"
TITLE: Final = Message("What our AI agents are declared to do")
Format = Literal[
    "html", "pdf", "json", "csv", "xlsx", "issues.csv", "findings.csv", "ropa.csv", "dpia.csv", "cyclonedx", "oscal",
    "dpv"
]  # fmt: skip
"""A document of a report: ``report.`` and the format, or the format itself where it is a name."""
ENDINGS: Final[dict[Format, str]] = {"cyclonedx": "cdx.json", "oscal": "oscal.json", "dpv": "dpv.jsonld"}
"""Those formats whose files end in something else; what programs of others read is known by its ending."""


def _listed(value: Any) -> Any:
    """A list in the environment is written with commas."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    """An ISO 8601 time, in UTC where it says nothing else; a date stands for the end of its day."""
    with suppress(ValueError):
        if isinstance(value, str):
            value = date.fromisoformat(value) if len(value) <= len("2026-11-23") else datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time.max, UTC)
    raise ValueError("not an ISO 8601 date or time, such as 2026-11-23 or 2026-11-23T18:00:00Z")


def _edge(value: Any) -> Any:
    """An edge of a window: so many days ago, or a time or a day in ISO 8601, which stays as it was said."""
    if isinstance(value, datetime | date):
        value = value.isoformat()
    if isinstance(value, str):
        if re.fullmatch(r"[0-9]{1,5}d", value):
            return value
        with suppress(ValueError):
            datetime.fromisoformat(value)
            return value
    raise ValueError("neither days, such as 30d, nor an ISO 8601 date or time, such as 2026-11-23")


def _text(value: Any) -> Any:
    """A null character or half a surrogate, as an option may hold what is no UTF-8, could not be written out again."""
    items = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else [value]
    # A file's name may be any bytes but that one.
    texts = [str(item).encode(errors="ignore").decode() if isinstance(item, Path) else item for item in items]
    if any(re.search("[\0\ud800-\udfff]", text) for text in texts if isinstance(text, str)):
        raise ValueError("holds what is no text in UTF-8; write it in UTF-8, without null characters")
    return value


def _language(value: str) -> str:
    if value not in codes():
        raise ValueError(f"no such language. Those that are there are {', '.join(codes())}")
    return value


_Strings = Annotated[list[str], NoDecode, BeforeValidator(_listed)]
_Formats = Annotated[list[Format], NoDecode, BeforeValidator(_listed)]
_Annexes = Annotated[list[Literal["catalogue", "rows"]], NoDecode, BeforeValidator(_listed)]
_Paths = Annotated[list[Path], NoDecode, BeforeValidator(_listed)]
_Jurisdictions = Annotated[list[Literal["EU", "UK", "US"]], NoDecode, BeforeValidator(_listed)]
_Edge = Annotated[str, BeforeValidator(_edge)]
_Moment = Annotated[datetime, BeforeValidator(_moment)]
_Language = Annotated[str, AfterValidator(_language)]


class _Section(Strict):
    _texts = field_validator("*")(_text)


class ControllerSettings(_Section):
    """Who hands the report out."""

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


class ThemeSettings(_Section):
    """How a report looks."""

    accent: Annotated[str, AfterValidator(_accent)] = Field(
        default=NAVY, description="The colour of what was decided, dark enough to be read on white and on amber."
    )
    page_size: Literal["A4", "Letter"] = Field(default="A4", description="The size of the paper: A4 or Letter.")


class PolicySettings(_Section):
    """What the organisation tolerates, and which rules it holds declarations against."""

    fail_on: Literal["info", "low", "medium", "high", "never"] = Field(
        default="never", description="The severity from which on a finding fails `datarisk check`, or never."
    )
    fail_on_new: bool = Field(default=False, description="Whether only findings that the baseline lacks fail it.")
    baseline: Path | None = Field(
        default=None,
        description="The baseline, beside this file: a bundle, a report.json or a baseline file; "
        "datarisk-baseline.json by default.",
    )
    max_not_assessed: int | None = Field(
        default=None,
        ge=0,
        examples=[0],
        description="How many span types that are not assessed are tolerated; by default any, as long as they leave "
        "no agent mostly unanswered.",
    )
    max_unknown_share: float | None = Field(
        default=None,
        ge=0,
        le=100,
        examples=[25],
        description="How many percent of fields, in sum and of each agent, may have no decided value; by default any.",
    )
    waivers: Path | None = Field(
        default=None, description="The file of waivers, beside this file; datarisk-waivers.toml by default."
    )
    facts: Path | None = Field(
        default=None, description="The file of facts, beside this file; datarisk-facts.toml by default."
    )
    unknowns_may_rise: bool = Field(
        default=False, description="Whether an agent may have more undecided fields than in the baseline."
    )
    max_unknown_age_days: int | None = Field(
        default=None,
        ge=1,
        examples=[90],
        description="For how many days a field may stay undecided, by the runs of the archive; by default for ever.",
    )
    no_unknown_special_with_way_out: bool = Field(
        default=False,
        description="Whether a field under GDPR Art. 9 or 10 has to be decided unless external communication is ruled "
        "out.",
    )
    max_waiver_days: int = Field(default=365, ge=1, description="For how many days a waiver may be in force.")
    non_waivable: _Strings = Field(default=[], description="Rules whose findings no waiver accepts.")
    severities: dict[str, Literal["info", "low", "medium", "high", "off"]] = Field(
        default={}, description="Other severities for rules, or off: a table of ids and severities."
    )
    rules: _Paths = Field(default=[], description="Files with rules of your own, beside this file.")
    jurisdictions: _Jurisdictions = Field(
        default=[],
        description="Whose provisions are named, EU, UK or US, with what UK and US law has beside the GDPR; empty for "
        "what the rules name themselves.",
    )


class SealSettings(_Section):
    """What a run is sealed with."""

    key: Path | None = Field(
        default=None, description="The private key that runs are sealed with, in PEM; `datarisk keys new` makes one."
    )
    certificate: Path | None = Field(
        default=None, description="The key's certificate in PEM, and after it those that lead to who issued it."
    )
    passphrase_file: Path | None = Field(
        default=None, description="What opens the key, where DATARISK_SEAL_PASSPHRASE does not say it."
    )
    timestamp_url: str | None = Field(
        default=None, description="A time-stamp server (RFC 3161), asked when PDFs are signed."
    )


class Settings(BaseSettings):
    """Everything that a run can be told."""

    model_config = SettingsConfigDict(
        env_prefix="DATARISK_", env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    output: Path = Field(default=Path("reports"), description="The folder that runs are kept in.")
    archive: str | None = Field(
        default=None,
        description="Where runs are kept besides and looked for, a folder or an address that fsspec knows; by default "
        "output.",
    )
    history: bool = Field(default=True, description="Whether a report shows what became of things since earlier runs.")
    reuse: bool = Field(
        default=True, description="Whether schema versions that an earlier run has read are not asked for again."
    )
    formats: _Formats = Field(default=["html", "pdf", "json"], min_length=1, description="What to write.")
    annexes: _Annexes = Field(
        default=[],
        examples=[["catalogue"]],
        description="What a printed report gets besides: the catalogue of rules; of many agents, rows behind answers.",
    )
    pdf_profile: Literal["archive", "accessible", "plain"] = Field(
        default="archive",
        description="What the PDF says that it is: PDF/A-3 that carries its evidence and is PDF/UA as well (archive), "
        "PDF/UA alone (accessible), or neither (plain).",
    )
    language: _Language = Field(default=ENGLISH.code, description=f"The language of the report: {', '.join(codes())}.")
    versions: _Strings = Field(
        default=["current"], min_length=1, description="current, latest, all, or ids of schema versions."
    )
    environments: _Strings = Field(default=[], description="Names of environments; empty for all.")
    agents: _Strings = Field(default=[], description="Patterns of agents' names or ids; empty for all.")
    as_of: _Moment | None = Field(default=None, description="Keeps what was registered by then (ISO 8601).")
    include_retired: bool = Field(default=False, description="Whether retired agents count.")
    agent_name: str | None = Field(default=None, description="The agent of files that name none.")
    observed: bool = Field(
        default=False, description="Whether the platform's runs are read and held against what is declared."
    )
    since: _Edge | None = Field(
        default=None,
        examples=["30d"],
        description="From when on runs count: days, such as 30d, or an ISO 8601 date or time; by default unseen_days.",
    )
    until: _Edge | None = Field(
        default=None,
        examples=["2026-11-23"],
        description="Until when runs count, likewise; by default all since.",
    )
    labels: bool = Field(
        default=False,
        description="Whether rows of spans are read for the labels of sensitive values; nothing else of them is kept.",
    )
    unseen_days: int = Field(
        default=90, ge=1, le=36500, description="For how many days a declared span type may not run before it is told."
    )
    max_runs: int = Field(
        default=1000, ge=1, description="Of how many runs of an agent details are read, where lists tell no counts."
    )
    allow_empty: bool = Field(default=False, description="Whether a report about no agents is what is wanted.")
    api_url: str | None = Field(
        default=None,
        description="The platform's address; a token goes there only if PREFACTOR_API_URL or the call names it, too.",
    )
    insecure_http: SkipJsonSchema[bool] = Field(default=False, description="Whether the token may go over plain http.")
    timeout: float = Field(default=15, gt=0, description="Seconds after which a silent platform is given up.")
    in_flight: int = Field(default=6, ge=1, le=64, description="How many requests may wait for an answer at a time.")
    answer_timeout: float = Field(
        default=30, gt=0, description="Seconds that one whole answer may take, and that the platform may have us wait."
    )
    max_answer_megabytes: int = Field(default=20, ge=1, description="How large one answer may be once it is unpacked.")
    max_headers: int = Field(default=100, ge=1, description="How many headers an answer may have.")
    max_header_kilobytes: int = Field(
        default=64, ge=1, le=96, description="How large the headers of an answer may be together."
    )
    max_pages: int = Field(default=1000, ge=1, description="How many pages of a list are read.")
    max_megabytes: int = Field(default=100, ge=1, description="How large one input file may be.")
    exclude: _Strings = Field(
        default=[],
        examples=[["drafts", "*.draft.json"]],
        description="What is left out of folders: patterns of names, or of paths from the folder that is named.",
    )
    template_dir: Path | None = Field(default=None, description="A folder of templates that stand in for ours.")
    template_timeout: float = Field(
        default=300, gt=0, description="Seconds of processor time that one document made with such templates may take."
    )
    template_memory: int = Field(default=4000, ge=100, description="Megabytes of memory that it may take.")
    controller: ControllerSettings = Field(default_factory=ControllerSettings)
    theme: ThemeSettings = Field(default_factory=ThemeSettings)
    policy: PolicySettings = Field(default_factory=PolicySettings)
    seal: SealSettings = Field(default_factory=SealSettings)

    _texts = field_validator("*")(_text)
    _layers: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        *_: Any,
        **_others: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, then the files in their order; a .env file or a folder of secrets is not ours to read."""
        files = (InitSettingsSource(settings_cls, dict(layer)) for layer in cls._layers)
        return (init_settings, env_settings, *files)


SECTIONS: Final[dict[str, type[BaseModel]]] = {
    "controller": ControllerSettings,
    "theme": ThemeSettings,
    "policy": PolicySettings,
    "seal": SealSettings,
}
SPOKEN_ONLY: Final = frozenset({"insecure_http"})
"""What only the command line and the environment can say."""
