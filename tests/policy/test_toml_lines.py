"""Where something stands in a TOML file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.errors import UsageError
from reporter.plain.toml_lines import TomlFile

TEXT = '''\
# a comment = 1
first = 1
"quoted key".inner = 'a # b'

[table]
long = """
[table.not]
second = 2
"""
listed = [
  "one",  # ] no end
  { k = 1, l = [1, 2] },
  'three',
]
[[rule]]
id = "X01"
[rule.when]
all = [
  { group = "art9" },
]
[[rule]]
id = "X02"
[[rule.also]]
text = "]]"
[[rule.also]]
text = '[x'
[table.below]
empty = {}
nothing = []
'''


def lines(folder: Path, text: str = TEXT) -> TomlFile:
    path = folder / "f.toml"
    path.write_bytes(text.encode())
    return TomlFile(path)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("first",), 2),
        (("quoted key", "inner"), 3),
        (("table",), 5),
        (("table", "long"), 6),
        (("table", "listed"), 10),
        (("table", "listed", 0), 11),
        (("table", "listed", 1, "l", 1), 12),
        (("table", "listed", 2), 13),
        (("table", "not", "second"), 5),
        (("rule", 0, "id"), 16),
        (("rule", 0, "when", "all", 0, "group"), 19),
        (("rule", 1), 21),
        (("rule", 1, "id"), 22),
        (("rule", 1, "nothing"), 21),
        (("rule", 1, "also", 0, "text"), 24),
        (("rule", 1, "also", 1), 25),
        (("rule", 1, "also", 1, "text"), 26),
        (("table", "below", "nothing"), 29),
        (("nowhere",), 1),
    ],
)
def test_a_value_is_found_by_the_way_to_it(tmp_path: Path, keys: tuple[str | int, ...], line: int, end: str) -> None:
    assert lines(tmp_path, TEXT.replace("\n", end)).at(*keys) == f"{tmp_path / 'f.toml'}:{line}"


@pytest.mark.parametrize(
    ("table", "number", "key", "line"),
    [(None, 0, "first", 2), ("rule", 0, "group", 19), ("rule", 1, "text", 24), ("rule", 1, "group", 21)],
)
def test_a_key_is_found_anywhere_in_its_table(
    tmp_path: Path, table: str | None, number: int, key: str, line: int
) -> None:
    assert lines(tmp_path).place(table, number, key) == f"{tmp_path / 'f.toml'}:{line}"


_strings = st.text("ab'\"#[]{}=,. \n", max_size=8)
_values = st.recursive(
    st.one_of(st.integers(), st.booleans(), _strings), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{text}"'
    if isinstance(value, list):
        return "[" + "".join(f"\n  {_written(item)}," for item in value) + "]"
    return str(value)


@given(st.lists(st.tuples(st.booleans(), st.dictionaries(st.sampled_from("abc"), _values, max_size=3)), max_size=4))
def test_every_key_of_a_file_is_on_the_line_that_it_was_written_on(
    tmp_path_factory: pytest.TempPathFactory, tables: list[tuple[bool, dict[str, object]]]
) -> None:
    text, expected, counted = "", {}, 0
    for number, (listed, table) in enumerate(tables):
        around: tuple[str | int, ...] = ("list", counted) if listed else (f"t{number}",)
        counted += listed
        text += "[[list]]\n" if listed else f"[t{number}]\n"
        for key, value in table.items():
            expected[(*around, key)] = text.count("\n") + 1
            text += f"{key} = {_written(value)}\n"
    found = lines(tmp_path_factory.mktemp("toml"), text)
    for keys, line in expected.items():
        assert found.at(*keys).endswith(f":{line}")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a = 1\nb = \n", r"f.toml:2: not TOML: Invalid value"),
        (b"a = '\xff'", r"f.toml: not UTF-8. Save it as UTF-8"),
        (b"a = " + b"[" * 100_000, r"f.toml: not TOML: nested too deep"),
    ],
)
def test_a_file_that_is_not_toml_says_where(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "f.toml").write_bytes(data)
    with pytest.raises(UsageError, match=message):
        TomlFile(tmp_path / "f.toml")


def test_a_file_that_is_not_there_says_what_to_check(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"f.toml: cannot be read: No such file or directory. Check the path"):
        TomlFile(tmp_path / "f.toml")
