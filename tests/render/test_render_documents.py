"""The three documents: they say all that the view says, run nothing, fetch nothing, and are the same every time."""

from __future__ import annotations

import base64
import hashlib
import html as markup
import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pikepdf
import pypdf
import pytest
from builders import agent, inventory, plain, risk, schema_version, span_type
from pages import hostile, several, view, waived

from reporter.errors import RenderError
from reporter.plain.canonical import step as pointer_step
from reporter.render import html
from reporter.render import json as as_json
from reporter.render.pdf import engine, pdf
from reporter.view.report import Controller, Report

ROOT = Path(__file__).resolve().parent.parent.parent


def screen_text(page: bytes) -> str:
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page.decode(), flags=re.DOTALL)
    return markup.unescape(re.sub(r"\s+", " ", text))


@cache
def paper_text(report_id: int) -> str:
    pages = pypdf.PdfReader(io.BytesIO(DOCUMENTS[report_id])).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


DOCUMENTS: dict[int, bytes] = {}


@pytest.fixture(scope="module")
def paper() -> bytes:
    return pdf.render(several()).data


@pytest.fixture(scope="module")
def screen() -> bytes:
    return html.render(several()).data


SAID = [
    "Harbour Mutual", "dpo@example.test", "Claims assessor", "R. Okafor, Product owner", "Post room", "Without any",
    "tool:claims.read", "tool:post.59", "quality:tone", "vehicle_telematics", "perhaps", "until-1999", "R01",
    "Retired helper", "HTTP 403", "GET /agent_deployment", "INCOMPLETE", "NOT ASSESSED", "GDPR Art. 9(1)",
    "not what was observed", "Prepared by", "Production", "no declaration: 42 fields undeclared",
]  # fmt: skip


@pytest.mark.parametrize("words", SAID)
def test_what_the_view_says_stands_on_the_screen_and_on_paper(screen: bytes, paper: bytes, words: str) -> None:
    assert words in screen_text(screen)
    DOCUMENTS[0] = paper
    assert re.sub(r"\s+", "", words) in paper_text(0)


def pointers_told(page: str) -> Iterator[tuple[str, str]]:
    """The pointer to each row and the row's number, agent by agent, as the page says them: rows in a run one by one."""
    for told in re.findall(r"<details class=pointers>(.*?)</details>", page, flags=re.DOTALL):
        for place, rows in re.findall(r"<code>(.*?)</code>\n<ul>(.*?)</ul>", told, flags=re.DOTALL):
            for first, last, step in re.findall(r"<li>(\d+)(?:\u2013(\d+))?: (.*?)(?: <i>|\n)", rows):
                for number in range(int(first), int(last or first) + 1):
                    begin = int(step.partition("\u2013")[0]) if last else 0
                    yield markup.unescape(f"{place}{begin + number - int(first) if last else step}"), str(number)


def test_digests_and_pointers_of_every_row_stand_in_both(screen: bytes, paper: bytes) -> None:
    DOCUMENTS[0] = paper
    for found in several().agents:
        for version in found.schema_versions:
            assert version.record_sha256 in screen_text(screen)
            assert version.record_sha256 in paper_text(0)
        for entry in found.span_types:
            assert re.sub(r"\s+", "", entry.pointer.rpartition("/")[2]) in paper_text(0)
    numbered = [(entry.pointer, str(n)) for found in several().agents for n, entry in enumerate(found.span_types, 1)]
    assert list(pointers_told(screen.decode())) == numbered


def test_rows_that_follow_each_other_are_told_with_their_pointers_at_once() -> None:
    def entry(number: int) -> dict[str, Any]:
        return span_type(f"tool:{number:02}", risk(), title="A step" if number < 3 else f"Step {number}")

    made = view(inventory({"span_type_schemas": [entry(number) for number in range(5)]}))
    page = html.render(made).data.decode()
    assert "<li>1\u20133: 0\u20132 <i>A step</i>" in page
    assert list(pointers_told(page)) == [
        (each.pointer, str(number)) for number, each in enumerate(made.agents[0].span_types, 1)
    ]


def questions_of(section: str) -> Iterator[tuple[str, list[str]]]:
    """Each question of an agent's part, as its id, with the short ids of its findings."""
    for told in re.split(r"<tbody class=\w+ id=i-", section)[1:]:
        yield re.findall("[0-9a-f]+", told)[0], re.findall("<td>([0-9a-f]{5,})\n", told.partition("</table>")[0])


