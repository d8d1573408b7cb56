"""The languages: every sentence is translated, whole and with its values, and nothing depends on the machine's own."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from babel.messages import pofile
from babel.messages.catalog import Message as Entry
from builders import agent, composed, inventory, pinned, risk, schema_version, span_type
from conftest import ROOT, Datarisk
from hypothesis import given
from hypothesis import strategies as st

from reporter.cli.main import cli
from reporter.declared.model import Gap, Inventory
from reporter.declared.vocabulary import ACTIONS, CATEGORIES, TERMS
from reporter.plain import language
from reporter.plain.language import ENGLISH, Message, codes, natural_order, reading_order
from reporter.render import html, templates
from reporter.render import json as as_json
from reporter.render.pdf import pdf
from reporter.render.sheets import book, letters
from reporter.settings import Settings
from reporter.view.report import Controller, Report
from scripts import messages

GERMAN = language.of("de")
OTHERS = [code for code in codes() if code != "en"]
MOMENT = datetime(2026, 11, 23, 18, 4, tzinfo=UTC)


def entries(code: str) -> list[Entry]:
    catalogue = pofile.read_po(io.BytesIO(language.catalogue(code)), locale=code)
    return [entry for entry in catalogue if entry.id]


def both(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@cache
def view(code: str) -> Report:
    """Agents of every kind, a gap in a machine's words and one in ours."""
    odd = risk("health_and_medical", allowed=("external_communication",), level="restricted")
    odd["params_data_categories"]["contact_information"] = "perhaps"
    odd["params_data_categories"]["vehicle_telematics"] = "included"
    odd["retention"] = "until-1999"
    found = inventory(
        agent("a1", "Zuteilung"),
        schema_version(
            "v1", span_type("tool:a", odd), span_type("tool:b"), span_type("tool:c", {"action_profile": {}})
        ),
        *pinned("v1", "Production"),
        *pinned("v7", "Staging"),
        agent("a2", "Äußere Post"),
        schema_version("v2", span_type("tool:d"), agent="a2"),
        agent("a3", "alt", status="retired"),
        agent("a4", "Ohne"),
    )
    return seen(replace(found, gaps=(Gap("the deployments of an agent", "HTTP 403", "a9", None),)), code)


def seen(found: Inventory, code: str, name: str = "Harbour Mutual") -> Report:
    controller = Controller(name, "Title", None, None)
    return composed(found, controller=controller, digest="ab" * 32, language=language.of(code))


@cache
def page(code: str) -> str:
    return html.render(view(code)).data.decode()


def text_of(source: str) -> str:
    bare = re.sub(r"<style>.*?</style>|<[^>]*>", " ", source, flags=re.DOTALL)
    return re.sub(r"\s+", " ", bare)


# The catalogues


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_holds_every_sentence_of_today_and_no_other(code: str) -> None:
    assert messages.renewed(code) == language.catalogue(code), "run scripts/messages.py, then translate what is new"


def test_every_sentence_that_counts_before_its_verb_is_told_in_one_and_in_many() -> None:
    counted = re.compile(r"%\(\w+\)s (?:of %\(\w+\)s )?(?:[a-z-]+ ){0,3}(?:are|do|have|were)\b")
    alone = [entry.id for entry in entries(OTHERS[0]) if isinstance(entry.id, str) and counted.search(entry.id)]
    assert alone == []
    several = [entry.id for entry in entries(OTHERS[0]) if not isinstance(entry.id, str)]
    assert any(counted.search(many) for _, many in several)


