"""The command in odd surroundings, as real processes: whatever becomes of its streams, nothing is lost."""

from __future__ import annotations

import json
import os
import resource
import shlex
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from builders import risk, span_type
from conftest import ROOT
from gate_calls import OPEN, QUIET, put

COMMAND = f"{shlex.quote(sys.executable)} -m reporter.cli"
Shell = Callable[..., subprocess.CompletedProcess[str]]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATARISK", "PREFACTOR"))}
    return kept | {"PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1795456800", **more}


#: With a threshold: by itself no finding fails a gate.
STRICT = {"DATARISK_POLICY__FAIL_ON": "high"}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Runs a line of bash in which ``$D`` is the command; the folder holds one file that fails and one that passes."""
    put(tmp_path, "open.json", OPEN)
    put(tmp_path, "quiet.json", QUIET)

    def run(line: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line], cwd=tmp_path, env=environment(D=COMMAND, **STRICT, **env),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts commands that wait for the rest of their standard input; they certainly run when this returns."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*args: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "reporter.cli", *args], cwd=tmp_path, env=environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        stdin = process.stdin
        assert stdin
        stdin.write(b" " * 1_000_000)  # far more than a pipe holds
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "around",
    ["{} | true", "{} | head -n1", "{} >&-", "{} 2>&-", "{} <&-", "{} >&- 2>&- <&-", "{} 2>/dev/full"],
)
@pytest.mark.parametrize(("source", "status"), [("open.json", 1), ("quiet.json", 0)])
@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_the_verdict_survives_whatever_becomes_of_the_streams(
    shell: Shell, around: str, source: str, status: int, form: str
) -> None:
    done = shell(around.format(f"$D check {source} -f {form}"))
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    "line", ["--help", "rules", "explain X01", "schema report", "check quiet.json", "collect quiet.json -o -",
             "report quiet.json -f json", "completion bash"]
)  # fmt: skip
def test_a_result_that_does_not_fit_ends_with_4_and_one_that_nobody_reads_in_no_fault(shell: Shell, line: str) -> None:
    full = shell(f"$D {line} >/dev/full")
    assert full.returncode == 4
    assert "datarisk: standard output: cannot be written: No space left on device\n" in full.stderr
    unread = shell(f"$D {line} | true")
    assert unread.returncode == (2 if line.startswith("collect") else 0), unread.stderr
    assert "fault" not in unread.stderr


def test_evidence_that_went_nowhere_is_no_success(shell: Shell) -> None:
    done = shell("$D collect quiet.json -o - >&-")
    assert done.returncode == 2
    assert "the evidence was not written: nobody reads standard output to its end" in done.stderr


def test_a_closed_standard_input_is_a_gap_and_no_file_takes_the_number_of_a_closed_stream(
    shell: Shell, tmp_path: Path
) -> None:
    assert shell("$D check - <&-").returncode == 3
    assert shell("$D check open.json -o check.json >&- 2>&- <&-").returncode == 1
    assert json.loads((tmp_path / "check.json").read_bytes())["schema"] == "datarisk/check/1"


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "ended"),
        (signal.SIGHUP, 129, "the terminal hung up"),
    ],
)
def test_being_told_to_end_has_a_status_of_its_own_and_leaves_nothing(
    busy: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, number: signal.Signals, status: int, said: str
) -> None:
    process = busy("report", "-", "-f", "json", "-o", "new/out")
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.decode()) == (status, f"datarisk: {said}; nothing was left half written\n")
    assert not list(tmp_path.iterdir())


def test_what_nohup_started_is_not_ended_by_a_hang_up(shell: Shell) -> None:
    assert shell("trap '' HUP; $D check open.json & sleep 0; kill -HUP $!; wait $!").returncode == 1


def test_a_run_that_was_killed_is_cleared_away_by_the_next_and_a_live_one_is_left_alone(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from reporter.plain import disk\n"
        "with disk.staged(Path(sys.argv[1]), '.run-') as folder:\n"
        "    (folder / 'half').write_text('x'); print(folder, flush=True); time.sleep(600)"
    )
    home = tmp_path / "reports/local"
    home.mkdir(parents=True)
    running = [
        subprocess.Popen([sys.executable, "-c", code, home], env=environment(), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        killed, alive = (Path(_line(process.stdout)) for process in running)
        running[0].kill()
        running[0].wait()
        (home / ".latest-77").symlink_to("20260101T000000Z")
        put(tmp_path, "quiet.json", QUIET)
        done = subprocess.run(
            [sys.executable, "-m", "reporter.cli", "report", "quiet.json", "-f", "json"],
            cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert not killed.exists()
        assert (alive / "half").exists()
        assert sorted(path.name for path in home.glob(".*")) == [alive.name]
    finally:
        for process in running:
            process.kill()
            process.communicate()


def _line(stream: IO[str] | None) -> str:
    assert stream
    return stream.readline().strip()


def test_half_a_file_of_a_killed_run_is_cleared_away_by_the_next(shell: Shell, tmp_path: Path) -> None:
    left = tmp_path / ".check.json.0123abcd.datarisk-tmp"
    left.write_text("half")
    mine = tmp_path / ".check.json-original"
    mine.write_text("mine")
    assert shell("$D check open.json -o check.json").returncode == 1
    assert (left.exists(), mine.read_text()) == (False, "mine")


def test_new_files_and_folders_have_the_permissions_that_the_umask_leaves(shell: Shell, tmp_path: Path) -> None:
    for mask in ("027", "002"):
        assert shell(f"umask {mask}; $D report quiet.json -f json -o out{mask} -q").returncode == 0
        assert shell(f"umask {mask}; $D check open.json -o check{mask}.json").returncode == 1
        run = tmp_path / f"out{mask}/local/20261123T180000Z"
        found = [
            stat.S_IMODE(path.stat().st_mode) for path in (run, run / "manifest.json", tmp_path / f"check{mask}.json")
        ]
        off = int(mask, 8)
        assert found == [0o777 & ~off, 0o666 & ~off, 0o666 & ~off]
    (tmp_path / "check027.json").chmod(0o600)
    shell("$D check open.json -o check027.json")
    assert stat.S_IMODE((tmp_path / "check027.json").stat().st_mode) == 0o600


def test_only_regular_files_are_replaced(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    (tmp_path / "lost.json").symlink_to("nowhere/x.json")
    os.mkfifo(tmp_path / "pipe")
    assert shell("$D check open.json -o link.json").returncode == 1
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_bytes())["schema"] == "datarisk/check/1"
    lost = shell("$D check open.json -o lost.json")
    assert lost.returncode == 2
    assert "it is a link to nowhere/x.json, which is not there" in lost.stderr
    unread = shell("$D check open.json -f json -o pipe")
    assert unread.returncode == 2
    assert "it is a pipe or a device that nobody reads" in unread.stderr
    read = shell("exec 3<>pipe; head -c 20 <&3 >got & $D check open.json -f text -o pipe; s=$?; wait; exit $s")
    assert read.returncode == 1
    assert (tmp_path / "got").read_text() == "FAILED: review neede"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert shell("$D check open.json -f json -o .").returncode == 2
    assert shell("$D check open.json -f json -o /dev/full").returncode == 4
    assert shell("$D check open.json -f json -o /dev/null").returncode == 1


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "-"])
def test_standard_output_by_another_name_holds_the_document_and_nothing_else(
    shell: Shell, tmp_path: Path, name: str
) -> None:
    for line in (f"$D check quiet.json -f json -o {name}", f"$D collect quiet.json -o {name}"):
        assert json.loads(shell(line).stdout)
        assert shell(f"{line} > got.json").returncode == 0
        assert json.loads((tmp_path / "got.json").read_bytes())
    blank = shell(f"$D waivers new $($D check open.json -f json | jq -r '.findings[0].id') open.json -o {name}")
    assert blank.stdout.startswith("[[waiver]]"), blank.stderr


@pytest.mark.parametrize("kind", ["folder", "file", "link", "pipe", "binary"])
def test_what_lies_where_latest_belongs_and_is_not_ours_stays_and_the_run_is_kept(
    shell: Shell, tmp_path: Path, kind: str
) -> None:
    latest = tmp_path / "reports/local/latest"
    latest.parent.mkdir(parents=True)
    match kind:
        case "folder":
            put(latest, "mine", {})
        case "link":
            latest.symlink_to("/etc")
        case "pipe":
            os.mkfifo(latest)
        case _:
            latest.write_bytes(b"mine" if kind == "file" else bytes(range(256)))
    before = latest.lstat()
    done = shell("$D report quiet.json -f json")
    assert (done.returncode, done.stdout) == (2, "reports/local/20261123T180000Z\n")
    assert "reports/local/latest: cannot be written: " in done.stderr
    assert os.path.samestat(before, latest.lstat())
    assert not list(latest.parent.glob(".*"))


@pytest.mark.parametrize("error", ["ValueError('odd')", "MemoryError()", "RecursionError('deep')", "OSError(5, 'io')"])
def test_one_format_that_fails_however_costs_no_other(tmp_path: Path, error: str) -> None:
    code = (
        "import sys\nfrom reporter.render.check import junit\nfrom reporter.render import html\n"
        f"def fail(*_, **__): raise {error}\n"
        "html.render = junit.render = fail\n"
        "from reporter.cli.process import run; sys.exit(run(sys.argv[1:]))"
    )
    put(tmp_path, "open.json", OPEN)
    name = error.partition("(")[0]

    def done(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, *args], cwd=tmp_path, env=environment(), capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip

    report = done("report", "open.json", "-f", "html", "-f", "json", "--split", "agent")
    assert report.returncode == 4
    assert f"datarisk: report.html: cannot be made: {name}" in report.stderr
    assert f".html: cannot be made: {name}" in report.stderr.partition("agents/")[2]
    run = tmp_path / report.stdout.strip()
    assert [path.suffix for path in (run / "agents").iterdir()] == [".json"]
    assert (run / "report.json").exists()
    check = done("check", "open.json", "-o", "check.xml", "-o", "check.json")
    assert check.returncode == 4
    assert f"datarisk: junit: cannot be made: {name}" in check.stderr
    assert (tmp_path / "check.json").exists()


def test_where_pango_is_missing_standard_output_stays_ours(tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden/sitecustomize.py").write_text(
        "import cffi\nbefore = cffi.FFI.dlopen\n"
        "def dlopen(self, name, flags=0):\n"
        "    if 'pango' in str(name): raise OSError(f'cannot load library {name}')\n"
        "    return before(self, name, flags)\n"
        "cffi.FFI.dlopen = dlopen\n"
    )
    put(tmp_path, "quiet.json", QUIET)
    done = subprocess.run(
        [sys.executable, "-m", "reporter.cli", "report", "quiet.json", "-f", "pdf", "-f", "json"], cwd=tmp_path,
        env=environment(PYTHONPATH=f"{tmp_path / 'hidden'}:{ROOT}"), capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "reports/local/20261123T180000Z\n")
    assert "the PDF needs Pango, which this machine lacks" in done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "env -u HOME $D check open.json",
        "LC_ALL=C PYTHONIOENCODING=ascii $D check open.json -v",
        "COLUMNS=0 LINES=x $D check open.json",
        "TZ=Nowhere/Nothing $D check open.json",
        "PYTHONIOENCODING=latin-1 $D check open.json --agent-name 名前",
    ],
)
def test_odd_surroundings_change_no_verdict(shell: Shell, line: str) -> None:
    done = shell(line)
    assert done.returncode == 1, done.stderr
    assert "fault of datarisk" not in done.stderr


def test_a_folder_that_is_gone_is_no_fault_of_ours(shell: Shell) -> None:
    for line in ("report - -f json", "check $file", "collect $file -o s.json"):
        done = shell(f"file=$PWD/open.json; mkdir gone; cd gone; rmdir ../gone; $D {line} < /dev/null")
        assert (done.returncode, "fault" in done.stderr) in ((2, False), (1, False)), done.stderr
        assert done.returncode == 1 or "cannot be" in done.stderr, done.stderr


def test_an_output_folder_that_could_be_written_to_is_not_left_behind_by_a_run_that_fails(
    shell: Shell, tmp_path: Path
) -> None:
    assert shell("$D report nowhere.json -o a/b").returncode == 2
    assert shell("$D doctor --config nowhere.toml").returncode == 2
    assert shell("$D report quiet.json -o a/b --as-of soon").returncode == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["open.json", "quiet.json"]


@pytest.mark.parametrize("limit", [(resource.RLIMIT_FSIZE, 4096), (resource.RLIMIT_NOFILE, 12)])
def test_limits_of_the_machine_are_named_and_leave_nothing(tmp_path: Path, limit: tuple[int, int]) -> None:
    put(tmp_path, "in.json", {"span_type_schemas": [span_type(f"tool:{number}", risk()) for number in range(20)]})
    done = subprocess.run(
        [sys.executable, "-m", "reporter.cli", "collect", "in.json", "-o", "new/s.json"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120, check=False,
        preexec_fn=lambda: resource.setrlimit(limit[0], (limit[1], limit[1])),
    )  # fmt: skip
    if done.returncode:
        assert done.returncode == 4
        assert "fault of datarisk" not in done.stderr
        assert not (tmp_path / "new").exists()
    else:
        assert limit[0] == resource.RLIMIT_NOFILE
