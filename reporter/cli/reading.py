"""What all commands that read declarations share: settings, clock, rules, waivers, and the evidence itself."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reporter import layers, pipeline
from reporter.cli.terminal import Terminal, count
from reporter.cli.window import window
from reporter.declared.model import Inventory
from reporter.declared.observed import Window
from reporter.declared.scope import Missing, Selection
from reporter.errors import UsageError
from reporter.order import Order, Stated
from reporter.plain import disk, language
from reporter.plain.disk import nearest
from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.plain.toml_lines import TomlFile
from reporter.prefactor.records import Collected, together
from reporter.render.document import Theme
from reporter.review import catalogue, facts_file
from reporter.review.catalogue import OwnRules, Switches
from reporter.review.facts_file import FACTS_FILE
from reporter.review.previous import Previous
from reporter.review.waiver_file import WAIVERS_FILE, Terms, load
from reporter.settings import TITLE, PolicySettings, Settings
from reporter.sources.files import Files
from reporter.view.findings import Waiver
from reporter.view.gaps import gaps as told_gaps
from reporter.view.gaps import kinds
from reporter.view.report import Controller

if TYPE_CHECKING:
    from reporter.seal.keys import SealKey
    from reporter.sources.platform import Known, Platform

_GAPS_SHOWN = 20
_NAMED = 3


class Call:
    """One call of a command: what it was told, by its options among others, and the clock that it goes by.

    Args:
        terminal: Where it says what it says.
        given: The options.
        own: What a file that names several reports says of this one; then ``folder`` is that file's, and all others
            are looked for from there.

    Raises:
        UsageError: A setting is wrong; likewise in every method whatever file, rule or variable it comes upon.
    """

    def __init__(
        self,
        terminal: Terminal,
        given: Mapping[str, Any],
        *,
        own: layers.Layer | None = None,
        folder: Path = Path(),
    ) -> None:
        self.terminal = terminal
        self.folder = folder
        self.sources: Sequence[str] = given.get("sources", ())
        self._token_file: str | None = given.get("token_file")
        self._token_variable: str | None = given.get("token_variable")
        # What an option that may be given several times was never given is left to weaker settings.
        said = {name: list(value) or None if isinstance(value, tuple) else value for name, value in given.items()}
        flags: dict[str, Any] = {name: value for name, value in said.items() if name in Settings.model_fields}
        flags["policy"] = {name: value for name, value in said.items() if name in PolicySettings.model_fields}
        flags["seal"] = {
            name.removeprefix("seal_"): value for name, value in said.items() if name.startswith("seal_") and value
        }
        self._flags = frozenset(name for name in flags if flags[name] is not None)
        config = given.get("config")
        self.known: Known | None = None
        self.told = layers.read(flags, config=Path(config) if config else None, folder=folder, own=own)
        self.settings = self.told.settings

    @property
    def read_again(self) -> list[str]:
        """What a command line says to read the same again: options that say what is read, then the sources."""
        said = self.told.flags
        options = [*(["--agent-name", said["agent_name"]] if "agent_name" in said else [])]
        options += [word for pattern in said.get("exclude", ()) for word in ("--exclude", pattern)]
        options += [f"--{name}" for name in ("observed", "labels") if said.get(name)]
        options += [word for name in ("since", "until") if name in said for word in (f"--{name}", str(said[name]))]
        return [*options, *self.sources]

    @cached_property
    def now(self) -> datetime:
        """Now, or what ``SOURCE_DATE_EPOCH`` says, so that a run can be made again byte for byte."""
        given = os.environ.get("SOURCE_DATE_EPOCH")
        if not given:
            return datetime.now(UTC).replace(microsecond=0)
        try:
            return datetime.fromtimestamp(int(given), UTC)
        except (ValueError, OverflowError, OSError) as error:
            remedy = "Give it the seconds since 1970-01-01, or unset it"
            raise UsageError("not a time", where="SOURCE_DATE_EPOCH", remedy=remedy) from error

    @cached_property
    def window(self) -> Window | None:
        """What of runs is asked for."""
        return window(self.settings, self.now, self._flags)

    @property
    def selection(self) -> Selection:
        """What a report is asked to be about."""
        given = self.settings
        return Selection(
            versions=tuple(given.versions),
            environments=tuple(given.environments),
            as_of=given.as_of,
            agents=tuple(given.agents),
            include_retired=given.include_retired,
        )

    @property
    def theme(self) -> Theme:
        """How a report looks."""
        given, look = self.settings, self.settings.theme
        own = given.template_dir, given.template_timeout, given.template_memory
        return Theme(look.page_size, look.accent, *own, tuple(given.annexes), given.pdf_profile)

    def order(self, *, spoken: Language | None = None, waive: bool = True, last: Previous | None = None) -> Order:
        """What a run is asked for.

        Args:
            spoken: The language, where it is not that of the settings.
            waive: Whether waivers and facts count.
            last: The last report, where what is new since is told.
        """
        given, controller = self.settings, self.settings.controller
        picture = None
        if controller.logo:
            from reporter.render import logo

            picture = logo.uri(controller.logo)
        spoken = spoken or language.of(given.language)
        # The title of the settings is the organisation's own words; only ours has a translation.
        title = controller.title if "title" in controller.model_fields_set else spoken.say(TITLE)
        accepted, stated = (self.waivers_file(), self.facts_file()) if waive else (None, None)
        applied = [layers.applied("settings", layer.file) for layer in self.told.layers]
        applied += [layers.applied("waivers", accepted)] if accepted else []
        applied += [layers.applied("facts", stated)] if stated else []
        applied += [layers.Applied("baseline", last.location, last.sha256)] if last else []
        return Order(
            self.selection,
            Controller(controller.name, title, controller.contact, picture, controller.notice),
            self.now,
            given.allow_empty,
            spoken,
            self.theme,
            self.switches(),
            load(accepted, self.terms()) if accepted else (),
            tuple(given.policy.non_waivable),
            tuple(applied),
            self.stated(stated),
            last,
            unseen_days=given.unseen_days,
        )

    def rules(self) -> Mapping[str, catalogue.Rule]:
        """Every rule that there is, those of the user's own and those that are off among them."""
        return catalogue.load(Switches(own=self.own_rules)).rules

    @cached_property
    def own_rules(self) -> tuple[OwnRules, ...]:
        """The files of the user's own rules."""
        return tuple(OwnRules.at(path) for path in self.settings.policy.rules)

    def switches(self) -> Switches:
        """How the rules are switched."""
        policy, known = self.settings.policy, self.rules()
        places: list[tuple[str, tuple[str | int, ...]]] = [
            *((rule, ("policy", "severities", rule)) for rule in policy.severities),
            *((rule, ("policy", "non_waivable", number)) for number, rule in enumerate(policy.non_waivable)),
        ]
        for rule, keys in places:
            if rule not in known:
                raise catalogue.unknown_rule(rule, known, self.told.origin(keys))
        return Switches(self.own_rules, tuple(sorted(policy.severities.items())), tuple(policy.jurisdictions))

    def waivers_file(self) -> TomlFile | None:
        """The file of waivers: the one that is named, or the nearest one up to the repository's root."""
        given = self.settings.policy.waivers or nearest(WAIVERS_FILE, self.folder)
        return TomlFile(given, remedy="Check --waivers, and waivers in [policy]") if given else None

    def facts_file(self) -> TomlFile | None:
        """The file of facts, found as that of waivers is."""
        given = self.settings.policy.facts or nearest(FACTS_FILE, self.folder)
        return TomlFile(given, remedy="Check --facts, and facts in [policy]") if given else None

    def stated(self, file: TomlFile | None) -> Stated | None:
        """What stands in a file of facts."""
        if file is None:
            return None
        return Stated(facts_file.kept(file), facts_file.load(file, self.now.astimezone(UTC).date()))

    def terms(self) -> Terms:
        """What waivers are held against."""
        return Terms(self.rules(), self.settings.policy.max_waiver_days)

    def seal_key(self) -> SealKey | None:
        """What the run is sealed with; None where it is not.

        Raises:
            UsageError: The key cannot be read, or is not closed with that passphrase.
            MissingPart: What seals is not installed.
        """
        given = self.settings.seal
        if given.key is None:
            if of := next((name for name in ("certificate", "timestamp_url") if getattr(given, name)), None):
                remedy = "Name the key with --seal-key, or key in [seal]"
                raise UsageError("there is no key to seal with", where=self.told.origin(("seal", of)), remedy=remedy)
            return None
        if given.timestamp_url:
            where = self.told.origin(("seal", "timestamp_url"))
            if not given.certificate:
                remedy = "Name it with --seal-certificate"
                raise UsageError(
                    "only signed PDFs get a time-stamp, and that takes a certificate", where=where, remedy=remedy
                )
            if not given.timestamp_url.startswith(("https://", "http://")):
                raise UsageError("no address of a time-stamp server", where=where, remedy="Begin it with https://")
        from reporter.seal import keys

        said = os.environ.get(layers.PASSPHRASE)
        if said is None and given.passphrase_file:
            try:
                said = disk.read(given.passphrase_file).decode().rstrip("\r\n")
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
                remedy = "Check passphrase_file in [seal]"
                raise UsageError(f"cannot be read: {why}", where=str(given.passphrase_file), remedy=remedy) from None
        passphrase = said.encode() if said else None
        with suppress(OSError):  # whoever reads it says why that cannot be
            if given.key.stat().st_mode & 0o077 and passphrase is None:
                name = shown(str(given.key), 200)
                self.terminal.complain(
                    f"{name}: others than you can read this key, and seal with it; chmod 600 mends that"
                )
        return keys.load(given.key, given.certificate, passphrase=passphrase, timestamp_url=given.timestamp_url)

    def run(self, order: Order, collected: Collected | None = None) -> pipeline.Run:
        """Says which files apply; then collects, and makes the view of it."""
        self.say_files(order)
        collected = collected or self.collect()
        if order.facts and any(each.sha256 != order.facts.file.sha256 for each in collected.facts):
            self.terminal.say("The evidence brings facts of its own, which do not count beside those of the file.")
        return pipeline.run(collected, order)

    def say_files(self, order: Order) -> None:
        """Which files apply, for those who asked for more."""
        told = [f"{each.kind}: {shown(each.path)} (SHA-256 {each.sha256})" for each in order.configuration]
        for line in told or ["settings: defaults, the command line and the environment; no file applies"]:
            if self.terminal.verbose:
                self.terminal.say(line)

    def collect(self) -> Collected:
        """Addresses and, where nothing is named, the platform of the settings; all else are files. Files first."""
        given = self.settings
        paths = [source for source in self.sources if "://" not in source]
        parts: list[Collected] = []
        # Wherever a token may not go is found out before anything is read.
        platforms = [self.platform(source) for source in self.sources if "://" in source]
        platforms += [] if self.sources else [self.platform()]
        if self.window and not platforms:
            self.terminal.complain("--observed reads the runs of a platform, and files hold none; name its address")
        if paths:
            with self.terminal.progress("reading") as bar:
                files = Files(paths, self.now, given.agent_name, given.max_megabytes, given.exclude)
                parts.append(files.collect(bar.count))
        for each in platforms:
            self.terminal.say(asked(each))
            with self.terminal.progress("agents read") as bar:
                parts.append(each.collect(bar.count))
            if each.spared[0]:
                some, every = each.spared
                told = f"{some:,} of {count(every, 'schema version')} taken from an earlier run"
                self.terminal.say(f"{told}; --no-reuse asks anew.")
        return together(parts)

    def platform(self, address: str | None = None) -> Platform:
        """The platform to read, and the token that may go there.

        Raises:
            NoTokenError: There is no token.
        """
        from reporter.prefactor import credentials
        from reporter.sources.platform import Platform

        given = self.settings
        named = None
        if address:
            named = credentials.Address(address, "command line", trusted=True)
        elif given.api_url:
            # By its value: whoever set a variable to the same address has named it as well.
            trusted = given.api_url in layers.addresses()
            named = credentials.Address(given.api_url, self.told.origin(("api_url",)), trusted=trusted)
        token_file = Path(self._token_file) if self._token_file else None
        found = credentials.find(os.environ, token_file=token_file, variable=self._token_variable)
        url = credentials.destination(found, named, insecure_http=given.insecure_http)
        # What an access has the name of a setting for, is that setting.
        limits = given.model_dump(include={field.name for field in fields(credentials.Access)})
        access = credentials.Access(url, found.token, found.origin, **limits)
        return Platform(access, self.selection, self.now, window=self.window, known=self.known)

    def tell_gaps(self, inventory: Inventory, missing: Iterable[Missing] = ()) -> None:
        """What could not be read, a line for each kind."""
        found = list(kinds(told_gaps(inventory, missing, language.ENGLISH)))
        for kind in found[:_GAPS_SHOWN]:
            gap, agents = kind.first, kind.agents
            place = f" ({gap.location})" if gap.location and gap.location not in gap.what else ""
            more = f" and {len(agents) - _NAMED:,} more" if len(agents) > _NAMED else ""
            names = ", ".join(agents[:_NAMED]) + more
            if kind.times > 1:
                place = f", {kind.times:,} times, of {count(len(agents), 'agent')} ({names})"
            elif names:
                place = f" of agent {names}{place}"
            self.terminal.complain(shown(f"not read: {gap.what}{place}: {gap.why}", 1000))
        if len(found) > _GAPS_SHOWN:
            self.terminal.complain(f"and {len(found) - _GAPS_SHOWN} more; all of them stand in the report")

    def warn(self, waivers: Iterable[Waiver]) -> None:
        """Names each waiver that somebody has to see to."""
        for each in waivers:
            if each.status != "in force":
                self.terminal.warn(f"waiver {shown(each.id, 60)} ({shown(each.rule, 20)}): {each.status}. {each.words}")


def asked(given: Platform) -> str:
    """Where a token is about to be sent, for whoever wants to stop it."""
    return f"Asking {shown(given.access.url)}, with the token of {shown(given.access.origin)}."
