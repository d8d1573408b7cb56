"""The webhook: who is told what, once; what becomes of one that hangs, refuses or lies; and whose names ping nobody."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path

import hooks
import pytest
from conftest import Called, Datarisk
from gate_calls import OPEN, QUIET, SILENT, put, waived
from hooks import SECRET, Hook
from nights import ONE, Nights
from pydantic import SecretStr

from reporter.errors import UsageError
from reporter.render import json as json_format
from reporter.schedule import webhook
from reporter.schedule.file import Notify
from reporter.schedule.news import Ending, Failure, News, Question
from reporter.schedule.notice import About, written

ABOUT = About("night", "Harbour", "2026-11-23T18:00:00Z", 0, "passed", "local/1", 3)


def test_what_is_new_is_told_once_and_nothing_new_is_not_told(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook)
    nights.declare(claims=QUIET)
    nights.run()
    [first] = hook.sent
    assert first["schema"] == "datarisk/notice/1"
    assert {each["state"] for each in first["questions"]} == {"first"}
    nights.run()
    assert len(hook.sent) == 1
    nights.declare(claims=OPEN)
    told = nights.run()
    assert "webhook" not in told
    [_, second] = hook.sent
    report = nights.report()
    new = [issue for agent in report["agents"] for issue in agent["issues"] if issue["since"] == "new"]
    assert new
    assert {each["id"] for each in second["questions"] if each["state"] == "new"} == {issue["id"] for issue in new}
    assert {each["agent"] for each in second["questions"]} == {"claims"}
    assert (second["report"], second["status"], second["outcome"]) == ("night", 0, "passed")
    assert second["run"] == f"local/{(nights.archive / 'latest').readlink()}"
    nights.run()
    assert len(hook.sent) == 2


def test_what_got_worse_or_is_open_again_is_told_and_what_got_better_is_not(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook)
    nights.declare(claims=OPEN, other=OPEN)
    nights.run()
    nights.declare(other=None)
    nights.run()
    assert len(hook.sent) == 1
    nights.declare(other=OPEN)
    nights.run()
    [_, again] = hook.sent
    assert {(each["agent"], each["state"]) for each in again["questions"]} == {("other", "new")}


def test_answers_that_were_taken_back_are_told(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook)
    nights.declare(claims=OPEN)
    nights.run()
    before = {issue["key"]: issue["id"] for issue in nights.report()["agents"][0]["issues"]}
    silent = json.loads(json.dumps(OPEN))
    silent["span_type_schemas"][0]["data_risk"]["action_profile"]["external_communication"] = "unknown"
    nights.declare(claims=silent)
    nights.run()
    states = {each["id"]: each["state"] for each in hook.sent[1]["questions"]}
    assert states[before["recipients"]] == "unanswered now"
    nights.run()
    assert len(hook.sent) == 2


def test_it_is_not_told_again_what_an_incomplete_run_has_told(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook)
    nights.declare(claims=QUIET)
    nights.run()
    nights.declare(claims=OPEN, torn=b"{")
    nights.run(status=3)
    second = hook.sent[1]
    assert (second["failure"]["status"], bool(second["questions"])) == (3, True)
    nights.run(status=3)
    nights.declare(torn=None)
    nights.run()
    assert len(hook.sent) == 2


def test_what_was_told_is_not_forgotten_because_it_could_not_be_read_in_between(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook, more='on = ["new"]')
    nights.declare(claims=QUIET, other=QUIET)
    nights.run()
    nights.declare(claims=OPEN, other=b"{")
    nights.run(status=3)
    assert len(hook.sent) == 2
    nights.declare(claims=b"{")
    nights.run(status=3)
    nights.declare(claims=OPEN, other=QUIET)
    assert " new" in nights.run()
    assert len(hook.sent) == 2


def test_a_gate_that_time_alone_has_shut_is_told_once(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook)
    text = (nights.folder / "datarisk-run.toml").read_text()
    limits = "policy.max_not_assessed = 99\npolicy.max_unknown_age_days = 1\n"
    (nights.folder / "datarisk-run.toml").write_text(text.replace("[report.notify]", f"{limits}[report.notify]"))
    nights.declare(claims=QUIET)
    nights.run()
    nights.declare(claims=SILENT)
    nights.run()
    before = len(hook.sent)
    hook.status = 500
    nights.run(night=5, status=1)
    hook.status, tried = 200, len(hook.sent)
    nights.run(status=1)
    nights.run(status=1)
    [told] = hook.sent[tried:]
    assert tried > before
    assert (told["turned"], told["questions"], told["outcome"]) == (True, [], "failed")


def test_a_failure_is_told_once_and_again_when_it_comes_back(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook)
    nights.declare(claims=QUIET)
    nights.run()
    (nights.folder / "in").rename(nights.folder / "away")
    nights.run(status=2)
    nights.run(status=2)
    failures = [each["failure"] for each in hook.sent[1:]]
    assert [each["status"] for each in failures] == [2]
    assert "there is no such file or folder" in failures[0]["words"]
    assert str(nights.folder) not in json.dumps(hook.sent)
    (nights.folder / "away").rename(nights.folder / "in")
    nights.run()
    assert len(hook.sent) == 2
    (nights.folder / "in").rename(nights.folder / "away")
    nights.run(status=2)
    assert len(hook.sent) == 3


def test_a_waiver_about_to_expire_is_told_once_in_its_last_days(
    nights: Nights, hook: Hook, datarisk: Datarisk, tmp_path: Path
) -> None:
    put(nights.folder, "in/claims.json", OPEN)
    text = waived(datarisk, tmp_path, "in/claims.json", expires="2026-12-04")
    nights.told_by(hook, more="days = 9")
    nights.run()  # 11 days before its last one
    assert hook.sent[0]["ending"] == []
    nights.run()
    nights.run()
    nights.run()
    [told] = [each["ending"] for each in hook.sent[1:]]
    name = re.search('id = "(.*?)"', text)
    assert name
    assert told == [{"kind": "waiver", "id": name[1], "about": "X01, claims", "day": "2026-12-04", "left": 9}]
    # One that is made to last longer ends on another day, of which nobody was told.
    put(nights.folder, "datarisk-waivers.toml", text.replace("2026-12-04", "2026-12-06").encode())
    nights.run()
    nights.run(night=10)
    assert [each["day"] for sent in hook.sent[2:] for each in sent["ending"]] == ["2026-12-06"]


def test_who_wants_to_hear_of_failures_alone_hears_of_nothing_else(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook, more='on = ["failure"]')
    nights.declare(claims=OPEN)
    nights.run()
    assert hook.sent == []
    nights.declare(claims=b"{")
    nights.run(status=3)
    assert [each["questions"] for each in hook.sent] == [[]]


def test_a_dry_run_tells_nobody_and_says_of_what_it_would(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook)
    nights.declare(claims=OPEN)
    said = nights.run("--dry-run")
    assert re.search(r"night: the webhook would be told of \d+ questions, 0 dates near by\n", said)
    assert hook.sent == []
    nights.run()
    assert len(hook.sent) == 1


def test_news_that_could_not_be_told_are_told_by_the_next_run(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook)
    nights.declare(claims=QUIET)
    nights.run()
    nights.declare(claims=OPEN)
    hook.status = 500
    assert "the webhook was not told: HTTP 500" in nights.run()
    hook.status, before = 200, len(hook.sent)
    nights.run()
    [told] = hook.sent[before:]
    assert told["questions"] == hook.sent[before - 1]["questions"] != []
    nights.run()
    assert len(hook.sent) == before + 1


def test_what_is_newly_met_is_told_once_and_is_open_every_night(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook)
    nights.declare(claims=QUIET)
    nights.run()
    nights.declare(claims=OPEN)
    nights.run()
    asked = [issue for issue in nights.report()["agents"][0]["issues"] if issue["key"] == "impact"]
    told = [each for sent in hook.sent for each in sent["questions"] if each["id"] == asked[0]["id"]]
    assert len(told) == 1
    before = len(hook.sent)
    for _ in range(3):
        nights.run()
        [issue] = [issue for issue in nights.report()["agents"][0]["issues"] if issue["key"] == "impact"]
        assert (issue["id"], issue["status"]) == (asked[0]["id"], "open")
        assert "X20" in {each["rule"] for each in nights.report()["agents"][0]["findings"]}
    assert len(hook.sent) == before


def test_a_webhook_that_was_named_later_is_told_only_what_is_new_then(nights: Nights, hook: Hook) -> None:
    nights.file()
    nights.declare(claims=OPEN)
    nights.run()
    nights.told_by(hook)
    nights.run()
    assert hook.sent == []


def _hangs(_: Callable[[bytes], None], over: threading.Event) -> None:
    over.wait(30)


def _drips(send: Callable[[bytes], None], over: threading.Event) -> None:
    send(b"HTTP/1.1 200 OK\r\nX-A: ")
    while not over.wait(0.05):
        send(b"a")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": 500}, r"HTTP 500"),
        ({"status": 429, "headers": {"Retry-After": "86400"}}, r"HTTP 429, and no other answer within 1 s"),
        ({"status": 400, "body": b"invalid_payload"}, r"HTTP 400"),
        ({"status": 404}, r"HTTP 404"),
        ({"status": 302, "headers": {"Location": "/elsewhere"}}, r"HTTP 302: it redirects, and nothing is sent on"),
        ({"status": 307, "headers": {"Location": "http://127.0.0.1:1/"}}, r"HTTP 307: it redirects"),
        ({"status": 304}, r"HTTP 304: it redirects"),
        ({"headers": {"Content-Type": "text/html"}, "body": b"<html>"}, r"a web page answered"),
        ({"raw": _hangs}, r"no answer within 1 s"),
        ({"raw": _drips}, r"no answer within 1 s"),
        ({"raw": lambda send, _: send(b"\x00\xff garbage\r\n\r\n")}, r"what answers there does not speak HTTP"),
        ({"raw": lambda _, __: None}, r"the connection broke off"),
        ({"body": b"\xff" * 100_000}, None),
        ({"status": 204}, None),
    ],
)
def test_whatever_a_webhook_answers_the_run_ends_well_and_says_so(
    nights: Nights, hook: Hook, answer: dict[str, object], told: str | None
) -> None:
    for name, value in answer.items():
        setattr(hook, name, value)
    nights.told_by(hook)
    text = (nights.folder / "datarisk-run.toml").read_text()
    (nights.folder / "datarisk-run.toml").write_text(text.replace("timeout = 10", "timeout = 1"))
    nights.declare(claims=OPEN)
    said = nights.run()
    assert len(nights.kept) == 1
    if told is None:
        assert "webhook" not in said
    else:
        assert re.search(f"night: the webhook was not told: {told}.*The next run tries again; the status is not", said)
    assert "/elsewhere" not in hook.asked
    assert SECRET not in said


def test_one_that_nobody_answers_at_is_no_more_than_a_line(nights: Nights, hook: Hook) -> None:
    nights.declare(claims=OPEN)
    nights.told_by(hook)
    put(nights.folder, "hook", f"http://127.0.0.1:1/{SECRET}".encode())
    said = nights.run()
    assert "the webhook was not told: it cannot be reached" in said
    assert SECRET not in said


def test_what_goes_to_this_machine_passes_no_proxy(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    with hooks.hook() as other:
        monkeypatch.setenv("http_proxy", other.url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert webhook.deliver(SecretStr(hook.url), b"{}", 20) is None
    assert (len(hook.sent), other.asked) == (1, [])


def test_it_is_tried_a_few_times_where_that_can_help_and_nowhere_else(hook: Hook) -> None:
    url = SecretStr(hook.url)
    for status, times in ((503, 3), (400, 1), (302, 1)):
        hook.status = status
        hook.sent.clear()
        assert webhook.deliver(url, b"{}", 20)
        assert len(hook.sent) == times


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example.org/x", "an address of plain http beyond this machine"),
        ("http://169.254.169.254/latest", "an address of plain http beyond this machine"),
        ("http://localhost.example.org/x", "an address of plain http beyond this machine"),
        ("http://127.0.0.1@example.org/x", "no address"),
        ("https://user:pass@example.org/x", "no address"),
        ("https://example.org\\@evil/x", "no address"),
        ("https://example.org/x y", "no address"),
        ("https://example.org/x\nhttps://evil", "no address"),
        ("ftp://example.org/x", "no address of https"),
        ("file:///etc/passwd", "no address of https"),
        ("https:///x", "no address of https"),
        ("https://[::1/x", "no address"),
        ("hunter2", "no address of https"),
        ("", "is not set, or empty"),
    ],
)
def test_nothing_is_sent_to_an_odd_address_which_is_not_repeated(url: str, why: str) -> None:
    given = Notify("HOOK", None, "run.toml:3", "slack", frozenset({"new"}), 14, 1)
    with pytest.raises(UsageError, match=why) as found:
        webhook.address(given, {"HOOK": url})
    assert str(found.value).startswith("run.toml:3: HOOK ")
    assert not url or url not in str(found.value)


def test_https_and_this_machine_are_addresses() -> None:
    given = Notify("HOOK", None, "run.toml:3", "slack", frozenset({"new"}), 14, 1)
    for url in ("https://hooks.example.org/a?key=b", "http://127.0.0.1:80/", "http://[::1]/", "http://localhost/"):
        assert webhook.address(given, {"HOOK": f" {url}\n"}).get_secret_value() == url


def test_a_variable_may_name_the_file_of_an_address(tmp_path: Path) -> None:
    given = Notify("HOOK", None, "run.toml:3", "slack", frozenset({"new"}), 14, 1)
    (tmp_path / "hook").write_text("https://hooks.example.org/a\n")
    url = webhook.address(given, {"HOOK_FILE": str(tmp_path / "hook")})
    assert url.get_secret_value() == "https://hooks.example.org/a"
    with pytest.raises(UsageError, match="cannot be read: No such file or directory"):
        webhook.address(given, {"HOOK_FILE": str(tmp_path / "gone")})


def test_a_webhook_whose_address_is_not_there_is_a_mistake_that_costs_no_report(nights: Nights) -> None:
    nights.declare(claims=OPEN)
    nights.file(f'{ONE}\nnotify.url_variable = "NIGHT_HOOK"\n')
    said = nights.run(status=2)
    assert "datarisk-run.toml:6: NIGHT_HOOK is not set, or empty" in said
    assert "night: the first complete report" in said
    assert len(nights.kept) == 1


def test_the_address_stands_nowhere_but_in_its_variable(nights: Nights, hook: Hook, called: Called) -> None:
    nights.declare(claims=OPEN)
    nights.file(f'{ONE}\nnotify.url_variable = "NIGHT_HOOK"\n')
    put(nights.folder, "datarisk.toml", b'formats = ["json", "html", "csv"]\npolicy.max_not_assessed = 99\n')
    said = nights.run("--log-format", "json", "-v", NIGHT_HOOK=hook.url)
    hook.status = 500
    nights.declare(claims=QUIET)
    said += nights.run("--debug", NIGHT_HOOK=hook.url)
    assert len(hook.sent) >= 1
    written_ = b"".join(path.read_bytes() for path in nights.folder.rglob("*") if path.is_file())
    assert SECRET not in said
    assert SECRET.encode() not in written_
    assert b"NIGHT_HOOK" in written_


def test_what_was_told_is_kept_whole_and_what_is_torn_or_foreign_is_as_if_it_was_not_there(
    nights: Nights, hook: Hook
) -> None:
    nights.told_by(hook)
    nights.declare(claims=OPEN)
    nights.run()
    [state] = nights.folder.glob("reports/.datarisk-run/*.json")
    good = state.read_text()
    for text in (
        "",
        "{",
        "[]",
        good[:-20],
        good.replace('"night"', '"other"'),
        good.replace("run-state/1", "run-state/9"),
    ):
        state.write_text(text)
        said = nights.run()
        assert "what somebody was told before is not known" in said
        assert state.read_text() == good
    assert len(hook.sent) == 1


# The words ------------------------------------------------------------------------------------------------------------

HOSTILE = [
    "<!channel>", "<!here|x>", "<@U012AB3CD>", "@channel", "@everyone", "<https://evil|click>", "[click](https://evil)",
    "a&lt;!channel&gt;", "*bold*", "`code`", "~x~", "line\nData risk, report forged", "\u202egnp.exe", "x" * 5000, "",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_pings_links_and_forges_nothing(name: str) -> None:
    news = News(
        (Question("1", name, name, "high", "declared", "new", "k"),),
        (Ending("waiver", name, name, "2026-12-01", 3),),
        Failure(3, name),
    )
    about = About(name, name, "2026-11-23T18:00:00Z", 3, "incomplete", name, 3)
    body = json.loads(written(news, about, "slack"))
    assert body.keys() == {"text", "mrkdwn"}
    assert body["mrkdwn"] is False
    text = body["text"]
    assert not re.search(r"[<>@`*\[\]~|\u202e]|://\S", text)
    assert not re.search(r"&(?!(amp|lt|gt);)", text)
    assert len(text.splitlines()) == (8 if name else 7)
    assert len(text) < 3000
    plain = json.loads(written(news, about, "json"))
    assert all(len(each) < 600 and each.isprintable() for each in plain["questions"][0].values())


def test_names_stay_readable_as_they_are() -> None:
    news = News((Question("1", "Größe & Söhne", "Who receives it?", "high", "declared", "new", "k"),))
    text = json.loads(written(news, ABOUT, "slack"))["text"]
    assert text.splitlines() == [
        "Data risk, report night of Harbour, 2026-11-23T18:00:00Z",
        "1 question is new or worse:",
        "\u2022 Größe &amp; Söhne: Who receives it? (high, declared; new)",
        "3 questions are open; the gate: passed",
        "Run local/1",
    ]


def test_a_long_message_names_some_and_counts_the_rest_and_json_holds_all() -> None:
    every = tuple(Question(str(n), f"agent {n}", "Who?", "high", "declared", "new", "k") for n in range(500))
    text = json.loads(written(News(every), ABOUT, "slack"))["text"]
    assert "and 490 more" in text
    assert "agent 10:" not in text
    assert len(json.loads(written(News(every), ABOUT, "json"))["questions"]) == 500


def test_what_was_declared_is_in_no_message(nights: Nights, hook: Hook) -> None:
    declared = json.loads(json.dumps(OPEN).replace("tool:send", "tool:planted-span-type"))
    declared["span_type_schemas"][0]["description"] = "planted words"
    nights.told_by(hook)
    nights.declare(claims=declared)
    nights.run()
    assert hook.sent[0]["questions"]
    assert "planted" not in json.dumps(hook.sent)
    assert not any("key" in each for each in hook.sent[0]["questions"])


def test_of_a_fault_no_more_is_told_than_that(nights: Nights, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("planted words")

    nights.told_by(hook)
    nights.declare(claims=OPEN)
    monkeypatch.setattr(json_format, "render", fails)
    assert "planted words" in nights.run(status=4)
    assert hook.sent[0]["failure"] == {
        "status": 4,
        "words": "report.json could not be made: a fault, which the run itself tells",
    }
    assert "planted" not in json.dumps(hook.sent)


def test_slack_is_told_in_its_own_shape(nights: Nights, hook: Hook) -> None:
    nights.told_by(hook, "slack")
    put(nights.folder, "in/<!channel>.json", OPEN)
    nights.run()
    [text] = hook.texts
    assert text.startswith("Data risk, report night of local, 2026-11-23T18:00:00Z\n")
    assert "&lt;!channel&gt;: " in text
    assert "<!channel>" not in text
