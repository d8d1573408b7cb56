"""Themes and templates of the user's own: what they change, and every mistake by file and line."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pikepdf
import pytest
from builders import risk, span_type
from hard_cases import case
from PIL import Image

from reporter.errors import TemplateMistake
from reporter.plain.colour import AMBER, NIGHT, contrast, lightened
from reporter.render import apart, html, templates
from reporter.render.document import Theme
from reporter.render.pdf import pdf
from reporter.verification import paper

Datarisk = Callable[..., CompletedProcess[str]]
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def run(datarisk: Datarisk, tmp_path: Path) -> Callable[..., CompletedProcess[str]]:
    """A report of one declaration."""
    (tmp_path / "in.json").write_text(json.dumps({"span_type_schemas": [span_type("tool:a", risk())]}))

    def report(*options: str, format_: str = "html", **env: str) -> CompletedProcess[str]:
        return datarisk("report", "in.json", "-f", format_, *options, **env)

    return report


def written(tmp_path: Path, name: str) -> bytes:
    [found] = [path for path in tmp_path.glob(f"reports/**/{name}") if "latest" not in path.parts]
    return found.read_bytes()


def own(tmp_path: Path, name: str, text: str) -> Path:
    """A template of one's own."""
    file = tmp_path / "mine" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def settings(tmp_path: Path, text: str) -> None:
    (tmp_path / "datarisk.toml").write_text(text, encoding="utf-8")


def test_a_pdf_of_the_users_templates_carries_its_evidence_too(run: Any, tmp_path: Path) -> None:
    own(tmp_path, "paper/report.html", "<html lang=en><head><title>Ours</title></head><body><p>Ours</p></body></html>")
    assert run("-f", "pdf", "--template-dir", "mine").returncode == 0
    found, layer = paper.evidence(paper.read(written(tmp_path, "report.pdf"), "report.pdf"))
    assert layer.status == "holds"
    assert found.snapshot == written(tmp_path, "snapshot.json")


# Themes -----------------------------------------------------------------------------------------------------------


def test_accent_notice_and_paper_are_the_users(run: Any, tmp_path: Path) -> None:
    settings(
        tmp_path,
        '[controller]\nname = "Nordlicht"\nnotice = "For <b>the board</b> only"\n'
        '[theme]\naccent = "#5A1846"\npage_size = "Letter"\n',
    )
    assert run("-f", "pdf").returncode == 0
    page = written(tmp_path, "report.html").decode()
    assert "For &lt;b&gt;the board&lt;/b&gt; only" in page
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert "#5A1846" in style
    assert "#14365c" not in style.lower()
    document = pikepdf.open(io.BytesIO(written(tmp_path, "report.pdf")))
    assert {tuple(round(float(side)) for side in page.mediabox) for page in document.pages} == {(0, 0, 612, 792)}
    manifest = json.loads(written(tmp_path, "manifest.json"))
    theme = {"accent": "#5A1846", "annexes": [], "page_size": "Letter", "pdf_profile": "archive", "templates": {}}
    assert manifest["settings"]["theme"] == theme


@pytest.mark.parametrize(
    ("accent", "told"), [("blue", "not a colour such as #14365C"), ("#ff8800", "its contrast with white is 2.4")]
)
def test_an_accent_that_cannot_be_read_is_refused(run: Any, tmp_path: Path, accent: str, told: str) -> None:
    settings(tmp_path, f'[theme]\naccent = "{accent}"\n')
    done = run()
    assert (done.returncode, told in done.stderr, "datarisk.toml" in done.stderr) == (2, True, True)


def test_on_a_dark_screen_an_accent_is_as_light_as_it_must_be() -> None:
    for accent in ("#14365c", "#5a1846", "#000000", "#3a3a00"):
        assert contrast(lightened(accent, NIGHT, 7), NIGHT) >= 7
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast(AMBER, AMBER) == 1


def photo(width: int, height: int, kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    Image.new("1", (width, height)).save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, "cannot be read"),
        (b"GIF89a", "neither PNG, JPEG nor SVG"),
        (photo(400, 400)[:60], "is broken"),
        (photo(6000, 6000), "6000 x 6000 pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 1_000_001, "larger than 1 MB"),
        (b"<svg><script>1</script></svg>", "holds <script>"),
        (b"<svg onload='x()'/>", "holds a script"),
        (b"<svg><image href='http://127.0.0.1:9/x.png'/></svg>", "asks for something outside itself"),
        (b"<svg><rect fill='url(http://127.0.0.1:9/)'/></svg>", "asks for something outside itself"),
        (
            b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg>&a;</svg>",
            "document type",
        ),
        (b"<svg><g></svg>", "is no XML"),
    ],
)
def test_a_logo_that_is_none_is_refused_before_anything_is_read(
    run: Any, tmp_path: Path, data: bytes | None, told: str
) -> None:
    settings(tmp_path, '[controller]\nlogo = "logo.png"\n')
    if data is not None:
        (tmp_path / "logo.png").write_bytes(data)
    done = run()
    assert done.returncode == 2
    assert told in done.stderr
    assert "logo.png" in done.stderr
    assert not (tmp_path / "reports").exists()


