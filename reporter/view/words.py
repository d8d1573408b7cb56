"""Sentences of a report that are made from what was counted, each in the report's language.

They say what was declared and what was not. None says that an agent is, or is not, in line with any law.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from reporter.declared.aggregate import FlagState, LevelTally, Profile
from reporter.declared.flows import Reach
from reporter.declared.model import NotUsed, SpanType
from reporter.declared.scope import Selection
from reporter.declared.vocabulary import CELLS_PER_SPAN_TYPE, CLASSIFICATION, FLAGS, TERMS
from reporter.plain.language import Language, Message
from reporter.view.report import Totals


def label(name: str, language: Language) -> str:
    """What a report calls a field; one outside the vocabulary keeps its own name."""
    return language.gettext(TERMS[name].label) if name in TERMS else name


def field(name: str, language: Language) -> str:
    """What a report calls a field, classifications too."""
    return language.gettext("Classification") if name == CLASSIFICATION else label(name, language)


def level(tally: LevelTally, language: Language) -> str:
    """A classification in words, with its "at least"."""
    # Where some do not say, a higher level may hide behind their silence: what is stated is the least it can be.
    if tally.top:
        top = language.gettext(tally.top)
        return language.gettext("at least %(level)s", level=top) if tally.at_least else top
    return language.gettext("not stated") if tally.at_least else language.gettext("none: no span types in scope")


def flag(found: FlagState, span_types: int, language: Language) -> str:
    """What a flag's state means, with how many of the span types make it so."""
    state, tallies = found.state, found.tallies
    if state == "none":
        return language.gettext("no span types in scope")
    # A span type that includes several categories, or one on both sides, is one span type.
    entries = {(cell.entry.record_sha256, cell.entry.pointer) for tally in tallies for cell in tally.evidence}
    if state == "included":
        return language.ngettext(
            "declared included by %(some)s of %(number)s span type",
            "declared included by %(some)s of %(number)s span types",
            span_types,
            some=len(entries),
        )
    silent = sum(tally.unknown + tally.undeclared for tally in tallies)
    cells = sum(tally.cells for tally in tallies)
    if state == "undetermined":
        return language.ngettext(
            "declared included by none, but %(number)s of %(cells)s answers is missing",
            "declared included by none, but %(number)s of %(cells)s answers are missing",
            silent,
            cells=cells,
        )
    return language.gettext("declared excluded in all %(cells)s answers", cells=cells)


def not_assessed(entry: SpanType, language: Language) -> str:
    """Why an entry is not assessed."""
    # Nobody was asked, or somebody was and did not know: two different things to do about it.
    undeclared = CELLS_PER_SPAN_TYPE - entry.declared_cells
    if not entry.declared_cells:
        return language.gettext("no declaration: %(fields)s fields undeclared", fields=CELLS_PER_SPAN_TYPE)
    if not undeclared:
        return language.gettext("all %(fields)s fields declared unknown", fields=CELLS_PER_SPAN_TYPE)
    return language.gettext(
        "%(unknown)s fields declared unknown, %(undeclared)s undeclared",
        unknown=entry.declared_cells,
        undeclared=undeclared,
    )


def lead(profile: Profile, language: Language) -> str:
    """What is most worth knowing about an agent."""
    if not profile.of_work:
        return language.gettext("Not assessed: no span types in scope, so nothing is said about what it does.")
    if not profile.known_cells:
        return language.ngettext(
            "Not assessed: not one of the %(cells)s fields of its %(number)s span type holds a decided answer.",
            "Not assessed: not one of the %(cells)s fields of its %(number)s span types holds a decided answer.",
            profile.span_types,
            cells=profile.cells,
        )
    return f"{_data(profile, language)} {_levels(profile, language)}"


def _data(profile: Profile, language: Language) -> str:
    states = {item.name: profile.flag(item).state for item in FLAGS}
    included = [kind for name, kind in _kinds(language).items() if states[name] == "included"]
    # The other kinds are personal data too, so that naming both would say less.
    if states["personal_data"] == "included" and len(included) > 1:
        included = included[1:]
    if included:
        sentence = language.gettext("%(kinds)s declared included.", kinds=language.listed(included))
        return sentence[:1].upper() + sentence[1:]
    if states["personal_data"] == "undetermined":
        return language.gettext("No personal data declared included, and not all of it ruled out.")
    return language.gettext("All personal data declared excluded.")


