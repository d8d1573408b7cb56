"""Canonical JSON is RFC 8785, whichever way it was made."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from reporter.plain.canonical import (
    LoneSurrogateError,
    NotCanonicalError,
    canonical,
    check_nesting,
    digest,
    without_surrogates,
)

_texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=20,
)


@given(_values)
def test_the_quick_way_gives_the_bytes_of_the_reference_library(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(_values)
def test_the_canonical_form_of_the_canonical_form_is_itself(value: Any) -> None:
    data = canonical(value)
    assert canonical(json.loads(data)) == data


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1.0, "a": [1e21, 1e-7, -0.0]}, b'{"a":[1e+21,1e-7,0],"b":1}'),
        ({"\U0001f600": 1, "\ue000": 2}, b'{"\xf0\x9f\x98\x80":1,"\xee\x80\x80":2}'),
        (2**63 - 1, b"9223372036854776000"),
        ('\u20ac$\u000f\nA\'B"\\\\"/', b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
    ],
)
def test_numbers_and_names_are_written_as_the_standard_says(value: Any, expected: bytes) -> None:
    assert canonical(value) == expected


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400])
def test_a_number_that_no_double_holds_has_no_canonical_form(value: Any) -> None:
    with pytest.raises(NotCanonicalError, match="no double can hold"):
        canonical([value])


def test_a_lone_surrogate_is_refused_and_can_be_spelled_out() -> None:
    with pytest.raises(LoneSurrogateError):
        canonical({"a": "\ud800"})
    assert without_surrogates({"\udfff": ["x\ud800"]}) == {"\\udfff": ["x\\ud800"]}


def test_nesting_beyond_the_limit_is_refused_without_recursion() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NotCanonicalError, match="nested deeper than 128"):
        check_nesting(value)
    while value:  # taken apart here, because Python would recurse to free it
        value = value[0]


def test_the_digest_is_sha_256_in_hexadecimal() -> None:
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
