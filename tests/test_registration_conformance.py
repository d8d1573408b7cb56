"""Our registration models against the vendor's own, as installed: same fields, same verdicts, same JSON."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prefactor_http.models import agent_instance as vendor  # type: ignore[import-untyped]
from prefactor_http.models import types as vendor_types
from pydantic import BaseModel, ValidationError, create_model

from reporter.prefactor import registration as ours

Model = type[BaseModel]

#: What our models hold beyond the vendor's, and why. Each entry is checked below to be still true.
EXTRA_CLASSES: Final = {
    "AlertSchemaForCreate": "the platform answers with alert schemas; the vendor's package cannot send them",
    "OlderQualitySchemaForCreate": "the vendor's open evals register one quality schema without a name",
}
EXTRA_FIELDS: Final = {
    ("AgentSchemaVersionForRegister", "alert_schemas"): "see AlertSchemaForCreate",
    ("AgentSchemaVersionForRegister", "quality_schema"): "see OlderQualitySchemaForCreate",
    ("SpanTypeSchemaForCreate", "result_template"): "the vendor's TypeScript SDK sends it",
    ("AgentInstanceSpanCounts", "pending"): "the vendor's reference and the platform's answers have it",
}
LITERALS: Final = ("AgentStatus", "FinishStatus", "InstancePurpose")


def models_in(module: Any) -> dict[str, Model]:
    """The models that a module itself defines, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, BaseModel) and value.__module__ == module.__name__
    }


VENDORS: Final = models_in(vendor)
OURS: Final = models_in(ours)
SHARED: Final = sorted(VENDORS.keys() & OURS.keys())


def extra_fields(name: str) -> set[str]:
    return {field for owner, field in EXTRA_FIELDS if owner == name}


# JSON for a model, made from the vendor's own annotations, so that a field it adds is exercised at once.

