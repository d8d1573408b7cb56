"""How a page carries its claims: what stands on it, named as ``report.json`` names it, in few bytes."""

from __future__ import annotations

from typing import Any, Final

from markupsafe import Markup

from reporter.declared.vocabulary import ACTIONS, CATEGORIES, FLAGS, LEVELS
from reporter.plain.language import Language
from reporter.render.sheets import letters
from reporter.view.claims import claim
from reporter.view.report import SpanType

#: The columns of "agents at a glance", as the ends of claims about an agent; likewise those of "the agents".
COLUMNS: Final = (
    *(f"actions/{term.name}/state" for term in ACTIONS),
    *(f"categories/{term.name}/state" for term in CATEGORIES),
    "classification/params/highest",
    "classification/result/highest",
    "assessment/known_cells",
)
STRIP: Final = (
    "assessment/span_types",
    *(f"flags/{flag.name}/state" for flag in FLAGS),
    "classification/params/highest",
    "classification/result/highest",
    "assessment/known_cells",
)

#: What was declared where a letter stands, word for word; what is no word of the vocabulary says so itself.
_RAW: Final = {
    "I": "included", "X": "excluded", "A": "allowed", "D": "disallowed", "?": "unknown", "q": "unknown",
    **dict(zip("picrs", LEVELS, strict=True)),
}  # fmt: skip


def of_row(entry: SpanType) -> Markup:
    """The attribute of a row's claim; none where it follows from its version and its name, as it does of most."""
    plain = entry.name and claim(entry.name) == entry.name
    if plain and entry.claim.endswith(f"/{claim(entry.schema_version_id)}/span/{entry.name}"):
        return Markup("")
    return Markup(" data-claim={}").format(entry.claim)


def told(language: Language) -> dict[str, Any]:
    """What the page's script knows of claims."""
    return {"columns": COLUMNS, "strip": STRIP, "raw": _RAW, "states": letters.read_out(language)["agent"]}