@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_is_translated_and_nobody_has_guessed(code: str) -> None:
    missing = [entry.id for entry in entries(code) if not all(both(entry.string))]
    assert not missing
    assert not [entry.id for entry in entries(code) if entry.fuzzy]


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_names_what_its_sentence_names(code: str) -> None:
    def named(text: str) -> set[str]:
        return set(re.findall(r"%\((\w+)\)s", text))

    for entry in entries(code):
        for text in both(entry.string):
            assert named(text) == set().union(*map(named, both(entry.id))), entry.id
            text % dict.fromkeys(named(text), "")  # a stray percent sign raises


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_keeps_the_markup_of_its_sentence(code: str) -> None:
    for entry in entries(code):
        for text in both(entry.string):
            assert sorted(re.findall(r"<[^>]*>", text)) == sorted(re.findall(r"<[^>]*>", both(entry.id)[0])), entry.id


def test_a_catalogue_is_compiled_nowhere_but_in_memory() -> None:
    assert not list(ROOT.joinpath("reporter").rglob("*.mo"))


def test_no_sentence_stands_where_it_is_not_found() -> None:
    """Within an f-string a sentence is not seen by what collects them."""
    known = {text for entry in messages.sentences() if entry.id for text in both(entry.id)}
    for path in sorted((ROOT / "reporter").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in (
                "gettext", "ngettext", "pgettext", "Message",
            ):  # fmt: skip
                constants = [item.value for item in node.args if isinstance(item, ast.Constant)]
                said = constants[1:] if ast.unparse(node.func).endswith("pgettext") else constants
                assert {text for text in said if isinstance(text, str)} <= known, f"{path}:{node.lineno}"


CONCLUDES = re.compile(
    r"\b(nicht-?)?konform|\b(un)?sicher(e[rsnm]?)?\b|bestanden|versto(ß|ss)|verletz|unbedenklich|rechtmäßig|zulässig"
    r"|\bkeine personenbezogenen daten\b|freigegeben|beobachtet(?! wurde)|erfüllt",
    re.IGNORECASE,
)


def test_no_german_wording_concludes_anything() -> None:
    found = [text for entry in entries("de") for text in both(entry.string) if CONCLUDES.search(text)]
    assert not found


# An article, and behind it what is cited of it and of others, up to the instrument; the UK keeps its own form.
WITHOUT_INSTRUMENT = re.compile(
    r"(?<!UK GDPR )Art\. \d+[a-z]?(?![\da-z])"
    r"(?!(?:(?: (?:Abs\.|Nr\.|Buchst\.|und)|,|\u2013) ?(?:\d+[a-z]?|[a-z]{1,2}))* (?:DSGVO|KI-VO))"
)


def test_german_prints_every_article_with_its_instrument() -> None:
    for entry in entries("de"):
        for text in both(entry.string):
            assert not WITHOUT_INSTRUMENT.search(text), text
            assert not re.search(r"(?<!UK )GDPR", text), text
            assert len(re.findall(r"DSGVO", text)) >= len(re.findall(r"(?<!UK )GDPR (?:Art|Rec)", both(entry.id)[0]))


def test_the_german_terms_are_those_of_the_regulation() -> None:
    labels = {name: GERMAN.gettext(term.label) for name, term in TERMS.items()}
    assert labels["health_and_medical"] == "Gesundheitsdaten"
    assert labels["gdpr_racial_or_ethnic_origin"] == "Rassische und ethnische Herkunft"
    assert labels["gdpr_political_opinions"] == "Politische Meinungen"
    assert labels["gdpr_religious_or_philosophical_beliefs"] == "Religiöse oder weltanschauliche Überzeugungen"
    assert labels["gdpr_trade_union_membership"] == "Gewerkschaftszugehörigkeit"
    assert labels["gdpr_genetic_data"] == "Genetische Daten"
    assert labels["gdpr_biometric_for_identification"] == (
        "Biometrische Daten zur eindeutigen Identifizierung einer natürlichen Person"
    )
    assert labels["gdpr_sex_life_or_sexual_orientation"] == "Daten zum Sexualleben oder der sexuellen Orientierung"


# Numbers, dates, order


def test_english_is_written_as_it_always_was() -> None:
    assert (ENGLISH.day(MOMENT), ENGLISH.when(MOMENT)) == ("23 November 2026", "23 November 2026, 18:04 UTC")
    assert (ENGLISH.number(1234), ENGLISH.number(999), ENGLISH.number(1234567)) == ("1,234", "999", "1,234,567")
    assert (ENGLISH.percent(63, 100), ENGLISH.percent(1, 4200), ENGLISH.percent(0, 0)) == ("63%", "<1%", "0%")
    assert (ENGLISH.listed(["a", "b", "c"]), ENGLISH.listed(["a", "b"], alternatives=True)) == ("a, b and c", "a or b")


def test_german_is_written_as_germans_write_it() -> None:
    assert (GERMAN.day(MOMENT), GERMAN.when(MOMENT)) == ("23. November 2026", "23. November 2026, 18:04 UTC")
    assert (GERMAN.number(1234), GERMAN.number(999), GERMAN.number(1234567)) == ("1.234", "999", "1.234.567")
    assert (GERMAN.percent(63, 100), GERMAN.percent(1, 4200), GERMAN.percent(29, 100)) == (
        "63\u00a0%",
        "<1\u00a0%",
        "29\u00a0%",
    )
    assert GERMAN.day(datetime(2026, 3, 1, tzinfo=UTC)) == "1. März 2026"
    assert GERMAN.listed(["a", "b", "c"]) == "a, b und c"


def test_all_is_said_of_all_alone() -> None:
    for spoken in (ENGLISH, GERMAN):
        assert spoken.percent(4199, 4200).startswith("99")


@pytest.mark.parametrize(
    "names",
    [
        ["Ablage", "Arzt", "Ärzte", "Äußere Post", "Auto", "Zebra"],
        ["Strasse", "Straße", "Strauß", "Strauss B"],
        ["angle", "Ångström", "Zoë"],
        ["Œuvre", "offen", "Øst", "Ost-West"],
        ["agent 2", "Agent 3"],
        ["Step 2", "step 10", "Step 10 b"],
    ],
)
def test_names_stand_where_german_and_english_readers_look_for_them(names: list[str]) -> None:
    assert sorted(set(names), key=reading_order) == names


@given(st.text(), st.text())
def test_the_order_of_names_tells_any_two_apart(one: str, other: str) -> None:
    assert (reading_order(one) == reading_order(other)) == (one == other)


def test_agents_stand_in_the_order_of_readers_in_every_list() -> None:
    found = view("de")
    assert [each.name for each in found.agents] == ["Äußere Post", "Ohne", "Zuteilung"]
    assert found.summary.order == ["a1", "a2", "a4"]


def test_a_message_is_english_until_it_is_said_in_a_language() -> None:
    asked = Message("no version of it is known to be pinned in %(environments)s", {"environments": ["50 %", "B"]})
    assert str(asked) == "no version of it is known to be pinned in 50 % or B"
    assert GERMAN.say(asked) == "es ist keine Version bekannt, die in 50 % oder B eingesetzt ist"


# Documents


def test_the_names_of_report_json_are_the_same_in_every_language() -> None:
    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(item) for key, item in value.items()}
        return [shape(item) for item in value] if isinstance(value, list) else type(value)

    def facts(report: Report) -> Any:
        return [
            (
                (each.id, each.anchor, each.assessment, [entry.anchor for entry in each.span_types]),
                [(name, item.state, item.evidence) for name, item in each.categories.items()],
                [(name, item.state, item.evidence) for name, item in each.flags.items()],
                [(finding.id, finding.rule, finding.severity) for finding in each.findings],
            )
            for each in report.agents
        ]

    english, german = (json.loads(as_json.render(view(code)).data) for code in ("en", "de"))
    assert shape(english) == shape(german)
    assert facts(view("en")) == facts(view("de"))
    assert (english["language"], german["language"]) == ("en", "de")


