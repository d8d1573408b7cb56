"""Sentences of a report that are made from what was counted.

They say what was declared and what was not. None says that an agent is, or is not, in line with any law.
"""

from __future__ import annotations

from collections.abc import Sequence

from reporter.aggregate import LevelTally, Profile
from reporter.model import NotUsed, SpanType
from reporter.scope import Selection
from reporter.vocabulary import CELLS_PER_SPAN_TYPE, FLAGS, TERMS, Flag


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Names as a sentence lists them."""
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names)


def label(name: str) -> str:
    """What a report calls a field; one outside the vocabulary keeps its own name."""
    return TERMS[name].label if name in TERMS else name


def level(tally: LevelTally) -> str:
    """A classification in words, with its "at least"."""
    if tally.top:
        return f"at least {tally.top}" if tally.at_least else tally.top
    return "not stated" if tally.at_least else "none: no span types in scope"


def flag(flag_: Flag, profile: Profile) -> str:
    """What a flag's state means, with the entries that make it so."""
    state = profile.flag(flag_).state
    tallies = [profile.category(name) for name in flag_.categories]
    if state == "none":
        return "no span types in scope"
    entries = {(cell.entry.record_sha256, cell.entry.pointer) for tally in tallies for cell in tally.evidence}
    if state == "included":
        return f"declared included by {len(entries)} of {count(profile.span_types, 'span type')}"
    silent = sum(tally.unknown + tally.undeclared for tally in tallies)
    cells = sum(tally.cells for tally in tallies)
    if state == "undetermined":
        return f"declared included by none, but {silent:,} of {cells:,} answers are missing"
    return f"declared excluded in all {cells:,} answers"


def not_assessed(entry: SpanType) -> str:
    """Why an entry is not assessed."""
    undeclared = CELLS_PER_SPAN_TYPE - entry.declared_cells
    if not entry.declared_cells:
        return f"no declaration: {CELLS_PER_SPAN_TYPE} fields undeclared"
    if not undeclared:
        return f"all {CELLS_PER_SPAN_TYPE} fields declared unknown"
    return f"{entry.declared_cells} fields declared unknown, {undeclared} undeclared"


def lead(profile: Profile) -> str:
    """What is most worth knowing about an agent."""
    if not profile.span_types:
        return "No span types in scope, so nothing is said about it."
    if not profile.known_cells:
        types = count(profile.span_types, "span type")
        return f"Not assessed: not one of the {profile.cells:,} fields of its {types} holds a decided answer."
    return f"{_data(profile)} {_levels(profile)}"


def _data(profile: Profile) -> str:
    states = {item.name: profile.flag(item).state for item in FLAGS}
    included = [_FLAG_WORDS[name] for name, state in states.items() if state == "included"]
    if "personal data" in included and len(included) > 1:
        included = included[1:]
    if included:
        return f"{listed(included).capitalize()} declared included."
    if states["personal_data"] == "undetermined":
        return "No personal data declared included, and not all of it ruled out."
    return "All personal data declared excluded."


_FLAG_WORDS = {
    "personal_data": "personal data",
    "special_category_data": "special categories of personal data",
    "criminal_offence_data": "criminal justice data",
    "childrens_data": "children's data",
}


def _levels(profile: Profile) -> str:
    into, out = (level(profile.levels[side]) for side in ("params", "result"))
    return f"Inputs classified {into}, outputs {out}." if into != out else f"Inputs and outputs classified {into}."


def summary(agents: Sequence[tuple[str, Profile]]) -> str:
    """The one sentence of the summary page."""
    if not agents:
        return "No agents are in scope, so this report says nothing about any."
    personal = [profile.flag(FLAGS[0]).state for _, profile in agents]
    silent = sum(1 for _, profile in agents if not profile.known_cells)
    parts = [
        f"{count(len(agents), 'agent')} in scope",
        f"{personal.count('included')} {'declares' if personal.count('included') == 1 else 'declare'} personal data",
        f"for {personal.count('undetermined')} it is undetermined",
    ]
    tail = f" {count(silent, 'agent is', 'agents are')} not assessed at all." if silent else ""
    return f"{'; '.join(parts)}.{tail}"


def scope(selection: Selection) -> str:
    """What was asked for, in words."""
    mode = {
        "current": "Current versions (those that deployments point to)",
        "latest": "Latest versions",
        "all": "All versions",
    }.get(selection.mode, f"Versions {listed(selection.versions)}")
    parts = [mode]
    if selection.environments:
        parts.append(f"environment {listed(selection.environments, 'or')}")
    if selection.agents:
        parts.append(f"agents {listed(selection.agents, 'or')}")
    parts.append("retired agents included" if selection.include_retired else "retired agents left out")
    return "; ".join(parts)


def not_used(item: NotUsed) -> str:
    """What was seen and not made use of."""
    if item.kind == "file":
        return f"{count(item.count, 'file')} in {item.location} without .json at the end of the name: not read"
    return f"{count(item.count, 'record')} of type {item.kind} in {item.location}: no declarations in it"
