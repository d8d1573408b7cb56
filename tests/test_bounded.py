"""Files that somebody names are read whole, within a limit, and never hang."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reporter.plain import disk


def test_a_regular_file_up_to_the_limit_is_read_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 1000)
    assert disk.read(file, 1000) == b"x" * 1000
    with pytest.raises(OSError, match=r"larger than 0\.000999 MB"):
        disk.read(file, 999)


def test_a_link_to_a_regular_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    assert disk.read(tmp_path / "link") == b"x"


def test_a_pipe_that_nobody_writes_to_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="named pipe"):
        disk.read(tmp_path / "pipe")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused(path: str) -> None:
    with pytest.raises(OSError, match="device"):
        disk.read(Path(path))


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="folder"):
        disk.read(tmp_path)
    with pytest.raises(FileNotFoundError):
        disk.read(tmp_path / "nothing")
    with pytest.raises(OSError, match="null character"):
        disk.read(Path("a\0b"))