def test_no_sentence_of_ours_stands_in_english_in_a_german_report() -> None:
    said = text_of(page("de"))
    english = [
        text
        for entry in entries("de")
        for text, own in zip(both(entry.id), both(entry.string), strict=True)
        if len(text) > 25 and "%" not in text and "<" not in text and text != own
    ]
    assert len(english) > 50
    assert [text for text in english if text in said] == []


def test_the_language_of_a_document_is_told_to_whatever_reads_it_aloud() -> None:
    for code in ("en", "de"):
        assert f'<html lang="{code}">' in page(code)
    document = pikepdf.open(io.BytesIO(pdf.render(view("de")).data))
    assert str(document.Root.Lang) == "de"


def test_words_of_a_machine_are_marked_as_english_and_ours_are_not() -> None:
    assert page("de").count('<span lang="en">HTTP 403</span>') == 2
    assert "Schemaversion v7, eingesetzt in Staging" in text_of(page("de"))
    assert "lang=" not in page("en").replace('<html lang="en">', "")


def test_a_translated_term_is_found_by_the_name_of_the_platform() -> None:
    said = text_of(page("de"))
    for term in (*ACTIONS, *CATEGORIES):
        assert f"{GERMAN.gettext(term.label)} ({term.name})" in said
        assert f"({term.name})" not in text_of(page("en"))


