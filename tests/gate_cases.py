"""Findings, reports and waivers for tests of the gate, short to write."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from builders import agent, composed, inventory, risk, schema_version, span_type

from reporter.review.waivers import Waivable, Waiver
from reporter.view.findings import Finding, Instance, Issue
from reporter.view.report import Gap, Report

DIGEST = "a" * 64
OTHER = "b" * 64


def finding(name: str = "f1", **given: Any) -> Finding:
    """A high finding of X01 about tool:a, open."""
    values: dict[str, Any] = {
        "id": name,
        "rule": "X01",
        "severity": "high",
        "certainty": "declared",
        "title": "Health data go out",
        "why": "why",
        "sentence": "sentence",
        "issue": "recipients",
        "instances": [],
        "categories": ["health_and_medical"],
        "value_sha256": DIGEST,
        "status": "open",
        "waiver": None,
        "note": None,
        "particulars": [],
        "provisions": [],
        "places": [],
        "evidence": [],
    }
    names = given.pop("span_types", ["tool:a"])
    certainty = given.get("certainty", "declared")
    values["instances"] = [Instance(each, "span", "v1", f"s-{each}", certainty, None) for each in names]
    return Finding(**values | given)


def issue(key: str, **given: Any) -> Issue:
    """An open question about tool:a."""
    values: dict[str, Any] = {
        "id": f"i-{key}", "key": key, "question": "Who?", "words": "Who? (tool:a)", "severity": "high",
        "certainty": "declared", "status": "open", "span_types": ["tool:a"], "consequence": "At worst.",
        "at_worst": "At worst.", "because": "",
        "not_known": [], "wanted": [], "findings": [], "declared": DIGEST, "owner": None, "due": None,
        "decision": None, "decided_by": None, "decided_on": None, "reference": None, "measure": None,
        "residual_risk": None, "dpo_advice": None, "advice_followed": None, "advice_reason": None, "approved_by": None,
        "note": None,
    }  # fmt: skip
    return Issue(**values | given)


def view(*findings: Finding, silent: int = 0, gaps: int = 0) -> Report:
    """A report about one agent with one span type that is decided, and so many of which nothing is assessed."""
    entries = [span_type("tool:a", risk()), *(span_type(f"tool:silent{number}") for number in range(silent))]
    read = inventory(agent(), schema_version("v1", *entries))
    made = composed(read)
    [only] = made.agents
    missing = [Gap(f"agent {number}", "it was not answered", "en", None, None) for number in range(gaps)]
    return replace(made, agents=[replace(only, findings=list(findings))], gaps=missing, complete=not missing)


def waivable(name: str = "f1", **given: Any) -> Waivable:
    """What a waiver knows of that finding."""
    values: dict[str, Any] = {
        "id": name,
        "rule": "X01",
        "agent_id": "a1",
        "agent_name": "Claims assessor",
        "span_type": "tool:a",
        "categories": ("health_and_medical",),
        "value_sha256": DIGEST,
    }
    return Waivable(**values | given)


def waiver(name: str = "W-1", **given: Any) -> Waiver:
    """A waiver that accepts it from November 2026 to the end of January 2027."""
    values: dict[str, Any] = {
        "id": name,
        "rule": "X01",
        "agent": "claims *",
        "span_type": None,
        "category": None,
        "value_sha256": DIGEST,
        "reason": "The hospital asks for it itself.",
        "approved_by": "dpo@example.com",
        "ticket": None,
        "evidence": None,
        "approved_on": date(2026, 11, 2),
        "expires": date(2027, 1, 31),
    }
    return Waiver(**values | given)


WAIVER = f"""\
[[waiver]]
id = "W-1"
rule = "X01"
agent = "claims-*"
span_type = "crm:lookup"
category = "health_and_medical"
value_hash = "sha256:{DIGEST}"
reason = "The hospital asks for it itself."
approved_by = "dpo@example.com"
ticket = "PRIV-311"
evidence = "https://example.com/PRIV-311"
approved_on = 2026-11-02
expires = 2027-02-01
"""
