"""Whatever number, state or finding somebody edits in a run, verification names its file and its claim."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from builders import composed, inventory, risk, schema_version, span_type
from conftest import Called
from gate_calls import OPEN, SILENT, put
from pages import several, waived

from reporter.bundle import MANIFEST, manifest_bytes
from reporter.declared.vocabulary import FIELDS, PARTS
from reporter.render import html
from reporter.render import json as as_json
from reporter.render.pdf import pdf
from reporter.render.tables import csv as as_csv
from reporter.render.tables import xlsx
from reporter.verification import leaves, words
from reporter.verification.claims import differing
from reporter.verification.words import NAMED
from reporter.view.report import Report


@cache
def report() -> Report:
    """Two agents with odd names and twins, and one that says nothing."""
    odd = [span_type(name, risk("minors_data")) for name in ("a/b", "a b", "<b>", "twin", "twin", "plain")]
    return composed(
        inventory(
            schema_version("v1", span_type_schemas=odd),
            schema_version("v 2", span_type("send", risk("health_and_medical")), span_type("x"), agent="a/2"),
        )
    )


@cache
def page(of: Any = report) -> str:
    """Its page."""
    return html.render(of()).data.decode()


def told(edited: str, of: Any = report) -> list[str]:
    """What is said of a page that somebody edited."""
    return differing("report.html", edited.encode(), page(of).encode(), of())


def claims(said: list[str]) -> list[str]:
    """The claims that are named."""
    return [found[1] for each in said if (found := re.match(r"\S+: claim (\S+) ", each))]


# --- report.json


def ends(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a JSON value that holds nothing itself."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not parts or (isinstance(value, list) and not any(isinstance(each, dict) for each in value)):
        yield way
        return
    for key, part in parts:
        yield from ends(part, (*way, key))


def test_each_value_of_report_json_that_is_edited_is_named_by_a_claim_of_its_own() -> None:
    data = as_json.render(report()).data
    value, seen, times = json.loads(data), set(), 0
    ways = [*ends(value)]
    for way in ways[:: max(1, len(ways) // 400)]:
        holder = value
        for step in way[:-1]:
            holder = holder[step]
        before, holder[way[-1]] = holder[way[-1]], {"edited": [1]}
        said = differing("report.json", json.dumps(value).encode(), data, report())
        holder[way[-1]] = before
        assert all(each.startswith("report.json: claim ") for each in said)
        if len(said) == 1 and '"edited"' in said[0]:  # or its name: one is gone, another there
            seen.add(said[0].split(" ")[2])
            times += 1
    assert len(seen) == times > 300


def test_a_number_a_state_and_a_finding_that_are_edited_are_named_with_what_the_evidence_gives() -> None:
    data = as_json.render(report()).data
    value = json.loads(data)
    agents = {each["id"]: each for each in value["agents"]}
    value["totals"]["agents"] = 7
    agents["a/2"]["flags"]["special_category_data"]["state"] = "excluded"
    agents["a/2"]["span_types"][0]["params_data_categories"]["health_and_medical"] = "excluded"
    finding = agents["a/2"]["findings"].pop()
    said = differing("report.json", json.dumps(value).encode(), data, report())
    assert "report.json: claim totals/agents says 7, and the evidence gives 2" in said
    of = "report.json: claim agents/a%2F2/"
    assert f'{of}flags/special_category_data/state says "excluded", and the evidence gives "included"' in said
    named = f"{of}span_types/v%202/span/send/params_data_categories/health_and_medical says"
    assert f'{named} "excluded", and the evidence gives "included"' in said
    assert any(each.startswith(f"report.json: claim {finding['claim']} is gone; ") for each in said)
    assert len(said) == 4


def test_what_is_added_moved_or_written_otherwise_is_named() -> None:
    data = as_json.render(report()).data
    value = json.loads(data)
    value["agents"].append({"id": "ghost", "claim": "totals/agents"})
    [said] = differing("report.json", json.dumps(value).encode(), data, report())
    assert said.startswith('report.json: claim agents/ghost says {"id": "ghost", ')
    assert said.endswith("and the evidence gives nothing there")
    value["agents"] = json.loads(data)["agents"][::-1]
    [said] = differing("report.json", json.dumps(value).encode(), data, report())
    assert said == 'report.json: claim agents says "another order", and the evidence gives "its own"'
    [said] = differing("report.json", data.rstrip(), data, report())
    assert "says the same, and is not written as the evidence gives it, from byte" in said


@pytest.mark.parametrize(
    "kept", [b"", b"[" * 100_000, b"\xff", b'{"a":1,"a":2}', b"[NaN]", b"{" + b'"a":{' * 200, b"1" * 5000]
)
def test_a_report_that_cannot_be_read_is_told_and_breaks_nothing(kept: bytes) -> None:
    for name in ("report.json", "report.csv", "report.html", "report.xlsx"):
        again = {"json": as_json.render(report()).data, "html": page().encode()}.get(name[7:], b"claim\r\n1\r\n")
        said = differing(name, kept, again, report())
        assert said
        assert all(len(each) < 700 for each in said)
        assert all(each.startswith(f"{name}: ") for each in said)


@pytest.mark.parametrize("name", ["report.json", "report.csv", "report.html", "report.pdf", "report.xlsx"])
def test_what_is_far_larger_than_the_evidence_gives_is_told_by_its_size_and_not_looked_into(name: str) -> None:
    kept = b"\n" * (1 << 21)
    assert differing(name, kept, b"small", report()) == [f"{name}: not what the evidence gives: 2,097,152 bytes for 5"]


def test_no_more_than_ten_claims_are_named_and_the_rest_is_counted() -> None:
    data = as_json.render(report()).data
    changed = data.replace(b':"included"', b':"excluded"')
    said = differing("report.json", changed, data, report())
    assert len(said) == NAMED + 1
    assert re.fullmatch(r"report\.json: and [\d,]+ more claims", said[-1])


# --- the page


@pytest.mark.parametrize("of", [report, several, waived])
def test_each_cell_of_a_matrix_that_is_edited_on_the_page_is_named(of: Any) -> None:
    text = page(of)
    fields = [f"{part}/{name}" for part in PARTS for name in FIELDS[part]]
    number = 0
    for agent in of().agents:
        for entry in agent.span_types:
            start = text.index(f"<tr id={entry.anchor}")
            line = text[start : text.index("\n", start)]
            cells = [start + found.end() for found in re.finditer("<td>", line)]
            assert len(cells) in (0, 42)
            for place in range(0, len(cells), 5):
                at = cells[place]
                edited = text[:at] + ("X" if text[at] != "X" else "I") + text[at + 1 :]
                [said] = told(edited, of)
                assert claims([said]) == [f"{entry.claim}/{fields[place]}"], said
                number += 1
    assert number > 15


def test_a_figure_a_state_and_a_finding_that_are_edited_on_the_page_are_named() -> None:
    text = page()

    def edited(pattern: str, by: str) -> list[str]:
        changed, times = re.subn(pattern, by, text, count=1)
        assert times == 1, pattern
        return claims(told(changed))

    assert edited(r'(<li data-claim="totals/agents"><b>)2', r"\g<1>9") == ["totals/agents"]
    assert edited(r'(<li data-claim="totals/known_cells"><b>)\d+', r"\g<1>100") == ["totals/known_cells"]
    part = r"(data-claim=agents/a%2F2 [^\0]*?<ul class=flags>\n<li.*\n)<li"
    assert edited(part, r"\1<li class=x") == ["agents/a%2F2/flags/special_category_data/state"]
    heat = r"(class=heat>[^\0]*?<a href=#a-[0-9a-f]+>[^\0]*?<td>)."
    [claim] = edited(heat, r"\1Z")
    assert claim.endswith("/actions/create_data/state")
    finding = report().agents[0].findings[0]
    found = rf"(<td>)({finding.id[:4]})"
    assert edited(found, r"\1 \2") == [finding.claim]
    issue = report().agents[0].issues[0]
    assert edited(rf"(id=i-{issue.id}><tr><th colspan=5><b>)", r"\1Not: ") == [issue.claim]
    listed = rf"<tr class=[a-z]+><td>([A-Za-z]+)(<td><a href=#{report().agents[0].anchor}>.*?#i-{issue.id}>)"
    assert edited(listed, r"<tr><td>none\2") == [issue.claim]


def test_what_is_no_claim_is_named_by_the_part_of_the_page() -> None:
    text = page()
    [said] = told(text.replace('<h2 id="method-head">', '<h2 id="method-head">No ', 1))
    assert said.startswith("report.html: its part #method says \u201c")
    assert "\u201cNo Method and limits\u201d" in said
    [said] = told(text.replace("\n</body>", "\n<script>alert(1)</script></body>", 1))
    assert said.startswith("report.html: ")


def test_lines_that_are_gone_or_new_are_named_by_the_claims_that_stood_there() -> None:
    text, gone = page(), report().agents[0].span_types[0]
    start = text.index(f"<tr id={gone.anchor}")
    said = told(text[:start] + text[text.index("\n", start) + 1 :])
    assert claims(said)[0].startswith(gone.claim)
    assert told(text + "\nmore\n")
    assert told("") == told("")


def test_the_first_difference_is_found_wherever_it_is() -> None:
    data = bytes(range(200)) * 3
    for at in (0, 1, 299, 599):
        assert words.first(data[:at] + b"\xff" + data[at + 1 :], data) == at
    assert words.first(data[:-1], data) == 599


@cache
def paper(*, sends: str = "health_and_medical", times: int = 1) -> tuple[Report, bytes]:
    """A report on paper of two agents, of which the second sends something."""
    given = [
        schema_version("v1", span_type("keep", risk())),
        schema_version("v2", span_type("send", risk(sends)), agent="b"),
    ]
    made = composed(inventory(*given[:times], *given[1:]))
    return made, pdf.render(made).data


def test_words_of_a_page_of_paper_that_are_others_are_named_with_the_page_and_the_agent() -> None:
    made, again = paper()
    _, kept = paper(sends="criminal_justice")
    said = differing("report.pdf", kept, again, made)
    named = [each for each in said if ", in agents/b, " in each]
    assert named
    line = r"report\.pdf: page \d, in agents/b, says \u201c.*, and the evidence gives \u201c"
    assert all(re.match(line, each) for each in named)
    assert any("Criminal justice data declared included" in each for each in named)
    assert len(said) <= NAMED + 1


@pytest.mark.parametrize("kept", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"[" * 100_000, b"\0" * 1000])
def test_a_pdf_that_is_none_of_ours_is_told_and_breaks_nothing(kept: bytes) -> None:
    made, again = paper()
    [said] = differing("report.pdf", kept, again, made)
    assert said.startswith("report.pdf: not what the evidence gives, and cannot be read: ")
    for cut in (again[:-10], again[: len(again) // 2], again + b"\n%more"):
        [said] = differing("report.pdf", cut, again, made)
        assert said.startswith("report.pdf: ")


def test_pages_that_are_gone_or_added_are_counted_by_their_numbers() -> None:
    made, again = paper()
    other = composed(inventory(schema_version("v1", span_type("keep", risk()))))
    said = differing("report.pdf", pdf.render(other).data, again, made)
    assert any(re.match(r"report\.pdf: page \d ", each) for each in said)


def test_glyphs_that_nothing_explains_are_told_as_such_in_time_that_grows_with_them_alone() -> None:
    text = b"[" * 200_000 + b"<0001> TJ" + b"[<zz>] TJ [<00>] TJ 1.1.1 Tm [<0001>] TJ"
    assert [each.text for each in leaves.pieces(text, {})] == ["", "\ufffd", "\ufffd"]


# --- tables


def test_a_row_of_the_claims_that_is_edited_is_named_by_its_claim() -> None:
    data = bytes(as_csv.render(report(), "claims").data)
    entry = report().agents[0].span_types[0]
    name = f"{entry.claim}/params_data_categories/health_and_medical"
    line = next(each for each in data.split(b"\r\n") if each.endswith(name.encode()))
    edited = line.replace(b",included,string,included,", b",excluded,string,excluded,")
    assert edited != line
    said = differing("report.csv", data.replace(line, edited), data, report())
    of = f"report.csv: claim {name}, column"
    assert said == [
        f'{of} declared says "excluded", and the evidence gives "included"',
        f'{of} answer says "excluded", and the evidence gives "included"',
    ]
    [said_] = differing("report.csv", data.replace(line + b"\r\n", b""), data, report())
    assert f"claim {name} is gone" in said_
    findings = bytes(as_csv.render(report(), "findings").data)
    [said_] = differing("findings.csv", findings.replace(b",high,", b",low,", 1), findings, report())
    assert re.match(r'findings\.csv: row \d+, \S+.*, column severity says "low", and the evidence gives "high"', said_)


# --- the command


def _agreeing(run: Path) -> None:
    """Makes the manifest agree with what lies there, as somebody would who edits a run."""
    value = json.loads((run / MANIFEST).read_bytes())
    for entry in value["files"]:
        data = (run / entry["name"]).read_bytes()
        entry |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (run / MANIFEST).write_bytes(manifest_bytes(value))


@pytest.mark.parametrize("agreeing", [False, True])
def test_verify_names_file_and_claim_of_a_number_that_was_edited(
    called: Called, tmp_path: Path, *, agreeing: bool
) -> None:
    put(tmp_path, "a.json", OPEN)
    put(tmp_path, "b.json", SILENT)
    assert called("report", "a.json", "b.json", "-f", "html", "-f", "json")[0] == 0
    run = next(tmp_path.glob("reports/local/2*"))
    path = run / "report.html"
    path.write_bytes(path.read_bytes().replace(b'"totals/agents"><b>2', b'"totals/agents"><b>1', 1))
    data = json.loads((run / "report.json").read_bytes())
    claim = data["agents"][0]["flags"]["personal_data"]["claim"]
    state = json.dumps(data["agents"][0]["flags"]["personal_data"]["state"]).encode()
    text = (run / "report.json").read_bytes()
    at = text.index(b'"state":' + state, text.index(b'"personal_data"'))
    (run / "report.json").write_bytes(text[:at] + text[at:].replace(state, b'"excluded"', 1))
    if agreeing:
        _agreeing(run)
    status, said = called("verify", str(run))
    assert status == 3
    assert "report.html: claim totals/agents says \u201c1" in said
    assert f'report.json: claim {claim}/state says "excluded", and the evidence gives {state.decode()}' in said


def test_a_file_in_which_much_is_edited_hides_no_other(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "a.json", OPEN)
    assert called("report", "a.json", "-f", "html", "-f", "json", "-f", "csv")[0] == 0
    run = next(tmp_path.glob("reports/local/2*"))
    for name in ("report.csv", "report.html", "report.json"):
        data = (run / name).read_bytes()
        for a, b in ((b':"excluded"', b':"unknown"'), (b",excluded,", b",unknown,"), (b"<td>X", b"<td>?")):
            data = data.replace(a, b)
        (run / name).write_bytes(data)
    _agreeing(run)
    status, said = called("verify", str(run))
    assert status == 3
    for name in ("report.csv", "report.html", "report.json"):
        assert f"{name}: claim agents/" in said
    assert re.search(r"report\.json: and [\d,]+ more claims", said)


# --- excerpts


@pytest.mark.parametrize("at", [0, 5, 41, 79, 80, 200, 499])
def test_what_is_told_of_two_values_holds_their_first_difference_wherever_it_is(at: int) -> None:
    again = "data " * 100
    kept = f"{again[:at]}\u00df{again[at + 1 :]}"
    for their, our in ((kept, again), (words.words(kept), words.words(again)), ([kept], [again])):
        one, two = words.said("a", their, our).removeprefix("claim a says ").split(", and the evidence gives ")
        assert "\u00df" in one
        assert one != two


def test_what_is_told_of_a_page_holds_the_first_difference_however_long_the_text_before_it() -> None:
    text = page()
    issue = report().agents[0].issues[0]
    start = text.index(f"id=i-{issue.id}>")
    line = text[start : text.index("\n", start)]
    for found in [*re.finditer(r"(?<=[>a-z ])[a-z](?=[a-z ])", line)]:
        at = start + found.start()
        [said] = told(f"{text[:at]}\u00df{text[at + 1 :]}")
        one, two = said.split(", and the evidence gives " if " says " in said else "; the evidence gives ")
        assert "\u00df" in one
        assert "\u00df" not in two
    style = text.index("}", text.index("<style>") + 300)
    [said] = told(text[:style] + "\u00df" + text[style:])
    assert said.startswith("report.html: its style says ")
    assert "\u00df" in said


def test_what_was_added_or_taken_away_and_is_not_shown_is_told_as_such_with_its_byte() -> None:
    text = page()
    end = len(text.encode()) + 1
    [said] = told(f"{text}<!--x-->")
    assert said.startswith("report.html: ")
    assert said.endswith(f" has at byte {end:,} what is not shown, and was added: \u201c<!--x-->\u201d")
    assert "its script" not in said
    body = text.index(" class=", text.index("<body"))
    [said] = told(text[:body] + text[body + len(" class=") :])
    byte = len(text[:body].encode()) + 1
    assert f" lacks at byte {byte:,} what is not shown, and was taken away: \u201c class=\u201d" in said


# --- workbooks


@cache
def workbook() -> bytes:
    """The workbook of the report."""
    return xlsx.render(report()).data


def packed(change: Any) -> bytes:
    """The workbook with its members changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as given, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            made.writestr(name, change(name, given.read(name)))
    return target.getvalue()


