"""How memory is kept: what is worked out when somebody asks, and what the collector of cycles looks at meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, Protocol, Self, TypeVar, overload

_T = TypeVar("_T")


class Lazily(Sequence[_T]):
    """A list that is made anew each time that somebody reads it, and costs memory only while they do.

    Evidence is millions of small items that all follow from few declarations. ``length`` says how many ``make`` makes.
    """

    __slots__ = ("_length", "_make")

    def __init__(self, length: int, make: Callable[[], Iterable[_T]]) -> None:
        self._length = length
        self._make = make

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[_T]:
        return iter(self._make())

    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> list[_T]: ...
    def __getitem__(self, index: int | slice) -> _T | list[_T]:
        return list(self)[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        raise TypeError("like a list, it may hold what has no hash")

    def __repr__(self) -> str:
        return repr(list(self))

    # What makes it is bound to this process, so another one gets a list.
    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


@contextmanager
def collecting_later() -> Iterator[None]:
    """Lets the collector of cycles rest.

    What a document is laid out from, and what findings are made of, lives to its end; looking through it again and
    again takes a sixth of the time there, and half of it here. Memory stays the same.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Lets the collector of cycles look seldom, and at nothing that is there already.

    Templates leave cycles behind for every agent that they pass, so that it may not rest; but what was read and found
    would be looked through with them again and again, and none of it goes.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


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
