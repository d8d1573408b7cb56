"""The commands that read declarations: ``report``, ``collect`` and ``demo``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from reporter import bundle, credentials, language, logo, pipeline
from reporter.cli.terminal import Terminal, count
from reporter.errors import DatariskError, EvidenceError, MissingPart, UsageError
from reporter.model import Gap, Source
from reporter.prefactor import records
from reporter.prefactor.made_up import account
from reporter.prefactor.shapes import Unit, units
from reporter.render.document import Theme
from reporter.report import Controller, Report
from reporter.scope import Missing, Selection
from reporter.settings import TITLE, Settings, load
from reporter.sources import snapshot
from reporter.sources.collected import Collected, together
from reporter.sources.files import STDIN, Files
from reporter.sources.platform import Platform
from reporter.text import shown

_DEMO = "made-up account on a local registry"


def report(
    terminal: Terminal,
    *,
    sources: Sequence[str],
    config: Path | None,
    token_file: Path | None,
    split: str | None,
    **flags: Any,
) -> int:
    """Collects, aggregates and writes a run; returns the exit status."""
    settings = _settings(flags, config)
    order = _order(settings, clock())
    _look_through(terminal, order.theme)
    bundle.check_writable(settings.output)
    collected = _collect(terminal, sources, settings, token_file, order.generated_at)
    return _write(terminal, pipeline.run(collected, order), settings, split=bool(split))


def collect(
    terminal: Terminal,
    *,
    sources: Sequence[str],
    config: Path | None,
    token_file: Path | None,
    destination: str,
    **flags: Any,
) -> int:
    """Writes the evidence alone; returns the exit status."""
    settings = _settings(flags, config)
    inventory = _collect(terminal, sources, settings, token_file, clock()).inventory()
    data = snapshot.to_bytes(inventory)
    if destination == STDIN:
        sys.stdout.buffer.write(data)
    else:
        bundle.write_file(Path(destination), data)
        terminal.result(destination)
    terminal.gaps(_gap(gap) for gap in inventory.gaps)
    return EvidenceError.exit_status if inventory.gaps else 0


def demo(terminal: Terminal, *, split: str | None, **flags: Any) -> int:
    """Reports about the made-up company: registered with a local registry over HTTP, and collected from it.

    Without the extra that the registry needs, from the answers that the registry would have given.
    """
    settings = _settings(flags, None)
    now = clock()
    order = _order(settings, now)
    _look_through(terminal, order.theme)
    bundle.check_writable(settings.output)
    try:
        from reporter.prefactor.registry import filling
    except MissingPart as missing:
        terminal.say(
            f"The local registry is not installed, so the demo reads its answers from files. {missing.remedy}."
        )
        collected = _made_up_answers(now)
    else:
        with terminal.progress("agents read") as bar, filling.filled() as registry:
            access = credentials.Access(registry.url, SecretStr(registry.token), "the demo", settings.timeout)
            collected = Platform(access, _selection(settings), now, _DEMO).collect(bar.count)
    terminal.say("A made-up company's declarations; none of it is real.")
    return _write(terminal, pipeline.run(collected, order), settings, split=bool(split))


def _made_up_answers(now: datetime) -> Collected:
    kept = [
        records.record(unit.kind, unit.value, source=_DEMO, location=f"{name}#{unit.pointer}")
        for name, answer in account.answers()
        for unit in units(answer)
        if isinstance(unit, Unit)
    ]
    return Collected((Source("files", _DEMO, now),), tuple(kept))


def clock() -> datetime:
    """Now, or what ``SOURCE_DATE_EPOCH`` says, so that a run can be made again byte for byte.

    Raises:
        UsageError: It holds no number of seconds.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if not given:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(given), UTC)
    except (ValueError, OverflowError, OSError) as error:
        remedy = "Give it the seconds since 1970-01-01, or unset it"
        raise UsageError("not a time", where="SOURCE_DATE_EPOCH", remedy=remedy) from error


def _settings(flags: dict[str, Any], config: Path | None) -> Settings:
    """What an option that may be given several times was never given is left to the other layers."""
    return load({name: list(v) or None if isinstance(v, tuple) else v for name, v in flags.items()}, config=config)