SCALARS: Final = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5)
OBJECTS: Final = st.dictionaries(st.text(max_size=5), SCALARS, max_size=3)
MOMENTS: Final = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PLAIN: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: st.text(max_size=8),
    bool: st.booleans(),
    int: st.integers(0, 9),
    dict: OBJECTS,
    datetime: MOMENTS.map(datetime.isoformat),
    type(None): st.none(),
}


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """JSON values that an annotation admits."""
    if annotation in PLAIN:
        return PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        return st.one_of([values(each) for each in arguments])
    if origin is list:
        return st.lists(values(arguments[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(st.text(max_size=5), values(arguments[1]), max_size=2)
    return documents(annotation)


def documents(model: Model) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects that a model accepts: each optional field there or not, and sometimes an unknown one."""
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {"not_in_the_vocabulary": SCALARS}
    for name, field in model.model_fields.items():
        side = required if field.is_required() else optional
        side[field.alias or name] = values(field.annotation)
    return st.fixed_dictionaries(required, optional=optional)


def without_extras(value: Any, name: str) -> Any:
    """Our JSON of a model with the fields of the table of differences taken out, at every depth."""
    if isinstance(value, list):
        return [without_extras(each, name) for each in value]
    if not isinstance(value, dict):
        return value
    nested = {
        "span_counts": "AgentInstanceSpanCounts",
        "agent_schema_version": "AgentSchemaVersionForRegister",
        "span_type_schemas": "SpanTypeSchemaForCreate",
    }
    return {k: without_extras(v, nested.get(k, "")) for k, v in value.items() if k not in extra_fields(name)}


def verdict(models: dict[str, Model], name: str, document: Any) -> object:
    """What a model makes of a document: its JSON, by field name and by alias, or where and how it refuses."""
    try:
        model = models[name].model_validate(document)
    except ValidationError as error:
        return {(each["type"], each["loc"]) for each in error.errors()}
    return [without_extras(model.model_dump(mode="json", by_alias=alias), name) for alias in (False, True)]


def test_every_class_of_the_vendors_module_is_ours_too() -> None:
    missing = VENDORS.keys() - OURS.keys()
    assert not missing, f"prefactor-http has models that registration.py lacks: {sorted(missing)}"


def test_no_class_is_ours_alone_but_those_of_the_table() -> None:
    alone = OURS.keys() - VENDORS.keys()
    assert alone == EXTRA_CLASSES.keys(), f"only in registration.py: {sorted(alone)}; table: {sorted(EXTRA_CLASSES)}"


@pytest.mark.parametrize("name", SHARED)
def test_every_field_of_the_vendors_class_is_ours_too(name: str) -> None:
    new = VENDORS[name].model_fields.keys() - OURS[name].model_fields.keys()
    assert not new, f"prefactor-http's {name} has fields that ours lacks: {sorted(new)}"


@pytest.mark.parametrize("name", SHARED)
def test_no_field_is_ours_alone_but_those_of_the_table(name: str) -> None:
    alone = OURS[name].model_fields.keys() - VENDORS[name].model_fields.keys()
    assert alone == extra_fields(name), f"only in our {name}: {sorted(alone)}; table: {sorted(extra_fields(name))}"


@pytest.mark.parametrize("name", LITERALS)
def test_the_vendors_shared_literals_are_ours(name: str) -> None:
    assert set(get_args(getattr(vendor_types, name))) == set(get_args(getattr(ours, name)))


def test_the_vendor_shares_no_literal_that_we_lack() -> None:
    theirs = {name for name, value in vars(vendor_types).items() if get_origin(value) is Literal}
    assert theirs == set(LITERALS), f"prefactor-http's shared literals are now {sorted(theirs)}"


def bare_schema(model: Model) -> Any:
    """A model's JSON Schema without words."""

    def strip(value: Any, *, names: bool = False) -> Any:
        if isinstance(value, list):
            return [strip(each) for each in value]
        if not isinstance(value, dict):
            return value
        words = () if names else ("description", "title")
        return {k: strip(v, names=k in ("properties", "$defs")) for k, v in value.items() if k not in words}

    return strip(model.model_json_schema())


def without_extra_properties(schema: Any) -> Any:
    """A JSON Schema without what the table of differences names."""
    for owner, field in EXTRA_FIELDS:
        for holder in (
            schema if schema.get("owner") == owner else {},
            schema.get("$defs", {}).get(owner, {}),
        ):
            holder.get("properties", {}).pop(field, None)
    for name in EXTRA_CLASSES:
        schema.get("$defs", {}).pop(name, None)
    schema.pop("owner", None)
    return schema


@pytest.mark.parametrize("name", SHARED)
def test_types_defaults_literals_and_required_fields_are_the_vendors(name: str) -> None:
    mine = without_extra_properties(bare_schema(OURS[name]) | {"owner": name})
    assert mine == bare_schema(VENDORS[name])


@pytest.mark.parametrize("name", SHARED)
@settings(max_examples=40)
@given(data=st.data())
def test_both_make_the_same_json_of_what_the_vendor_admits(name: str, data: st.DataObject) -> None:
    document = data.draw(documents(VENDORS[name]))
    theirs = verdict(VENDORS, name, document)
    assert isinstance(theirs, list), f"the vendor refuses its own vocabulary: {theirs}"
    assert verdict(OURS, name, document) == theirs


def broken(model: Model) -> st.SearchStrategy[dict[str, Any]]:
    """Documents with one field taken out or holding some other JSON value."""
    keys = [field.alias or name for name, field in model.model_fields.items()]
    return st.tuples(documents(model), st.sampled_from(keys), SCALARS | OBJECTS | st.just([[]]), st.booleans()).map(
        lambda parts: (
            {k: v for k, v in parts[0].items() if k != parts[1]} if parts[3] else parts[0] | {parts[1]: parts[2]}
        )
    )


@pytest.mark.parametrize("name", SHARED)
@settings(max_examples=40)
@given(data=st.data())
def test_both_refuse_the_same_for_the_same_reason(name: str, data: st.DataObject) -> None:
    document = data.draw(broken(VENDORS[name]))
    assert verdict(OURS, name, document) == verdict(VENDORS, name, document)


def literals_of(annotation: Any) -> bool:
    return get_origin(annotation) is Literal or any(literals_of(each) for each in get_args(annotation))


def required_in(models: dict[str, Model]) -> list[tuple[str, str]]:
    """Class and key of every required field."""
    return [
        (name, field.alias or key)
        for name in SHARED
        for key, field in models[name].model_fields.items()
        if field.is_required()
    ]


def whole(name: str) -> dict[str, Any]:
    """A document with every required field of a class of the vendor's."""
    plain: dict[Any, Any] = {str: "a", dict: {}, datetime: "2026-11-23T00:00:00Z"}
    document: dict[str, Any] = {}
    for key, field in VENDORS[name].model_fields.items():
        if field.is_required():
            known = {"type": "agent_instance", "status": "active"}.get(key)
            nested = getattr(field.annotation, "__name__", "")
            value = known or (whole(nested) if nested in VENDORS else plain[field.annotation])
            document[field.alias or key] = value
    return document


@pytest.mark.parametrize(("name", "key"), required_in(VENDORS))
def test_a_document_without_a_required_field_is_refused_by_both(name: str, key: str) -> None:
    document = whole(name)
    assert isinstance(verdict(OURS, name, document), list)
    del document[key]
    assert verdict(OURS, name, document) == {("missing", (key,))} == verdict(VENDORS, name, document)


@pytest.mark.parametrize(
    ("name", "key"),
    [(n, k) for n in SHARED for k, f in VENDORS[n].model_fields.items() if literals_of(f.annotation)],
)
@pytest.mark.parametrize("word", ["", "maybe", "UNKNOWN", "yes"])
def test_a_word_outside_the_vocabulary_is_refused_by_both(name: str, key: str, word: str) -> None:
    document = whole(name) | {key: word}
    assert verdict(OURS, name, document) == {("literal_error", (key,))} == verdict(VENDORS, name, document)


def test_further_keys_of_a_declaration_are_kept() -> None:
    parts: dict[str, Any] = {"action_profile": {}, "params_data_categories": {}, "result_data_categories": {}}
    kept = ours.DataRisk.model_validate(parts | {"retention_days": 30}).model_dump()
    assert kept["retention_days"] == 30


def test_alert_schemas_have_the_shape_of_quality_schemas() -> None:
    document = {"name": "over_limit", "schema": {"type": "object"}, "title": None}
    version = ours.AgentSchemaVersionForRegister.model_validate({"alert_schemas": [document]})
    assert version.alert_schemas is not None
    assert version.alert_schemas[0].schema_ == {"type": "object"}


def test_pending_spans_are_counted() -> None:
    assert ours.AgentInstanceSpanCounts(pending=2).model_dump()["pending"] == 2


def test_a_field_that_the_vendor_adds_fails_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = create_model("DataCategories", __base__=VENDORS["DataCategories"], neural_data=(str, "unknown"))
    monkeypatch.setitem(VENDORS, "DataCategories", grown)
    with pytest.raises(AssertionError, match=r"DataCategories has fields that ours lacks: \['neural_data'\]"):
        test_every_field_of_the_vendors_class_is_ours_too("DataCategories")


def test_a_class_that_the_vendor_adds_fails_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VENDORS, "ConsentRecord", create_model("ConsentRecord", basis=(str, ...)))
    with pytest.raises(AssertionError, match=r"registration.py lacks: \['ConsentRecord'\]"):
        test_every_class_of_the_vendors_module_is_ours_too()
