"""What all commands that read declarations do first: settings, clock, rules, waivers, and the evidence itself."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reporter import layers, pipeline
from reporter.cli.terminal import Terminal, count
from reporter.declared.model import Inventory
from reporter.declared.scope import Missing, Selection
from reporter.errors import UsageError
from reporter.layers import Told
from reporter.plain import language
from reporter.plain.disk import nearest
from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.plain.toml_lines import TomlFile
from reporter.prefactor.records import Collected, together
from reporter.render.document import Theme
from reporter.review import catalogue
from reporter.review.catalogue import Switches
from reporter.review.waiver_file import WAIVERS_FILE, Terms, load
from reporter.settings import TITLE, Settings
from reporter.sources.files import Files
from reporter.view.findings import Waiver
from reporter.view.gaps import Kind, kinds
from reporter.view.gaps import gaps as told_gaps
from reporter.view.report import Controller

if TYPE_CHECKING:
    from reporter.sources.platform import Platform

#: What options say about the policy; each stands for the setting of its name in ``[policy]``.
_POLICY: Final = ("fail_on", "fail_on_new", "baseline", "max_not_assessed", "max_unknown_share", "waivers")


def told(flags: Mapping[str, Any], config: Path | None) -> Told:
    """The settings of a run; what an option that may be given several times was never given is left to other layers.

    Raises:
        UsageError: A setting is wrong.
    """
    said = {name: list(value) or None if isinstance(value, tuple) else value for name, value in flags.items()}
    said["policy"] = {name: said.pop(name) for name in _POLICY if name in said}
    return layers.read(said, config=config)


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


def selection(given: Settings) -> Selection:
    """What a report is asked to be about."""
    return Selection(
        versions=tuple(given.versions),
        environments=tuple(given.environments),
        as_of=given.as_of,
        agents=tuple(given.agents),
        include_retired=given.include_retired,
    )


def order(run: Told, now: datetime, *, spoken: Language | None = None, waive: bool = True) -> pipeline.Order:
    """What a run is asked for.

    Args:
        run: Its settings.
        now: Its clock.
        spoken: The language, where it is not that of the settings.
        waive: Whether waivers count.

    Raises:
        UsageError: The logo, a rule or the waivers are wrong.
    """
    given = run.settings
    controller = given.controller
    picture = _picture(controller.logo) if controller.logo else None
    spoken = spoken or language.of(given.language)
    title = controller.title if "title" in controller.model_fields_set else spoken.say(TITLE)
    look = given.theme
    accepted = waivers_file(run) if waive else None
    return pipeline.Order(
        selection(given),
        Controller(controller.name, title, controller.contact, picture, controller.notice),
        now,
        given.allow_empty,
        spoken,
        Theme(look.page_size, look.accent, given.template_dir, given.template_timeout, given.template_memory),
        switches(run),
        load(accepted, terms(run)) if accepted else (),
        tuple(given.policy.non_waivable),
        (
            *(layers.applied("settings", layer.file) for layer in run.layers),
            *((layers.applied("waivers", accepted),) if accepted else ()),
        ),
    )


def _picture(file: Path) -> str:
    from reporter.render import logo

    return logo.uri(file)


def rules(run: Told) -> catalogue.Catalogue:
    """Every rule that there is, those of the user's own and those that are off among them.

    Raises:
        UsageError: A file with rules is wrong.
    """
    return catalogue.load(Switches(own=tuple(run.settings.policy.rules)))


def switches(run: Told) -> Switches:
    """How the rules are switched.

    Raises:
        UsageError: A file with rules is wrong, or a rule that is named is not there.
    """
    policy, known = run.settings.policy, rules(run).rules
    places: list[tuple[str, tuple[str | int, ...]]] = [
        *((rule, ("policy", "severities", rule)) for rule in policy.severities),
        *((rule, ("policy", "non_waivable", number)) for number, rule in enumerate(policy.non_waivable)),
    ]
    for rule, keys in places:
        if rule not in known:
            raise catalogue.unknown_rule(rule, known, run.origin(keys))
    return Switches(tuple(policy.rules), tuple(sorted(policy.severities.items())), tuple(policy.jurisdictions))


def waivers_file(run: Told) -> TomlFile | None:
    """The file of waivers: the one that is named, or the nearest one up to the repository's root.

    Raises:
        UsageError: It cannot be read.
    """
    given = run.settings.policy.waivers or nearest(WAIVERS_FILE, Path())
    return TomlFile(given, remedy="Check --waivers, and waivers in [policy]") if given else None


def terms(run: Told) -> Terms:
    """What waivers are held against."""
    return Terms(rules(run).rules, run.settings.policy.max_waiver_days)


def tell(terminal: Terminal, given: pipeline.Order) -> None:
    """Says, to those who asked for more, which files apply."""
    for each in given.configuration:
        terminal.detail(f"{each.kind}: {shown(each.path)} (SHA-256 {each.sha256})")
    if not given.configuration:
        terminal.detail("settings: defaults, the command line and the environment; no file applies")


def warn(terminal: Terminal, given: Iterable[Waiver]) -> None:
    """Names each waiver that somebody has to see to."""
    for each in given:
        if each.status != "in force":
            terminal.warn(f"waiver {shown(each.id, 60)} ({shown(each.rule, 20)}): {each.status}. {each.words}")


def collect(terminal: Terminal, sources: Sequence[str], run: Told, token_file: Path | None, now: datetime) -> Collected:
    """Addresses and, where nothing is named, the platform of the settings; all else are files. Files first."""
    addresses = [source for source in sources if "://" in source]
    paths = [source for source in sources if "://" not in source]
    given = run.settings
    parts: list[Collected] = []
    # Wherever a token may not go is found out before anything is read.
    platforms = [platform(run, now, token_file=token_file, address=each) for each in addresses]
    platforms += [] if sources else [platform(run, now, token_file=token_file)]
    if paths:
        with terminal.progress("reading") as bar:
            parts.append(Files(paths, now, given.agent_name, given.max_megabytes, given.exclude).collect(bar.count))
    for each in platforms:
        terminal.say(asked(each))
        with terminal.progress("agents read") as bar:
            parts.append(each.collect(bar.count))
    return together(parts)


def platform(run: Told, now: datetime, *, token_file: Path | None = None, address: str | None = None) -> Platform:
    """The platform to read, and the token that may go there.

    Raises:
        NoTokenError: There is no token.
        UsageError: It may not go there.
    """
    from reporter.prefactor import credentials
    from reporter.sources.platform import Platform

    given = run.settings
    named = None
    if address:
        named = credentials.Address(address, "command line", trusted=True)
    elif given.api_url:
        # By its value: whoever set a variable to the same address has named it as well.
        trusted = given.api_url in (os.environ.get("DATARISK_API_URL"), os.environ.get(layers.ADDRESS))
        named = credentials.Address(given.api_url, run.origin(("api_url",)), trusted=trusted)
    found = credentials.find(os.environ, token_file=token_file)
    url = credentials.destination(found, named, insecure_http=given.insecure_http)
    access = credentials.Access(
        url,
        found.token,
        found.origin,
        timeout=given.timeout,
        in_flight=given.in_flight,
        answer_timeout=given.answer_timeout,
        max_answer_megabytes=given.max_answer_megabytes,
        max_headers=given.max_headers,
        max_header_kilobytes=given.max_header_kilobytes,
        max_pages=given.max_pages,
    )
    return Platform(access, selection(given), now)


def gaps(inventory: Inventory, missing: Iterable[Missing] = ()) -> list[str]:
    """What could not be read, a line for each kind."""
    return [shown(_line(kind), 1000) for kind in kinds(told_gaps(inventory, missing, language.ENGLISH))]


def _line(kind: Kind) -> str:
    gap = kind.first
    place = f" ({gap.location})" if gap.location and gap.location not in gap.what else ""
    names = ", ".join(kind.agents[:3]) + (f" and {len(kind.agents) - 3:,} more" if len(kind.agents) > 3 else "")  # noqa: PLR2004
    if kind.times > 1:
        place = f", {kind.times:,} times, of {count(len(kind.agents), 'agent')} ({names})"
    elif names:
        place = f" of agent {names}{place}"
    return f"not read: {gap.what}{place}: {gap.why}"


def asked(given: Platform) -> str:
    """Where a token is about to be sent, for whoever wants to stop it."""
    return f"Asking {shown(given.access.url)}, with the token of {shown(given.access.origin)}."
