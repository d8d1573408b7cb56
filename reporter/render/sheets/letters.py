r"""Answers as letters: each is one glyph of the symbol font, and what copied text holds.

========  =========================================================
letter    answer
========  =========================================================
I, A      included, allowed
X, D      excluded, disallowed
?         declared unknown; of an aggregate: undetermined
\-        undeclared
0         none: there are no span types in scope
p i c r s a classification: public, internal, confidential, restricted, secret
P N C R S the same, at least
q, n      a classification declared unknown, undeclared
========  =========================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reporter.declared.answer import UNDECLARED, Answer, Answers
from reporter.declared.vocabulary import (
    ACTION_NAMES,
    ACTIONS,
    CATEGORIES,
    CATEGORY_NAMES,
    CLASSIFICATION,
    FIELDS,
    GROUPS,
    PARTS,
    Term,
)
from reporter.plain.language import Language
from reporter.view.report import Agent, Level, SpanType

GAP: Final = ","
GROUP_GAP: Final = " "
#: What stands under amber: nobody has said.
AMBER: Final = frozenset("?-qn")
#: What includes or allows something, or states a level.
SAID: Final = frozenset("IApicrs")

# The widths of these glyphs in the symbol font: a classification is a letter with its bars.
_ADVANCE: Final = {GAP: 0.26, GROUP_GAP: 0.55} | dict.fromkeys("picrsPNCRSqn", 1.45)
_LEVEL: Final[dict[str, str]] = dict(
    zip(("public", "internal", "confidential", "restricted", "secret"), "picrs", strict=True)
)
_AT_LEAST: Final[dict[str, str]] = dict(zip(_LEVEL, "PNCRS", strict=True))
_DECIDED: Final[dict[str, str]] = {"included": "I", "excluded": "X", "allowed": "A", "disallowed": "D"}
_STATE: Final = _DECIDED | {"undetermined": "?", "none": "0"}
_OF_ANSWER: Final = _DECIDED | {"unknown": "?", "undeclared": "-"}
_OF_LEVEL: Final = _LEVEL | {"unknown": "q", "undeclared": "n"}

#: Sizes of the groups of categories, in the order of columns.
_SIZES: Final = tuple(
    sum(term.group == group.id for term in CATEGORIES) for group in GROUPS if group.id != ACTIONS[0].group
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """One line of the key to the letters."""

    letter: str
    words: str


def key(language: Language) -> tuple[Meaning, ...]:
    """What the letters mean, those of levels last."""
    return (
        Meaning("I", language.gettext("included, allowed")),
        Meaning("X", language.gettext("excluded, disallowed")),
        Meaning("?", language.gettext("declared unknown, undetermined")),
        Meaning("-", language.gettext("undeclared")),
        *(Meaning(letter, language.gettext(level)) for level, letter in _LEVEL.items()),
        Meaning("R", language.gettext("+ at least")),
    )


def read_out(language: Language) -> dict[str, dict[str, str]]:
    """What each letter says to whom it is read out, of a span type, of an agent (``agent``) and of a ``screening``."""

    def value(word: str) -> str:
        return language.pgettext("value", word)

    levels = {letter: language.gettext(level) for level, letter in _LEVEL.items()}
    at_least = {
        letter: language.gettext("at least %(level)s", level=language.gettext(level))
        for level, letter in _AT_LEAST.items()
    }
    words = ("included", "allowed", "excluded", "disallowed", "unknown", "undeclared")
    entry = levels | at_least | dict(zip("IAXD?-", map(value, words), strict=True))
    entry |= {"q": value("unknown"), "n": value("undeclared")}
    undetermined = language.gettext("undetermined")
    return {
        "": entry,
        "agent": entry | {"?": undetermined, "q": undetermined, "0": language.gettext("no span types")},
        "screening": {
            "I": language.gettext("indicated"),
            "X": language.gettext("not indicated by what is declared"),
            "?": language.gettext("cannot be assessed: answers are missing"),
            "0": language.gettext("no declaration can show it"),
        },
    }


def advance(letter: str) -> float:
    """The width of a letter in cells."""
    return _ADVANCE.get(letter, 1.0)


def state(name: str) -> str:
    """The letter of an aggregate's state."""
    return _STATE[name]


def level(tally: Level) -> str:
    """The letter of an aggregate's classification."""
    if tally.highest in _LEVEL:
        return (_AT_LEAST if tally.at_least else _LEVEL)[tally.highest]
    return "0" if tally.highest == "none" else "q"


def of_entry(entry: SpanType) -> str:
    """The 42 answers of one span type, in the order of columns, without gaps."""
    found = []
    for part in PARTS:
        # A part that is not there leaves all its answers undeclared, which is not the same as unknown.
        values: Answers | None = getattr(entry, part)
        for name in FIELDS[part]:
            answer = values[name] if values else UNDECLARED
            found.append((_OF_LEVEL if name == CLASSIFICATION else _OF_ANSWER)[answer.word])
    return "".join(found)


def of_category(answer: Answer) -> str:
    """The letter of one answer about a category."""
    return _OF_ANSWER[answer.word]


def of_agent(agent: Agent) -> str:
    """An agent's worst cases: actions, categories and both classifications, without gaps."""
    actions = "".join(_STATE[agent.actions[name].state] for name in ACTION_NAMES)
    categories = "".join(_STATE[agent.categories[name].state] for name in CATEGORY_NAMES)
    return actions + categories + level(agent.classification.params) + level(agent.classification.result)


def spaced_entry(plain: str) -> str:
    """The letters of a span type with the gaps between groups."""
    first, second = len(ACTIONS), len(ACTIONS) + len(CATEGORIES) + 1
    sides = (GAP.join(_grouped(plain[first:second])), GAP.join(_grouped(plain[second:])))
    return GROUP_GAP.join((plain[:first], *sides))


def spaced_agent(plain: str) -> str:
    """The letters of an agent with the gaps between groups."""
    first = len(ACTIONS)
    *groups, levels = _grouped(plain[first:])
    return GROUP_GAP.join((plain[:first], *groups, GAP.join(levels)))


def _grouped(side: str) -> Iterator[str]:
    """The groups of categories, and whatever stands behind them."""
    start = 0
    for size in (*_SIZES, None):
        yield side[start : start + size if size else None]
        start += size or 0


def places(spaced: str) -> list[float]:
    """Where each letter stands, in cells from the left."""
    found, x = [], 0.0
    for letter in spaced:
        found.append(x)
        x += advance(letter)
    return found


def heads(way: Mapping[str, str], language: Language, *, glance: bool) -> str:
    """The heads above such letters, as characters of the font of column heads."""
    actions, categories = ("".join(way[head(term, language)] for term in terms) for terms in (ACTIONS, CATEGORIES))
    one, into, out = (way[label] for label in classification_heads(language))
    if glance:
        return spaced_agent(actions + categories + into + out)
    side = categories + one
    return spaced_entry(actions + side + side)


def head(term: Term, language: Language) -> str:
    """The head of a narrow column."""
    return language.pgettext(term.group, term.short)


def classification_heads(language: Language) -> tuple[str, str, str]:
    """The heads of a column of classifications: of one side's, of that of inputs, and of that of outputs."""
    return (
        language.pgettext("head", "Classification"),
        language.pgettext("head", "Class. in"),
        language.pgettext("head", "Class. out"),
    )
