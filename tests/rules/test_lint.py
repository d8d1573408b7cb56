"""What each check of the lint points at, and what it leaves alone."""

import tomllib
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from builders import risk

from reporter.declared.model import SpanType
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, CLASSIFICATION, FIELDS, PARTS, UNKNOWN, Kind
from reporter.plain.canonical import canonical, digest
from reporter.prefactor.entries import declaration
from reporter.review.lint.checks import CHECKS, profiles
from reporter.review.lint.reading import Hit
from reporter.review.lint.suggesting import suggested, urgency
from reporter.review.lint.walk import MAX_DEPTH, MAX_PLACES, places

Json = Any
CONTACT = "contact_information"
PERSON = "personal_identifiers"
HEALTH = "health_and_medical"


def entry(data_risk: Json, kind: Kind = "span", **schemas: Json) -> SpanType:
    return SpanType("tool:x", None, None, kind, "v1", "0" * 64, "/span_type_schemas/0", declaration(data_risk), schemas)


def hits(check: str, data_risk: Json, kind: Kind = "span", **schemas: Json) -> list[Hit]:
    return list(CHECKS[check](entry(data_risk, kind, **schemas)))


def pointers(check: str, data_risk: Json, kind: Kind = "span", **schemas: Json) -> list[str]:
    return [hit.pointer for hit in hits(check, data_risk, kind, **schemas)]


def properties(**named: Json) -> Json:
    return {"type": "object", "properties": named}


def without(data_risk: Json, part: str, *fields: str) -> Json:
    return data_risk | {part: {name: value for name, value in data_risk[part].items() if name not in fields}}


def having(data_risk: Json, part: str, **answers: str) -> Json:
    return data_risk | {part: data_risk[part] | answers}


def at(schema: Json, pointer: str) -> Json:
    for step in pointer.removeprefix("/params_schema").split("/")[1:]:
        schema = schema[int(step)] if isinstance(schema, list) else schema[step.replace("~1", "/").replace("~0", "~")]
    return schema


# --- starter profiles


def published() -> list[Json]:
    """The profiles as declarations, their fields left out where they are unknown."""
    found = []
    for answers in profiles():
        flat = iter(answers)
        found.append({part: {name: next(flat) for name in FIELDS[part]} for part in PARTS})
    return found


@pytest.mark.parametrize("profile", published(), ids=[" ".join(p.names) for p in profiles().values()])
def test_a_copy_of_a_published_profile_is_known_with_unknown_fields_or_without_them(profile: Json) -> None:
    (hit,) = hits("starter_profile", profile)
    assert hit.pointer == "/data_risk"
    assert hit.value in {", ".join(known.names) for known in profiles().values()}
    short = {
        part: {name: value for name, value in values.items() if value != UNKNOWN} for part, values in profile.items()
    }
    assert hits("starter_profile", short) == [hit]


def test_a_profile_in_which_anything_was_decided_otherwise_or_added_is_somebody_s_own() -> None:
    taken = set(profiles())
    for profile in published():
        for part in PARTS:
            for name in FIELDS[part]:
                other = next(value for value in ("disallowed", "excluded", "secret") if value != profile[part][name])
                changed = having(profile, part, **{name: other})
                answers = tuple(changed[p][field] for p in PARTS for field in FIELDS[p])
                assert bool(hits("starter_profile", changed)) == (answers in taken)
        assert not hits("starter_profile", profile | {"reviewed_by": "dpo"})
        assert not hits("starter_profile", having(profile, "params_data_categories", pets="included"))
        assert not hits("starter_profile", profile | {"result_data_categories": None})


def test_each_profile_names_the_page_that_it_was_published_on() -> None:
    assert len(profiles()) >= 12
    assert all(profile.source_url.startswith("https://") for profile in profiles().values())


# --- contradictions within a declaration


