"""The commands that read no declarations: ``init``, ``doctor`` and ``schema``."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from reporter import __version__, bundle, layers
from reporter.cli.terminal import Terminal, count
from reporter.errors import DatariskError, NoTokenError, UsageError
from reporter.plain import disk
from reporter.plain.text import shown
from reporter.render.logo import uri
from reporter.review import catalogue
from reporter.review.waiver_file import load
from reporter.settings import CONFIG_FILE, SECTIONS, SPOKEN_ONLY, PolicySettings, Settings


def init(terminal: Terminal, *, force: bool) -> int:
    """Writes a commented settings file, made from the settings themselves."""
    path = Path(CONFIG_FILE)
    if path.exists() and not force:
        raise UsageError("is there already", where=CONFIG_FILE, remedy="Use --force to replace it")
    lines = [
        "# Settings of datarisk. Stronger than this file are flags and the environment (DATARISK_OUTPUT and so on).",
        "# Every setting stands here with its default; take away the # to change it.",
        "",
    ]
    lines += _commented(Settings)
    for section, model in SECTIONS.items():
        lines += [f"[{section}]", *_commented(model)]
    disk.write_file(path, "\n".join(lines).encode())
    terminal.result(CONFIG_FILE)
    return 0


def init_templates(terminal: Terminal, *, folder: Path, force: bool) -> int:
    """Writes copies of all templates to start from, and what they may rely on."""
    from reporter.render import templates

    copies = templates.copies()
    there = next((name for name in copies if (folder / name).exists()), None)
    if there and not force:
        raise UsageError("is there already", where=str(folder / there), remedy="Use --force to replace it")
    for name, data in copies.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        disk.write_file(folder / name, data)
    terminal.result(str(folder))
    return 0


def _commented(model: type[BaseModel]) -> list[str]:
    lines: list[str] = []
    for name, field in model.model_fields.items():
        if field.default_factory is None and name not in SPOKEN_ONLY:
            default = None if field.default is PydanticUndefined else field.default
            unset = field.examples[0] if field.examples else ""
            example = json.dumps(unset if default is None else default, default=str)
            lines += [f"# {field.description}", f"# {name} = {example}", ""]
    return lines


def doctor(terminal: Terminal, *, config: Path | None) -> int:
    """Looks at everything that a report needs; 2 if anything is missing."""
    terminal.result(f"datarisk {__version__}, Python {platform.python_version()}, {platform.system()}")
    checks: tuple[_Check, ...] = (
        _check_settings,
        _check_policy,
        _check_logo,
        _check_templates,
        _check_output,
        partial(_check_platform, terminal),
        _check_pango,
        _check_fonts,
    )
    status = 0
    for check in checks:
        for found in _found(check, config):
            if isinstance(found, DatariskError):
                terminal.result(f"missing  {shown(str(found), 500)}")
                status = max(status, found.exit_status)
            else:
                terminal.result(f"ok       {shown(found, 500)}")
    return status


_Check = Callable[[Path | None], str | Iterator[str | DatariskError]]


def _found(check: _Check, config: Path | None) -> Iterator[str | DatariskError]:
    """The lines of a check; one that fails altogether is its error."""
    try:
        found = check(config)
        yield from [found] if isinstance(found, str) else found
    except DatariskError as error:
        yield error


def _check_settings(config: Path | None) -> str:
    files = [str(layer.file.path) for layer in layers.read({}, config=config).layers]
    return f"settings: {', '.join(files) or 'defaults and the environment'}"


def _check_policy(config: Path | None) -> str:
    from reporter.cli import reading

    run = reading.told({}, config)
    file = reading.waivers_file(run)
    switched, waivers = catalogue.load(reading.switches(run)).rules, load(file, reading.terms(run)) if file else ()
    return f"policy: {count(len(switched), 'rule')}, {count(len(waivers), 'waiver')}"


def _check_logo(config: Path | None) -> str:
    logo = layers.read({}, config=config).settings.controller.logo
    if logo:
        uri(logo)
    return f"logo: {logo or 'none'}"


def _check_templates(config: Path | None) -> str:
    from reporter.render import apart
    from reporter.render.document import Theme

    given = layers.read({}, config=config).settings
    folder = given.template_dir
    if folder is None:
        return "templates: ours"
    odd = apart.looked_through(Theme(templates=folder, seconds=given.template_timeout, megabytes=given.template_memory))
    return f"templates: {folder}" + (f", of which nothing uses {', '.join(odd)}" if odd else "")


def _check_output(config: Path | None) -> str:
    output = layers.read({}, config=config).settings.output
    bundle.check_writable(output)
    return f"output: {output} can be written to"


def _check_platform(terminal: Terminal, config: Path | None) -> Iterator[str | DatariskError]:
    from reporter.cli import reading
    from reporter.sources.platform import readable

    try:
        source = reading.platform(reading.told({}, config), reading.clock())
    except NoTokenError:
        yield "platform: no token is set, so only files can be read"
        return
    terminal.say(reading.asked(source))
    found = readable(source.access)
    account = found[0].row
    if account:
        yield f"platform: the token reads the account {account.get('name') or account['id']}"
    read = [each.resource for each in found if not each.error]
    if read:
        yield f"platform: {', '.join(read)} can be read"
    yield from (each.error for each in found if each.error)


def _check_pango(_: Path | None) -> str:
    from reporter.render.pdf import pdf

    slow = pdf.engine_is_slow()
    return slow or f"PDF: WeasyPrint {pdf.engine_version()} with Pango"


def _check_fonts(_: Path | None) -> str:
    from reporter.render import templates

    fonts = sorted(templates.templates_dir().glob("fonts/*.woff2"))
    return f"fonts: {len(fonts)} come with the program; letters beyond them are taken from the system's"


def schema(terminal: Terminal, *, name: str) -> int:
    """Prints a JSON Schema."""
    if name == "report":
        from reporter.render.json import report_schema

        value: dict[str, Any] = report_schema()
    elif name == "snapshot":
        from reporter.sources.snapshot import snapshot_schema

        value = snapshot_schema()
    elif name == "waivers":
        from reporter.review.waiver_file import waivers_schema

        value = waivers_schema()
    else:
        value = (PolicySettings if name == "policy" else Settings).model_json_schema()
    terminal.result(json.dumps(value, indent=2))
    return 0
