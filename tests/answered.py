"""What agents answer, short to write in tests of what changed."""

from __future__ import annotations

from typing import Any

from builders import agent, inventory, risk, schema_version

from reporter.declared.scope import Selection, scope
from reporter.review import answers
from reporter.review.answers import Said

Entries = list[dict[str, Any]]
INPUTS, OUTPUTS = "params_data_categories", "result_data_categories"


def said(*entries: dict[str, Any], name: str = "Claims", more: Entries | None = None) -> tuple[Said, ...]:
    """What an agent answers, whose span types these are; with ``more`` in a second version that counts as well."""
    versions = [schema_version(f"v{n}", *each, at=None) for n, each in enumerate([entries, more]) if each is not None]
    found = scope(inventory(agent(name=name), *versions), Selection(versions=("all",)))
    return answers.in_scope(found.agents)


def changed(part: str, field: str, value: str | None, declared: Any = None) -> Any:
    """A declaration with one answer changed, or taken out."""
    found = {name: dict(values) for name, values in (declared or risk()).items()}
    if value is None:
        del found[part][field]
    else:
        found[part][field] = value
    return found