def test_a_result_that_repeats_the_params_is_pointed_at_where_something_is_included() -> None:
    same = risk(CONTACT, PERSON, result=(CONTACT, PERSON))
    assert hits("result_same_as_params", same) == [
        Hit("/data_risk/result_data_categories/personal_identifiers", "included", (PERSON,)),
        Hit("/data_risk/result_data_categories/contact_information", "included", (CONTACT,)),
    ]
    assert hits("result_same_as_params", without(same, "params_data_categories", "minors_data")) == []
    assert hits("result_same_as_params", having(same, "result_data_categories", classification="public")) == []
    assert hits("result_same_as_params", having(same, "result_data_categories", pets="included")) == []


def test_sides_that_hold_nothing_and_sides_that_nobody_declared_are_not_the_same() -> None:
    assert hits("result_same_as_params", risk()) == []
    assert hits("result_same_as_params", {part: {} for part in PARTS}) == []
    assert hits("result_same_as_params", risk(CONTACT, result=(CONTACT,)) | {"result_data_categories": None}) == []


def test_a_field_left_out_is_the_same_as_unknown() -> None:
    same = risk(CONTACT, result=(CONTACT,))
    left_out = without(same, "params_data_categories", "minors_data")
    said = having(same, "result_data_categories", minors_data="unknown")
    assert hits("result_same_as_params", left_out | {"result_data_categories": said["result_data_categories"]})


def test_all_actions_disallowed_and_a_category_included_on_any_side() -> None:
    assert pointers("all_disallowed_yet_included", risk(CONTACT, result=(HEALTH,))) == [
        "/data_risk/params_data_categories/contact_information",
        "/data_risk/result_data_categories/health_and_medical",
    ]
    assert hits("all_disallowed_yet_included", risk()) == []
    for action in ACTION_NAMES:
        assert hits("all_disallowed_yet_included", risk(CONTACT, allowed=(action,))) == []
        assert hits("all_disallowed_yet_included", without(risk(CONTACT), "action_profile", action)) == []


def test_a_result_that_nothing_was_read_created_fetched_or_handed_in_for() -> None:
    assert hits("result_from_nowhere", risk(result=(HEALTH,))) == [
        Hit("/data_risk/result_data_categories/health_and_medical", "included", (HEALTH,))
    ]
    assert hits("result_from_nowhere", risk(HEALTH, result=(HEALTH,))) == []
    assert hits("result_from_nowhere", without(risk(result=(HEALTH,)), "params_data_categories", HEALTH)) == []
    for action in ("read_data", "create_data", "external_communication"):
        assert hits("result_from_nowhere", risk(allowed=(action,), result=(HEALTH,))) == []
        assert hits("result_from_nowhere", without(risk(result=(HEALTH,)), "action_profile", action)) == []
    assert hits("result_from_nowhere", risk(allowed=("update_data",), result=(HEALTH,)))


# --- a schema against its declaration


def test_a_property_that_speaks_of_what_is_excluded_is_shown_with_the_answer_that_it_contradicts() -> None:
    assert hits("schema_contradicts", risk(), params_schema=properties(email={"type": "string"})) == [
        Hit("/params_schema/properties/email", "email", (CONTACT,)),
        Hit("/data_risk/params_data_categories/contact_information", "excluded", (CONTACT,)),
    ]


@pytest.mark.parametrize("answer", ["included", "unknown", "Excluded", None, 7])
def test_only_an_excluded_category_can_be_contradicted(answer: Json) -> None:
    declared = having(risk(), "params_data_categories", contact_information=answer)
    assert hits("schema_contradicts", declared, params_schema=properties(email={"type": "string"})) == []


def test_params_are_set_against_params_and_the_result_against_the_result() -> None:
    schema = properties(email={"type": "string"})
    assert hits("schema_contradicts", risk(CONTACT), params_schema=schema) == []
    assert pointers("schema_contradicts", risk(CONTACT), result_schema=schema) == [
        "/result_schema/properties/email",
        "/data_risk/result_data_categories/contact_information",
    ]
    assert hits("schema_contradicts", risk() | {"params_data_categories": None}, params_schema=schema) == []


