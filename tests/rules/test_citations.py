"""Provisions as German cites them: the instrument last, each step by its name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.plain import language
from reporter.plain.language import ENGLISH
from reporter.review.citations import localized

GERMAN = language.of("de")


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("GDPR Art. 9", "Art. 9 DSGVO"),
        ("GDPR Art. 9(1)", "Art. 9 Abs. 1 DSGVO"),
        ("GDPR Art. 9(2)(d)", "Art. 9 Abs. 2 Buchst. d DSGVO"),
        ("GDPR Art. 9(2)(b), (d)", "Art. 9 Abs. 2 Buchst. b, d DSGVO"),
        ("GDPR Art. 9(3)-(4)", "Art. 9 Abs. 3\u20134 DSGVO"),
        ("GDPR Art. 5(1)(a)-(f)", "Art. 5 Abs. 1 Buchst. a\u2013f DSGVO"),
        ("GDPR Art. 4(15)", "Art. 4 Nr. 15 DSGVO"),
        ("GDPR Arts. 44-49", "Art. 44\u201349 DSGVO"),
        ("GDPR Recital 38", "Erwägungsgrund 38 DSGVO"),
        ("GDPR Recitals 58, 71, 75", "Erwägungsgründe 58, 71, 75 DSGVO"),
        ("GDPR Chapter V", "Kapitel V DSGVO"),
        ("AI Act Art. 5(1)(g)", "Art. 5 Abs. 1 Buchst. g KI-VO"),
        ("AI Act Art. 4a", "Art. 4a KI-VO"),
        ("AI Act Annex III", "Anhang III KI-VO"),
        ("AI Act Annex III point 5(b)-(c)", "Anhang III Nr. 5 Buchst. b\u2013c KI-VO"),
        ("AI Act Annex IV points 1, 2(d)-(e), 3", "Anhang IV Nr. 1, 2 Buchst. d\u2013e, 3 KI-VO"),
        ("PSD2 Arts. 64, 74, 97", "Art. 64, 74, 97 PSD2"),
        ("NIS2 Art. 21(2)(h), (j)", "Art. 21 Abs. 2 Buchst. h, j NIS-2-Richtlinie"),
        ("ePrivacy Directive Art. 5(3)", "Art. 5 Abs. 3 ePrivacy-Richtlinie"),
        ("Directive (EU) 2016/943 Art. 2(1)(c)", "Art. 2 Nr. 1 Buchst. c Richtlinie (EU) 2016/943"),
        ("Directive 2000/43/EC", "Richtlinie 2000/43/EG"),
        ("CJEU C-21/23 (Lindenapotheke)", "EuGH C-21/23 (Lindenapotheke)"),
        ("WP248 criterion 4", "WP248 Kriterium 4"),
    ],
)
def test_german_names_each_step_and_the_instrument_last(english: str, german: str) -> None:
    assert localized(english, GERMAN) == german


@pytest.mark.parametrize(
    "provision",
    [
        "UK GDPR Arts. 22A-22D",
        "UK GDPR Art. 22B",
        "ISO/IEC 27001:2022 A.5.12, A.5.13",
        "SOC 2 CC6.1",
        "PCI DSS v4.0.1 Req. 3.2.1, 4.2",
        "HIPAA 45 CFR 164.308(a)(1)(ii)(A)",
        "CCPA § 1798.140(ae)",
        "ACME policy 3.1",
        "GDPR Art. 9(1) and whatever somebody wrote behind it",
        "GDPRX Art. 9",
        "",
    ],
)
def test_other_instruments_and_what_is_no_citation_stay_as_they_are(provision: str) -> None:
    assert localized(provision, GERMAN) == provision


@given(st.text())
def test_english_and_what_others_wrote_stay_as_they_are(text: str) -> None:
    assert localized(text, ENGLISH) == text
    assert localized(f"ours {text}", GERMAN) == f"ours {text}"


@given(st.integers(1, 99), st.lists(st.integers(1, 15) | st.sampled_from("abcdefgh"), max_size=3))
def test_no_number_and_no_letter_gets_lost(article: int, steps: list[int | str]) -> None:
    english = f"GDPR Art. {article}{''.join(f'({step})' for step in steps)}"
    german = localized(english, GERMAN)
    assert german.startswith(f"Art. {article}")
    assert german.endswith(" DSGVO")
    told = german.removeprefix("Art. ").removesuffix(" DSGVO").replace("Buchst.", "").replace("Abs.", "")
    assert told.replace("Nr.", "").split() == [str(article), *map(str, steps)]
