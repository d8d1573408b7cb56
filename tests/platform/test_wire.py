"""The wire under the client: whose certificates count, what each bound costs and allows, and the token in no word."""

from __future__ import annotations

import json
import logging
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import NOW
from conftest import Called
from far_end import Answer, account, far_end, of_agent, said
from faults import ACCOUNT, CHUNKED, FAULTS, HEAD, TOKEN, Fault, at, command, injected, outcome, raw, self_signed, text
from pydantic import SecretStr

from reporter.declared.scope import Selection
from reporter.errors import AnswerError, UnreachableError
from reporter.prefactor.credentials import Access
from reporter.sources.platform import Platform


def gaps(url: str, **bounds: float) -> tuple[object, ...]:
    """Reads an account to its end."""
    access = Access(url, SecretStr(TOKEN), "the test", **bounds)  # type: ignore[arg-type]
    return Platform(access, Selection(), NOW).collect().gaps


@pytest.mark.parametrize("given", ["a folder without hashes", "two folders", "a file and a folder"])
def test_certificates_of_ones_own_are_trusted_wherever_they_are_named(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = self_signed(tmp_path)
    folder, empty = tmp_path / "folder", tmp_path / "empty"
    folder.mkdir()
    empty.mkdir()
    (empty / "README").write_text("no certificate")
    (folder / "own.crt").write_bytes((tmp_path / "certificate.pem").read_bytes())
    if given == "a file and a folder":
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    folders = {"two folders": f"{empty}:{folder}", "a file and a folder": str(empty)}
    monkeypatch.setenv("SSL_CERT_DIR", folders.get(given, str(folder)))
    with far_end(account(1), of_agent, tls=context) as place:
        assert gaps(place.url) == ()


def test_500_megabytes_in_half_a_megabyte_cost_no_more_than_the_bound(tmp_path: Path) -> None:
    [fault] = [each for each in FAULTS if each.injected.startswith("500 MB")]
    tracemalloc.start()
    try:
        with injected(fault, tmp_path) as around, pytest.raises(AnswerError, match="its answer is larger than 5 MB"):
            gaps(around["PREFACTOR_API_URL"], answer_timeout=60, max_answer_megabytes=5)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000


BOUNDED: dict[str, tuple[Callable[[], Answer], dict[str, float], dict[str, float]]] = {
    "max_headers": (raw(HEAD + b"X: 1\r\n" * 200 + b"Connection: close\r\n\r\n", ACCOUNT), {}, {"max_headers": 300}),
    "max_header_kilobytes": (
        raw(HEAD + b"X: " + b"x" * 90_000 + b"\r\nConnection: close\r\n\r\n", ACCOUNT),
        {},
        {"max_header_kilobytes": 96},
    ),
    "max_answer_megabytes": (
        text(ACCOUNT + b" " * 1_500_000), {"max_answer_megabytes": 1}, {"max_answer_megabytes": 2},
    ),
    "answer_timeout": (
        raw(HEAD + b"Connection: close\r\n\r\n", ACCOUNT, pause=0.6), {"answer_timeout": 0.3}, {"answer_timeout": 60},
    ),
}  # fmt: skip


@pytest.mark.parametrize("setting", BOUNDED)
def test_a_bound_that_is_reached_is_named_with_its_setting_and_raising_that_lets_the_answer_in(setting: str) -> None:
    answer, reached, raised = BOUNDED[setting]
    fault = Fault("", "", at("/account", answer))
    known = fault.world()
    with far_end(known, fault.answers(known)) as place:
        with pytest.raises((AnswerError, UnreachableError)) as refused:
            gaps(place.url, **reached)
        assert setting in str(refused.value)
        assert gaps(place.url, **raised) == ()


SECRET = TOKEN.encode()
PLANTED: dict[str, Callable[[], Answer]] = {
    "a status line that is none": raw(b"HTTP/1.1 Bearer " + SECRET + b"\r\n\r\n"),
    "another protocol": raw(SECRET + b"\r\n\r\n"),
    "a header that is none": raw(HEAD + b"Authorization Bearer " + SECRET + b"\r\n\r\n"),
    "a header's name": raw(HEAD + SECRET + b": 1\r\nContent-Length: 1\r\n\r\n-"),
    "the reason": raw(b"HTTP/1.1 404 " + SECRET + b"\r\nContent-Length: 0\r\n\r\n"),
    "the size of a chunk": raw(CHUNKED + SECRET + b"\r\n"),
    "the length": raw(HEAD + b"Content-Length: " + SECRET + b"\r\n\r\n"),
    "the packing": text(ACCOUNT, Content_Encoding=TOKEN),
    "the type": text(b"-", Content_Type=f"text/{TOKEN}"),
    "the time to wait": lambda: said({}, 429, **{"Retry-After": TOKEN}),
    "a cookie": text(b"-", Set_Cookie=f"t={TOKEN}"),
    "a redirect": text(b"", 302, Location=f"http://{TOKEN}.test/{TOKEN}"),
    "a redirect in capitals": text(b"", 302, Location=f"http://{TOKEN.upper()}.test/"),
    "text instead of JSON": text(SECRET),
    "an error's code": lambda: said({"status": "error", "code": TOKEN}, 400),
    "a value": lambda: said({"summaries": [{"id": "acc", "name": f"Bearer {TOKEN}"}]}),
    "a value in escapes": text(
        json.dumps({"summaries": [{"id": "acc", "name": TOKEN}]}).replace(TOKEN[0], "\\u0070", 1).encode()
    ),
    "a value in capitals": lambda: said({"summaries": [{"id": "acc", "name": TOKEN.upper()}]}),
    "a key": lambda: said({"summaries": [{"id": "acc", TOKEN: 1}]}),
    "a name that stands twice": text(b'{"%b": 1, "%b": 2}' % (SECRET, SECRET)),
    "pagination": lambda: said({"summaries": [{"id": "acc"}], "pagination": {"item_count": TOKEN}}),
}


@pytest.mark.parametrize("place", PLANTED)
def test_a_token_that_comes_back_stands_in_no_word_log_traceback_or_file(
    place: str, called: Called, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    out = tmp_path / "out"
    with injected(Fault("", place, at("/account", PLANTED[place])), tmp_path) as around:
        found = outcome(*called(*command(out), "--debug", "-vv", **around | {"DATARISK_ANSWER_TIMEOUT": "0.5"}), out)
    assert found.status == 3
    assert "datarisk: " in found.told
    assert found.leaked == []
    assert TOKEN not in (found.told + caplog.text).lower()


def test_a_token_of_the_form_of_an_error_code_is_not_shown_as_one(called: Called, tmp_path: Path) -> None:
    plain = TOKEN.replace("-", "_")
    coded = at("/account", lambda: said({"status": "error", "code": f"no_{plain}"}, 400))
    with injected(Fault("", "", coded), tmp_path) as around:
        status, told = called(*command(tmp_path / "out"), **around | {"PREFACTOR_API_TOKEN": plain})
    assert status == 3
    assert "HTTP 400" in told
    assert plain not in told
