"""``docs/recipes/Containerfile``: what it copies is there and makes a wheel, and what it installs is what is needed.

What is not run here: the build of the image.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from scheduled import RECIPES, ROOT

TEXT = (RECIPES / "Containerfile").read_text()
LINES = TEXT.replace("\\\n", "").splitlines()


def _copied() -> list[str]:
    """What is taken from the folder that the image is built in."""
    lines = [line.split()[1:-1] for line in LINES if line.startswith("COPY ") and "--from" not in line]
    return [part for line in lines for part in line if not part.startswith("--")]


def test_what_it_copies_makes_the_whole_wheel(tmp_path: Path) -> None:
    for name in _copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert len([*(tmp_path / "dist").glob("datarisk-*.whl")]) == 1


def test_it_installs_what_the_set_up_installs() -> None:
    found = re.search(r'apt-get:pango\) echo "([^"]+)"', (ROOT / "scripts/setup").read_text())
    assert found
    assert f"--no-install-recommends {found[1]} " in " ".join(TEXT.replace("\\\n", "").split())


def test_nobody_is_root_in_it_and_it_holds_no_token() -> None:
    assert "USER 65532:65532" in LINES
    assert not any(line.startswith("ENTRYPOINT") for line in LINES)
    assert "TOKEN" not in TEXT