def _selection(settings: Settings) -> Selection:
    return Selection(
        versions=tuple(settings.versions),
        environments=tuple(settings.environments),
        as_of=settings.as_of,
        agents=tuple(settings.agents),
        include_retired=settings.include_retired,
    )


def _order(settings: Settings, now: datetime) -> pipeline.Order:
    given = settings.controller
    picture = logo.uri(given.logo) if given.logo else None
    spoken = language.of(settings.language)
    title = given.title if "title" in given.model_fields_set else spoken.say(TITLE)
    controller = Controller(given.name, title, given.contact, picture, given.notice)
    look = settings.theme
    theme = Theme(look.page_size, look.accent, settings.template_dir, settings.template_timeout)
    return pipeline.Order(_selection(settings), controller, now, settings.allow_empty, spoken, theme)


def _look_through(terminal: Terminal, theme: Theme) -> None:
    """Finds mistakes in templates of the user's own before anything is read."""
    if theme.templates:
        from reporter.render import templates

        for name in templates.looked_through(theme.templates):
            terminal.complain(f"{theme.templates / name} stands in for no template of ours, and none includes it")


def _collect(
    terminal: Terminal, sources: Sequence[str], settings: Settings, token_file: Path | None, now: datetime
) -> Collected:
    """Addresses and, where nothing is named, the platform of the settings; all else are files. Files first."""
    addresses = [source for source in sources if "://" in source]
    paths = [source for source in sources if "://" not in source]
    parts: list[Collected] = []
    if paths:
        with terminal.progress("reading") as bar:
            parts.append(Files(paths, now, settings.agent_name, settings.max_megabytes).collect(bar.count))
    for address in addresses if sources else [None]:
        with terminal.progress("agents read") as bar:
            parts.append(platform(settings, now, token_file=token_file, address=address).collect(bar.count))
    return together(parts)


def platform(
    settings: Settings, now: datetime, *, token_file: Path | None = None, address: str | None = None
) -> Platform:
    """The platform to read; a profile's token goes to the profile's own address and to no other.

    Raises:
        NoTokenError: There is no token.
        UsageError: It belongs to another address.
    """
    found = credentials.find(os.environ, token_file=token_file)
    if (
        address
        and found.url
        and credentials.Access(address, found.token, "").base != credentials.Access(found.url, found.token, "").base
    ):
        remedy = "Set PREFACTOR_API_TOKEN, or give a --token-file, for this address"
        raise UsageError(f"the token of {found.origin} belongs to another platform", where=address, remedy=remedy)
    url = address or found.url or settings.api_url or credentials.DEFAULT_URL
    access = credentials.Access(url, found.token, found.origin, settings.timeout, settings.in_flight)
    return Platform(access, _selection(settings), now)


def _write(terminal: Terminal, found: pipeline.Run, settings: Settings, *, split: bool) -> int:
    with terminal.progress("writing") as bar:
        written = pipeline.write(found, settings.formats, settings.output, split=split, progress=bar.step)
    terminal.say(_summary(found.report))
    terminal.gaps([*map(_gap, found.inventory.gaps), *map(_gap, found.scope.gaps)])
    if not found.report.complete:
        terminal.complain("the evidence is incomplete, and the report says so; nothing may be concluded from absence")
    for problem in written.problems:
        terminal.error(problem)
    terminal.result(str(written.folder))
    return max([0 if found.report.complete else EvidenceError.exit_status, *map(_status, written.problems)])


def _status(problem: DatariskError) -> int:
    return problem.exit_status


def _summary(view: Report) -> str:
    totals = view.totals
    return (
        f"{count(totals.agents, 'agent')}, {count(totals.span_types, 'span type')}; {totals.known_cells:,} of "
        f"{totals.cells:,} fields known; {count(totals.not_assessed, 'span type')} not assessed"
    )


def _gap(gap: Gap | Missing) -> str:
    place = f" ({gap.location})" if gap.location and gap.location not in str(gap.what) else ""
    return shown(f"not read: {gap.what}{place}: {gap.why}", 1000)