def test_what_stands_in_a_sentence_is_shown_like_everything_else() -> None:
    odd = "\u202e<b>%(x)s</b>" + "x" * 300
    made = html.render(seen(inventory(agent()), "de", odd)).data.decode()
    assert "\u202e" not in made
    assert "<b>%" not in made
    filled = templates.rendered("parts/gaps.html", **book.book(view("de")))
    assert "<span lang=" in filled
    environment = templates._environment(GERMAN)  # noqa: SLF001 (what a sentence in any template does)
    sentence = environment.from_string("{% trans name=odd, n=4200 %}{{ name }} and {{ n }}{% endtrans %}")
    assert sentence.render(odd=odd).startswith("\\u202e&lt;b&gt;%(x)s&lt;/b&gt;xxx")
    assert sentence.render(odd=odd).endswith("weitere Zeichen in den Belegen) and 4.200")


def test_paper_has_a_head_for_every_column_in_every_language() -> None:
    for code in codes():
        spoken = language.of(code)
        for way in ("turned", "slanted"):
            told = templates.heads()[way]
            labels = {letters.head(term, spoken) for term in (*ACTIONS, *CATEGORIES)}
            assert labels | set(letters.classification_heads(spoken)) <= set(told)
            assert letters.heads(told, spoken, glance=way == "slanted")


# The command


def test_a_report_in_german_is_german_in_every_format(datarisk: Datarisk, tmp_path: Path) -> None:
    done = datarisk("demo", "--lang", "de", "-f", "json", "-f", "html")
    assert done.returncode == 0, done.stderr
    [folder] = tmp_path.glob("reports/*/latest")
    made = json.loads((folder / "report.json").read_bytes())
    assert (made["language"], made["controller"]["title"]) == ("de", "Was unsere KI-Agenten laut Deklaration tun")
    assert "berücksichtigte Agenten" in made["summary"]["lead"]
    assert json.loads((folder / "manifest.json").read_bytes())["settings"]["language"] == "de"
    assert '<html lang="de">' in (folder / "report.html").read_text()


@pytest.mark.parametrize("place", ["option", "environment", "file"])
def test_a_language_that_is_not_there_ends_with_2_and_names_those_that_are(
    datarisk: Datarisk, tmp_path: Path, place: str
) -> None:
    if place == "file":
        (tmp_path / "datarisk.toml").write_text('language = "tlh"\n')
    environment = {"DATARISK_LANGUAGE": "tlh"} if place == "environment" else {}
    done = datarisk("demo", *(["--lang", "tlh"] if place == "option" else []), **environment)
    assert done.returncode == 2
    assert "no such language. Those that are there are de, en" in done.stderr
    assert not (tmp_path / "reports").exists()


