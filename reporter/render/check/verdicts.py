"""The formats of a check, made from its verdict: which there are, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath
from typing import Final, Literal

from reporter.gate.policy import Verdict
from reporter.plain.language import Language
from reporter.render.check.places import Tree
from reporter.render.document import Document
from reporter.render.tables.table import provision_words, spoken
from reporter.view.findings import Rule
from reporter.view.report import Agent, Report

CheckFormat = Literal["sarif", "junit", "markdown", "github", "codequality"]

Checker = Callable[[Report, Verdict, Tree], Document]

_BY_ENDING: Final[dict[str, CheckFormat]] = {
    ".sarif": "sarif",
    ".sarif.json": "sarif",
    ".xml": "junit",
    ".md": "markdown",
    ".github.txt": "github",
    ".codequality.json": "codequality",
    "gl-code-quality-report.json": "codequality",
}
#: Where evidence stands that came from no file of the tree: in a run's folder.
EVIDENCE_FILE: Final = "evidence/snapshot.json"
#: Those that say on which line of which file something stands.
PLACED: Final[tuple[CheckFormat, ...]] = ("sarif", "github", "codequality")


def checker(format_: CheckFormat) -> Checker:
    """The renderer of a format, which is a module of that name, imported when it is needed."""
    render: Checker = import_module(f"reporter.render.check.{format_}").render
    return render


def inferred(name: str) -> CheckFormat | None:
    """The format that a file's name asks for; None where it ends in none of theirs."""
    plain = PurePath(name).name.lower()
    return next((format_ for ending, format_ in _BY_ENDING.items() if plain.endswith(ending)), None)


SOME: Final = 3  # span types that are named where there is little room


def some(names: list[str], language: Language) -> list[str]:
    """A few of these, and how many more there are."""
    more = [language.gettext("and %(number)s more", number=len(names) - SOME)] * (len(names) > SOME)
    return [*names[:SOME], *more]


def heading(verdict: Verdict, language: Language) -> str:
    """The verdict in a few words."""
    if not verdict.complete:
        return language.gettext("Incomplete evidence: nothing may be concluded")
    if not verdict.passed:
        return language.gettext("Review needed")
    return language.gettext("Nothing is beyond the limits")


def answered(agent: Agent, language: Language) -> str:
    """How far the questions about an agent are answered."""
    words = spoken(language)[agent.coverage]
    return language.ngettext(
        "%(words)s: %(known)s of %(number)s answer given.",
        "%(words)s: %(known)s of %(number)s answers given.",
        agent.assessment.cells,
        words=f"{words[:1].upper()}{words[1:]}",
        known=agent.assessment.known_cells,
    )


def asked(rule: Rule, language: Language) -> list[str]:
    """What is not determined here, and the provisions of a rule, as far as there is any of either."""
    missing, provisions = "; ".join(rule.missing), "; ".join(map(provision_words, rule.provisions))
    told = [language.gettext("Not determined here: %(facts)s", facts=missing)] if missing else []
    return told + ([language.gettext("Provisions: %(provisions)s", provisions=provisions)] if provisions else [])
