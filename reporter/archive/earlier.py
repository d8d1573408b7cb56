"""The runs of versions that kept no ledger, as far as their ``report.json`` tells what a ledger would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic import TypeAdapter

from reporter.declared.answer import answers
from reporter.declared.vocabulary import PARTS
from reporter.plain.canonical import without_surrogates
from reporter.review.issues import Status
from reporter.review.ledger import ASKED_FOR, SCHEMA, Ledger, NoLedgerError, bits_of, checked
from reporter.review.previous import rules_of, scope_of

_SHAPE: Final = TypeAdapter(Ledger)
_REPORTS: Final = ("datarisk/report/1", "datarisk/report/2")


def of_report(value: Any) -> Ledger:
    """What a report tells; ``NoLedgerError`` or what the standard library raises where it is none of ours."""
    if not isinstance(value, dict) or value.get("schema") not in _REPORTS:
        raise NoLedgerError("no report of a version that this program knows")
    told = without_surrogates(value)
    catalogue = told["catalogue"]
    severities = {rule["id"]: rule["severity"] for rule in catalogue["rules"]}
    return checked(
        _SHAPE.validate_python(
            {
                "schema": SCHEMA,
                "account": told["account"],
                "generated_at": told["generated_at"],
                "read_at": max((each["collected_at"] for each in told["sources"]), default=told["generated_at"]),
                "complete": told["complete"],
                "evidence_sha256": told["evidence_sha256"],
                "rules": rules_of(catalogue["version"], catalogue.get("sha256", ""), severities),
                "scope": scope_of(told["scope"]),
                "fields": ASKED_FOR,
                "agents": [_agent(each) for each in told["agents"]],
            }
        )
    )


def _agent(given: Mapping[str, Any]) -> dict[str, Any]:
    versions = given["schema_versions"]
    places = {each["id"]: number for number, each in enumerate(versions)}
    entries = given["span_types"]
    anchors = {entry.get("anchor"): number for number, entry in enumerate(entries)}
    asked = {issue["key"]: issue["status"] for issue in given.get("issues", ())}
    return {
        "id": given["id"],
        "name": given["name"],
        "owner": given.get("owner"),
        "environments": given["environments"],
        "registered_at": None,
        "versions": [
            {"id": each["id"], "inserted_at": each["inserted_at"], "environments": each["environments"]}
            for each in versions
        ],
        "span_types": [_row(entry, places[entry["schema_version_id"]]) for entry in entries],
        "findings": [_found(each, asked, anchors) for each in given["findings"]],
        "questions": [
            (each["id"], each["key"], each["severity"], each["certainty"], each["status"])
            for each in given.get("issues", ())
        ],
    }


def _row(entry: Mapping[str, Any], version: int) -> tuple[Any, ...]:
    parts = {part: None if entry[part] is None else answers(part, entry[part]) for part in PARTS}
    undecided, undeclared, outside = bits_of(parts)
    # A report holds no schemas, so that a span type is recognised by its name alone.
    return entry["kind"], entry["name"], version, "", f"{undecided:x}", f"{undeclared:x}", outside


def _found(each: Mapping[str, Any], asked: Mapping[str, Status], anchors: Mapping[Any, int]) -> tuple[Any, ...]:
    status = each.get("status", "open")
    if status not in get_args(Status):
        status = "open"
    if status == "open" and asked.get(each.get("issue", "")) == "answered":
        status = "answered"
    rows = {
        anchors[item["anchor"]]
        for item in (*each.get("instances", ()), *each["evidence"])
        if item.get("anchor") in anchors
    }
    about = f"{sum(1 << number for number in rows):x}"
    return each["id"], each["rule"], each["severity"], each.get("certainty", "declared"), status, about
