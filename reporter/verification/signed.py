"""The signatures on the PDFs of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from reporter.errors import UnreadableError
from reporter.plain.text import shown
from reporter.verification import signature
from reporter.verification.files import Listed
from reporter.verification.layer import Layer
from reporter.verification.place import Place, whole
from reporter.verification.trust import Trust

_REPORT = "report.pdf"


def layers(place: Place, listed: Listed, trust: Trust, now: datetime, limit: int) -> Iterator[Layer]:
    """The layers of each PDF that is signed: those of the whole report, and of agents' what does not hold.

    Args:
        place: Where the run lies.
        listed: Its manifest.
        trust: Whom somebody trusts.
        now: The time that certificates are held against.
        limit: How many bytes a PDF may have.
    """
    for name in listed.files:
        if not name.endswith(".pdf"):
            continue
        try:
            data = whole(place, name, limit)
        except UnreadableError as error:
            yield Layer("signature", "unknown", shown(str(error), 300))
            continue
        # A seal is about all files, so that a PDF of a run need not be signed.
        for layer in signature.layers(data, trust, now) if signature.before_signatures(data) != data else ():
            if name == _REPORT or layer.status not in ("holds", "not checked"):
                yield replace(layer, words=f"{name}: {layer.words}")
