"""What is wrong in a file of the user's own is told in words, whatever it is: expected, found, and nothing repeated."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from reporter.plain.mistakes import in_words
from reporter.review.catalogue import RuleTable
from reporter.review.facts_file import AgentTable, AnswerTable
from reporter.review.waiver_file import WaiverTable
from reporter.settings import Settings


class Colour(StrEnum):
    RED = "red"


class Table(BaseModel):
    name: str


SAID: dict[str, tuple[Any, Any, str]] = {
    "a text": (str, 5, "a text is expected, and it is a whole number"),
    "a list": (list[str], "secret", "a list is expected, and it is a text"),
    "a tuple": (tuple[str, ...], "secret", "a list is expected, and it is a text"),
    "a table": (dict[str, str], ["secret"], "a table is expected, and it is a list"),
    "a model": (Table, 1.5, "a table is expected, and it is a number"),
    "a boolean": (bool, "secret", "true or false is expected, and it is a text"),
    "a whole number": (int, "secret", "a whole number is expected, and it is a text"),
    "a whole number, and no fraction": (int, 1.5, "a whole number is expected, and it is a number"),
    "a number": (float, "secret", "a number is expected, and it is a text"),
    "a day": (date, "secret", "a day, such as 2026-11-23, is expected, and it is a text"),
    "one of some": (Literal["a", "b"], "secret", "a or b is expected, and it is another text"),
    "one of some, and no text": (Literal["a", "b"], 3, "a or b is expected, and it is a whole number"),
    "an enumeration": (Colour, "secret", "red is expected, and it is another text"),
    "at least": (Annotated[int, Field(ge=1)], 0, "1 or more is expected, and it is 0"),
    "at most": (Annotated[int, Field(le=100)], 101, "100 or less is expected, and it is 101"),
    "more than": (Annotated[float, Field(gt=0)], 0, "more than 0 is expected, and it is 0"),
    "too long": (Annotated[str, Field(max_length=1)], "ok", "a length of at most 1 character is expected, and it is 2"),
    "too few": (Annotated[list[str], Field(min_length=1)], [], "something is expected, and it is empty"),
    "a form": (Annotated[str, Field(pattern="^a$")], "x", "a text of another form is expected"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "words"), SAID.values(), ids=SAID)
def test_what_was_expected_and_what_was_found_is_said_in_plain_words(kind: Any, value: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    assert in_words(caught.value.errors()[0]) == words


VALUES = st.one_of(
    st.booleans(), st.integers(-5, 200), st.floats(), st.just("hunter2"), st.just(""), st.dates(),
    st.lists(st.one_of(st.just("hunter2"), st.integers()), max_size=2),
    st.dictionaries(st.sampled_from(["id", "kind", "name", "title", "when"]), st.just("hunter2"), max_size=2),
)  # fmt: skip
#: What the validators of these tables ask for.
CONTEXT = SimpleNamespace(today=date(2026, 11, 23), max_days=365, rules=("X01",), agents=None)
RAW = re.compile(r"Input|Value error|valid (string|integer|boolean|list|dictionary|number|tuple)|instance of|pydantic")


@pytest.mark.parametrize(
    "kind", [RuleTable, AgentTable, AnswerTable, WaiverTable, Settings], ids=lambda kind: kind.__name__
)
@given(data=st.data())
def test_no_sentence_of_the_library_s_own_and_no_value_reaches_whoever_wrote_a_file(
    kind: type[BaseModel], data: st.DataObject
) -> None:
    fields = [field.alias or name for name, field in kind.model_fields.items()]
    name = data.draw(st.sampled_from(fields))
    for each in mistakes(kind, {name: data.draw(VALUES)}):
        words = in_words(each)
        assert not RAW.search(words), (each["type"], words)
        assert each["type"] == "value_error" or "hunter2" not in words


def mistakes(kind: type[BaseModel], value: Any) -> list[ErrorDetails]:
    try:
        kind.model_validate(value, context=CONTEXT)
    except ValidationError as error:
        return error.errors()
    return []