def test_the_schema_of_a_judgement_contradicts_only_what_both_sides_exclude() -> None:
    schema = properties(email={"type": "string"})
    assert pointers("schema_contradicts", risk(), "quality", schema=schema) == [
        "/schema/properties/email",
        "/data_risk/params_data_categories/contact_information",
        "/data_risk/result_data_categories/contact_information",
    ]
    assert hits("schema_contradicts", risk(CONTACT), "alert", schema=schema) == []
    assert hits("schema_contradicts", risk(result=(CONTACT,)), "alert", schema=schema) == []


def test_only_the_excluded_of_several_categories_is_named() -> None:
    schema = properties(child_name={"type": "string"})
    assert {hit.categories for hit in hits("schema_contradicts", risk(PERSON), params_schema=schema)} == {
        ("minors_data",)
    }


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"properties": {"p": properties(email={})}}, "/properties/p/properties/email"),
        ({"items": properties(email={})}, "/items/properties/email"),
        ({"items": [{}, properties(email={})]}, "/items/1/properties/email"),
        ({"prefixItems": [properties(email={})]}, "/prefixItems/0/properties/email"),
        ({"additionalProperties": properties(email={})}, "/additionalProperties/properties/email"),
        ({"patternProperties": {"^a/b": properties(email={})}}, "/patternProperties/^a~1b/properties/email"),
        ({"allOf": [properties(email={})]}, "/allOf/0/properties/email"),
        ({"anyOf": [{"type": "null"}, properties(email={})]}, "/anyOf/1/properties/email"),
        ({"oneOf": [properties(email={})]}, "/oneOf/0/properties/email"),
        ({"if": {}, "then": properties(email={})}, "/then/properties/email"),
        ({"$ref": "#/$defs/P", "$defs": {"P": properties(email={})}}, "/$defs/P/properties/email"),
        (
            {"properties": {"x": {"$ref": "#/definitions/a~1b"}}, "definitions": {"a/b": properties(email={})}},
            "/definitions/a~1b/properties/email",
        ),
        (
            {"properties": {"x": {"$ref": "#/$defs/P%20Q"}}, "$defs": {"P Q": properties(email={})}},
            "/$defs/P Q/properties/email",
        ),
        ({"propertyNames": {"format": "email"}}, "/propertyNames/format"),
    ],
)
def test_every_part_of_a_schema_is_walked(schema: Json, place: str) -> None:
    found = pointers("schema_contradicts", risk(), params_schema=schema)
    assert found[0] == f"/params_schema{place}"
    assert at(schema, found[0]) is not None


def test_what_a_schema_rules_out_and_definitions_that_nothing_refers_to_are_not_read() -> None:
    schema = {"not": properties(email={}), "$defs": {"Unused": properties(iban={})}, "$ref": "https://example.org/x"}
    assert hits("schema_contradicts", risk(), params_schema=schema) == []


def test_circles_of_references_end() -> None:
    schema = {
        "$ref": "#",
        "properties": {"parent": {"$ref": "#/$defs/N"}, "self": {"$ref": "#/properties/self"}},
        "$defs": {"N": {"properties": {"next": {"$ref": "#/$defs/N"}, "email": {"type": "string"}}}},
    }
    assert pointers("schema_contradicts", risk(), params_schema=schema)[0] == "/params_schema/$defs/N/properties/email"
    choice = {"type": "null", "anyOf": [{"$ref": "#/$defs/C"}] * 99}
    found = hits("schema_contradicts", risk(), params_schema={"properties": {"email": choice}, "$defs": {"C": choice}})
    assert found[0].value == "email"


def test_depth_and_size_are_bounded() -> None:
    deep: Json = {"type": "string"}
    for _ in range(5 * MAX_DEPTH):
        deep = properties(inner=deep)
    assert len(list(places(deep, ""))) == MAX_DEPTH + 1
    wide = properties(**{f"p{index}": {"type": "string"} for index in range(2 * MAX_PLACES)})
    assert len(list(places(wide, ""))) == MAX_PLACES


