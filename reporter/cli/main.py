"""The command ``datarisk``: its arguments.

Each command's work is imported when it runs, so that ``--help`` and completion stay quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from reporter import __version__
from reporter.cli import completing, gate, options
from reporter.errors import UsageError

if TYPE_CHECKING:
    from reporter.cli.terminal import Terminal

_EXIT_STATUSES: Final = """\b
Exit status:
  0    done
  1    `check` alone: something is beyond the limits
  2    usage or configuration
  3    no complete evidence, so nothing may be concluded
  4    a fault of datarisk or of the machine
  129  the terminal hung up
  130  interrupted
  143  ended
"""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXIT_STATUSES,
)
@click.version_option(__version__, prog_name="datarisk", message="%(prog)s %(version)s")
@options.as_written
def cli() -> None:
    r"""Reads what AI agents declare about their data risk, and makes an audit report of it.

    \b
    Examples:
      datarisk demo                            a report about a made-up company
      datarisk report declarations/            a report about your own, from files
      datarisk report                          about all agents of a platform's account
      datarisk check declarations/             the gate: why not, and an exit status
      datarisk collect declarations/ -o s.json only the evidence
    """


@cli.command()
@options.source_options
@options.output_options
@options.selection_options
@options.with_terminal
def report(terminal: Terminal, **given: Any) -> int:
    r"""Collect, aggregate, and write a report.

    A SOURCE is a file or folder of JSON, or - for standard input: what the SDK registers, what the API answers, or
    a snapshot or bundle of ours, told apart by shape. Without a SOURCE, or for an http(s) address, it is a whole
    account of the platform, read with the token in PREFACTOR_API_TOKEN.

    \b
    Examples:
      datarisk report declarations/
      datarisk report support.json billing.json -f html -o out
      my-agent --dump-schema | datarisk report - --agent-name support
      datarisk report reports/local/latest --versions all
    """
    from reporter.cli import reporting

    return reporting.report(terminal, **given)


@cli.command()
@options.source_options
@click.option(
    "-o",
    "--output",
    "destination",
    required=True,
    metavar="FILE",
    shell_complete=completing.files,
    help="The snapshot; - is stdout.",
)
@options.with_terminal
def collect(terminal: Terminal, **given: Any) -> int:
    r"""Write only the evidence: a snapshot that a report can be made from at any time.

    \b
    Example:
      datarisk collect declarations/ -o snapshot.json
    """
    from reporter.cli import reporting

    return reporting.collect(terminal, **given)


@cli.command()
@options.output_options
@options.with_terminal
def demo(terminal: Terminal, **given: Any) -> int:
    r"""Report about a made-up company; needs nothing but this program.

    With the extra "registry" it goes all the way: registered with a local platform, and collected from it.

    \b
    Example:
      datarisk demo -o /tmp/demo
    """
    from reporter.cli import reporting

    return reporting.demo(terminal, **given)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="On which port; 0 picks a free one.")
@click.option("--db", metavar="FILE", help="Keep everything in a file.")
@click.option("--as-sent", is_flag=True, help="Answer declarations as they were sent; the platform fills unknowns in.")
@options.with_terminal
def registry(terminal: Terminal, **given: Any) -> int:
    r"""Run a local platform: register your agents with it, report, and only then register in production.

    The first line on stdout is its address, the second the account's token, unless PREFACTOR_API_TOKEN gives one. It
    ends with Ctrl-C.

    \b
    Examples:
      datarisk registry
      datarisk registry --port 8400 --db registry.sqlite
    """
    from reporter.cli import local

    return local.registry(terminal, **given)


@cli.command()
@click.argument("what", type=click.Choice(["settings", "templates"]), default="settings")
@click.argument("folder", required=False, metavar="[DIR]")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@options.with_terminal
def init(terminal: Terminal, what: str, folder: str | None, *, force: bool) -> int:
    """Write a datarisk.toml with every setting in it, commented; or copies of all templates into DIR (templates/)."""
    from reporter.cli import house

    if what == "templates":
        return house.init_templates(terminal, folder=Path(folder or "templates"), force=force)
    return house.init(terminal, force=force)


@cli.command()
@options.config_option
@options.with_terminal
def doctor(terminal: Terminal, **given: Any) -> int:
    """Say whether this machine has what a report needs: Pango, fonts, readable settings, a place to write."""
    from reporter.cli import house

    return house.doctor(terminal, **given)


@cli.command()
@click.argument("name", type=click.Choice(["report", "snapshot", "settings", "policy", "waivers"]))
@options.with_terminal
def schema(terminal: Terminal, **given: Any) -> int:
    r"""Print the JSON Schema of the report, the snapshot, the settings, their [policy], or the file of waivers.

    \b
    Example:
      datarisk schema report > report.schema.json
    """
    from reporter.cli import house

    return house.schema(terminal, **given)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@options.with_terminal
def completion(terminal: Terminal, shell: str) -> int:
    r"""Print what makes a shell complete this command.

    \b
    Example:
      datarisk completion bash > ~/.local/share/bash-completion/completions/datarisk
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"no completion for {shell}")
    terminal.result(kind(cli, {}, "datarisk", "_DATARISK_COMPLETE").source())
    return 0


for _command in gate.COMMANDS:
    cli.add_command(_command)
