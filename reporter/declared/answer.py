"""What one field of a declaration says: decided here, once, where declarations come in, and carried from then on.

Three things are told apart that are easily taken for one another: what nobody declared, what somebody declared to be
unknown, and what somebody decided. A value that the vocabulary has no word for is kept as it is, and counts as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from reporter.declared.vocabulary import (
    ACTION_ANSWERS,
    CATEGORY_ANSWERS,
    CLASSIFICATION,
    FIELDS,
    LEVELS,
    UNKNOWN,
    Level,
    Part,
)
from reporter.plain.language import natural_order

Meaning = Literal["yes", "no", "level", "unknown", "undeclared"]
Oddness = Literal["no text", "outside the vocabulary"]
UNDECLARED_WORD: Final = "undeclared"


class Answer:
    """One answer; those of the vocabulary are the same object wherever they stand.

    Attributes:
        meaning: What it counts as: ``yes`` for ``included`` and ``allowed``, ``no`` for their opposites.
        value: The declared JSON value, verbatim; ``unknown`` for a field that a declared part leaves out, which is
            the platform's default; None where nobody declared the part.
        word: How it is counted, as a word of the vocabulary, ``unknown`` or ``undeclared``.
        given: Whether the field itself was there.
        odd: Why it is no answer of the vocabulary, or None.
    """

    __slots__ = ("given", "meaning", "odd", "value", "word")

    def __init__(
        self, meaning: Meaning, value: Any, word: str, *, given: bool = True, odd: Oddness | None = None
    ) -> None:
        self.meaning: Final = meaning
        self.value: Final = value
        self.word: Final = word
        self.given: Final = given
        self.odd: Final = odd

    @property
    def decided(self) -> bool:
        """Whether somebody decided something: neither unknown, in whichever way, nor undeclared."""
        return self.meaning in _DECIDED

    @property
    def level(self) -> Level | None:
        """The level that is stated; None where this is no level."""
        return self.value if self.meaning == "level" else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Answer) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash((self.meaning, self.word, self.given, self.odd))

    def __repr__(self) -> str:
        return f"Answer({self.meaning!r}, {self.value!r})"

    def _all(self) -> tuple[object, ...]:
        # The type as well: 1 is neither true nor 1.0 in JSON.
        return self.meaning, type(self.value), self.value, self.word, self.given, self.odd

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """A JSON Schema describes it by its value, which may be anything that somebody wrote."""
        from pydantic_core import core_schema  # noqa: PLC0415  (only the schema of the report needs it)

        return core_schema.any_schema()


_DECIDED: Final = frozenset({"yes", "no", "level"})
Answers = Mapping[str, Answer]
"""A declared part: every field of the vocabulary in its order, then those outside it, by name."""

UNDECLARED: Final = Answer("undeclared", None, UNDECLARED_WORD, given=False)
LEFT_OUT: Final = Answer("unknown", UNKNOWN, UNKNOWN, given=False)

_MEANINGS: Final[dict[str, Meaning]] = {
    "allowed": "yes", "disallowed": "no", "included": "yes", "excluded": "no", UNKNOWN: "unknown",
}  # fmt: skip
_ACTIONS: Final = {word: Answer(_MEANINGS[word], word, word) for word in ACTION_ANSWERS}
_CATEGORIES: Final = {word: Answer(_MEANINGS[word], word, word) for word in CATEGORY_ANSWERS}
_LEVELS: Final = {word: Answer("unknown" if word == UNKNOWN else "level", word, word) for word in (*LEVELS, UNKNOWN)}


def answers(part: Part, declared: Mapping[str, Any]) -> dict[str, Answer]:
    """What a declared part says, field by field; nothing of it is dropped."""
    words = _ACTIONS if part == "action_profile" else _CATEGORIES
    found: dict[str, Answer] = {}
    for name in FIELDS[part]:
        if name in declared:
            found[name] = _read(_LEVELS if name == CLASSIFICATION else words, declared[name])
        else:
            found[name] = LEFT_OUT
    if len(declared) > len(found) or not declared.keys() <= found.keys():
        for name in sorted(declared.keys() - found.keys(), key=natural_order):
            found[name] = _read(words, declared[name])
    return found


def _read(words: Mapping[str, Answer], value: Any) -> Answer:
    if not isinstance(value, str):
        return Answer("unknown", value, UNKNOWN, odd="no text")
    return words.get(value) or Answer("unknown", value, UNKNOWN, odd="outside the vocabulary")
