"""The working tree: how far up it reaches, and what a file in it is called whatever machine it lies on."""

from __future__ import annotations

import os
from pathlib import Path


def upwards(folder: Path) -> tuple[Path, ...]:
    """A folder and those above it, up to the root of its repository (where ``.git`` is); outside one, it alone."""
    try:
        above = len(folder.resolve().parents)
    except OSError:  # the working directory is gone
        return (folder,)
    places = [folder, *(folder.joinpath(*[".."] * steps) for steps in range(1, above + 1))]
    root = next((number for number, place in enumerate(places) if (place / ".git").exists()), 0)
    return tuple(places[: root + 1])


def nearest(name: str, folder: Path) -> Path | None:
    """The nearest file of a name, from a folder upwards; whatever has the name counts, so that reading it can tell."""
    return next((place / name for place in upwards(folder) if os.path.lexists(place / name)), None)


def named(path: Path, folder: Path) -> str:
    """A file's path from the root of the tree that a folder is in; of one that lies elsewhere, its name alone."""
    try:
        found = Path(os.path.abspath(path)).relative_to(upwards(folder)[-1].resolve())  # noqa: PTH100 (follows no link)
    except (OSError, ValueError):
        found = Path(path.name)
    return found.as_posix().encode("utf-8", "backslashreplace").decode()
