"""What commands there are, and how one is added: its work is imported when it runs, so that ``--help`` stays quick."""

from __future__ import annotations

import os
from importlib import import_module
from inspect import cleandoc
from typing import Any, Final

import click

from reporter import __version__
from reporter.cli.options import EVERY


def _help(words: str, examples: str) -> str:
    r"""What is told of a command, with examples; the mark \b keeps click from filling their lines."""
    lines = cleandoc(examples).splitlines()
    head = "\n\n\b\nExamples:" if len(lines) > 1 else "\n\n\b\nExample:"
    return cleandoc(words) + "".join(f"\n{line}" for line in (head, *(f"  {line}" for line in lines)) if examples)


cli: Final = click.Group(
    "datarisk",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_help(
        "Reads what AI agents declare about their data risk, and makes an audit report of it.",
        """
        datarisk demo                            a report about a made-up company
        datarisk report declarations/            a report about your own, from files
        datarisk report                          about all agents of a platform's account
        datarisk check declarations/             the gate: why not, and an exit status
        datarisk collect declarations/ -o s.json only the evidence
        """,
    ),
    epilog="""\b
    Exit status:
      0    done
      1    `check` and `run`: something is beyond the limits
      2    usage or configuration
      3    no complete evidence, so nothing may be concluded
      4    a fault of datarisk or of the machine
      75   `run` alone: the run before it still goes on
      129  the terminal hung up
      130  interrupted
      143  ended
    """,
)
click.version_option(__version__, prog_name="datarisk", message="%(prog)s %(version)s")(cli)
_waivers: Final = click.Group(
    "waivers",
    help=_help(
        "Findings that somebody accepts: write a waiver to fill in, check the file, list what is in it.",
        """
        datarisk waivers new 0f3a declarations/ -o datarisk-waivers.toml
        datarisk waivers check datarisk-waivers.toml declarations/
        """,
    ),
)
_facts: Final = click.Group(
    "facts",
    help=_help(
        "What only the organisation knows of its agents: look for mistakes in the file, and for what it lacks.",
        "datarisk facts check datarisk-facts.toml declarations/",
    ),
)
_keys: Final = click.Group(
    "keys",
    help=_help(
        "Keys that runs are sealed with.",
        'datarisk keys new seal.key --name "Harbour Mutual, data protection"',
    ),
)
_GROUPS: Final = {"": cli, "waivers": _waivers, "facts": _facts, "keys": _keys}
for _group in (_waivers, _facts, _keys):
    cli.add_command(_group)


def add(work: str, words: str, examples: str, *parameters: click.Parameter) -> None:
    """Adds a command.

    Args:
        work: Its module and the function in it, which is given a ``Terminal`` and the parameters, and returns the exit
            status. What the function is called, the command is called; a group's name comes first.
        words: Its help.
        examples: How it is called, one a line.
        parameters: What it has besides those that every command has.
    """
    module, _, function = work.partition(".")

    def run(*, quiet: bool, verbose: int, no_color: bool, debug: bool, **given: Any) -> Any:
        from reporter.cli.terminal import Terminal

        # Both are kept where what explains a failure finds them, when this call is over.
        click.get_current_context().find_root().obj["debug"] = debug
        if no_color:
            os.environ["NO_COLOR"] = "1"
        return getattr(import_module(f"reporter.cli.{module}"), function)(Terminal(quiet, verbose, debug), **given)

    group, _, name = function.rpartition("_")
    command = click.Command(name, callback=run, params=[*parameters, *EVERY], help=_help(words, examples))
    _GROUPS[group].add_command(command)
