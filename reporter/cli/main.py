"""The command ``datarisk``: its arguments, as a table of commands.

Each command's work is a function of a module beside this one. It is imported when it runs, so that ``--help`` and
completion stay quick.
"""

from __future__ import annotations

import os
from importlib import import_module
from inspect import cleandoc
from typing import Any, Final

import click

from reporter import __version__
from reporter.cli import completing

# Whether a file can be used is found out where it is used, so that it is told the same way wherever it was named.
_FILE: Final = click.Path(readable=False)
_TYPES: Final = {"FILE": _FILE, "PATH": _FILE, "DIR": click.Path(readable=False, file_okay=False)}


def _option(spelled: str, told: str, name: str = "", **rest: Any) -> click.Option:
    """An option as its help shows it, such as ``-o, --output DIR``; without a value it is a flag.

    A flag that was not given is None, as every other option is: weaker settings may say something about it.
    """
    words = spelled.replace(",", "").split()
    names, metavar = [word for word in words if word[0] == "-"], words[-1] if words[-1][0] != "-" else None
    rest |= {"metavar": metavar, "type": _TYPES.get(metavar, rest.get("type"))} if metavar else {}
    if not metavar and "type" not in rest and "count" not in rest:
        rest |= {"is_flag": True, "default": None}
    return click.Option([*names, *[name] * bool(name)], help=told, **rest)


_CONFIG: Final = _option("--config FILE", "Instead of datarisk.toml.")
_FACTS: Final = _option("--facts FILE", "The file of facts (datarisk-facts.toml, if it is there).")

#: What to read, for every command that reads.
_SOURCES: Final[tuple[click.Parameter, ...]] = (
    _CONFIG,
    _option("--exclude PATTERN", "What to leave out of folders, such as drafts or *.old.json.", multiple=True),
    _option("--max-megabytes N", "How large one file may be (default 100).", type=int),
    _option("--agent-name NAME", "Whose declarations these are, where a file names no agent."),
    _option("--timeout S", "Seconds until a silent platform is given up (15).", type=float),
    _option("--insecure-http", "The token may go over plain http, beyond this machine."),
    _option("--token-file FILE", "Instead of PREFACTOR_API_TOKEN."),
    _option("--observed", "Read a platform's runs too, metadata alone, and hold them against what is declared."),
    _option("--since WHEN", "From when on runs count: 30d, or 2026-11-23 (default 90d)."),
    _option("--until WHEN", "Until when runs count (default: all that came since)."),
    _option("--labels", "Read the labels of sensitive values as well, page by page; no value is kept."),
    click.Argument(["sources"], nargs=-1, type=_FILE, metavar="[SOURCE]..."),
)

#: Where a report goes and in which formats.
_OUTPUT: Final[tuple[click.Parameter, ...]] = (
    _option("-o, --output DIR", "Where runs are kept (reports/)."),
    _option("--template-dir DIR", "Templates of your own; see `datarisk init templates`."),
    _option(
        "--lang CODE",
        "The language of the report, en or de (default: en).",
        "language",
        shell_complete=completing.languages,
    ),
    _option(
        "-f, --format",
        "What to write; may be given several times (default: html, pdf, json).",
        "formats",
        multiple=True,
        type=click.Choice(
            ["html", "pdf", "json", "csv", "xlsx", "issues.csv", "findings.csv", "ropa.csv", "dpia.csv", "cyclonedx"]
        ),
    ),
    _option(
        "--annex",
        "What the PDF gets besides: the whole catalogue of rules.",
        "annexes",
        multiple=True,
        type=click.Choice(["catalogue"]),
    ),
    _option("--split", "Also one document per agent.", type=click.Choice(["agent"])),
)

#: What of it counts, for every command that judges.
_SELECTION: Final[tuple[click.Parameter, ...]] = (
    _option(
        "--agent PATTERN",
        "Only agents whose name or id matches.",
        "agents",
        multiple=True,
        shell_complete=completing.agents,
    ),
    _option("--environment NAME", "Only what is deployed there.", "environments", multiple=True),
    _option("--versions WHICH", "current (default), latest, all, or a version's id.", multiple=True),
    _option("--as-of TIME", "Only what was registered by then, such as 2026-11-23."),
    _option("--include-retired", "Count retired agents too."),
    _option("--allow-empty", "A report about no agents is what is wanted."),
    _option("--waivers FILE", "The file of waivers (datarisk-waivers.toml, if it is there)."),
    _FACTS,
)

_EVERY: Final[tuple[click.Parameter, ...]] = (
    _option("-q, --quiet", "Say nothing but errors."),
    _option("-v, --verbose", "Say more.", count=True),
    _option("--no-color", "No colour; NO_COLOR in the environment says the same."),
    _option("--debug", "Show the traceback of a fault."),
)


