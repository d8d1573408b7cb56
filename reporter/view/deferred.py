"""Parts of the view that are worked out when somebody asks for them: a verdict needs few of a report's words."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Protocol, Self


class Work(Protocol):
    """Has, besides, a method for each field that is not known at once, which works it out."""

    def known(self) -> dict[str, Any]:
        """What costs nothing."""


class Deferred:
    """The base of a frozen dataclass with slots, whose fields may still have to be worked out."""

    __slots__ = ("_work",)
    _work: Work

    @classmethod
    def later(cls, work: Work) -> Self:
        """One whose fields are asked of ``work``, each at most once."""
        made = object.__new__(cls)
        object.__setattr__(made, "_work", work)
        for name, value in work.known().items():
            object.__setattr__(made, name, value)
        return made

    def again(self) -> Self:
        """The same with nothing kept of what was worked out: for whoever passes by many of them once."""
        work = getattr(self, "_work", None)
        return self if work is None else self.later(work)

    def __getattr__(self, name: str) -> Any:
        # Python comes here for a slot that nothing was put into yet. No field begins with an underscore, and looking
        # for one that does would not end where an object was made whole and has no work.
        work = None if name.startswith("_") else getattr(self, "_work", None)
        make = getattr(work, name, None)
        if make is None:
            raise AttributeError(f"{type(self).__name__} has no {name}")
        value = make()
        object.__setattr__(self, name, value)
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process gets it whole: what it would be worked out from stays here."""
        return type(self), tuple(getattr(self, item.name) for item in fields(self))  # type: ignore[arg-type]
