"""What is handed over with pseudonyms: the options of it, and what is said of it on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from reporter import pipeline
from reporter.cli.reading import Call
from reporter.cli.terminal import count
from reporter.declared.model import Inventory
from reporter.errors import UsageError
from reporter.order import Stated
from reporter.plain.text import shown
from reporter.redaction import key
from reporter.redaction.named import WHAT, What
from reporter.redaction.pseudonyms import Pseudonyms
from reporter.redaction.run import Asked, of_inventory, redacted
from reporter.sources import snapshot

_SAMPLES = "samples"
_SHOWN = 5


def asked(given: Mapping[str, Any], handed_over: Path) -> Asked | None:
    """What a call wants hidden; None where it wants nothing hidden.

    Raises:
        UsageError: It names nothing that can be, lacks the key, or has a key that is none.
        OutputError: A key cannot be written.
    """
    named = tuple(dict.fromkeys(name.strip() for name in (given["redact"] or "").split(",") if name.strip()))
    keep = bool(given["keep_samples"])
    if given["redact"] is None:
        for option in ("redact_key", "keep_samples"):
            if given[option]:
                where = f"--{option.replace('_', '-')}"
                raise UsageError("nothing is redacted", where=where, remedy=f"Name what with --redact {','.join(WHAT)}")
        return None
    if unknown := [name for name in named if name not in WHAT] or ([] if named else [given["redact"]]):
        what = f"nothing that can be redacted: {shown(unknown[0], 40)!r}"
        raise UsageError(what, where="--redact", remedy=f"Name some of {', '.join(WHAT)}, with commas")
    if keep and _SAMPLES in named:
        raise UsageError("both left out and kept", where="--keep-samples", remedy="Take one of them out")
    if {*named} == {_SAMPLES}:
        return Asked((), b"", samples=True)
    if not given["redact_key"]:
        remedy = "Name a file with --redact-key; it is made if it is not there. Keep it: it maps names back"
        raise UsageError("pseudonyms need a key", where="--redact", remedy=remedy)
    hidden = cast("tuple[What, ...]", tuple(name for name in named if name != _SAMPLES))
    return Asked(hidden, key.key(Path(given["redact_key"]), handed_over), samples=not keep)


def run(call: Call, found: pipeline.Run, wanted: Asked, given: Mapping[str, Any]) -> pipeline.Run:
    """The run for hand-over; what it stands for is kept beside the key."""
    with call.terminal.progress("redacting"):
        made, pseudonyms = redacted(found, wanted)
    _told(call, pseudonyms, given, made.snapshot)
    if made.inventory.redacted and made.inventory.redacted.findings:
        number = count(made.inventory.redacted.findings, "finding rests", "findings rest")
        call.terminal.complain(f"{number} on what was redacted, and the report says that so many are missing")
    return made


def evidence(call: Call, inventory: Inventory, stated: Stated | None, given: Mapping[str, Any], wanted: Asked) -> bytes:
    """A snapshot for hand-over."""
    collected, pseudonyms = of_inventory(inventory, stated.facts if stated else None, wanted)
    made, _ = pipeline.with_facts(collected, None, call.now)
    data = snapshot.to_bytes(made)
    _told(call, pseudonyms, given, data)
    return data


def _told(call: Call, pseudonyms: Pseudonyms, given: Mapping[str, Any], data: bytes) -> None:
    if given["redact_key"]:
        home = key.remember(Path(given["redact_key"]), pseudonyms.known)
        call.terminal.say(f"What each pseudonym stands for: {shown(str(home), 400)}. Hand neither it nor the key over.")
    for what, left in (
        ("within longer words these still stand", pseudonyms.left(data)),
        ("as words that may be others, these parts of names still stand", pseudonyms.alone(data)),
    ):
        if left:
            names = ", ".join(shown(name, 40) for name in left[:_SHOWN])
            more = f" and {len(left) - _SHOWN:,} more" if len(left) > _SHOWN else ""
            call.terminal.complain(f"{what}: {names}{more}; look for them before you hand it over")
