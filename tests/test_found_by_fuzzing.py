"""What ``scripts/fuzz`` found, each kept as the law that it broke."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporter.errors import UsageError
from reporter.plain.toml_lines import TomlFile


def test_a_number_of_thousands_of_digits_in_toml_is_a_mistake_of_the_file_and_no_fault_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "datarisk-waivers.toml"
    path.write_text(f"a = {'9' * 5000}")
    with pytest.raises(UsageError, match="a number that nobody can read") as found:
        TomlFile(path)
    assert "set_int_max_str_digits" not in str(found.value)
