"""Options that several commands have, and the ``Terminal`` that each of them is given."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click

from reporter.cli import completing

if TYPE_CHECKING:
    from reporter.cli.terminal import Terminal

_PATHS: Final = ("config", "token_file", "output", "db", "waivers", "baseline", "write_baseline")


def with_terminal(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Options that every command has; the command is given a ``Terminal`` in their place."""

    @click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
    @click.option("-v", "--verbose", count=True, help="Say more.")
    @click.option("--no-color", is_flag=True, help="No colour; NO_COLOR in the environment says the same.")
    @click.option("--debug", is_flag=True, help="Show the traceback of a fault.")
    @functools.wraps(command)
    def wrapped(*args: Any, quiet: bool, verbose: int, no_color: bool, debug: bool, **kwargs: Any) -> int | None:
        from pathlib import Path

        click.get_current_context().find_root().obj["debug"] = debug
        kwargs |= {name: Path(kwargs[name]) for name in _PATHS if kwargs.get(name)}
        color = False if no_color or os.environ.get("NO_COLOR") else None
        return command(*args, terminal=terminal_class()(quiet, verbose, color, debug), **kwargs)

    return as_written(wrapped)


def as_written(command: Callable[..., Any]) -> Callable[..., Any]:
    """Lets click see the marks in a raw docstring behind which lines are kept as they are."""
    command.__doc__ = (command.__doc__ or "").replace("\\b\n", "\b\n")
    return command


def terminal_class() -> type[Terminal]:
    """What a person sees things on, imported when there is something to see."""
    from reporter.cli.terminal import Terminal

    return Terminal


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What to read, for every command that reads."""
    for option in (
        click.argument("sources", nargs=-1, metavar="[SOURCE]...", shell_complete=completing.files),
        click.option(
            "--token-file", metavar="FILE", shell_complete=completing.files, help="Instead of PREFACTOR_API_TOKEN."
        ),
        click.option(
            "--insecure-http",
            is_flag=True,
            default=None,
            help="The token may go over plain http, beyond this machine.",
        ),
        click.option("--timeout", type=float, metavar="S", help="Seconds until a silent platform is given up (15)."),
        click.option("--agent-name", metavar="NAME", help="Whose declarations these are, where a file names no agent."),
        click.option("--max-megabytes", type=int, metavar="N", help="How large one file may be (default 100)."),
        click.option(
            "--exclude",
            multiple=True,
            metavar="PATTERN",
            help="What to leave out of folders, such as drafts or *.old.json.",
        ),
        config_option,
    ):
        command = option(command)
    return command


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What of it counts, for every command that judges."""
    for option in (
        waivers_option,
        click.option("--allow-empty", is_flag=True, default=None, help="A report about no agents is what is wanted."),
        click.option("--include-retired", is_flag=True, default=None, help="Count retired agents too."),
        click.option("--as-of", metavar="TIME", help="Only what was registered by then, such as 2026-11-23."),
        click.option(
            "--versions", multiple=True, metavar="WHICH", help="current (default), latest, all, or a version's id."
        ),
        click.option(
            "--environment", "environments", multiple=True, metavar="NAME", help="Only what is deployed there."
        ),
        click.option(
            "--agent",
            "agents",
            multiple=True,
            metavar="PATTERN",
            shell_complete=completing.agents,
            help="Only agents whose name or id matches.",
        ),
    ):
        command = option(command)
    return command


waivers_option = click.option(
    "--waivers",
    metavar="FILE",
    shell_complete=completing.files,
    help="The file of waivers (datarisk-waivers.toml, if it is there).",
)
config_option = click.option(
    "--config", metavar="FILE", shell_complete=completing.files, help="Instead of datarisk.toml."
)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Where a report goes and in which formats."""
    for option in (
        click.option("--split", type=click.Choice(["agent"]), help="Also one document per agent."),
        click.option(
            "-f",
            "--format",
            "formats",
            multiple=True,
            type=click.Choice(["html", "pdf", "json", "csv", "xlsx", "findings.csv", "ropa.csv", "dpia.csv"]),
            help="What to write; may be given several times (default: html, pdf, json).",
        ),
        click.option(
            "--lang",
            "language",
            metavar="CODE",
            shell_complete=completing.languages,
            help="The language of the report, en or de (default: en).",
        ),
        click.option(
            "--template-dir",
            metavar="DIR",
            shell_complete=completing.folders,
            help="Templates of your own; see `datarisk init templates`.",
        ),
        click.option(
            "-o", "--output", metavar="DIR", shell_complete=completing.folders, help="Where runs are kept (reports/)."
        ),
    ):
        command = option(command)
    return command
