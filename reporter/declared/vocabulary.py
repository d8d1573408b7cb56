"""The platform's vocabulary of data risk: actions, categories, levels and answers, with their order and words.

Order follows the law, not the platform's own groups: GDPR Art. 9 (eight categories, health data among them),
Art. 10, children, other personal data, and what need not be personal data at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Part = Literal["action_profile", "params_data_categories", "result_data_categories"]
Side = Literal["params", "result"]
Kind = Literal["span", "quality", "alert"]
State = Literal["none", "excluded", "undetermined", "included"]
Level = Literal["public", "internal", "confidential", "restricted", "secret"]

PARTS: Final[tuple[Part, ...]] = get_args(Part)
SIDES: Final[tuple[Side, ...]] = get_args(Side)
SIDE_PARTS: Final[dict[Side, Part]] = {"params": "params_data_categories", "result": "result_data_categories"}
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

UNKNOWN: Final = "unknown"
CLASSIFICATION: Final = "classification"
CATEGORY_ANSWERS: Final = frozenset({"included", "excluded", UNKNOWN})
ACTION_ANSWERS: Final = frozenset({"allowed", "disallowed", UNKNOWN})

#: Ascending. ``unknown`` is no level: the vendor's enum lists it first, so that a maximum over it would make it the
#: safest of all.
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
WORDS: Final = frozenset({*CATEGORY_ANSWERS, *ACTION_ANSWERS, *LEVELS})
"""Every word that a declaration answers with."""
RANK: Final[dict[str, int]] = {level: rank for rank, level in enumerate(LEVELS)}

#: Least to worst: silence stands above what is excluded, as nobody said that the data are not there.
STATES: Final[tuple[State, ...]] = get_args(State)


@dataclass(frozen=True, slots=True)
class Term:
    """One field, by its name on the platform; ``short`` is its label for the head of a narrow column."""

    name: str
    label: str
    short: str
    group: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group of columns: ``law`` is the provision that it stands for, with its instrument, or empty."""

    id: str
    label: str
    law: str


GROUPS: Final[tuple[Group, ...]] = (
    Group("actions", "Actions", ""),
    Group("art9", "Special categories", "GDPR Art. 9"),
    Group("art10", "Criminal justice", "GDPR Art. 10"),
    Group("children", "Children", "GDPR Recital 38"),
    Group("personal", "Other personal data", "GDPR Art. 4(1)"),
    Group("other", "Not necessarily personal", ""),
)

ACTIONS: Final[tuple[Term, ...]] = (
    Term("create_data", "Create data", "Create", "actions"),
    Term("read_data", "Read data", "Read", "actions"),
    Term("update_data", "Update data", "Update", "actions"),
    Term("destroy_data", "Destroy data", "Destroy", "actions"),
    Term("financial_transactions", "Financial transactions", "Financial", "actions"),
    Term("external_communication", "External communication", "External comms", "actions"),
)

CATEGORIES: Final[tuple[Term, ...]] = (
    # It has no ``gdpr_`` in its name and is "data concerning health" all the same, the eighth of Art. 9.
    Term("health_and_medical", "Health and medical", "Health", "art9"),
    Term("gdpr_racial_or_ethnic_origin", "Racial or ethnic origin", "Race/ethnicity", "art9"),
    Term("gdpr_political_opinions", "Political opinions", "Politics", "art9"),
    Term("gdpr_religious_or_philosophical_beliefs", "Religious or philosophical beliefs", "Religion/belief", "art9"),
    Term("gdpr_trade_union_membership", "Trade union membership", "Trade union", "art9"),
    Term("gdpr_genetic_data", "Genetic data", "Genetic", "art9"),
    Term("gdpr_biometric_for_identification", "Biometric data for identification", "Biometric ID", "art9"),
    Term("gdpr_sex_life_or_sexual_orientation", "Sex life or sexual orientation", "Sex life", "art9"),
    Term("criminal_justice", "Criminal justice", "Criminal", "art10"),
    Term("minors_data", "Minors' data", "Minors", "children"),
    Term("personal_identifiers", "Personal identifiers", "Identifiers", "personal"),
    Term("contact_information", "Contact information", "Contact", "personal"),
    Term("location_and_tracking", "Location and tracking", "Location", "personal"),
    Term("behavioural_and_inferred", "Behavioural and inferred", "Behaviour", "personal"),
    Term("financial_information", "Financial information", "Financial", "personal"),
    Term("authentication_and_secrets", "Authentication and secrets", "Secrets", "other"),
    Term("organisational_confidential", "Organisational confidential", "Organisational", "other"),
)

ACTION_NAMES: Final[tuple[str, ...]] = tuple(term.name for term in ACTIONS)
CATEGORY_NAMES: Final[tuple[str, ...]] = tuple(term.name for term in CATEGORIES)
TERMS: Final[dict[str, Term]] = {term.name: term for term in (*ACTIONS, *CATEGORIES)}

#: Each part's fields, in the order of columns.
FIELDS: Final[dict[Part, tuple[str, ...]]] = {
    "action_profile": ACTION_NAMES,
    "params_data_categories": (*CATEGORY_NAMES, CLASSIFICATION),
    "result_data_categories": (*CATEGORY_NAMES, CLASSIFICATION),
}

#: Decisions that one span type is asked for: 6 actions, and 17 categories and a level on each of two sides.
CELLS_PER_SPAN_TYPE: Final = sum(len(fields) for fields in FIELDS.values())


def in_groups(*groups: str) -> tuple[str, ...]:
    """The categories of some groups of columns, by their ids."""
    return tuple(term.name for term in CATEGORIES if term.group in groups)


#: The groups of columns that hold categories, by their ids.
CATEGORY_GROUPS: Final[tuple[str, ...]] = tuple(group.id for group in GROUPS if group.id != "actions")

#: "Declared excluded" never stands alone beside these: they may be personal data all the same.
NOT_NECESSARILY_PERSONAL: Final[tuple[str, ...]] = in_groups("other")


@dataclass(frozen=True, slots=True)
class Flag:
    """A question of law that several categories answer together, on both of their sides.

    Attributes:
        name: Its name in report.json.
        provision: What is printed with it; always names its instrument. ``law`` is the same in a few words.
    """

    name: str
    label: str
    categories: tuple[str, ...]
    provision: str
    law: str


_PERSONAL: Final = in_groups("art9", "art10", "children", "personal")
_ART_10: Final = "may fall under GDPR Art. 10 (civil proceedings do not)"
_CHILDREN: Final = (
    "GDPR Recital 38; GDPR Art. 8 only if consent is the basis and an information society service is "
    "offered directly to a child"
)
FLAGS: Final[tuple[Flag, ...]] = (
    Flag("personal_data", "Personal data", _PERSONAL, "GDPR Art. 4(1)", "GDPR Art. 4(1)"),
    Flag("special_category_data", "Special categories", in_groups("art9"), "GDPR Art. 9(1)", "GDPR Art. 9(1)"),
    Flag("criminal_offence_data", "Criminal justice", in_groups("art10"), _ART_10, "GDPR Art. 10"),
    Flag("childrens_data", "Children's data", in_groups("children"), _CHILDREN, "GDPR Recital 38"),
)