def test_a_cell_of_a_workbook_that_is_edited_is_named_by_its_sheet_and_its_claim() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook())) as file:
        found = [
            (name, text)
            for name in file.namelist()
            if "/sheet" in name and b">agents/" in (text := file.read(name)) and b">included<" in text
        ]
    name, text = found[0]
    row = next(each for each in text.split(b"<row ") if b">included<" in each and b">agents/" in each)
    edited = text.replace(row, row.replace(b">included<", b">excluded<", 1))
    claim = re.search(rb">(agents/[^<]*)<", row)[1].decode()  # type: ignore[index]
    kept = packed(lambda each, data: edited if each == name else data)
    [said] = differing("report.xlsx", kept, workbook(), report())
    named = rf"report\.xlsx: sheet [^,]+, cell [A-Z]+\d+, claim {re.escape(claim)}, says \u201cexcluded\u201d, and the "
    assert re.match(named + r"evidence gives \u201cincluded\u201d$", said)


def test_a_workbook_that_another_program_packed_or_whose_other_members_differ_is_told_as_such() -> None:
    [said] = differing("report.xlsx", packed(lambda _, data: data), workbook(), report())
    assert "each of its members holds the same, and another program wrote the archive" in said
    [said] = differing(
        "report.xlsx",
        packed(lambda name, data: data + b" " * (name == "docProps/core.xml")),
        workbook(),
        report(),
    )
    assert said == "report.xlsx: its member docProps/core.xml is not what the evidence gives"
    [said] = differing("report.xlsx", workbook()[:-30], workbook(), report())
    assert "cannot be read" in said


