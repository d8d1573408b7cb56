"""One PDF that nobody trusts, with nothing beside it: what it carries, and whether that gives this very PDF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from reporter import order, pipeline
from reporter.carried import REPORT, SNAPSHOT, Evidence
from reporter.errors import DatariskError, UnreadableError
from reporter.plain.text import shown
from reporter.render import json
from reporter.verification import evidence as evidence_
from reporter.verification import paper, signature
from reporter.verification.claims import differing
from reporter.verification.layer import Layer
from reporter.verification.paper import Paper
from reporter.verification.trust import Trust

NAME: Final = "report.pdf"


def layers(
    data: bytes,
    trust: Trust,
    now: datetime,
    *,
    templates: Path | None = None,
    progress: pipeline.Progress = lambda _: None,
) -> Iterator[Layer]:
    """What can be found out of a PDF alone.

    Args:
        data: All of it.
        trust: Whom somebody trusts.
        now: The time that certificates are held against.
        templates: The user's own, where it was made with some.
        progress: Is told what is being made.
    """
    try:
        # What a signature put behind it is looked at with the signature, which covers all of it.
        found = paper.read(signature.before_signatures(data), NAME)
    except UnreadableError as error:
        yield Layer("file", "fails", shown(str(error), 500))
        return
    yield Layer("file", "holds", "a PDF as datarisk writes it, in which nothing runs and nothing is hidden")
    try:
        evidence, layer = paper.evidence(found)
    except UnreadableError as error:
        yield Layer("carried", "unknown", shown(str(error), 500))
    else:
        yield layer
        yield from _made(found, evidence, templates, progress)
    yield from signature.layers(data, trust, now)


def _made(found: Paper, evidence: Evidence, templates: Path | None, progress: pipeline.Progress) -> Iterator[Layer]:
    """Whether what it carries, aggregated and rendered again, is what it says."""
    kept = evidence.settings
    try:
        run = pipeline.again(evidence.snapshot, kept, templates)
        if changed := evidence_.changed(evidence.snapshot, run.snapshot, SNAPSHOT):
            yield Layer("claims", "fails", f"{SNAPSHOT} {evidence_.USELESS}", changed)
            yield Layer("document", "unknown", f"not held against {SNAPSHOT}, which was changed")
            return
        said = json.render(run.report).data
        documents, problems = pipeline.documents(run, kept.formats, split=kept.split, only=NAME, progress=progress)
    except DatariskError as error:
        yield Layer("document", "unknown", shown(f"cannot be made again: {error}", 500))
        return
    if said == evidence.report:
        yield Layer("claims", "holds", f"{SNAPSHOT}, aggregated again, gives {REPORT}, byte for byte")
    else:
        details = differing(REPORT, evidence.report, said, run.report)
        yield _other("claims", f"{REPORT} is not what {SNAPSHOT} gives", kept, details)
    made = {each.name: each for each in documents}.get(NAME)
    if made is None:
        why = "; ".join(map(str, problems)) or "its settings ask for no PDF"
        yield Layer("document", "unknown", shown(f"cannot be made again: {why}", 500))
    elif made.data == found.rendered:
        yield Layer("document", "holds", f"rendered again from {SNAPSHOT}: this very PDF, byte for byte")
    else:
        details = differing(NAME, found.rendered, made.data, run.report)
        yield _other("document", "rendered again from what it carries, it is another PDF", kept, details)
    yield from evidence_.complete(run.report)


def _other(name: str, words: str, kept: order.Kept, details: Sequence[str]) -> Layer:
    """That something is not as it was: by somebody's hand, or because another version made it."""
    why = order.told_apart(kept)
    return Layer(name, "unknown" if why else "fails", f"{words}: {why}" if why else words, tuple(details))
