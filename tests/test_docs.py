"""The documents say what is true: every command that they show is run, and their tables are compared with the code.

In a block marked ``console`` each line that begins with ``$`` is a command. What follows is what it prints, on either
stream, with ``...`` for whatever may stand there; where nothing follows, anything may be said. It ends with status 0,
unless the next command is ``echo $?``. Blocks of other kinds are not run.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import click
import pytest

from reporter import errors
from reporter.cli.main import cli
from reporter.layers import PASSPHRASE
from reporter.plain.toml_lines import TomlFile
from reporter.render.check import markdown, sarif
from reporter.render.check.verdicts import CheckFormat
from reporter.render.tables import csv, register, xlsx
from reporter.schedule.file import NotifyTable, ReportTable
from reporter.schedule.file import read as read_run
from reporter.settings import Format, Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
# What somebody reads who uses the program; each page under its path from the root.
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in sorted(
        [
            *ROOT.glob("*.md"),
            *ROOT.glob("docs/**/*.md"),
            ROOT / "reports/README.md",
            ROOT / "templates/README.md",
        ]
    )
}
COMMANDS, GATE, RUN = PAGES["docs/commands.md"], PAGES["docs/gate.md"], PAGES["docs/run.md"]
DATARISK = Path(sys.executable).with_name("datarisk")
STATUS = "echo $?"
# What is never an error class: nothing went wrong, a gate's findings, an interruption.
WITHOUT_ERROR = {0, 1, 129, 130, 143}
_SCRIPT = re.compile(r"(?<![\w/])scripts/[a-z-]+\b(?!\.)")
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


SESSIONS = {page: list(_sessions(text)) for page, text in PAGES.items() if "```console\n" in text}


def _environment(home: Path) -> dict[str, str]:
    """Nothing of whoever runs this, and the ``datarisk`` that is tested before any other."""
    kept = {name: os.environ[name] for name in ("SystemRoot", "TMPDIR") if name in os.environ}
    path = os.pathsep.join([str(DATARISK.parent), os.environ["PATH"]])
    return kept | {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "CI": "true"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a reader of a page has in front of them, without anything that was made from it."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_documents_show_commands() -> None:
    assert sum(len(session) for sessions in SESSIONS.values() for session in sessions) > 25
    assert {"README.md", "docs/commands.md", "docs/evidence.md", "docs/gate.md", "docs/sources.md"} < set(SESSIONS)


@pytest.mark.parametrize("page", SESSIONS)
def test_the_commands_of_a_page_do_what_it_says(page: str, copy: Path, tmp_path: Path) -> None:
    """One after the other in one place, as a reader of that page alone would type them."""
    assert DATARISK.is_file(), f"there is no {DATARISK}; type scripts/setup develop"
    _skip_without_what_the_commands_use()
    for session in SESSIONS[page]:
        status = 0
        for command, following in zip(session, [*session[1:], None], strict=True):
            if command.text == STATUS:
                assert command.output == [str(status)], f"{page}:{command.line}: the status is {status}"
                continue
            if command.text.startswith(NOT_RUN_HERE):
                continue
            assert not command.text.startswith("cd "), f"{page}:{command.line}: what is typed next would run elsewhere"
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
            said = f"{page}:{command.line}: {command.text}\n{done.stdout}"
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


@pytest.mark.parametrize("name", sorted({name for text in PAGES.values() for name in _SCRIPT.findall(text)}))
def test_the_scripts_that_a_page_names_can_be_run(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


def test_the_demo_s_script_is_the_command_demo() -> None:
    assert (ROOT / "scripts/demo").read_text().endswith('exec "$root/.venv/bin/datarisk" demo "$@"\n')


def test_the_readme_is_read_in_one_go() -> None:
    assert len(README.splitlines()) <= 200


def test_the_readme_begins_with_what_a_reader_gets_and_a_newcomer_s_two_commands() -> None:
    heads = re.findall(r"^## (.*)$", README, re.MULTILINE)
    assert heads[:3] == ["What you get", "Try it", "Install it"]
    assert README.index("![") < README.index("## What you get")
    assert [session[0].text for session in SESSIONS["README.md"][:2]] == ["scripts/demo", "scripts/test"]


def test_every_page_and_every_schema_is_in_the_index_of_the_readme() -> None:
    index = README[README.index("## All pages") :]
    linked = set(re.findall(r"\]\(([^)#]+)\)", index))
    pages = set(PAGES) - {"README.md", "reports/README.md"}
    assert pages | {str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.schema.json")} <= linked


def test_every_command_is_in_the_docs_and_no_other() -> None:
    table = re.findall(r"^\| `datarisk (\w+)", COMMANDS, re.MULTILINE)
    assert sorted(table) == sorted(cli.commands)


def _options(command: str) -> set[str]:
    return {name for each in cli.commands[command].params if isinstance(each, click.Option) for name in each.opts}


def _told(text: str, command: str) -> set[str]:
    """The options in the first column of the table of a command's options."""
    table = text.split(f"| option of `{command}` | does |\n|---|---|\n")[1].split("\n\n", maxsplit=1)[0]
    return {name for line in table.splitlines() for name in re.findall(r"`(--?[a-z-]+)", line.split(" | ")[0])}


