"""The commands that read no declarations: ``init``, ``doctor``, ``schema``, ``completion``, ``rules``, ``explain``."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from reporter import __version__, bundle
from reporter.cli import reading
from reporter.cli.reading import Call
from reporter.cli.terminal import Terminal, count
from reporter.errors import DatariskError, NoTokenError, UsageError
from reporter.plain import disk
from reporter.plain.text import shown
from reporter.render.logo import uri
from reporter.review import catalogue
from reporter.review.catalogue import OFF, OURS, Provision, Rule
from reporter.review.facts_file import facts_schema
from reporter.review.waiver_file import load, waivers_schema
from reporter.schedule.file import RUN_FILE, draft, run_schema
from reporter.settings import CONFIG_FILE, SECTIONS, SPOKEN_ONLY, PolicySettings, Settings

_LINE = 1000
#: What stands for the severity of a rule that has none.
_LISTS = "lists"
_SETTINGS_HEAD = (
    "# Settings of datarisk. Stronger than this file are flags and the environment (DATARISK_OUTPUT and so on).",
    "# Every setting stands here with its default; take away the # to change it.",
)


def init(terminal: Terminal, *, what: str, sources: Sequence[str], force: bool, **given: Any) -> int:
    """Writes a commented settings file, made from the settings themselves, or copies of all templates to start from.

    Raises:
        UsageError: A file is there already, or there is more than one folder to copy to.
    """
    if what == "facts":
        from reporter.cli import facts

        return facts.init(terminal, sources=sources, force=force, **given)
    if what == "declarations":
        from reporter.cli import declaring

        return declaring.init(terminal, sources=sources, force=force, **given)
    if len(sources) > 1:
        raise UsageError("more than one folder", where="command line", remedy="Name one folder")
    if what == "templates":
        from reporter.render import templates

        home = Path(sources[0] if sources else "templates")
        copies = {home / name: data for name, data in templates.copies().items()}
    elif what == "run":
        home = Path(RUN_FILE)
        copies = {home: draft().encode()}
    else:
        home = Path(CONFIG_FILE)
        lines = [*_SETTINGS_HEAD, "", *_commented(Settings)]
        for section, model in SECTIONS.items():
            lines += [f"[{section}]", *_commented(model)]
        copies = {home: "\n".join(lines).encode()}
    there = next((path for path in copies if path.exists()), None)
    if there and not force:
        raise UsageError("is there already", where=str(there), remedy="Use --force to replace it")
    for path, data in copies.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        disk.write_file(path, data)
    terminal.result(str(home))
    return 0


def _commented(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if field.default_factory is None and name not in SPOKEN_ONLY:
            default = None if field.default is PydanticUndefined else field.default
            unset = field.examples[0] if field.examples else ""
            example = json.dumps(unset if default is None else default, default=str)
            yield from (f"# {field.description}", f"# {name} = {example}", "")


# What a report needs -----------------------------------------------------------------------------------------------


def doctor(terminal: Terminal, **given: Any) -> int:
    """Looks at everything that a report needs; 2 if anything is missing."""
    terminal.result(f"datarisk {__version__}, Python {platform.python_version()}, {platform.system()}")
    status = 0
    for check in (_settings, _policy, _facts, _logo, _templates, _output, _platform, _pango, _fonts):
        for found in _found(check, partial(Call, terminal, given)):
            if isinstance(found, DatariskError):
                terminal.result(f"missing  {shown(str(found), 500)}")
                status = max(status, found.exit_status)
            else:
                terminal.result(f"ok       {shown(found, 500)}")
    return status


# Each check makes the call for itself, as settings that are wrong keep the machine from being looked at no more than
# anything else does.
_Calling = Callable[[], Call]
_Found = Iterator[str | DatariskError]


def _found(check: Callable[[_Calling], _Found], call: _Calling) -> _Found:
    """The lines of a check; one that fails altogether is its error."""
    try:
        yield from check(call)
    except DatariskError as error:
        yield error


def _settings(call: _Calling) -> _Found:
    files = [str(layer.file.path) for layer in call().told.layers]
    yield f"settings: {', '.join(files) or 'defaults and the environment'}"


def _policy(call: _Calling) -> _Found:
    made = call()
    file, switched = made.waivers_file(), catalogue.load(made.switches()).rules
    yield f"policy: {count(len(switched), 'rule')}, {count(len(load(file, made.terms()) if file else ()), 'waiver')}"


def _facts(call: _Calling) -> _Found:
    made = call()
    stated = made.stated(made.facts_file())
    if stated is None:
        yield "facts: none"
        return
    entries, answers = len(stated.facts.entries), len(stated.facts.answers)
    yield f"facts: {count(entries, 'entry', 'entries')}, {count(answers, 'answer')}"


def _logo(call: _Calling) -> _Found:
    logo = call().settings.controller.logo
    if logo:
        uri(logo)
    yield f"logo: {logo or 'none'}"


def _templates(call: _Calling) -> _Found:
    theme = call().theme
    if theme.templates is None:
        yield "templates: ours"
        return
    from reporter.render import apart

    odd = apart.looked_through(theme)
    yield f"templates: {theme.templates}" + (f", of which nothing uses {', '.join(odd)}" if odd else "")


def _output(call: _Calling) -> _Found:
    output = call().settings.output
    bundle.check_writable(output)
    yield f"output: {output} can be written to"


def _platform(call: _Calling) -> _Found:
    from reporter.sources.platform import readable

    made = call()
    try:
        source = made.platform()
    except NoTokenError:
        yield "platform: no token is set, so only files can be read"
        return
    made.terminal.say(reading.asked(source))
    found = readable(source.access)
    account = found[0].row
    if account:
        yield f"platform: the token reads the account {account.get('name') or account['id']}"
    read = [each.resource for each in found if not each.error]
    if read:
        yield f"platform: {', '.join(read)} can be read"
    yield from (each.error for each in found if each.error)


def _pango(_: _Calling) -> _Found:
    from reporter.render.pdf import pdf

    yield pdf.engine_is_slow() or f"PDF: WeasyPrint {pdf.engine_version()} with Pango"


def _fonts(_: _Calling) -> _Found:
    from reporter.render import templates

    fonts = sorted(templates.templates_dir().glob("fonts/*.woff2"))
    yield f"fonts: {len(fonts)} come with the program; letters beyond them are taken from the system's"


# What others build on ----------------------------------------------------------------------------------------------


def schema(terminal: Terminal, *, name: str) -> int:
    """Prints a JSON Schema."""
    from reporter.order import settings_schema
    from reporter.render.check.difference import diff_schema
    from reporter.render.json import report_schema
    from reporter.review.ledger import ledger_schema
    from reporter.sources.snapshot import snapshot_schema

    made: dict[str, Callable[[], dict[str, Any]]] = {
        "report": report_schema,
        "snapshot": snapshot_schema,
        "settings": Settings.model_json_schema,
        "policy": PolicySettings.model_json_schema,
        "waivers": waivers_schema,
        "facts": facts_schema,
        "diff": diff_schema,
        "history": ledger_schema,
        "run": run_schema,
        "settings-of-run": settings_schema,
    }
    terminal.result(json.dumps(made[name](), indent=2))
    return 0


def completion(terminal: Terminal, *, shell: str) -> int:
    """Prints what makes a shell complete the command."""
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"no completion for {shell}")
    command = click.get_current_context().find_root().command
    terminal.result(kind(command, {}, "datarisk", "_DATARISK_COMPLETE").source())
    return 0


# The catalogue for people ------------------------------------------------------------------------------------------


def rules(terminal: Terminal, **given: Any) -> int:
    """Lists every rule with its severity, the state of the law it leans on, and whose provisions it names."""
    call = Call(terminal, given)
    known, switched = call.rules(), catalogue.load(call.switches())
    for rule in known.values():
        severity = (switched.rules[rule.id].severity or _LISTS) if rule.id in switched.rules else OFF
        where = "/".join(sorted({each.instrument.jurisdiction for each in rule.provisions} - {"any"})) or "-"
        own = f"  ({shown(rule.origin)})" if rule.origin != OURS else ""
        terminal.result(f"{rule.id:<5} {severity:<6} {rule.status:<13} {where:<8} {shown(rule.title, _LINE)}{own}")
    terminal.say(f"Catalogue {switched.version}. datarisk explain RULE says more.")
    return 0


def explain(terminal: Terminal, *, rule: str, **given: Any) -> int:
    """Prints one rule.

    Raises:
        UsageError: There is none of this id.
    """
    call = Call(terminal, given)
    known, switched = call.rules(), catalogue.load(call.switches()).rules
    found = known.get(rule) or known.get(rule.upper())
    if found is None:
        raise catalogue.unknown_rule(rule, known, "command line")
    off = f"off here; {found.severity or _LISTS} by default"
    severity = (switched[found.id].severity or _LISTS) if found.id in switched else off
    rule_ = switched.get(found.id, found)
    for line in (*_told(rule_, severity), *_weighed(rule_, call)):
        terminal.result(shown(line, _LINE))
    return 0


def _weighed(rule: Rule, call: Call) -> Iterator[str]:
    """The table that says how severe its findings are, where the rule leaves that to the data."""
    if rule.exposure is None or rule.condition is None:
        return
    made = catalogue.load(call.switches())
    about = {name for _, name in rule.condition.reads()}
    yield from ("", "How severe a finding is, by what kind of data and how far they go:")
    for kind in made.kinds:
        if not about.isdisjoint(kind.categories):
            yield f"  {kind.title}"
            for reached in made.exposures:
                if rule.exposure in ("worst", reached.name) or (rule.exposure, reached.name) == ("out", "handled"):
                    yield f"    {kind.severity(reached.name):<6}  {reached.title}"
    yield "A missing answer counts as the worst that it can be, and is marked as possible."


def _told(rule: Rule, severity: str) -> Iterator[str]:
    yield f"{rule.id}  {rule.title}"
    yield f"severity {severity}, from {rule.origin}"
    source = f", {rule.source_url}" if rule.source_url else ""
    yield f"status of the law: {rule.status}, as of {rule.as_of.isoformat()}{source}"
    yield ""
    yield rule.because
    if rule.not_evaluated:
        yield f"Not evaluated: {rule.not_evaluated}"
    if rule.question:
        yield f"Question for the reviewer: {rule.question}"
    lists: dict[str, Iterable[str]] = {
        "Not determined by declarations:": rule.missing,
        "Triggers review under:": [_provision(each) for each in rule.provisions if not each.only_if],
        "And, only if:": [_provision(each) for each in rule.provisions if each.only_if],
    }
    for head, items in lists.items():
        if items:
            yield from ("", head, *(f"  - {item}" for item in items))


def _provision(given: Provision) -> str:
    instrument = given.instrument
    note = given.note or instrument.note
    where = f"{instrument.jurisdiction}, " if instrument.jurisdiction != "any" else ""
    state = f"{where}{instrument.status}, as of {instrument.as_of.isoformat()}"
    condition = f"{given.only_if}: " if given.only_if else ""
    return f"{condition}{given.text} ({state}){f': {note}' if note else ''}"