# --- evidence


def test_of_evidence_that_was_changed_the_record_is_named_and_nothing_that_follows_from_it(
    called: Called, tmp_path: Path
) -> None:
    put(tmp_path, "a.json", OPEN)
    put(tmp_path, "b.json", SILENT)
    assert called("report", "a.json", "b.json", "-f", "html", "-f", "json")[0] == 0
    run = next(tmp_path.glob("reports/local/2*"))
    path = run / "evidence/snapshot.json"
    record = json.loads(path.read_bytes())["records"][0]
    text = path.read_bytes()
    assert b'"included"' in text
    path.write_bytes(text.replace(b'"included"', b'"excluded"', 1))
    value = json.loads(path.read_bytes())
    [record] = [a for a, b in zip(value["records"], json.loads(text)["records"], strict=True) if a != b]
    _agreeing(run)
    status, said = called("verify", str(run), "--json")
    assert status == 3
    [layer] = [each for each in json.loads(said)["layers"] if each["name"] == "documents"]
    assert layer["status"] == "fails"
    assert "so that nothing else can be held against it" in layer["words"]
    [line] = layer["details"]
    of = f"evidence/snapshot.json: record {record['sha256'][:8]}\u2026 ({record['kind']} read from "
    assert line.startswith(of)
    assert record["location"] in line
    assert "does not have the digest" in line
    path.write_bytes(text.replace(b'"schema":"datarisk', b'"other":1,"schema":"datarisk', 1))
    _agreeing(run)
    _, said = called("verify", str(run), "--json")
    [layer] = [each for each in json.loads(said)["layers"] if each["name"] == "documents"]
    [line] = layer["details"]
    assert line.startswith("evidence/snapshot.json: read and written again it is another one, from byte ")