def test_every_option_of_a_report_is_in_its_table_and_no_other() -> None:
    assert _told(COMMANDS, "report") == _options("report")


def test_every_option_of_the_gate_is_in_a_table_and_no_other() -> None:
    own = _told(GATE, "check")
    assert own <= _options("check")
    assert own | _told(COMMANDS, "report") >= _options("check")


def test_every_option_of_a_run_is_in_its_table_or_one_of_a_report() -> None:
    own = _told(RUN, "run")
    assert own <= _options("run")
    assert own | _told(COMMANDS, "report") >= _options("run")


def test_every_key_of_a_run_and_every_event_of_its_log_is_told() -> None:
    for model, head in ((ReportTable, "| key | says |\n"), (NotifyTable, "| key of `notify` | says |\n")):
        table = RUN.split(head)[1].split("\n\n", maxsplit=1)[0]
        assert set(model.model_fields) == {
            name for line in table.splitlines()[1:] for name in re.findall("`([a-z_]+)`", line.split(" | ")[0])
        }
    sources = "".join((ROOT / f"reporter/cli/{name}.py").read_text() for name in ("run", "scheduled", "voice"))
    said = set(re.findall(r'\.event\(\s*"([a-z ]+)"', sources)) | {"run kept", "run removed"}
    assert said == {
        name
        for line in RUN[RUN.index("| event | ") :].splitlines()[2:]
        for name in re.findall("`([a-z ]+)`", line.split(" | ")[0])
    }


def test_the_file_of_reports_in_the_docs_holds_no_mistake(tmp_path: Path) -> None:
    [shown] = re.findall(r"^```toml\n(.*?)^```$", RUN, re.DOTALL | re.MULTILINE)
    (tmp_path / "run.toml").write_text(shown)
    assert [each.name for each in read_run(TomlFile(tmp_path / "run.toml"))] == ["live", "claims"]