def _help(told: str, examples: str) -> str:
    r"""What is told of a command, with examples; the mark \b keeps click from filling their lines."""
    lines = cleandoc(examples).splitlines()
    head = "\n\n\b\nExamples:" if len(lines) > 1 else "\n\n\b\nExample:"
    return cleandoc(told) + "".join(f"\n{line}" for line in (head, *(f"  {line}" for line in lines)) if examples)


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
      1    `check` alone: something is beyond the limits
      2    usage or configuration
      3    no complete evidence, so nothing may be concluded
      4    a fault of datarisk or of the machine
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
_GROUPS: Final = {"": cli, "waivers": _waivers, "facts": _facts}
for _group in (_waivers, _facts):
    cli.add_command(_group)


def _add(work: str, told: str, examples: str, *parameters: click.Parameter) -> None:
    """Adds a command.

    Args:
        work: Its module and the function in it, which is given a ``Terminal`` and the parameters, and returns the exit
            status. What the function is called, the command is called; a group's name comes first.
        told: Its help.
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
    command = click.Command(name, callback=run, params=[*parameters, *_EVERY], help=_help(told, examples))
    _GROUPS[group].add_command(command)


_add(
    "reporting.report",
    """Collect, aggregate, and write a report.

    A SOURCE is a file or folder of JSON, or - for standard input: what the SDK registers, what the API answers, or
    a snapshot or bundle of ours, told apart by shape. Without a SOURCE, or for an http(s) address, it is a whole
    account of the platform, read with the token in PREFACTOR_API_TOKEN.
    """,
    """
    datarisk report declarations/
    datarisk report support.json billing.json -f html -o out
    my-agent --dump-schema | datarisk report - --agent-name support
    datarisk report --baseline reports/local/latest declarations/
    datarisk report reports/local/latest --versions all
    """,
    *_SOURCES,
    *_OUTPUT,
    *_SELECTION,
    _option(
        "--baseline PATH", "The last report, to tell what is new since: a bundle, a report.json, or a baseline file."
    ),
)
_add(
    "reporting.collect",
    "Write only the evidence: a snapshot that a report can be made from at any time.",
    "datarisk collect declarations/ -o snapshot.json",
    *_SOURCES,
    _FACTS,
    _option("-o, --output FILE", "The snapshot; - is stdout.", "destination", required=True),
)
_add(
    "demo.demo",
    """Report about a made-up company; needs nothing but this program.

    With the extra "registry" it goes all the way: registered with a local platform, and collected from it.
    """,
    "datarisk demo -o /tmp/demo",
    *_OUTPUT,
)
_add(
    "reporting.registry",
    """Run a local platform: register your agents with it, report, and only then register in production.

    The first line on stdout is its address, the second the account's token, unless PREFACTOR_API_TOKEN gives one. It
    ends with Ctrl-C.
    """,
    """
    datarisk registry
    datarisk registry --port 8400 --db registry.sqlite
    """,
    _option("--host HOST", "Where to listen.", default="127.0.0.1", show_default=True),
    _option("--port N", "On which port; 0 picks a free one.", default=0, type=click.IntRange(0, 65535)),
    _option("--db FILE", "Keep everything in a file."),
    _option("--as-sent", "Answer declarations as they were sent; the platform fills unknowns in."),
)
_add(
    "house.init",
    """Write a datarisk.toml with every setting in it, commented; copies of all templates; or drafts.

    Templates are copied into DIR (templates/). The draft of facts, datarisk-facts.toml, asks of each agent in scope
    what only the organisation knows, as far as what a SOURCE declares makes it relevant; it states nothing until it is
    filled in. Drafts of declarations, a file an agent in declarations/, hold what nobody declared, such as the tools of
    a list; every answer in them is unknown.
    """,
    """
    datarisk init
    datarisk init templates templates/
    datarisk init facts declarations/
    datarisk init declarations tools.json
    """,
    click.Argument(["what"], type=click.Choice(["settings", "templates", "facts", "declarations"]), default="settings"),
    click.Argument(["sources"], nargs=-1, type=_FILE, metavar="[DIR | SOURCE...]"),
    _option("--force", "Replace files that are there."),
    *_SOURCES[:-1],
    *_SELECTION[:-2],
)
_add(
    "house.doctor",
    "Say whether this machine has what a report needs: Pango, fonts, readable settings, a place to write.",
    "",
    _CONFIG,
)
_add(
    "house.schema",
    "Print the JSON Schema of the report, the snapshot, the settings, their [policy], or the file of waivers or facts.",
    "datarisk schema report > report.schema.json",
    click.Argument(["name"], type=click.Choice(["report", "snapshot", "settings", "policy", "waivers", "facts"])),
)
_add(
    "house.completion",
    "Print what makes a shell complete this command.",
    "datarisk completion bash > ~/.local/share/bash-completion/completions/datarisk",
    click.Argument(["shell"], type=click.Choice(["bash", "zsh", "fish"])),
)
_add(
    "house.rules",
    "List all rules, your own among them, with their severities as they are set.",
    "datarisk rules",
    _CONFIG,
)
_add(
    "house.explain",
    "Say what a rule is about: what triggers it, what a reviewer is asked, and which provisions it names.",
    "datarisk explain X01",
    click.Argument(["rule"], shell_complete=completing.rules),
    _CONFIG,
)
_add(
    "gate.check",
    """Hold declarations against what they were and against the organisation's own limits: say why not, and end with 1.

    What is worse than in datarisk-baseline.json is red, and so is an agent of which too little is answered. Evidence
    with gaps ends with 3 whatever the limits are; findings are printed all the same. Limits, rules of your own and
    waivers stand in [policy] of datarisk.toml.
    """,
    """
    datarisk check declarations/
    datarisk check declarations/ --write-baseline datarisk-baseline.json
    datarisk check --baseline last-week/report.json
    datarisk check --fail-on high --max-not-assessed 0 -o check.sarif -o check.xml
    """,
    *_SOURCES,
    *_SELECTION,
    _option(
        "--fail-on",
        "The severity from which on an open finding fails, too (default never).",
        type=click.Choice(["info", "low", "medium", "high", "never"]),
    ),
    _option("--fail-on-new", "Only findings that the baseline does not know fail."),
    _option(
        "--baseline PATH",
        "What was known before: a baseline file (datarisk-baseline.json, if it is there), a bundle or a report.json.",
    ),
    _option("--write-baseline FILE", "Write what agents answer as a baseline."),
    _option("--max-not-assessed N", "How many span types may be not assessed.", type=click.IntRange(0)),
    _option(
        "--max-unknown PERCENT",
        "How much of all fields, and of each agent's, may be unknown or undeclared.",
        "max_unknown_share",
        type=click.FloatRange(0, 100),
    ),
    _option("--exit-zero", "End with 0 instead of 1; nothing else changes."),
    _option(
        "-f, --format",
        "What to print (default text).",
        "format_",
        type=click.Choice(["text", "json", "sarif", "junit", "markdown", "github", "codequality"]),
    ),
    _option(
        "-o, --output FILE",
        "Write to a file, as its name ends: .txt, .json, .sarif, .xml, .md; - is stdout; may be given several times.",
        "files",
        multiple=True,
    ),
)
_add(
    "worklist.issues",
    """List what people have to decide: what is in production first, then what is declared, then what is worst.

    Each issue is a question about one agent, and a file of facts answers it (`datarisk init facts`). With -v its
    findings are listed as well.
    """,
    "datarisk issues declarations/",
    *_SOURCES,
    *_SELECTION,
)
_add(
    "gate.waivers_new",
    """Write a waiver for a finding, to be filled in; FINDING is its id, or how it begins.

    As long as its reason, its days and who answers for it are missing, the file is refused.
    """,
    "datarisk waivers new 0f3a declarations/ -o datarisk-waivers.toml",
    click.Argument(["finding"], shell_complete=completing.findings),
    *_SOURCES,
    *_SELECTION,
    _option("--span-type NAME", "Of the span types that it is about, those of this name alone."),
    _option("-o, --output FILE", "Append it to a file instead of printing it.", "file"),
)
_add(
    "gate.waivers_check",
    """Look for mistakes in a file of waivers; with a SOURCE also say what each of them does there.

    The file is the first argument if it ends in .toml, and else the one of the settings. Without a SOURCE nothing is
    read but that file.
    """,
    """
    datarisk waivers check
    datarisk waivers check datarisk-waivers.toml declarations/
    """,
    *_SOURCES,
    *_SELECTION,
)
_add(
    "gate.waivers_list",
    "List waivers with their reasons; with a SOURCE also what each of them does there.",
    "datarisk waivers list",
    *_SOURCES,
    *_SELECTION,
)
_add(
    "facts.facts_check",
    """Look for mistakes in a file of facts; with a SOURCE also say what it does not provide of each agent.

    The file is the first argument if it ends in .toml, and else the one of the settings. Without a SOURCE nothing is
    read but that file.
    """,
    """
    datarisk facts check
    datarisk facts check datarisk-facts.toml declarations/
    """,
    *_SOURCES,
    *_SELECTION,
)
