"""What a row of the API has to be, as far as it is read: text where the model has text. All else may be anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reporter.prefactor.shapes import describe

#: What says which row it is, and whose; where one of these is odd the row could be anybody's.
IDENTITY: Final = frozenset({"id", "type", "account_id", "agent_id"})

_Text = Annotated[str, Field(min_length=1)]


class _Row(BaseModel):
    """Every field may be absent or null, and unknown ones are legal."""

    model_config = ConfigDict(strict=True)

    id: _Text | None = None
    type: str | None = None
    account_id: _Text | None = None
    agent_id: _Text | None = None
    agent_schema_version_id: _Text | None = None
    current_version_id: _Text | None = None
    environment_id: _Text | None = None
    owner_person_id: _Text | None = None
    team_id: _Text | None = None
    risk_profile_id: _Text | None = None
    name: str | None = None
    status: str | None = None
    external_identifier: str | None = None


def faults(row: Any) -> dict[str, str]:
    """What is wrong with a row, by field; that of a row which is no object stands under ``id``."""
    if not isinstance(row, dict):
        return {"id": f"it is {describe(row)}, not an object"}
    try:
        _Row.model_validate(row)
    except ValidationError as error:
        names = [str(item["loc"][0]) for item in error.errors(include_url=False, include_input=False)]
        return {name: f"its {name} is {describe(row[name]) if row[name] != '' else 'empty'}" for name in names}
    return {}


def not_what_was_asked_for(row: Any, kind: str, asked: Mapping[str, Collection[str]]) -> str | None:
    """Why a row answers another question; None where it is of its kind and of those that ``asked`` allows."""
    wrong = [why for name, why in faults(row).items() if name in IDENTITY]
    if wrong:
        return "; ".join(wrong)
    if not row.get("id"):
        return "it has no id"
    if row.get("type") not in (None, kind):
        return f"it is of type {row['type'][:80]}, and {kind} was asked for"
    for name, allowed in asked.items():
        if row.get(name) is not None and row[name] not in allowed:
            return f"its {name} is {row[name][:80]}, and {' or '.join(sorted(allowed))} was asked for"
    return None