@pytest.mark.parametrize(
    ("name", "schema", "said"),
    [
        ("email", {"type": "boolean"}, False),
        ("email", {"enum": ["daily", "weekly"]}, False),
        ("email", {"anyOf": [{"type": "boolean"}, {"type": "null"}]}, False),
        ("email", {"type": ["string", "null"]}, True),
        ("email", {}, True),
        ("e_mails", {"type": "array", "items": {"type": "string"}}, True),
        ("emails", {"type": "array", "items": {"enum": ["a", "b"]}}, False),
        ("pregnant", {"type": "boolean"}, True),
        ("religion", {"enum": ["a", "b"]}, True),
        ("X", {"title": "Date of birth"}, True),
    ],
)
def test_a_choice_speaks_only_of_categories_that_a_choice_can_tell(name: str, schema: Json, said: bool) -> None:
    assert bool(hits("schema_contradicts", risk(), params_schema=properties(**{name: schema}))) is said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("E-mail address of the customer", ["email address"]),
        ("The customer's date of birth, ISO 8601", ["date of birth"]),
        ("Comma-separated list of e-mail addresses", ["email address"]),
        ("The type of e-mail address", []),
        ("Identifier of the e-mail address template", []),
        ("Must not hold an e-mail address", []),
        ("Postanschrift des Kunden", ["postanschrift"]),
        ("Whether the patient is pregnant", ["pregnant"]),
        ("Free text. An e-mail address may follow", []),
        ("The phone number of the store", []),
    ],
)
def test_a_description_speaks_where_it_begins_with_what_is_held(text: str, said: list[str]) -> None:
    schema = properties(x={"type": "string", "description": text})
    found = hits("schema_contradicts", risk(), params_schema=schema)
    assert [hit.value for hit in found if hit.pointer.endswith("/x/description")] == said


# --- values that are given


@pytest.mark.parametrize(
    ("value", "categories"),
    [
        ("maria.huber@example.org", (CONTACT,)),
        ("Write to maria.huber@example.org, please", (CONTACT,)),
        ("no-reply@example.org", ()),
        ("git@github.com:example/app.git", ()),
        ("postgres://app:pw@db.example.org/x", ()),
        ("+49 30 901820", (CONTACT,)),
        ("(555) 123-4567", (CONTACT,)),
        ("+48.8588443", ()),
        ("+01:00", ()),
        ("20261123183000", ()),
        ("DE89 3704 0044 0532 0130 00", ("financial_information",)),
        ("DE88 3704 0044 0532 0130 00", ()),
        ("4111 1111 1111 1111", ("financial_information",)),
        (4111111111111111, ("financial_information",)),
        ("4111 1111 1111 1112", ()),
        ("1234567812345670", ()),
        ("-----BEGIN PRIVATE KEY-----", ("authentication_and_secrets",)),
        ({"to": ["maria.huber@example.org"]}, (CONTACT,)),
        ({"maria.huber@example.org": 1}, (CONTACT,)),
        ("hello", ()),
        (None, ()),
        (1.5, ()),
    ],
)
def test_a_value_that_looks_like_personal_data_is_shown_by_its_digest_alone(
    value: Json, categories: tuple[str, ...]
) -> None:
    sealed = f"sha256:{digest(canonical(value))}"
    for given in (
        {"examples": [0, value]},
        {"enum": [0, value]},
        {"default": value},
        {"const": value},
        {"example": value},
    ):
        schema = properties(x=given)
        found = hits("schema_contradicts", risk(), params_schema=schema)
        shown = [hit for hit in found if not hit.pointer.startswith("/data_risk")]
        assert [(hit.value, hit.categories) for hit in shown] == ([(sealed, categories)] if categories else [])
        assert all(at(schema, hit.pointer) == value for hit in shown)