@pytest.mark.parametrize("made", [several, waived])
def test_every_finding_stands_under_its_question_and_every_question_once_in_the_list(
    made: Callable[[], Report],
) -> None:
    report, page = made(), html.render(made()).data.decode()
    listed, *sections = re.split("<section class=agent", page)
    assert re.findall("href=#i-([0-9a-f]+)", listed) == report.summary.issues
    asked = 0
    for found, section in zip(report.agents, sections, strict=True):
        by_id = {each.id: each for each in found.issues}
        for issue, ids in questions_of(section.partition("</section>")[0]):
            whole = by_id.pop(issue)
            assert [each.startswith(short) for each, short in zip(whole.findings, ids, strict=True)] == [True] * len(
                ids
            )
            asked += 1
        assert not by_id
    assert asked == len(report.summary.issues) > 1


def test_no_rule_is_called_worse_than_what_it_found_and_a_list_has_no_severity() -> None:
    page = html.render(several()).data.decode()
    worst: dict[str, set[str]] = {}
    certain: set[str] = set()
    for found in (each for agent_ in several().agents for each in agent_.findings):
        worst.setdefault(found.rule, set()).add(found.severity)
        certain |= {found.rule} if found.issue != "unanswered" else set()
    rules = {rule: severity for severity, rule in re.findall(r'class="rule (\w+)" id="r-(\w+)"', page)}
    assert rules.keys() == certain
    # Of which nothing is declared is named in one list, so that no rule that found something is dropped.
    assert set(re.findall(r'<span id="r-(\w+)"', page)) == worst.keys() - certain != set()
    assert all(severity in worst[rule] for rule, severity in rules.items())
    inventory_ = re.findall(r'<ul class="inventory">(.*?)</ul>', page, flags=re.DOTALL)[0]
    assert re.findall(r'id="r-(\w+)"', inventory_) == [
        rule.id
        for rule in several().catalogue.rules
        if rule.id in {each.rule for each in several().listed if each.declared}
    ]
    assert not re.search(r"\((high|medium|low|info)\)", inventory_)


def test_every_row_of_answers_stands_as_letters_in_both(screen: bytes, paper: bytes) -> None:
    DOCUMENTS[0] = paper
    read = "DDDDDAIXXXXXXXXXX"
    assert read in re.sub(r"[,\s]", "", paper_text(0))
    cells = re.findall(r"tool:claims.read((?:<td[^>]*>.){42})", screen.decode())
    assert re.sub(r"<[^>]*>", "", cells[0])[:17] == read


def test_every_link_leads_somewhere(screen: bytes) -> None:
    page = screen.decode()
    targets = set(re.findall(r'id="?([\w-]+)', page))
    assert set(re.findall(r'href="?#([^" >]+)', page)) <= targets
    assert not re.search(r'(?:src|href)="?(?!"?#|"?data:)', page)


def test_the_policy_holds_the_hashes_of_style_and_script_and_allows_nothing_else(screen: bytes) -> None:
    page = screen.decode()

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    [style] = re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL)
    [script] = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    policy = f"style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}'; font-src data:; img-src data:"
    assert f"default-src 'none'; {policy}; base-uri 'none'; form-action 'none'" in page
    assert page.count("<script") == 2  # and the words it speaks, which are no program
    assert " style=" not in page


def test_report_json_is_the_view_and_fits_its_schema() -> None:
    data = json.loads(as_json.render(several()).data)
    jsonschema.validate(data, as_json.report_schema())
    whole = json.loads(json.dumps(asdict(several()), default=plain))
    assert without_words_and_evidence(data) == without_words_and_evidence(whole)


#: What report.json leaves out where nothing was asked that makes it.
IF_ANY = ("agreed", "observed", "score", "trend", "changes", "newly", "redaction")
WORDS = ("title", "why", "sentence", "rows", "places", "provisions")


def without_words_and_evidence(value: Any) -> Any:
    """A report without what report.json says elsewhere (a rule's words) or in another way (what it rests on)."""
    if isinstance(value, list):
        return [without_words_and_evidence(item) for item in value]
    if not isinstance(value, dict):
        return value
    left_out = {"evidence", *WORDS} if "value_sha256" in value and "severity" in value else {"evidence"}
    left_out |= {name for name in IF_ANY if value.get(name, "") is None}
    return {name: without_words_and_evidence(item) for name, item in value.items() if name not in left_out}