def test_the_language_is_a_setting_like_any_other(datarisk: Datarisk, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"span_type_schemas": [span_type("a", risk())]}))
    (tmp_path / "datarisk.toml").write_text('language = "de"\n[controller]\ntitle = "Our own"\n')
    assert datarisk("report", "x.json", "-f", "json").returncode == 0
    [file] = tmp_path.glob("reports/local/2*/report.json")
    made = json.loads(file.read_bytes())
    assert (made["language"], made["controller"]["title"]) == ("de", "Our own")


def test_what_the_machine_speaks_changes_nothing(datarisk: Datarisk, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"span_type_schemas": [span_type("a", risk())]}))
    spoken = ({"PYTHONHASHSEED": "1"}, {"LANG": "de_DE.UTF-8", "LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "de"})
    for number, environment in enumerate(spoken):
        for code in codes():
            done = datarisk("report", "x.json", "--lang", code, "-o", f"{number}{code}", **environment)
            assert done.returncode == 0, done.stderr
    for code in codes():
        for name in ("report.html", "report.pdf", "report.json", "manifest.json"):
            one, other = (tmp_path / f"{number}{code}/local/latest" / name for number in (0, 1))
            assert one.read_bytes() == other.read_bytes()


def test_help_and_settings_name_every_language() -> None:
    [option] = [each for each in cli.commands["report"].params if each.name == "language"]
    for code in codes():
        assert re.search(rf"\b{code}\b", str(getattr(option, "help", "")))
        assert re.search(rf"\b{code}\b", Settings.model_fields["language"].description or "")


def test_english_reads_no_catalogue() -> None:
    code = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from reporter.cli import reporting\n"
        "from reporter.render import html\n"
        "from reporter.plain.language import ENGLISH\n"
        "ENGLISH.when(datetime.now(UTC)), ENGLISH.number(1234), ENGLISH.percent(1, 3), ENGLISH.gettext('Summary')\n"
        "print('babel' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


#: Names as accounts have them: letters, separators, zeros in front, digits of other scripts, and far too many digits.
_NAMES = st.one_of(st.text(), st.text("ab_:-0129\u0663\u00b2"), st.builds("{}{}".format, st.text("ab"), st.integers(0)))


@pytest.mark.parametrize(
    "names",
    [
        ["step_1", "step_02", "step_2", "step_10", "step_10a", "step_11"],
        ["v1.2.9", "v1.2.10", "v1.10.1", "v2"],
        ["tool:a", "tool:a2", "tool:a10", "tool:b1"],
        ["9" * 5000, "1" + "0" * 5000],
    ],
)
def test_identifiers_are_put_into_order_as_people_count(names: list[str]) -> None:
    assert sorted(set(names), key=natural_order) == names


@given(st.lists(_NAMES))
def test_the_natural_order_is_the_same_however_names_come_in(names: list[str]) -> None:
    turned = names[::-1]
    assert sorted(names, key=natural_order) == sorted(turned, key=natural_order)


@given(_NAMES, _NAMES)
def test_the_natural_order_tells_any_two_names_apart(one: str, other: str) -> None:
    assert (natural_order(one) == natural_order(other)) == (one == other)


@given(_NAMES, _NAMES)
def test_without_digits_the_natural_order_is_that_of_characters(one: str, other: str) -> None:
    one, other = (re.sub("[0-9]", "", each) for each in (one, other))
    assert (natural_order(one) < natural_order(other)) == (one < other)


@given(st.text("ab_:"), st.integers(0), st.integers(0), st.text())
def test_numbers_in_the_same_place_are_put_into_order_by_their_value(
    begin: str, one: int, other: int, end: str
) -> None:
    keys = [natural_order(f"{begin}{number}:{end}") for number in (one, other)]
    assert (keys[0] < keys[1]) == (one < other)