def _kinds(language: Language) -> dict[str, str]:
    return {
        "personal_data": language.gettext("personal data"),
        "special_category_data": language.gettext("special categories of personal data"),
        "criminal_offence_data": language.gettext("criminal justice data"),
        "childrens_data": language.gettext("children's data"),
    }


def _levels(profile: Profile, language: Language) -> str:
    into, out = (level(profile.levels[side], language) for side in ("params", "result"))
    # Most agents state one level: said twice it would read like two facts.
    if into == out:
        return language.gettext("Inputs and outputs classified %(level)s.", level=into)
    return language.gettext("Inputs classified %(inputs)s, outputs %(outputs)s.", inputs=into, outputs=out)


def summary(totals: Totals, language: Language) -> str:
    """The one sentence of the summary page."""
    if not totals.agents:
        return language.gettext("No agents are in scope, so this report says nothing about any.")
    silent, said, open_ = totals.agents_not_assessed, totals.agents_with_personal_data, totals.agents_undetermined
    if silent == totals.agents and not said:
        return language.ngettext(
            "%(number)s agent in scope, and nothing is known of what it does.",
            "%(number)s agents in scope, and nothing is known of what they do.",
            silent,
        )
    # The undetermined are named with those that declare it: together they are whom a reader has to ask.
    ruled_out = totals.agents - said - open_
    counted = (
        (said, language.ngettext("%(number)s declares personal data", "%(number)s declare personal data", said)),
        (open_, language.gettext("for %(agents)s it is undetermined whether there are personal data", agents=open_)),
        (
            ruled_out,
            language.ngettext(
                "%(number)s declares all personal data excluded",
                "%(number)s declare all personal data excluded",
                ruled_out,
            ),
        ),
    )
    # A zero would read as good news of agents that it says nothing about.
    parts = [words for number, words in counted if number]
    agents = language.ngettext("%(number)s agent in scope", "%(number)s agents in scope", totals.agents)
    sentences = [f"{'; '.join([agents, *parts])}."]
    if silent:
        sentences.append(
            language.ngettext(
                "%(number)s agent is not assessed at all: nothing is known of what it does.",
                "%(number)s agents are not assessed at all: nothing is known of what they do.",
                silent,
            )
        )
    return " ".join(sentences)


def scope(selection: Selection, language: Language) -> str:
    """What was asked for, in words."""
    parts = [_versions(selection, language)]
    if selection.environments:
        names = language.listed(selection.environments, alternatives=True)
        parts.append(language.gettext("environment %(environments)s", environments=names))
    if selection.agents:
        names = language.listed(selection.agents, alternatives=True)
        parts.append(language.gettext("agents %(agents)s", agents=names))
    if selection.include_retired:
        parts.append(language.gettext("retired agents included"))
    else:
        parts.append(language.gettext("retired agents left out"))
    return "; ".join(parts)


def _versions(selection: Selection, language: Language) -> str:
    match selection.mode:
        case "current":
            return language.gettext("Current versions (those that deployments point to)")
        case "latest":
            return language.gettext("Latest versions")
        case "all":
            return language.gettext("All versions")
        case _:
            return language.gettext("Versions %(versions)s", versions=language.listed(selection.versions))


_LEFT_OUT: Final = {
    "hidden": Message("hidden files and folders"),
    "tools": Message("folders of tools, such as .git, node_modules and virtual environments"),
    "link": Message("links to folders"),
    "excluded": Message("what --exclude names"),
    "run": Message("earlier runs of datarisk"),
    "report": Message("a report of datarisk"),
    "check": Message("a verdict of datarisk"),
    "baseline": Message("a baseline of datarisk"),
    "manifest": Message("the manifest of a run of datarisk"),
    "datarisk": Message("a file of datarisk's own"),
    "sarif": Message("a SARIF file"),
    "cyclonedx": Message("a CycloneDX file"),
    "oscal": Message("OSCAL assessment results"),
    "dpv": Message("a description in DPV"),
}


