"""What keeps a gate shut, as a verdict tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from reporter.review.changes import Change
from reporter.view.findings import Finding

Since = Literal["new", "changed", "known"]
ReasonKind = Literal[
    "incomplete", "unanswered", "lost", "silenced", "widened", "lowered", "extended", "new", "gone", "risen",
    "findings", "not assessed", "unknown", "aged", "special out",
]  # fmt: skip

#: A reason is one line of a terminal: it names some, and the lists below it name all.
NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Counted:
    """A finding as the gate counts it.

    Attributes:
        agent_id: Whose declarations it is about; likewise ``agent_name``.
        since: Against the baseline: ``changed`` is one that rests on another declared value by now. None where there
            is no baseline.
        blocking: Whether it is among what fails the gate.
    """

    agent_id: str
    agent_name: str
    finding: Finding
    since: Since | None
    blocking: bool

    @property
    def is_new(self) -> bool:
        """Whether the baseline lacks it, or knows it with another declared value."""
        return self.since in ("new", "changed")


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps the gate shut, in words.

    Attributes:
        findings: Those behind it, worst first; likewise ``changes``.
        agents: The ids of those that it is about, where it is about what they leave unanswered.
    """

    kind: ReasonKind
    words: str
    findings: tuple[Counted, ...] = ()
    changes: tuple[Change, ...] = ()
    agents: tuple[str, ...] = ()


def count(number: int, one: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {one if number == 1 else f'{one}s'}"


def some(names: list[str]) -> str:
    """The first of them, and how many more there are."""
    more = f"; and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return "; ".join(names[:NAMED]) + more