@pytest.mark.parametrize("report", [several, waived], ids=["several", "waived"])
def test_report_json_says_the_words_of_a_rule_once_and_a_finding_has_what_they_lack(
    report: Callable[[], Report],
) -> None:
    data = json.loads(as_json.render(report()).data)
    rules = {rule["id"]: rule for rule in data["catalogue"]["rules"]}
    found = [finding for agent in data["agents"] for finding in agent["findings"]]
    shown = {finding.id: finding for agent in report().agents for finding in agent.findings}
    assert found
    for finding in found:
        assert not finding.keys() & set(WORDS)
        rule, whole = rules[finding["rule"]], shown[finding["id"]]
        assert whole.title == rule["title"]
        parts = [rule["because"], *finding["particulars"]]
        assert all(part in whole.why for part in parts)
        assert len(whole.why) == len(" ".join(parts))


def test_what_cannot_be_ruled_out_says_so_in_report_json_too() -> None:
    data = json.loads(as_json.render(several()).data)
    found = [finding for agent in data["agents"] for finding in agent["findings"]]
    undecided = [finding for finding in found if finding["certainty"] == "possible"]
    assert undecided
    assert all(finding["particulars"][0].startswith("Possible, as answers are missing") for finding in undecided)


def test_evidence_in_report_json_leads_to_the_declared_values_and_to_their_records() -> None:
    data = json.loads(as_json.render(several()).data)
    followed_up = 0
    for made, written in zip(several().agents, data["agents"], strict=True):
        rows = {row["anchor"]: row for row in written["span_types"]}
        pairs = [
            (finding.evidence, found["evidence"])
            for finding, found in zip(made.findings, written["findings"], strict=True)
        ]
        for name in ("flags", "categories", "actions"):
            pairs += [(each.evidence, written[name][key]["evidence"]) for key, each in getattr(made, name).items()]
        for whole, references in pairs:
            reached = [followed(item, rows) for reference in references for item in single(reference)]
            assert reached == [(item.record_sha256, item.pointer, item.value) for item in whole]
            followed_up += len(reached)
    assert followed_up


def single(reference: Any) -> list[Any]:
    """A reference to several fields as one to each."""
    return [reference | {"field": name} for name in reference["fields"]] if "fields" in reference else [reference]


def followed(reference: Any, rows: Any) -> tuple[str, str, Any]:
    """The record, the place in it and the value that a reader of report.json alone arrives at."""
    if "field" not in reference:
        return reference["record_sha256"], reference["pointer"], reference["value"]
    row, part, name = rows[reference["anchor"]], reference["part"], reference["field"]
    declared = (row[part] or {}).get(name)
    at = pointer_step(f"{row['pointer']}/data_risk/{part}", name)
    return row["record_sha256"], at, declared


def test_a_logo_is_on_the_cover_and_not_in_report_json() -> None:
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    made = view(inventory(agent()), Controller("X", "Title", None, f"data:image/png;base64,{png}"))
    assert png in html.render(made).data.decode()
    assert png not in as_json.render(made).data.decode()
    found = pikepdf.open(io.BytesIO(pdf.render(made).data))
    assert any("/XObject" in page.resources for page in found.pages)


def test_the_pdf_is_tagged_titled_and_embeds_only_our_fonts(paper: bytes) -> None:
    document = pikepdf.open(io.BytesIO(paper))
    assert "/StructTreeRoot" in document.Root
    assert document.Root.MarkInfo.Marked
    assert str(document.Root.Lang) == "en"
    assert document.docinfo["/Title"] == "What our AI agents are declared to do: Harbour Mutual"
    names = {
        str(font.BaseFont).partition("+")[2]
        for page in document.pages
        for font in page.resources.get("/Font", {}).values()
    }
    assert names
    assert all(name.startswith(("Source", "IBM-Plex", "Datarisk")) for name in names), names
    with document.open_outline() as outline:
        assert "Summary" in [item.title for item in outline.root]


def test_two_renderings_are_the_same_bytes(screen: bytes, paper: bytes) -> None:
    assert html.render(several()).data == screen
    assert pdf.render(several()).data == paper


