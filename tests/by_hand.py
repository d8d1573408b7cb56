"""A second aggregator, written from the contract alone, as plainly as it goes: nothing is shared with the program.

It takes what the sources hold (``data_risk`` values as JSON) and knows its own vocabulary, so that a mistake in the
program's tables, reading or counting shows as a difference.
"""

from __future__ import annotations

from typing import Any

ACTIONS = [
    "create_data", "read_data", "update_data", "destroy_data", "financial_transactions", "external_communication",
]  # fmt: skip
STANDARD_PII = [
    "personal_identifiers", "contact_information", "location_and_tracking", "behavioural_and_inferred",
]  # fmt: skip
SENSITIVE = [
    "financial_information", "health_and_medical", "criminal_justice", "authentication_and_secrets",
    "organisational_confidential", "minors_data",
]  # fmt: skip
GDPR_FIELDS = [
    "gdpr_racial_or_ethnic_origin", "gdpr_political_opinions", "gdpr_religious_or_philosophical_beliefs",
    "gdpr_trade_union_membership", "gdpr_genetic_data", "gdpr_biometric_for_identification",
    "gdpr_sex_life_or_sexual_orientation",
]  # fmt: skip
CATEGORIES = STANDARD_PII + SENSITIVE + GDPR_FIELDS
LEVELS = ["public", "internal", "confidential", "restricted", "secret"]
FLAGS = {
    "personal_data": [
        *STANDARD_PII, "financial_information", "health_and_medical", "criminal_justice", "minors_data", *GDPR_FIELDS,
    ],
    "special_category_data": [*GDPR_FIELDS, "health_and_medical"],
    "criminal_offence_data": ["criminal_justice"],
    "childrens_data": ["minors_data"],
}  # fmt: skip
MAY_BE_PERSONAL = ["authentication_and_secrets", "organisational_confidential"]
SIDES = ["params", "result"]


def part_of(risk: Any, part: str) -> Any:
    """A part that somebody declared, or None."""
    if isinstance(risk, dict) and isinstance(risk.get(part), dict):
        return risk[part]
    return None


def answer(risk: Any, part: str, field: str, words: tuple[str, str], known_fields: list[str]) -> str:
    """How one cell is answered: yes, no, unknown or undeclared."""
    values = part_of(risk, part)
    if values is None:
        return "undeclared"
    if field not in values:
        return "unknown" if field in known_fields else "undeclared"
    yes, no = words
    if values[field] == yes:
        return "yes"
    if values[field] == no:
        return "no"
    return "unknown"


def counted(answers: list[str]) -> dict[str, Any]:
    """The counts of a category's or an action's cells, and the worst case."""
    told: dict[str, Any] = {each: answers.count(each) for each in ("yes", "unknown", "undeclared", "no")}
    if "yes" in answers:
        told["state"] = "included"
    elif "unknown" in answers or "undeclared" in answers:
        told["state"] = "undetermined"
    elif answers:
        told["state"] = "excluded"
    else:
        told["state"] = "none"
    return told


def leveled(answers: list[str]) -> dict[str, Any]:
    """The classification of one side or of both; an answer is a level, unknown or undeclared."""
    known = [each for each in answers if each in LEVELS]
    highest = "none"
    if answers:
        highest = "unknown"
    for level in LEVELS:
        if level in known:
            highest = level
    return {
        "highest": highest,
        "at_least": len(known) < len(answers),
        "known": len(known),
        "unknown": answers.count("unknown"),
        "undeclared": answers.count("undeclared"),
    }


def level_of(risk: Any, side: str) -> str:
    values = part_of(risk, f"{side}_data_categories")
    if values is None:
        return "undeclared"
    level = values.get("classification")
    return level if isinstance(level, str) and level in LEVELS else "unknown"


def named_outside(risks: list[Any]) -> tuple[set[str], set[str]]:
    """The actions and the categories that declarations name beside the vocabulary."""
    actions, categories = set(), set()
    for risk in risks:
        actions |= set(part_of(risk, "action_profile") or {}) - set(ACTIONS)
        for side in SIDES:
            categories |= set(part_of(risk, f"{side}_data_categories") or {}) - {*CATEGORIES, "classification"}
    return actions, categories


def aggregated(risks: list[Any]) -> dict[str, Any]:
    """All that the contract says of entries with these declarations."""
    more_actions, more_categories = named_outside(risks)
    actions = {
        name: counted([answer(risk, "action_profile", name, ("allowed", "disallowed"), ACTIONS) for risk in risks])
        for name in [*ACTIONS, *more_actions]
    }
    categories: dict[str, dict[str, Any]] = {}
    for name in [*CATEGORIES, *more_categories]:
        by_side = {
            side: [
                answer(risk, f"{side}_data_categories", name, ("included", "excluded"), CATEGORIES) for risk in risks
            ]
            for side in SIDES
        }
        categories[name] = {side: counted(answers) for side, answers in by_side.items()}
        categories[name]["both"] = counted(by_side["params"] + by_side["result"])
    levels = {side: [level_of(risk, side) for risk in risks] for side in SIDES}
    return {
        "actions": actions,
        "categories": categories,
        "classification": {
            **{side: leveled(levels[side]) for side in SIDES},
            "overall": leveled(levels["params"] + levels["result"]),
        },
        "flags": {name: flag(members, categories, more_categories) for name, members in FLAGS.items()},
        "coverage": coverage(risks),
        "evidence": evidence(risks),
    }


def flag(members: list[str], categories: dict[str, Any], more: set[str]) -> dict[str, Any]:
    states = [categories[name]["both"]["state"] for name in members]
    worst = "none"
    for state in ("excluded", "undetermined", "included"):
        if state in states:
            worst = state
    beside = [(name, categories[name]["both"]["state"]) for name in [*MAY_BE_PERSONAL, *sorted(more)]]
    return {"state": worst, "not_counted": [each for each in beside if each[1] in ("included", "undetermined")]}


def coverage(risks: list[Any]) -> dict[str, int]:
    declared = known = not_assessed = 0
    for risk in risks:
        decided = 0
        if part_of(risk, "action_profile") is not None:
            declared += 6
            decided += sum(part_of(risk, "action_profile").get(n) in ("allowed", "disallowed") for n in ACTIONS)
        for side in SIDES:
            values = part_of(risk, f"{side}_data_categories")
            if values is not None:
                declared += 18
                decided += sum(values.get(name) in ("included", "excluded") for name in CATEGORIES)
                decided += level_of(risk, side) in LEVELS
        known += decided
        not_assessed += decided == 0
    return {
        "span_types": len(risks), "not_assessed": not_assessed, "cells": 42 * len(risks),
        "declared_cells": declared, "known_cells": known,
    }  # fmt: skip


def evidence(risks: list[Any]) -> dict[str, set[tuple[int, str, str]]]:
    """For each side's categories, for actions and for each highest level: entry, field and value that make it so."""
    found: dict[str, set[tuple[int, str, str]]] = {"action_profile": set()}
    for side in SIDES:
        part = f"{side}_data_categories"
        found[part] = set()
        highest = leveled([level_of(risk, side) for risk in risks])["highest"]
        for number, risk in enumerate(risks):
            for name, value in (part_of(risk, part) or {}).items():
                if name != "classification" and value == "included":
                    found[part].add((number, name, value))
                if name == "classification" and value == highest and value in LEVELS:
                    found[part].add((number, name, value))
    for number, risk in enumerate(risks):
        for name, value in (part_of(risk, "action_profile") or {}).items():
            if value == "allowed":
                found["action_profile"].add((number, name, value))
    return found
