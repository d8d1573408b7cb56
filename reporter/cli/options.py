"""What commands take: options as their help shows them, and the lots of them that several commands share."""

from __future__ import annotations

from typing import Any, Final

import click

from reporter.cli import completing

# Whether a file can be used is found out where it is used, so that it is told the same way wherever it was named.
FILE: Final = click.Path(readable=False)
TYPES: Final = {"FILE": FILE, "PATH": FILE, "DIR": click.Path(readable=False, file_okay=False)}


def option(spelled: str, told: str, name: str = "", **rest: Any) -> click.Option:
    """An option as its help shows it, such as ``-o, --output DIR``; without a value it is a flag.

    A flag that was not given is None, as every other option is: weaker settings may say something about it.
    """
    words = spelled.replace(",", "").split()
    names, metavar = [word for word in words if word[0] == "-"], words[-1] if words[-1][0] != "-" else None
    rest |= {"metavar": metavar, "type": TYPES.get(metavar, rest.get("type"))} if metavar else {}
    if not metavar and "type" not in rest and "count" not in rest:
        rest |= {"is_flag": True, "default": None}
    return click.Option([*names, *[name] * bool(name)], help=told, **rest)


CONFIG: Final = option("--config FILE", "Instead of datarisk.toml.")
FACTS: Final = option("--facts FILE", "The file of facts (datarisk-facts.toml, if it is there).")

#: What to read, for every command that reads.
SOURCES: Final[tuple[click.Parameter, ...]] = (
    CONFIG,
    option("--exclude PATTERN", "What to leave out of folders, such as drafts or *.old.json.", multiple=True),
    option("--max-megabytes N", "How large one file may be (default 100).", type=int),
    option("--agent-name NAME", "Whose declarations these are, where a file names no agent."),
    option("--timeout S", "Seconds until a silent platform is given up (15).", type=float),
    option("--insecure-http", "The token may go over plain http, beyond this machine."),
    option("--token-file FILE", "Instead of PREFACTOR_API_TOKEN."),
    option("--observed", "Read a platform's runs too, metadata alone, and hold them against what is declared."),
    option("--since WHEN", "From when on runs count: 30d, or 2026-11-23 (default 90d)."),
    option("--until WHEN", "Until when runs count (default: all that came since)."),
    option("--labels", "Read the labels of sensitive values as well, page by page; no value is kept."),
    click.Argument(["sources"], nargs=-1, type=FILE, metavar="[SOURCE]..."),
)

#: Where a report goes and in which formats.
OUTPUT: Final[tuple[click.Parameter, ...]] = (
    option("-o, --output DIR", "Where runs are kept (reports/)."),
    option("--template-dir DIR", "Templates of your own; see `datarisk init templates`."),
    option(
        "--lang CODE",
        "The language of the report, en or de (default: en).",
        "language",
        shell_complete=completing.languages,
    ),
    option(
        "-f, --format",
        "What to write; may be given several times (default: html, pdf, json).",
        "formats",
        multiple=True,
        type=click.Choice(
            [
                *("html", "pdf", "json", "csv", "xlsx", "issues.csv", "findings.csv", "ropa.csv", "dpia.csv"),
                *("cyclonedx", "oscal", "dpv"),
            ]
        ),
    ),
    option(
        "--annex",
        "What the PDF gets besides: the whole catalogue of rules; of many agents, the rows behind each answer.",
        "annexes",
        multiple=True,
        type=click.Choice(["catalogue", "rows"]),
    ),
    option(
        "--pdf-profile",
        "What the PDF is: archive (default) carries its evidence, accessible carries nothing, plain says nothing.",
        type=click.Choice(["archive", "accessible", "plain"]),
    ),
    option("--split", "Also one document per agent.", type=click.Choice(["agent"])),
    option("--seal-key FILE", "The private key to seal the run with; `datarisk keys new` makes one."),
    option("--seal-certificate FILE", "The key's certificate, and those that lead to who issued it."),
    option("--timestamp-url URL", "A time-stamp server (RFC 3161) for signed PDFs.", "seal_timestamp_url"),
)

ARCHIVE: Final = option(
    "--archive PLACE", "Where runs are kept besides and looked for: a folder, or an address such as s3://audit/runs."
)
NO_REUSE: Final = option("--no-reuse", "Ask again for what an earlier run has read.", "reuse", flag_value=False)

#: What of it counts, for every command that judges.
SELECTION: Final[tuple[click.Parameter, ...]] = (
    option(
        "--agent PATTERN",
        "Only agents whose name or id matches.",
        "agents",
        multiple=True,
        shell_complete=completing.agents,
    ),
    option("--environment NAME", "Only what is deployed there.", "environments", multiple=True),
    option("--versions WHICH", "current (default), latest, all, or a version's id.", multiple=True),
    option("--as-of TIME", "Only what was registered by then, such as 2026-11-23."),
    option("--include-retired", "Count retired agents too."),
    option("--allow-empty", "A report about no agents is what is wanted."),
    option("--waivers FILE", "The file of waivers (datarisk-waivers.toml, if it is there)."),
    FACTS,
)

#: What is handed over without names.
REDACT: Final[tuple[click.Parameter, ...]] = (
    option(
        "--redact WHAT", "For hand-over: pseudonyms for agent-names,ids,owners; or samples alone, left out with any."
    ),
    option("--redact-key FILE", "The key of pseudonyms, made if it is not there, with a map back beside it."),
    option("--keep-samples", "Keep the sample values of JSON schemas all the same."),
)

EVERY: Final[tuple[click.Parameter, ...]] = (
    option("-q, --quiet", "Say nothing but errors."),
    option("-v, --verbose", "Say more.", count=True),
    option("--no-color", "No colour; NO_COLOR in the environment says the same."),
    option("--debug", "Show the traceback of a fault."),
)
