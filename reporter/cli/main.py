"""The command ``datarisk``: its arguments, as a table of commands.

Each command's work is a function of a module beside this one.
"""

from __future__ import annotations

import click

from reporter.cli import completing
from reporter.cli.options import ARCHIVE, CONFIG, FACTS, FILE, NO_REUSE, OUTPUT, REDACT, SELECTION, SOURCES, option
from reporter.cli.table import add, cli

__all__ = ["cli"]

add(
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
    *SOURCES,
    *OUTPUT,
    *SELECTION,
    option(
        "--baseline PATH",
        "The last report, to tell what is new since: a bundle, a report.json, or a baseline file (by default the "
        "newest complete run of the account, among those that are kept).",
    ),
    ARCHIVE,
    option("--no-history", "Show nothing of earlier runs.", "history", flag_value=False),
    NO_REUSE,
    option("--no-baseline", "Tell nothing of the run before."),
    *REDACT,
)
add(
    "reporting.collect",
    "Write only the evidence: a snapshot that a report can be made from at any time.",
    "datarisk collect declarations/ -o snapshot.json",
    *SOURCES,
    FACTS,
    option("-o, --output FILE", "The snapshot; - is stdout.", "destination", required=True),
    ARCHIVE,
    NO_REUSE,
    *REDACT,
)
add(
    "run.run",
    """Make the reports that a file names, for a schedule: keep them, tell a webhook what is new, take old ones away.

    FILE is datarisk-run.toml, if it is there. A run that finds nothing new says one line. One report's failure costs no
    other, and the status is the worst; a second run at the same time gives way with 75.
    """,
    """
    datarisk init run
    datarisk run --dry-run
    datarisk run /etc/datarisk/datarisk-run.toml --log-format json
    """,
    click.Argument(["file"], required=False, type=FILE, metavar="[FILE]"),
    option("--report NAME", "Only those of the file that are called so, or match.", "reports", multiple=True),
    option("--dry-run", "Read and judge, but write, send and remove nothing; say what would be."),
    option("--exit-zero", "End with 0 instead of 1; nothing else changes."),
    option(
        "--log-format",
        "What stands on stderr: words, or an object of JSON a line (default text).",
        default="text",
        type=click.Choice(["text", "json"]),
    ),
    CONFIG,
)
add(
    "demo.demo",
    """Report about a made-up company; needs nothing but this program.

    With the extra "registry" it goes all the way: registered with a local platform, and collected from it.
    """,
    "datarisk demo -o /tmp/demo",
    *OUTPUT,
)
add(
    "reporting.registry",
    """Run a local platform: register your agents with it, report, and only then register in production.

    The first line on stdout is its address, the second the account's token, unless PREFACTOR_API_TOKEN gives one. It
    ends with Ctrl-C.
    """,
    """
    datarisk registry
    datarisk registry --port 8400 --db registry.sqlite
    """,
    option("--host HOST", "Where to listen.", default="127.0.0.1", show_default=True),
    option("--port N", "On which port; 0 picks a free one.", default=0, type=click.IntRange(0, 65535)),
    option("--db FILE", "Keep everything in a file."),
    option("--as-sent", "Answer declarations as they were sent; the platform fills unknowns in."),
)
add(
    "house.init",
    """Write a datarisk.toml with every setting in it, commented; copies of all templates; or drafts.

    The draft of a run, datarisk-run.toml, names reports for a schedule, with all that can be said of each, commented.
    Templates are copied into DIR (templates/). The draft of facts, datarisk-facts.toml, asks of each agent in scope
    what only the organisation knows, as far as what a SOURCE declares makes it relevant; it states nothing until it is
    filled in. Drafts of declarations, a file an agent in declarations/, hold what nobody declared, such as the tools of
    a list; every answer in them is unknown.
    """,
    """
    datarisk init
    datarisk init run
    datarisk init templates templates/
    datarisk init facts declarations/
    datarisk init declarations tools.json
    """,
    click.Argument(
        ["what"], type=click.Choice(["settings", "run", "templates", "facts", "declarations"]), default="settings"
    ),
    click.Argument(["sources"], nargs=-1, type=FILE, metavar="[DIR | SOURCE...]"),
    option("--force", "Replace files that are there."),
    *SOURCES[:-1],
    *SELECTION[:-2],
)
add(
    "house.doctor",
    "Say whether this machine has what a report needs: Pango, fonts, readable settings, a place to write.",
    "",
    CONFIG,
)
add(
    "keys.keys_new",
    """Make a key to seal runs with, its public half, and a certificate that it signs itself.

    Nothing that is there is replaced, and the key is not printed. DATARISK_SEAL_PASSPHRASE in the environment closes
    it.
    """,
    'datarisk keys new seal.key --name "Harbour Mutual, data protection"',
    option("--name NAME", "Who seals with it, as the certificate says."),
    option(
        "--kind",
        "rsa (default) and p256, which all readers of PDFs know, or ed25519, which many do not.",
        type=click.Choice(["rsa", "p256", "ed25519"]),
        default="rsa",
    ),
    option(
        "--days N", "For how many days the certificate holds (default 825).", type=click.IntRange(1, 36500), default=825
    ),
    click.Argument(["file"], type=FILE),
)
add(
    "verify.verify",
    """Find out whether a run is whole and unchanged, sealed by whom, and what its evidence gives.

    A TARGET is a run's folder, a ZIP of it, or a report.pdf alone; with --archive, the place that runs are kept in.
    Nothing else is read, and nothing is asked of anybody.
    """,
    """
    datarisk verify reports/local/latest
    datarisk verify reports/local/latest --json
    datarisk verify report.pdf --trust seal.key.cert.pem
    datarisk verify reports --archive
    """,
    option("--json", "The layers as JSON.", "as_json"),
    option("--archive", "All runs of an archive: their files, and each after the one before."),
    option(
        "--trust FILE",
        "Whose seal counts: a public key, a certificate, who issues certificates, or a list of revoked ones, in PEM.",
        multiple=True,
    ),
    option("--template-dir DIR", "The templates of your own that the run was made with."),
    option("--max-megabytes N", "How large its evidence may be (default 100).", type=int),
    click.Argument(["target"], type=FILE),
)
add(
    "house.schema",
    """Print the JSON Schema of the report, snapshot, a run's own settings and history, diff, the settings, their
    [policy], or files of waivers, facts, runs.""",
    "datarisk schema report > report.schema.json",
    click.Argument(
        ["name"],
        type=click.Choice(
            [
                "report",
                "snapshot",
                "settings-of-run",
                "history",
                "settings",
                "policy",
                "waivers",
                "facts",
                "run",
                "diff",
            ]
        ),
    ),
)
add(
    "house.completion",
    "Print what makes a shell complete this command.",
    "datarisk completion bash > ~/.local/share/bash-completion/completions/datarisk",
    click.Argument(["shell"], type=click.Choice(["bash", "zsh", "fish"])),
)
add(
    "house.rules",
    "List all rules, your own among them, with their severities as they are set.",
    "datarisk rules",
    CONFIG,
)
add(
    "house.explain",
    "Say what a rule is about: what triggers it, what a reviewer is asked, and which provisions it names.",
    "datarisk explain X01",
    click.Argument(["rule"], shell_complete=completing.rules),
    CONFIG,
)
add(
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
    *SOURCES,
    *SELECTION,
    option(
        "--fail-on",
        "The severity from which on an open finding fails, too (default never).",
        type=click.Choice(["info", "low", "medium", "high", "never"]),
    ),
    option("--fail-on-new", "Only findings that the baseline does not know fail."),
    option(
        "--baseline PATH",
        "What was known before: a baseline file (datarisk-baseline.json, if it is there), a bundle or a report.json.",
    ),
    option("--against SOURCE", "Compare with what this SOURCE declares, as with a baseline that was made of it."),
    option("--write-baseline FILE", "Write what agents answer as a baseline."),
    option("--max-not-assessed N", "How many span types may be not assessed.", type=click.IntRange(0)),
    option(
        "--max-unknown PERCENT",
        "How much of all fields, and of each agent's, may be unknown or undeclared.",
        "max_unknown_share",
        type=click.FloatRange(0, 100),
    ),
    option("--max-unknown-age-days N", "For how many days a field may stay undecided.", type=click.IntRange(1)),
    ARCHIVE,
    option("--exit-zero", "End with 0 instead of 1; nothing else changes."),
    option(
        "-f, --format",
        "What to print (default text).",
        "format_",
        type=click.Choice(["text", "json", "sarif", "junit", "markdown", "github", "codequality"]),
    ),
    option(
        "-o, --output FILE",
        "Write to a file, as its name ends: .txt, .json, .sarif, .xml, .md; - is stdout; may be given several times.",
        "files",
        multiple=True,
    ),
)
add(
    "diff.diff",
    """Tell what changed between two sources, by meaning: widened, regressed to unknown, added, removed, and so on.

    OLD and NEW are each a SOURCE as for `report`, or a report.json, or a baseline file; files against the platform are
    a release. With --versions or --environments it is one SOURCE, or none for the platform. It is no gate: it ends with
    0 where things changed, and with 3 where a side could not be read whole.
    """,
    """
    datarisk diff reports/acme/20261101T060000Z reports/acme/latest
    datarisk diff https://app.prefactorai.com declarations/
    datarisk diff --versions 2026.10 2026.11 --agent support snapshot.json
    datarisk diff --environments staging production -f markdown -o changes.md
    """,
    *SOURCES[:-1],
    click.Argument(["sources"], nargs=-1, type=FILE, metavar="[OLD NEW | SOURCE]"),
    *SELECTION[:2],
    *SELECTION[3:5],
    click.Option(
        ["--versions", "between_versions"], nargs=2, metavar="A B", help="Two schema versions of the same agents."
    ),
    click.Option(
        ["--environments", "between_environments"],
        nargs=2,
        metavar="FROM TO",
        help="What promoting FROM to TO would change there.",
    ),
    option("-f, --format", "What to print (default text).", "format_", type=click.Choice(["text", "markdown", "json"])),
    option("-o, --output FILE", "Write to a file, as its name ends: .txt, .md, .json; - is stdout.", "file"),
)
add(
    "worklist.issues",
    """List what people have to decide: what is in production first, then what is declared, then what is worst.

    Each issue is a question about one agent, and a file of facts answers it (`datarisk init facts`). With -v its
    findings are listed as well.
    """,
    "datarisk issues declarations/",
    *SOURCES,
    *SELECTION,
)
add(
    "history.history",
    """Tell what became of things from run to run: how much nobody has decided, for how long, and what moved.

    ARCHIVE is a folder that runs are kept in (reports/), or an address such as s3://audit/runs. What was decided is
    told apart from what vanished with its span type. Where a run of the range cannot be read, it is named, and the
    status is 3.
    """,
    """
    datarisk history
    datarisk history reports --agent claims* --since 2026-01-01
    datarisk history s3://audit/runs --account "Harbour Mutual" -f csv
    """,
    CONFIG,
    click.Argument(["place"], required=False, metavar="[ARCHIVE]"),
    option("--account NAME", "Whose runs: its name or id, where there are several."),
    option("--agent PATTERN", "Only agents whose name or id matches.", "agents", multiple=True),
    option("--since DAY", "Only runs from then on (ISO 8601)."),
    option("--until DAY", "Only runs until then."),
    option(
        "-f, --format",
        "What to print (default text).",
        "format_",
        type=click.Choice(["text", "json", "csv"]),
        default="text",
    ),
)
add(
    "gate.waivers_new",
    """Write a waiver for a finding, to be filled in; FINDING is its id, or how it begins.

    As long as its reason, its days and who answers for it are missing, the file is refused.
    """,
    "datarisk waivers new 0f3a declarations/ -o datarisk-waivers.toml",
    click.Argument(["finding"], shell_complete=completing.findings),
    *SOURCES,
    *SELECTION,
    option("--span-type NAME", "Of the span types that it is about, those of this name alone."),
    option("-o, --output FILE", "Append it to a file instead of printing it.", "file"),
)
add(
    "gate.waivers_check",
    """Look for mistakes in a file of waivers; with a SOURCE also say what each of them does there.

    The file is the first argument if it ends in .toml, and else the one of the settings. Without a SOURCE nothing is
    read but that file.
    """,
    """
    datarisk waivers check
    datarisk waivers check datarisk-waivers.toml declarations/
    """,
    *SOURCES,
    *SELECTION,
)
add(
    "gate.waivers_list",
    "List waivers with their reasons; with a SOURCE also what each of them does there.",
    "datarisk waivers list",
    *SOURCES,
    *SELECTION,
)
add(
    "facts.facts_check",
    """Look for mistakes in a file of facts; with a SOURCE also say what it does not provide of each agent.

    The file is the first argument if it ends in .toml, and else the one of the settings. Without a SOURCE nothing is
    read but that file.
    """,
    """
    datarisk facts check
    datarisk facts check datarisk-facts.toml declarations/
    """,
    *SOURCES,
    *SELECTION,
)