@pytest.mark.parametrize(
    "values", [[], [agent()], [agent("a1", "N" * 230), schema_version("v1", span_type("T" * 230, risk()))]]
)
def test_no_agents_one_agent_and_long_names_make_whole_documents(values: list[Any]) -> None:
    made = view(inventory(*values))
    assert "Method and limits" in screen_text(html.render(made).data)
    assert pdf.render(made).data.startswith(b"%PDF-")


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address on the loopback, and whatever asks it for anything."""
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(1000))

    thread = threading.Thread(target=listen)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/x.png", heard
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(timeout=5)


def test_nothing_from_the_data_runs_or_makes_a_renderer_open_a_file_or_an_address(
    tmp_path: Path, listener: tuple[str, list[bytes]]
) -> None:
    address, heard = listener
    planted = tmp_path / "planted.txt"
    planted.write_text("planted-secret-text")
    made = hostile(address, planted.as_uri())
    page, paper = html.render(made).data, pdf.render(made).data
    for document in (page, paper):
        assert b"planted-secret-text" not in document
    assert not heard
    text = page.decode()
    assert text.count("<script") == text.count("</script") == 2
    assert "<img" not in text
    assert "<b>bold</b>" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "49{%" not in text
    assert "{{ 7 * 7 }}" in markup.unescape(text)
    assert "\\u202e" in text
    assert "\\ud800" in text
    assert "نص عربي" in text
    assert len(text) < 3_000_000
    attachments = pikepdf.open(io.BytesIO(paper)).attachments
    assert not list(attachments)
    as_json.render(made)


def test_what_others_wrote_is_escaped_once_in_both() -> None:
    odd = risk()
    odd["params_data_categories"]["a<b>&\"'"] = "included"
    made = view(inventory(agent("a1", "R&D <b>"), schema_version("v1", span_type("t&<i>", odd, title="x<y>&"))))
    paper = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.render(made).data)).pages)
    screen = re.sub(r"<(style|script)[ >].*?</\1>|<[^>]*>", " ", html.render(made).data.decode(), flags=re.DOTALL)
    for said in (paper, markup.unescape(screen)):
        assert "a<b>&\"'" in said
        assert "R&D <b>" in said
        assert not re.search(r"&(lt|gt|amp|quot|#\d+);", said)


def test_a_document_that_asks_for_anything_is_refused(listener: tuple[str, list[bytes]]) -> None:
    typesetter = engine.Engine("body { color: black }", {})
    for tag in (f'<img src="{listener[0]}">', '<img src="file:///etc/hostname">', "<style>@import 'x.css'</style>"):
        with pytest.raises(RenderError):
            typesetter.laid_out(f"<html><body>{tag}</body></html>")
    assert not listener[1]


BANNED = re.compile(
    r"\b(non-)?complian(t|ce)\b|\bcertified\b|\bscore\b|\bsafe\b|\bpass(es|ed)?\b|\bleak|\bviolat|no personal data\b"
    r"|DPIA not required|7 special categories|seven special",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    "path", [*sorted((ROOT / "templates").rglob("*.html")), ROOT / "reporter/view/words.py"], ids=lambda p: p.name
)
def test_no_wording_of_ours_concludes_anything(path: Path) -> None:
    text = re.sub(r"\| *safe|passed through", "", path.read_text())
    text = text.replace("No personal data declared included", "")
    found = [match[0] for match in BANNED.finditer(text)]
    assert not found


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda p: p.name)
def test_every_article_is_printed_with_its_instrument(path: Path) -> None:
    assert not re.search(r"(?<!GDPR )\bArt\. \d", path.read_text())


def test_without_pango_the_other_formats_are_written_and_the_status_is_2(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import cffi\n"
        "real = cffi.FFI.dlopen\n"
        "def dlopen(self, name, *more):\n"
        "    if 'pango' in str(name): raise OSError(f'cannot load library {name}')\n"
        "    return real(self, name, *more)\n"
        "cffi.FFI.dlopen = dlopen\n"
    )
    (tmp_path / "in.json").write_text(json.dumps({"span_type_schemas": [span_type("a", risk())]}))
    env = os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    command = [sys.executable, "-m", "reporter.cli", "report", "in.json"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "the PDF needs Pango, which this machine lacks. Install it: apt install libpango-1.0-0" in done.stderr
    [folder] = tmp_path.glob("reports/local/2*")
    assert {path.name for path in folder.iterdir()} == {
        "report.html",
        "report.json",
        "manifest.json",
        "history.json",
        "evidence",
    }


def test_a_name_that_the_matrix_has_no_room_for_stands_whole_on_paper() -> None:
    name = "tool:a.very.long.name.that.no.row.has.room.for"
    data = pdf.render(view(inventory({"span_type_schemas": [span_type(name, risk())]}))).data
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    assert name in re.sub(r"\s+", "", text)