def test_digits_that_number_an_order_are_no_card() -> None:
    card = {"type": "string", "examples": ["4000123412341234"]}
    assert hits("schema_contradicts", risk(), params_schema=properties(payment=card))
    assert hits("schema_contradicts", risk(), params_schema=properties(order_no=card)) == []


# --- free text


@pytest.mark.parametrize(
    ("schema", "taken"),
    [
        (properties(note={"type": "string"}), "/properties/note"),
        (properties(note={}), "/properties/note"),
        (properties(note={"type": ["string", "null"], "maxLength": 2000}), "/properties/note"),
        (properties(note={"anyOf": [{"type": "string"}, {"type": "null"}]}), "/properties/note"),
        (properties(notes={"type": "array", "items": {"type": "string"}}), "/properties/notes"),
        (properties(schadensbeschreibung={"type": "string"}), "/properties/schadensbeschreibung"),
        (properties(body_html={"type": "string", "format": "html"}), "/properties/body_html"),
        (properties(note={"type": "string", "maxLength": 20}), None),
        (properties(note={"type": "string", "format": "date"}), None),
        (properties(note={"type": "string", "pattern": "^[A-Z]$"}), None),
        (properties(note={"enum": ["a"]}), None),
        (properties(note={"const": "a"}), None),
        (properties(note={"type": "integer"}), None),
        (properties(note={"type": "object"}), None),
        (properties(content={"type": "string", "contentEncoding": "base64"}), None),
        (properties(note_id={"type": "string"}), None),
        (properties(error_message={"type": "string"}), None),
        (properties(name={"type": "string"}), None),
        ({"type": "object", "additionalProperties": True}, "/additionalProperties"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "/additionalProperties"),
        ({"type": "object", "additionalProperties": {}}, "/additionalProperties"),
        ({"type": "object", "patternProperties": {".*": {"type": "string"}}}, "/patternProperties"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, None),
        ({"type": "object", "additionalProperties": False}, None),
        ({"type": "object"}, None),
        ({"properties": {"a": {"type": "integer"}}, "additionalProperties": True}, None),
        (properties(labels={"additionalProperties": {"type": "string"}}), None),
    ],
)
def test_free_text_is_a_text_without_bounds_that_is_called_so_or_a_schema_that_takes_anything(
    schema: Json, taken: str | None
) -> None:
    found = hits("free_text_all_excluded", risk(allowed=("external_communication",)), params_schema=schema)
    assert [hit.pointer for hit in found] == ([f"/params_schema{taken}"] if taken else [])
    assert [hit.value for hit in found] == ([taken.rsplit("/", 1)[1]] if taken else [])


NOTE = properties(note={"type": "string"})


def test_free_text_where_every_personal_category_of_that_side_is_excluded() -> None:
    check = "free_text_all_personal_excluded"
    assert pointers(check, risk("organisational_confidential"), params_schema=NOTE) == [
        "/params_schema/properties/note"
    ]
    assert pointers(check, risk(HEALTH), params_schema=NOTE, result_schema=NOTE) == ["/result_schema/properties/note"]
    assert hits(check, without(risk(), "params_data_categories", HEALTH), params_schema=NOTE) == []
    assert pointers(check, risk(), "alert", schema=NOTE) == ["/schema/properties/note"]
    assert hits(check, risk(HEALTH), "alert", schema=NOTE) == []


def test_free_text_on_a_side_that_is_classified_public() -> None:
    check = "public_free_text"
    public = having(risk(HEALTH), "params_data_categories", classification="public")
    assert hits(check, public, params_schema=NOTE, result_schema=NOTE) == [
        Hit("/params_schema/properties/note", "note", ()),
        Hit("/data_risk/params_data_categories/classification", "public", ()),
    ]
    assert hits(check, public, params_schema=properties(id={"type": "string"})) == []
    assert hits(check, risk(HEALTH), params_schema=NOTE) == []
    assert hits(check, public, "quality", schema=NOTE) == []