def test_a_good_logo_is_on_the_cover(run: Any, tmp_path: Path) -> None:
    settings(tmp_path, '[controller]\nlogo = "logo.png"\n')
    (tmp_path / "logo.png").write_bytes(photo(40, 20))
    assert run("-f", "pdf").returncode == 0
    assert base64.b64encode(photo(40, 20)).decode() in written(tmp_path, "report.html").decode()


# Templates --------------------------------------------------------------------------------------------------------


def test_a_template_stands_in_for_ours_of_the_same_name(run: Any, tmp_path: Path) -> None:
    own(tmp_path, "parts/method.html", '<section id="method"><h2>All about {{ report.account.name }}</h2></section>')
    own(tmp_path, "screen.css", "body { color: #123456 }")
    assert run("--template-dir", "mine", "-f", "pdf").returncode == 0
    page = written(tmp_path, "report.html").decode()
    assert "<h2>All about local</h2>" in page
    assert "body { color: #123456 }" in page
    assert "Method and limits</h2>" not in page
    told = json.loads(written(tmp_path, "manifest.json"))["settings"]["theme"]["templates"]
    assert set(told) == {"parts/method.html", "screen.css"}
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in told.values())


def test_all_templates_to_start_from_make_the_same_report(datarisk: Datarisk, run: Any, tmp_path: Path) -> None:
    assert run().returncode == 0
    before = written(tmp_path, "report.html")
    for path in sorted(tmp_path.glob("reports/**/*"), reverse=True):
        path.unlink() if path.is_file() or path.is_symlink() else path.rmdir()
    assert datarisk("init", "templates", "mine").returncode == 0
    assert (tmp_path / "mine" / "README.md").is_file()
    done = run("--template-dir", "mine")
    assert (done.returncode, "stands in for no template" in done.stderr) == (0, False)
    assert written(tmp_path, "report.html") == before
    again = datarisk("init", "templates", "mine")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)


MISTAKES = [
    ("{{ report.", "1", "expected name"),
    ("\n{% for x in %}", "2", "xpected"),
    ("a\n{{ nothing }}", "2", "'nothing' is undefined"),
    ("\n\n{{ report.totals.agents + 'x' }}", "3", "unsupported operand"),
    ("{{ 1 | no_such_filter }}", "1", "No filter named 'no_such_filter'"),
    ("\n{% include 'not/there.html' %}", "2", "not/there.html"),
    ("{{ ''.__class__ }}", "1", "may not reach for '__class__'"),
    ("{{ report.__init__ }}", "1", "may not reach for '__init__'"),
    ("\n{{ report.agents.append(1) }}", "2", ""),
    ("{% for a in range(1000000000) %}{% endfor %}", "1", "Range too big"),
    ("{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}", "", "recursion"),
]


@pytest.mark.parametrize(("text", "line", "told"), MISTAKES)
def test_a_mistake_names_its_file_and_line(run: Any, tmp_path: Path, text: str, line: str, told: str) -> None:
    file = own(tmp_path, "parts/method.html", text)
    done = run("--template-dir", "mine")
    assert done.returncode == 2, done.stderr
    assert f"{file.relative_to(tmp_path)}:{line}" in done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_template_that_loops_for_ever_is_ended_by_the_processor_time_that_it_took(run: Any, tmp_path: Path) -> None:
    loop = "{% for a in range(99999) %}\n{% for b in range(99999) %}{% endfor %}\n{% endfor %}"
    own(tmp_path, "parts/method.html", loop)
    done = run("--template-dir", "mine", DATARISK_TEMPLATE_TIMEOUT="1.5")
    assert done.returncode == 2
    assert re.search(r"mine/parts/method.html:[12]: took longer than 1.5 s of processor time", done.stderr)
    assert "template_timeout" in done.stderr


LARGE = [
    """{{ "{:>2000000000}".format("a") }}""",
    """{{ "a" * 2000000000 }}""",
    """{{ "a" | center(2000000000) }}""",
    """{{ "a".ljust(report.totals.agents * 2000000000) }}""",
    """{{ [1] | batch(2000000000, "x") | list }}""",
    """{{ [1] | slice(2000000000, "x") | list }}""",
    """{{ {"a": [1]} | tojson(indent=2000000000) }}""",
    """{{ "a\nb" | indent(width=2000000000) }}""",
    """{{ "%2000000000d" | format(1) }}""",
    """{{ ("a" * 99999999) | replace("a", "bbbbbbbbbbbbbbbbbbbbbbbbb") }}""",
    """{{ "%2000000000d" % report.totals.agents }}""",
    """{% set n = namespace(t="a") %}{% for i in range(40) %}{% set n.t = n.t ~ n.t %}{% endfor %}""",
]


