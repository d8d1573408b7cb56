"""Parts of the view that are worked out when somebody asks for them: a verdict needs few of a report's words."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Self


class Deferred:
    """The base of a frozen dataclass, without slots, whose fields may still have to be worked out."""

    @classmethod
    def later(cls, work: object, **known: Any) -> Self:
        """One whose fields ``work`` has a method for, each asked at most once; some may be known already."""
        made = object.__new__(cls)
        made.__dict__.update(known, _work=work, _known=known)
        return made

    def again(self) -> Self:
        """The same with nothing kept of what was worked out: for whoever passes by many of them once."""
        work = self.__dict__.get("_work")
        return self if work is None else type(self).later(work, **self.__dict__["_known"])

    def __getattr__(self, name: str) -> Any:
        # Only reached for what is not there yet. Nothing that begins with an underscore is a field, and answering for
        # such a name would make an endless loop of an object that pickle has not filled.
        work = None if name.startswith("_") else self.__dict__.get("_work")
        make = getattr(work, name, None)
        if make is None:
            raise AttributeError(f"{type(self).__name__} has no {name}")
        value = self.__dict__[name] = make()
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process gets it whole: what it would be worked out from stays here."""
        return type(self), tuple(getattr(self, item.name) for item in fields(self))  # type: ignore[arg-type]
