"""``plain/json_places.py``: the place of a value is where its text begins, in any text that is JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reporter.plain.canonical import step
from reporter.plain.json_places import Point, offsets, points

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=25,
)


def everything(value: Any, pointer: str = "") -> Iterator[tuple[str, Any, str | None]]:
    """Every value with its pointer, and the name that it has in an object."""
    yield pointer, value, None
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        (at, whole, _), *rest = everything(item, step(pointer, key))
        yield at, whole, key if isinstance(value, dict) else None
        yield from rest


@given(VALUES, st.sampled_from([None, 0, 1, 4]), st.booleans())
def test_every_value_of_any_json_is_found_where_it_begins(value: Any, indent: int | None, ascii_: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    every = list(everything(value))
    found = offsets(text, [pointer for pointer, _, _ in every])
    for pointer, item, name in every:
        at, read = found[pointer], json.JSONDecoder().raw_decode
        if name is not None:
            told, at = read(text, at)
            assert told == name
            at += len(text[at:]) - len(text[at:].lstrip(": \n"))
        assert read(text, at)[0] == item


def test_a_pointer_that_leads_nowhere_is_where_it_would_be() -> None:
    text = '{"a": [1, {"b/c~": {"x": 1}}], "d": 2}'
    whole = text.index('"b/c~"')
    found = offsets(text, ["/a/1/b~1c~0/y", "/a/1/b~1c~0", "/a/7", "/e/f", "/d/0"])
    assert found == {
        "/a/1/b~1c~0/y": whole, "/a/1/b~1c~0": whole, "/a/7": text.index('"a"'), "/e/f": 0, "/d/0": text.index('"d"'),
    }  # fmt: skip


def test_what_no_pointer_leads_to_is_passed_over_and_what_is_nested_takes_no_longer_than_it_is_long() -> None:
    """Each level is read once: a walk that read the rest again at every level would take hours here."""
    deep = "[" * 120 + "0" + "]" * 120
    text = f'{{"skipped": [{", ".join([deep] * 200)}], "wanted": {deep}}}'
    pointer = "/wanted" + "/0" * 119
    assert offsets(text, [pointer])[pointer] == text.index(deep, text.index("wanted")) + 119
    flat = f'{{"all": [{", ".join(["{}"] * 50_000)}]}}'
    found = offsets(flat, [f"/all/{n}" for n in range(50_000)])
    assert [flat[found[f"/all/{n}"]] for n in (0, 25_000, 49_999)] == ["{"] * 3


@given(st.text(alphabet="a\n\r\u2028😀"), st.data())
def test_lines_end_with_a_line_feed_and_columns_are_characters(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    before = text[:at].split("\n")
    assert points(text, [at, 0]) == {0: Point(1, 1)} | {at: Point(len(before), len(before[-1]) + 1)}
