"""A run that nobody trusts, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from reporter import pipeline
from reporter.errors import DatariskError, UnreadableError
from reporter.plain.disk import MEGABYTE
from reporter.plain.text import shown
from reporter.seal.envelope import SEAL
from reporter.verification import chain, evidence, files, made, seal, signed
from reporter.verification.files import Listed
from reporter.verification.layer import Layer
from reporter.verification.place import Place, whole
from reporter.verification.seal import SEAL_LIMIT
from reporter.verification.trust import Trust

LIMIT: Final = 100 * MEGABYTE


def layers(
    place: Callable[[], Place],
    trust: Trust,
    now: datetime,
    *,
    limit: int = LIMIT,
    templates: Path | None = None,
    progress: pipeline.Progress = lambda _: None,
) -> Iterator[Layer]:
    """What can be found out of a run.

    Args:
        place: Where it lies; opening it may find that nothing there can be read.
        trust: Whom somebody trusts.
        now: The time that certificates are held against.
        limit: How many bytes its evidence, or one of its documents, may have to be looked into.
        templates: The user's own, where it was made with some.
        progress: Is told what is being made.
    """
    try:
        where = place()
        listed = files.manifest(where)
        yield files.files(where, listed)
    except UnreadableError as error:
        # What cannot be read is no mistake of the call: it is what verification is for.
        yield Layer("files", "fails", shown(str(error), 500))
        return
    try:
        again = made.made(where, limit, templates, progress)
    except DatariskError as error:
        yield Layer("documents", "unknown", shown(f"cannot be made again: {error}", 500))
    else:
        yield made.files(where, listed, again, limit)
        if not again.changed:
            yield from evidence.complete(again.run.report)
    yield chain.before(listed, where.beside)
    yield from signed.layers(where, listed, trust, now, limit)
    yield from _sealed(where, listed, trust, now)


def _sealed(where: Place, listed: Listed, trust: Trust, now: datetime) -> Iterator[Layer]:
    try:
        data = whole(where, SEAL, SEAL_LIMIT) if SEAL in where.sizes() else None
    except UnreadableError as error:
        yield Layer("seal", "fails", shown(str(error), 300))
        return
    yield from seal.layers(data, listed, trust, now)
