"""Records of an earlier run that stand for asking again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from reporter.declared.model import Record, Source
from reporter.plain.canonical import canonical

#: What a list says of a version changes only when the version itself does.
_SAME: Final = (
    "id",
    "agent_id",
    "account_id",
    "external_identifier",
    "inserted_at",
    "updated_at",
    "span_schemas_count",
)


@dataclass(frozen=True, slots=True)
class Reusable:
    """What an earlier run read of schema versions.

    Attributes:
        whole: Their details by id, and ``rows`` what the lists of that time said of them.
        sources: Where they were read from, and when.
    """

    whole: Mapping[str, Record] = field(default_factory=dict)
    rows: Mapping[str, Record] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)

    def details(self, row: Mapping[str, Any]) -> tuple[Record, Source] | None:
        """The details of the version that a list names now, and where they came from; None where it has changed.

        A list that said something else then, or says nothing by which a change would show, is reason to ask.
        """
        key = row.get("id")
        record, then = self.whole.get(str(key)), self.rows.get(str(key))
        if record is None or then is None or row.get("updated_at") is None or row.get("span_schemas_count") is None:
            return None
        for name in _SAME:
            if not _alike(row.get(name), then.value.get(name)):
                return None
        if record.value.get("agent_id") != row.get("agent_id"):
            return None
        return self._dated(record)

    def _dated(self, record: Record) -> tuple[Record, Source]:
        """The record under a source of its own, whose location says when: it was not read in this run."""
        source = self.sources[record.source]
        if "#" not in source.location:
            source = replace(source, location=f"{source.location}#read={source.collected_at:%Y-%m-%dT%H:%M:%SZ}")
        return replace(record, source=source.location), source


def _alike(now: Any, then: Any) -> bool:
    return canonical(now) == canonical(then)