def test_free_text_that_may_leave_though_all_seventeen_are_excluded() -> None:
    check = "free_text_all_excluded"
    leaves = ("external_communication",)
    assert pointers(check, risk(allowed=leaves), params_schema=NOTE) == ["/params_schema/properties/note"]
    assert hits(check, risk(), params_schema=NOTE) == []
    assert hits(check, risk(allowed=leaves), result_schema=NOTE) == []
    for name in CATEGORY_NAMES:
        assert hits(check, risk(name, allowed=leaves), params_schema=NOTE) == []
    assert (
        hits(
            check, having(risk(allowed=leaves), "action_profile", external_communication="unknown"), params_schema=NOTE
        )
        == []
    )


# --- the lexicon


def test_the_lexicon_names_nothing_that_is_not_there() -> None:
    data = tomllib.loads(files("reporter.review.lint").joinpath("lexicon.toml").read_text(encoding="utf-8"))
    entries = [*data["term"], *data["stem"], *data["format"], *data["phrase"]]
    assert {name for item in entries for name in item["categories"]} == set(CATEGORY_NAMES)
    assert set(data["values_only"]) < set(CATEGORY_NAMES)
    assert {key for item in entries for key in item} <= {
        "categories", "words", "where", "unless", "unless_beside", "under", "beside", "stems", "formats", "phrases",
        "whose",
    }  # fmt: skip
    assert {item.get("where", "anywhere") for item in entries} == {"anywhere", "end", "whole"}
    named = {word[1:] for item in entries for values in item.values() for word in values if str(word).startswith("@")}
    assert named <= set(data["lists"])


def test_classification_is_no_category_of_the_lint() -> None:
    for name, check in CHECKS.items():
        for hit in check(
            entry(having(risk(CONTACT), "params_data_categories", classification="public"), params_schema=NOTE)
        ):
            assert CLASSIFICATION not in hit.categories, name


def test_a_reference_into_a_given_value_leads_nowhere_but_a_property_may_be_called_default() -> None:
    inside = {"properties": {"maria.huber@example.org": {"description": "E-mail address"}}}
    schema = {"$ref": "#/examples/0", "examples": [inside], "properties": {"default": {"$ref": "#/$defs/enum"}}}
    schema["$defs"] = {"enum": properties(iban={})}
    found = pointers("schema_contradicts", risk(), params_schema=schema)
    assert found[:2] == ["/params_schema/$defs/enum/properties/iban", "/params_schema/examples/0"]
    assert all(pointer.startswith("/data_risk") for pointer in found[2:])


# --- names


def named(check: str, name: str, data_risk: Json, **more: Json) -> list[Hit]:
    made = SpanType(name, more.pop("title", None), more.pop("description", None), "span", "v1", "0" * 64, "/x")
    return list(CHECKS[check](replace(made, declaration=declaration(data_risk), schemas=more)))


@pytest.mark.parametrize(
    ("name", "word", "action"),
    [
        ("delete_customer", "delete", "destroy_data"),
        ("deleteCustomer", "delete", "destroy_data"),
        ("crm:customer.delete", "delete", "destroy_data"),
        ("send_email", "send", "external_communication"),
        ("refund_payment", "refund", "financial_transactions"),
        ("create-refund", "create", "financial_transactions"),
        ("update_record", "update", "update_data"),
        ("get_sent_items", "get", "read_data"),
        ("kunde_löschen", "loeschen", "destroy_data"),
        ("RechnungErstatten", "erstatten", "financial_transactions"),
        ("customer_deletion", "deletion", "destroy_data"),
        ("transfer_issue", "transfer", "update_data"),
        ("rotate_webhook_secret", "rotate", "update_data"),
    ],
)
def test_a_name_speaks_against_an_action_that_is_disallowed(name: str, word: str, action: str) -> None:
    check, others = "name_against_action", tuple(each for each in ACTION_NAMES if each != action)
    assert named(check, name, risk(allowed=others)) == [
        Hit("/name", word, ()),
        Hit(f"/data_risk/action_profile/{action}", "disallowed", ()),
    ]
    assert named(check, name, risk(allowed=ACTION_NAMES)) == []
    assert named(check, name, having(risk(allowed=others), "action_profile", **{action: UNKNOWN})) == []


