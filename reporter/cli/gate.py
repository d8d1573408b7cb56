"""The commands around the gate: ``check``, ``waivers``, ``rules`` and ``explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from reporter.cli import completing, options

if TYPE_CHECKING:
    from reporter.cli.terminal import Terminal

_FORMATS: Final = ("text", "json", "sarif", "junit", "markdown", "github")


@click.command()
@options.source_options
@options.selection_options
@click.option(
    "--fail-on",
    type=click.Choice(["info", "low", "medium", "high", "never"]),
    help="The severity from which on an open finding fails (default high).",
)
@click.option(
    "--fail-on-new", is_flag=True, default=None, help="Only findings that the baseline lacks, or knows otherwise, fail."
)
@click.option(
    "--baseline",
    metavar="PATH",
    shell_complete=completing.files,
    help="A bundle, a report.json or a baseline file of the same account.",
)
@click.option(
    "--write-baseline", metavar="FILE", shell_complete=completing.files, help="Write the open findings as a baseline."
)
@click.option(
    "--max-not-assessed", type=click.IntRange(0), metavar="N", help="How many span types may be not assessed."
)
@click.option(
    "--max-unknown",
    "max_unknown_share",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="How much of all fields may be unknown or undeclared.",
)
@click.option("--exit-zero", is_flag=True, help="End with 0 instead of 1; nothing else changes.")
@click.option("-f", "--format", "format_", type=click.Choice(_FORMATS), help="What to print (default text).")
@click.option(
    "-o",
    "--output",
    "files",
    multiple=True,
    metavar="FILE",
    shell_complete=completing.files,
    help="Write to a file, as its name ends: .txt, .json, .sarif, .xml, .md; - is stdout; may be given several times.",
)
@options.with_terminal
def check(terminal: Terminal, **given: Any) -> int:
    r"""Hold declarations against the organisation's own limits: say why not, and end with 1.

    Evidence with gaps ends with 3 whatever the limits are; findings are printed all the same. Limits, rules of your
    own and waivers stand in [policy] of datarisk.toml.

    \b
    Examples:
      datarisk check declarations/
      datarisk check --fail-on medium --max-not-assessed 0 -o check.sarif -o check.xml
      datarisk check --write-baseline baseline.json --exit-zero
      datarisk check --baseline baseline.json --fail-on-new
    """
    from reporter.cli import checking

    return checking.check(terminal, **given)


@click.group()
@options.as_written
def waivers() -> None:
    r"""Findings that somebody accepts: write a waiver to fill in, check the file, list what is in it.

    \b
    Examples:
      datarisk waivers new 0f3a declarations/ -o datarisk-waivers.toml
      datarisk waivers check datarisk-waivers.toml declarations/
    """


@waivers.command()
@click.argument("finding", shell_complete=completing.findings)
@options.source_options
@options.selection_options
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=completing.files,
    help="Append it to a file instead of printing it.",
)
@options.with_terminal
def new(terminal: Terminal, **given: Any) -> int:
    r"""Write a waiver for a finding, to be filled in; FINDING is its id, or how it begins.

    As long as its reason, its days and who answers for it are missing, the file is refused.

    \b
    Example:
      datarisk waivers new 0f3a declarations/ -o datarisk-waivers.toml
    """
    from reporter.cli import waiving

    return waiving.new(terminal, **given)


def _of_file(command: Any) -> Any:
    for option in (options.selection_options, options.source_options):
        command = option(command)
    return command


@waivers.command("check")
@_of_file
@options.with_terminal
def check_waivers(terminal: Terminal, **given: Any) -> int:
    r"""Look for mistakes in a file of waivers; with a SOURCE also say what each of them does there.

    The file is the first argument if it ends in .toml, and else the one of the settings. Without a SOURCE nothing is
    read but that file.

    \b
    Examples:
      datarisk waivers check
      datarisk waivers check datarisk-waivers.toml declarations/
    """
    from reporter.cli import waiving

    return waiving.check(terminal, **given)


@waivers.command("list")
@_of_file
@options.with_terminal
def list_waivers(terminal: Terminal, **given: Any) -> int:
    r"""List waivers with their reasons; with a SOURCE also what each of them does there.

    \b
    Example:
      datarisk waivers list
    """
    from reporter.cli import waiving

    return waiving.check(terminal, reasons=True, **given)


@click.command()
@options.config_option
@options.with_terminal
def rules(terminal: Terminal, **given: Any) -> int:
    r"""List all rules, your own among them, with their severities as they are set.

    \b
    Example:
      datarisk rules
    """
    from reporter.cli import rulebook

    return rulebook.rules(terminal, **given)


@click.command()
@click.argument("rule", shell_complete=completing.rules)
@options.config_option
@options.with_terminal
def explain(terminal: Terminal, **given: Any) -> int:
    r"""Say what a rule is about: what triggers it, what a reviewer is asked, and which provisions it names.

    \b
    Example:
      datarisk explain X01
    """
    from reporter.cli import rulebook

    return rulebook.explain(terminal, **given)


COMMANDS: Final[tuple[click.Command, ...]] = (check, waivers, rules, explain)