@pytest.mark.parametrize("text", LARGE)
def test_a_template_that_asks_for_two_billion_letters_is_ended_by_the_memory_that_it_took(
    tmp_path: Path, text: str
) -> None:
    file = own(tmp_path, "parts/method.html", text)
    with pytest.raises(TemplateMistake) as raised:
        apart.render(case("one agent"), Theme(templates=tmp_path / "mine", megabytes=300), "html")
    assert raised.value.what == "needed more than 300 MB of memory"
    assert re.fullmatch(f"{re.escape(str(file))}:[12]", raised.value.where or "") or raised.value.where == str(
        file.parent.parent
    )
    assert raised.value.remedy == "Mend the templates, or allow more: template_memory"


def test_what_is_constant_in_a_template_is_bounded_when_it_is_looked_through(run: Any, tmp_path: Path) -> None:
    [constant] = [text for text in LARGE if "replace" in text]
    file = own(tmp_path, "parts/method.html", constant)
    done = run("--template-dir", "mine", DATARISK_TEMPLATE_MEMORY="300")
    assert done.returncode == 2
    assert f"{file.relative_to(tmp_path)}: needed more than 300 MB of memory" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "reports").exists()


def test_pages_that_take_for_ever_to_lay_out_are_ended_too(run: Any, tmp_path: Path) -> None:
    own(tmp_path, "parts/method.html", "{% for a in range(99999) %}<p>x</p>{% endfor %}")
    done = run("--template-dir", "mine", "-f", "json", format_="pdf", DATARISK_TEMPLATE_TIMEOUT="2")
    assert done.returncode == 2
    assert "mine: took longer than 2 s of processor time" in done.stderr
    assert written(tmp_path, "report.json"), "the other formats are written"


def test_a_number_too_large_to_be_reckoned_is_ended_too(run: Any, tmp_path: Path) -> None:
    own(tmp_path, "parts/method.html", "{{ 10 ** (report.totals.agents * 10 ** 9) }}")
    done = run("--template-dir", "mine", DATARISK_TEMPLATE_TIMEOUT="0.5")
    assert done.returncode == 2
    assert re.search(r"mine.*: (took longer than 0.5 s of processor time|needed more than 4000 MB)", done.stderr)


def test_templates_are_filled_where_no_token_is(run: Any, tmp_path: Path) -> None:
    """By a process that was never handed one: this one reads what the system knows of the other."""
    own(tmp_path, "parts/method.html", "{% for a in range(99999) %}{% for b in range(300) %}{% endfor %}{% endfor %}")
    seen: set[bytes] = set()
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            for each in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    if b"reporter.render" in (each / "cmdline").read_bytes():
                        seen.add((each / "environ").read_bytes())
            ended.wait(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    run("--template-dir", "mine", PREFACTOR_API_TOKEN="a-token-of-this-test", DATARISK_TEMPLATE_TIMEOUT="2")
    ended.set()
    watcher.join()
    assert any(b"SOURCE_DATE_EPOCH" in each for each in seen), "it was not seen at work"
    assert not any(b"a-token-of-this-test" in each for each in seen)


def test_a_template_fetches_nothing(run: Any, tmp_path: Path) -> None:
    own(tmp_path, "parts/method.html", '<section id="method"><img src="file:///etc/passwd" alt="x"></section>')
    done = run("--template-dir", "mine", format_="pdf")
    assert done.returncode == 2
    assert "file:///etc/passwd" in done.stderr


def test_a_mistyped_name_is_pointed_out(run: Any, tmp_path: Path) -> None:
    own(tmp_path, "parts/covr.html", "x")
    done = run("--template-dir", "mine")
    assert done.returncode == 0
    assert "covr.html stands in for no template of ours" in done.stderr


@pytest.mark.parametrize("what", ["nowhere", "file", "link"])
def test_a_folder_of_templates_is_one_and_holds_them(run: Any, tmp_path: Path, what: str) -> None:
    if what == "file":
        (tmp_path / "mine").write_text("x")
    elif what == "link":
        (tmp_path / "mine" / "parts").mkdir(parents=True)
        (tmp_path / "mine" / "parts" / "gaps.html").symlink_to("/etc/passwd")
    done = run("--template-dir", "mine")
    assert done.returncode == 2
    assert {"link": "leads out of", "file": "is a file"}.get(what, "not a folder") in done.stderr


def test_every_value_that_a_template_may_use_is_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    from pages import several  # noqa: PLC0415

    given: set[str] = set()
    filled = templates.rendered

    def noted(name: str, **values: Any) -> str:
        given.update(values)
        return filled(name, **values)

    monkeypatch.setattr(templates, "rendered", noted)
    html.render(several())
    pdf.render(several())
    text = (ROOT / "templates" / "README.md").read_text(encoding="utf-8")
    assert {name for name in given if f"`{name}`" not in text} == set()