def _typed(text: str) -> Iterator[str]:
    """The commands of ours that a page prints, in blocks for a shell and within sentences."""
    for kind, block in re.findall(r"^```(console|sh)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        lines = block.splitlines()
        yield from (line.removeprefix("$ ") for line in lines if kind == "sh" or line.startswith("$ "))
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from (span for span in re.findall(r"`([^`]+)`", prose) if span.startswith("datarisk "))


def _calls(page: str) -> Iterator[list[str]]:
    for line in _typed(PAGES[page]):
        for part in re.findall(r"(?<![\w/.-])datarisk (?!@)([^|;&#<>]*)", line):
            yield shlex.split(part.replace("'", ""))


@pytest.mark.parametrize("page", [page for page in PAGES if list(_calls(page))])
def test_what_a_page_has_people_type_is_there(page: str) -> None:
    for words in _calls(page):
        command: click.Command = cli
        for word in words:
            if isinstance(command, click.Group) and not word.startswith("-"):
                assert word in command.commands, f"{page}: datarisk {' '.join(words)}"
                command = command.commands[word]
        known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {
            "--help",
            "--version",
        }
        given = {word.partition("=")[0].strip("[]") for word in words if word.startswith("-") and word != "-"}
        assert given <= known, f"{page}: datarisk {' '.join(words)}"


def test_the_variables_that_the_docs_name_are_settings() -> None:
    names = {f"DATARISK_{name.upper()}" for name in Settings.model_fields} | {"DATARISK_INSECURE_HTTP", PASSPHRASE}
    for page, text in PAGES.items():
        for told in re.findall(r"\bDATARISK_[A-Z_]+", text):
            head = told.partition("__")[0].rstrip("_")
            assert head in names or head == "DATARISK", f"{page}: {told}"


def test_the_settings_of_the_docs_are_those_that_init_writes(tmp_path: Path) -> None:
    """To renew the page, put what ``datarisk init`` writes between its marks."""
    subprocess.run([DATARISK, "init"], cwd=tmp_path, capture_output=True, timeout=60, check=True)
    [shown] = re.findall(r"^```toml\n(.*?)^```$", PAGES["docs/settings.md"], re.DOTALL | re.MULTILINE)
    assert shown == (tmp_path / "datarisk.toml").read_text(encoding="utf-8")


def test_the_waiver_of_the_docs_holds_no_mistake(tmp_path: Path) -> None:
    [shown] = re.findall(r"^```toml\n(\[\[waiver\]\].*?)^```$", GATE, re.DOTALL | re.MULTILINE)
    file = tmp_path / "datarisk-waivers.toml"
    file.write_text(shown.replace("sha256:...", f"sha256:{'0' * 64}"))
    assert len(tomllib.loads(shown)["waiver"]) == 1
    done = subprocess.run([DATARISK, "waivers", "check", file], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def _error_classes(root: type[errors.DatariskError]) -> Iterator[type[errors.DatariskError]]:
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from _error_classes(child)


def test_the_exit_statuses_of_the_docs_are_those_of_the_errors() -> None:
    table = COMMANDS[COMMANDS.index("## Exit status") :].split("\n## ", 1)[0]
    listed = [int(status) for status in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)]
    assert listed == sorted({error.exit_status for error in _error_classes(errors.DatariskError)} | WITHOUT_ERROR)


FORMATS = PAGES["docs/formats.md"]


@pytest.mark.parametrize("name", register.TABLES)
def test_the_columns_of_a_table_are_those_that_the_docs_promise(name: str) -> None:
    part = FORMATS[FORMATS.index(f"### `{name}`\n") :].split("\n### ", 1)[0]
    promised = re.findall(r"^\| `(\w+)` \| (?=\S)", part, re.MULTILINE)
    assert tuple(promised) == register.TABLES[name].keys


def test_the_docs_tell_of_every_table_and_format_and_of_no_other() -> None:
    assert tuple(re.findall(r"^### `(\w+)`$", FORMATS, re.MULTILINE)) == tuple(register.TABLES)
    listed = re.findall(r"^\| `([a-z.]+)` \| `[a-z]+\.[a-z.]+` \|", FORMATS, re.MULTILINE)
    assert tuple(listed) == (*get_args(Format), *get_args(CheckFormat))


def test_the_guard_of_the_docs_is_the_one_that_cells_have() -> None:
    [code] = re.findall(r"^```python\n(.*)\n```$", FORMATS, re.MULTILINE)
    for text in ("=1", "'=1", "a;=1", " -1", "a; b", "plain"):
        assert eval(code, {"re": re, "cell": csv.guarded(text)}) == text
    for limit in (f"{xlsx.CHARACTERS:,}", f"{xlsx.ROWS - 1:,}", f"{sarif.RESULTS:,}", f"{markdown.COMMENT:,}"):
        assert limit in FORMATS


def _anchors(text: str) -> set[str]:
    """As GitHub makes them of heads."""
    bare = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    heads = re.findall(r"^#+ (.*)$", bare, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_links_to_is_there(page: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", PAGES[page]):
        if re.match(r"https?://", link):
            continue
        target, _, anchor = link.partition("#")
        path = ((ROOT / page).parent / target).resolve() if target else ROOT / page
        assert path.exists(), f"{page} links to {link}"
        assert not anchor or anchor in _anchors(path.read_text(encoding="utf-8")), f"{page} links to {link}"


def test_nothing_says_that_datarisk_is_published_where_it_is_not() -> None:
    """Its own name after ``pip install`` would fetch whatever somebody else puts there."""
    said = re.compile(rb"pip install\s+(-\S+\s+)*[\"']?datarisk(?!\s*@)")
    files = [ROOT / "action.yml", *ROOT.glob("*.md")]
    for folder in ("reporter", "docs", "scripts", "templates"):
        files += [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert len(files) > 200
    assert [str(path) for path in files if said.search(path.read_bytes())] == []
