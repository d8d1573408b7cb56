"""The documents say what is true: every command shown in the README is run, and its tables are compared with the code.

In a block marked ``console`` each line that begins with ``$`` is a command. What follows is what it prints, on either
stream, with ``...`` for whatever may stand there; where nothing follows, anything may be said. It ends with status 0,
unless the next command is ``echo $?``. Blocks of other kinds are not run.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import pytest

from reporter import errors
from reporter.render.check import markdown, sarif
from reporter.render.check.verdicts import CheckFormat
from reporter.render.tables import csv, register, xlsx
from reporter.settings import Format

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DATARISK = Path(sys.executable).with_name("datarisk")
STATUS = "echo $?"
# What is never an error class: nothing went wrong, a gate's findings, an interruption.
WITHOUT_ERROR = {0, 1, 129, 130, 143}
# Would run the tests in the tests; .ci/run runs them.
NOT_RUN_HERE = ("scripts/test", "scripts/lint", "scripts/bench", "pip install")


@dataclass
class Command:
    """One command of a document and what the document says that it prints."""

    line: int
    text: str
    output: list[str] = field(default_factory=list)


def _sessions(text: str) -> Iterator[list[Command]]:
    for match in re.finditer(r"^```console\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        first = text.count("\n", 0, match.start(1)) + 1
        session: list[Command] = []
        for number, line in enumerate(match[1].splitlines(), first):
            if line.startswith("$ "):
                session.append(Command(number, line[2:]))
            elif line.startswith("> ") and session:
                session[-1].text += "\n" + line[2:]
            else:
                assert session, f"line {number} is the output of no command"
                session[-1].output.append(line)
        yield session


SESSIONS = list(_sessions(README))


def _environment(home: Path) -> dict[str, str]:
    """Nothing of whoever runs this, and the ``datarisk`` that is tested before any other."""
    kept = {name: os.environ[name] for name in ("SystemRoot", "TMPDIR") if name in os.environ}
    path = os.pathsep.join([str(DATARISK.parent), os.environ["PATH"]])
    return kept | {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "CI": "true"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a reader of the README has in front of them, without anything that was made from it."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_readme_shows_commands() -> None:
    assert sum(len(session) for session in SESSIONS) > 10


def test_the_readme_s_commands_do_what_it_says(copy: Path, tmp_path: Path) -> None:
    """One after the other in one place, as a reader would type them."""
    assert DATARISK.is_file(), f"there is no {DATARISK}; type scripts/setup develop"
    _skip_without_what_the_commands_use()
    for session in SESSIONS:
        status = 0
        for command, following in zip(session, [*session[1:], None], strict=True):
            if command.text == STATUS:
                assert command.output == [str(status)], f"README.md:{command.line}: the status is {status}"
                continue
            if command.text.startswith(NOT_RUN_HERE):
                continue
            text = re.sub(r"^scripts/demo\b", "datarisk demo", command.text)
            done = subprocess.run(
                ["/bin/sh", "-c", text],
                cwd=copy,
                env=_environment(tmp_path),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
                check=False,
            )
            said = f"README.md:{command.line}: {command.text}\n{done.stdout}"
            status = done.returncode
            if following is None or following.text != STATUS:
                assert status == 0, said
            if command.output:
                assert _as_pattern(command.output).fullmatch(done.stdout.rstrip("\n")), said


def _skip_without_what_the_commands_use() -> None:
    for program in ("jq", "sha256sum"):
        if not shutil.which(program):
            pytest.skip(f"there is no {program} here")
    try:
        import weasyprint  # noqa: F401, PLC0415
    except OSError:
        pytest.skip("there is no Pango here, so there is no PDF")


def _as_pattern(lines: list[str]) -> re.Pattern[str]:
    return re.compile(re.escape("\n".join(lines)).replace(re.escape("..."), ".*"), re.DOTALL)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bscripts/[a-z-]+", README))))
def test_the_scripts_that_the_readme_names_can_be_run(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


def test_the_demo_s_script_is_the_command_demo() -> None:
    assert (ROOT / "scripts/demo").read_text().endswith('exec "$root/.venv/bin/datarisk" demo "$@"\n')


def _commands() -> set[str]:
    text = subprocess.run([DATARISK, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    listed = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.MULTILINE)
    assert listed, text
    return set(re.findall(r"^  (\w[\w-]*)", listed[1], re.MULTILINE))


def test_every_command_is_in_the_readme_and_no_other() -> None:
    table = re.findall(r"^\| `datarisk (\w+)", README, re.MULTILINE)
    assert sorted(table) == sorted(_commands())


def test_every_option_of_the_main_command_is_in_the_readme() -> None:
    text = subprocess.run([DATARISK, "report", "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    options = set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", text, re.MULTILINE))
    unnamed = {option for option in options if f"`{option}" not in README and f", {option}" not in README}
    assert not unnamed


def _error_classes(root: type[errors.DatariskError]) -> Iterator[type[errors.DatariskError]]:
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from _error_classes(child)


def test_the_exit_statuses_of_the_readme_are_those_of_the_errors() -> None:
    table = README[README.index("## Exit status") :].split("\n## ", 1)[0]
    listed = [int(status) for status in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)]
    assert listed == sorted({error.exit_status for error in _error_classes(errors.DatariskError)} | WITHOUT_ERROR)


FORMATS = (ROOT / "docs/formats.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", register.TABLES)
def test_the_columns_of_a_table_are_those_that_the_docs_promise(name: str) -> None:
    part = FORMATS[FORMATS.index(f"### `{name}`\n") :].split("\n### ", 1)[0]
    promised = re.findall(r"^\| `(\w+)` \| (?=\S)", part, re.MULTILINE)
    assert tuple(promised) == register.TABLES[name].keys


def test_the_docs_tell_of_every_table_and_format_and_of_no_other() -> None:
    assert tuple(re.findall(r"^### `(\w+)`$", FORMATS, re.MULTILINE)) == tuple(register.TABLES)
    listed = re.findall(r"^\| `([a-z.]+)` \| `[a-z]+\.[a-z.]+` \|", FORMATS, re.MULTILINE)
    assert tuple(listed) == (*get_args(Format), *get_args(CheckFormat))
    for format_ in get_args(Format):
        assert f"`{format_}`" in README


def test_the_guard_of_the_docs_is_the_one_that_cells_have() -> None:
    [code] = re.findall(r"^```python\n(.*)\n```$", FORMATS, re.MULTILINE)
    for text in ("=1", "'=1", "a;=1", " -1", "a; b", "plain"):
        assert eval(code, {"re": re, "cell": csv.guarded(text)}) == text
    for limit in (f"{xlsx.CHARACTERS:,}", f"{xlsx.ROWS - 1:,}", f"{sarif.RESULTS:,}", f"{markdown.COMMENT:,}"):
        assert limit in FORMATS


@pytest.mark.parametrize("document", sorted(path.name for path in ROOT.glob("*.md")))
def test_what_a_document_links_to_is_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert re.match(r"https?://", target) or (ROOT / target).exists(), f"{document} links to {target}"


def test_nothing_says_that_datarisk_is_published_where_it_is_not() -> None:
    """Its own name after ``pip install`` would fetch whatever somebody else puts there."""
    said = re.compile(rb"pip install\s+(-\S+\s+)*[\"']?datarisk(?!\s*@)")
    files = [ROOT / "action.yml", *ROOT.glob("*.md")]
    for folder in ("reporter", "docs", "scripts", "templates"):
        files += [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert len(files) > 200
    assert [str(path) for path in files if said.search(path.read_bytes())] == []