def not_used(item: NotUsed, language: Language) -> str:
    """What was seen and not made use of."""
    if item.kind == "file":
        return language.ngettext(
            "%(number)s file in %(location)s without .json or .jsonl at the end of the name: not read",
            "%(number)s files in %(location)s without .json or .jsonl at the end of the name: not read",
            item.count,
            location=item.location,
        )
    if item.kind in _LEFT_OUT:
        return language.gettext(
            "%(location)s: %(kind)s, not read (%(number)s)",
            location=item.location,
            kind=language.say(_LEFT_OUT[item.kind]),
            number=item.count,
        )
    return language.ngettext(
        "%(number)s record of type %(kind)s in %(location)s: no declarations in it",
        "%(number)s records of type %(kind)s in %(location)s: no declarations in it",
        item.count,
        kind=item.kind,
        location=item.location,
    )


def unread(number: int, language: Language) -> str:
    """How much could not be read."""
    return language.ngettext(
        "%(number)s thing could not be read, so nothing may be concluded from its absence.",
        "%(number)s things could not be read, so nothing may be concluded from their absence.",
        number,
    )


def silence(span_types: int, language: Language) -> str:
    """That nobody has decided anything about an agent."""
    return language.ngettext(
        "Not assessed. No decided field in %(number)s span type.",
        "Not assessed. No decided field in %(number)s span types.",
        span_types,
    )


def no_span_types(language: Language) -> str:
    """That nothing says what an agent does."""
    return language.gettext("Not assessed. No span types in scope.")


def answered(profile: Profile, language: Language) -> str:
    """How far the questions about an agent are answered."""
    words = {
        "mostly unanswered": language.gettext("Mostly unanswered"),
        "partly answered": language.gettext("Partly answered"),
        "answered": language.gettext("Answered"),
    }.get(profile.coverage, language.gettext("Not assessed"))
    return language.ngettext(
        "%(words)s: %(known)s of %(number)s answer given.",
        "%(words)s: %(known)s of %(number)s answers given.",
        profile.cells,
        words=words,
        known=profile.known_cells,
    )


def reach(found: Reach, language: Language) -> str:
    """What may reach the outside world, as an upper bound."""
    exits, open_exits = len(found.exits), len(found.undecided_exits)
    if found.state == "none":
        return language.gettext("No span types are in scope.")
    if found.state == "excluded":
        return language.gettext("Declared: nothing included can reach a way out, in any combination of span types.")
    ways = language.ngettext(
        "%(number)s span type may communicate with the outside world",
        "%(number)s span types may communicate with the outside world",
        exits,
    )
    silent = language.ngettext(
        "%(number)s does not say whether it may", "%(number)s do not say whether they may", open_exits
    )
    if found.state == "included":
        labels = language.listed([label(name, language) for name in found.included])
        return language.gettext(
            "Upper bound from declarations: %(categories)s may in the worst case reach the outside world. %(ways)s; "
            "%(silent)s.",
            categories=labels,
            ways=ways,
            silent=silent,
        )
    return language.gettext(
        "Upper bound from declarations: that data reach the outside world cannot be ruled out. %(ways)s; %(silent)s.",
        ways=ways,
        silent=silent,
    )


_DECLARED: Final = 2


def criterion(
    certainty: int | None, categories: Sequence[str], language: Language
) -> tuple[Literal["indicated", "not indicated", "cannot be assessed", "cannot be declared"], str]:
    """What declarations say of a criterion for an assessment of impact, and that in words.

    Args:
        certainty: 2 where declared, 1 where answers are missing, 0 where not; None where nothing can show it.
        categories: Those that make it so.
        language: What the words are of.
    """
    labels = language.listed([label(name, language) for name in categories])
    if certainty == _DECLARED:
        return "indicated", language.gettext("Indicated: %(categories)s declared included.", categories=labels)
    if certainty == 0:
        return "not indicated", language.gettext("Not indicated by what is declared.")
    if certainty is None:
        return "cannot be declared", language.gettext("No declaration can show it.")
    if labels:
        sentence = language.gettext("Cannot be assessed: answers are missing on %(categories)s.", categories=labels)
        return "cannot be assessed", sentence
    return "cannot be assessed", language.gettext("Cannot be assessed: answers are missing.")