@pytest.mark.parametrize(
    "name",
    [
        *(
            "drop_off_points",
            "clear_screen",
            "deletion_policy",
            "is_deleted",
            "deleted_items",
            "update_history",
            "notification_settings",
            "notifications",
        ),
        *("transfer_learning", "transfer_call", "payment_refund_status", "refund_policy", "get_current_time", "update"),
    ],
)
def test_a_false_friend_says_nothing_of_what_is_done(name: str) -> None:
    if name != "update":
        assert named("name_against_action", name, risk()) == []
    assert named("name_against_action", name, risk(allowed=ACTION_NAMES)) == []


@pytest.mark.parametrize("name", ["undelete_file", "unarchive_issue", "restore_backup"])
def test_what_is_brought_back_is_not_destroyed(name: str) -> None:
    assert named("name_against_action", name, risk(allowed=("update_data",))) == []
    assert named("name_against_action", name, risk(allowed=("destroy_data",)))[0].pointer == "/name"


def test_of_several_actions_that_a_word_may_mean_all_have_to_be_disallowed() -> None:
    assert [hit.value for hit in named("name_against_action", "add_note", risk())] == [
        "add",
        "disallowed",
        "disallowed",
    ]
    assert named("name_against_action", "add_note", risk(allowed=("update_data",))) == []
    assert named("name_against_action", "message_list", risk(allowed=("read_data",))) == []


def test_titles_and_descriptions_speak_where_the_name_does_not_and_never_where_they_deny() -> None:
    check = "name_against_action"
    found = named(
        check, "step_7", risk(), description="This tool permanently deletes or archives old rows. It is quick."
    )
    assert [hit.pointer for hit in found[:2]] == ["/description", "/description"]
    assert [hit.value for hit in found[:2]] == ["delete", "archive"]
    assert named(check, "step_7", risk(), title="Delete rows")[0] == Hit("/title", "delete", ())
    assert named(check, "delete_row", risk(), title="Delete rows", description="Deletes rows")[1].pointer.startswith(
        "/d"
    )
    assert named(check, "step_7", risk(), description="Deletes nothing and never sends an email") == []
    assert named(check, "step_7", risk(), description="Rows that were deleted") == []


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("face_match", "gdpr_biometric_for_identification"),
        ("diagnose", HEALTH),
        ("triage_patient", HEALTH),
        ("list_customers", PERSON),
        ("vault.read_secret", "authentication_and_secrets"),
        ("get_payroll", "financial_information"),
    ],
)
def test_a_name_speaks_against_a_category_that_is_excluded_on_both_sides(name: str, category: str) -> None:
    check = "name_against_category"
    found = named(check, name, risk())
    assert found[0].pointer == "/name"
    assert category in found[0].categories
    assert f"/data_risk/params_data_categories/{category}" in [hit.pointer for hit in found]
    assert not [hit for hit in named(check, name, risk(category)) if category in hit.categories]
    assert not [hit for hit in named(check, name, risk(result=(category,))) if category in hit.categories]


@pytest.mark.parametrize(
    "name",
    ["diagnose_network", "password_manager_seats", "list_email_templates", "get_customer_orders", "health_check"],
)
def test_a_name_of_another_thing_speaks_of_no_category(name: str) -> None:
    assert named("name_against_category", name, risk()) == []


def test_what_a_sentence_says_it_is_not_about_is_no_category() -> None:
    check = "name_against_category"
    assert named(check, "step_7", risk(), description="Update secret fields of a source")
    assert named(check, "step_7", risk(), description="Update non-secret fields of a source") == []


def test_the_search_of_a_product_is_no_search_of_the_web() -> None:
    check, reads = "name_against_action", risk(allowed=("read_data",))
    assert named(check, "search", reads, description="Searches Google for pages")
    assert named(check, "search", reads, description="Searches for Google Docs by name") == []
    assert named(check, "api_request", reads, description="Make an authenticated HTTP request")


def test_what_a_schema_says_as_well_is_pointed_at_there_alone() -> None:
    schema = properties(to={"type": "string", "format": "email"})
    assert named("name_against_category", "send_email", risk())
    assert named("name_against_category", "send_email", risk(), params_schema=schema) == []


# --- what a property cannot hold


@pytest.mark.parametrize(
    "schema",
    [
        properties(passwordManager=properties(seats={"type": "integer"})),
        properties(passwortmanager={"type": "string"}),
        properties(emails={"type": "integer"}),
        properties(password=properties(length={"type": "integer"}, symbols={"type": "boolean"})),
        properties(name={"type": "string", "description": "Name of the card"}, email={"type": "boolean"}),
        properties(name={"type": "string", "description": "The card's name"}, phone={"type": "boolean"}),
    ],
)
def test_numbers_and_things_hold_no_secret_and_name_nobody(schema: Json) -> None:
    assert hits("schema_contradicts", risk(), params_schema=schema) == []


def test_a_number_that_is_written_in_digits_may_be_contact_information() -> None:
    assert hits("schema_contradicts", risk(), params_schema=properties(phone_number={"type": "integer"}))
    named_ = properties(name={"type": "string", "description": "Name of the customer"}, email={"type": "boolean"})
    assert hits("schema_contradicts", risk(), params_schema=named_)[0].categories == (PERSON,)


# --- one fact, one rule

OUT = ("external_communication",)


def test_free_text_is_found_by_one_rule_alone() -> None:
    inside, outside = "free_text_all_personal_excluded", "free_text_all_excluded"
    assert hits(inside, risk(allowed=OUT), params_schema=NOTE) == []
    assert hits(outside, risk(allowed=OUT), params_schema=NOTE)
    assert pointers(inside, risk(allowed=OUT), params_schema=NOTE, result_schema=NOTE) == [
        "/result_schema/properties/note"
    ]
    assert hits(inside, risk("organisational_confidential", allowed=OUT), params_schema=NOTE)


@pytest.mark.parametrize(
    ("found", "schema"),
    [
        (True, properties(query={"type": "string"})),
        (True, properties(query={"type": "string", "description": "What to look for"})),
        (False, properties(query={"type": "string", "description": "The SQL statement to run"})),
        (False, properties(query={"type": "string", "description": "Query in the search syntax"})),
    ],
)
def test_words_to_search_by_count_where_they_go_outside_and_are_of_no_closed_kind(found: bool, schema: Json) -> None:
    assert bool(hits("free_text_all_excluded", risk(allowed=OUT), params_schema=schema)) == found
    assert hits("free_text_all_personal_excluded", risk(), params_schema=schema) == []


def test_what_describes_a_thing_is_no_free_text() -> None:
    check = "free_text_all_personal_excluded"
    assert hits(check, risk(), params_schema=properties(description={"type": "string"}))
    described = {"type": "string", "description": "The description of the product"}
    assert hits(check, risk(), params_schema=properties(description=described)) == []


# --- suggestions


def test_what_matters_most_is_suggested_first_and_a_way_out_weighs_twice() -> None:
    undeclared = SpanType("send_email", None, None, "span", "v", "0" * 64, "/x")
    found = suggested(replace(undeclared, schemas={"params_schema": properties(diagnosis={"type": "string"})}))
    assert [each.field for each in found] == [HEALTH, "external_communication", CONTACT]
    assert found[0].hits == (Hit("/params_schema/properties/diagnosis", "diagnosis", (HEALTH,)),)
    assert urgency(found) == 2 * sum(each.weight for each in found)
    harmless = suggested(replace(undeclared, name="get_page_count"))
    assert urgency(harmless) < urgency(suggested(undeclared)) < urgency(found)
    assert suggested(replace(undeclared, name="step_7")) == []
