"""One report of a schedule: made, held against the gate and the last one, told of and kept; whatever fails, it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from reporter import bundle, pipeline
from reporter.cli import archived
from reporter.cli.gate import judged, known_before
from reporter.cli.reading import Call
from reporter.cli.reporting import ordered
from reporter.cli.terminal import count
from reporter.cli.voice import Voice
from reporter.declared.model import Account
from reporter.errors import DatariskError, EvidenceError, HeldError, RenderError, UsageError, unmade
from reporter.gate import previous
from reporter.gate.policy import Verdict
from reporter.layers import Applied
from reporter.order import Order
from reporter.plain.language import ENGLISH
from reporter.plain.text import shown
from reporter.prefactor.records import Collected
from reporter.review.previous import Previous
from reporter.schedule import lock, news, notice, retention, runs, state, webhook
from reporter.schedule.file import Planned
from reporter.schedule.news import Failure, News, Told
from reporter.schedule.runs import Kept
from reporter.view.gaps import gaps, kinds
from reporter.view.report import Report
from reporter.view.since import Since

_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one report.

    Attributes:
        line: What is said of it in a line.
        nothing_new: Whether there is nothing about it that anybody has to hear.
        open: How many questions are open.
        gate: The gate's outcome; None where it did not come to one.
    """

    name: str
    status: int
    line: str
    nothing_new: bool = False
    agents: int = 0
    open: int = 0
    gate: str | None = None


def asked(number: int) -> str:
    """How many questions are open."""
    return f"{count(number, 'question')} open"


class Job:
    """One report of the file, on its way.

    Raises:
        UsageError: Its settings are wrong.
    """

    def __init__(self, plan: Planned, voice: Voice, config: str | None, *, dry_run: bool) -> None:
        self.plan, self.voice, self._dry = plan, voice, dry_run
        given = {
            "config": config,
            "sources": plan.sources,
            "token_file": str(plan.token_file) if plan.token_file else None,
            "token_variable": plan.token_variable,
        }
        self.call = Call(voice, given, own=plan.layer, folder=plan.layer.file.path.parent)
        self.output: Path = self.call.settings.output
        if plan.baseline == "last" and "json" not in self.call.settings.formats:
            what, remedy = "nothing is new without a report.json", 'Add json to formats, or write baseline = "none"'
            raise UsageError(what, where=self.call.told.origin(("formats",)), remedy=remedy)
        self._problems: list[DatariskError] = []
        self._compared = False
        self._turned = False

    def hold(self, locks: ExitStack) -> None:
        """Locks it until the run ends; what cannot be locked, because nothing can be written there, fails by itself."""
        if self._dry:
            return
        try:
            locks.enter_context(lock.held(self.plan.name, state.place(self.output, self.plan.name, "lock")))
        except HeldError:
            raise
        except DatariskError as error:
            self._problems.append(error)

    def made(self) -> Ended:
        """Makes it, whatever happens."""
        self.voice.event("report started")
        try:
            if self._problems:
                raise self._problems[0]  # noqa: TRY301  (it ends as all else that keeps a report from being made)
            ended = self._made()
        except Exception as error:  # noqa: BLE001  (one report costs no other)
            problem = error if isinstance(error, DatariskError) else unmade(error, "report")
            self.voice.error(problem)
            self._without(problem)
            status = max(each.exit_status for each in (problem, *self._problems))
            self._log_end(status)
            ended = Ended(self.plan.name, status, f"no report (status {status}): {shown(problem.what, _WORDS)}")
        return ended

    def _log_end(self, status: int, **more: Any) -> None:
        none = dict.fromkeys(("complete", "gate", "account", "run", "agents", "open", "new"))
        self.voice.event("report ended", status=status, **(none | {"complete": False} | more))

    # From what is read to what is kept ------------------------------------------------------------------------------

    def _made(self) -> Ended:
        call, plan = self.call, self.plan
        order = archived.with_runs(call, replace(ordered(call), name=plan.name))
        known = known_before(call)
        self._compared = known is not None
        call.say_files(order)
        collected = call.collect()
        last = self._last(collected, order)
        if last:
            applied = Applied("baseline", last.location, last.sha256)
            order = replace(order, previous=last, configuration=(*order.configuration, applied))
        found = pipeline.run(collected, order)
        report = found.report
        if known is not None:
            known.check_account(report.account)
        verdict = judged(call, found, known)
        call.tell_gaps(found.inventory, found.scope.gaps)
        call.warn(report.waivers)
        folder = None
        if not self._dry:
            elsewhere = archived.elsewhere(call)
            made = pipeline.write(found, call.settings.formats, self.output, split=plan.split, archive=elsewhere)
            folder = made.folder
            if made.kept:
                self.voice.say(f"Kept in the archive: {shown(made.kept)}")
            for problem in made.problems:
                self._fails(problem)
        failure = self._failure(found)
        told = self._tell(report, failure, verdict, folder)
        self._retain(found, folder)
        return self._ended(report, verdict, told, folder)

    def _fails(self, problem: DatariskError) -> None:
        self._problems.append(problem)
        self.voice.error(problem)

    def _last(self, collected: Collected, order: Order) -> Previous | None:
        """What the report is held against: whatever evidence that was kept before was held against then."""
        if self.plan.baseline == "none":
            return None
        if self.plan.baseline == "policy":
            named = self.call.settings.policy.baseline
            return previous.read(named) if named else None
        home = self._home(_account(collected))
        folder, passed = runs.last_complete(home, self.plan.name, self._scope(order))
        for each in passed:
            self.voice.complain(shown(f"not compared with {home.name}/{each}", _WORDS))
        if folder is None:
            return None
        try:
            last = previous.read(folder)
        except UsageError as error:  # of another version of this program, which costs no report
            self.voice.complain(shown(f"not compared with {home.name}/{folder.name}: {error.what}", _WORDS))
            return None
        if last.made_at and last.made_at > order.generated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"):
            self.voice.complain(f"the last complete run, {folder.name}, is of a later time than now: a clock went back")
        return last

    def _home(self, account: Account) -> Path:
        return self.output / bundle.account_folder(account.name, account.id)

    def _scope(self, order: Order) -> str:
        asked = order.selection
        as_of = asked.as_of.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if asked.as_of else None
        return runs.scope_of(
            {
                "versions": list(asked.versions),
                "environments": list(asked.environments),
                "as_of": as_of,
                "agents": list(asked.agents),
                "include_retired": asked.include_retired,
            }
        )

    # Who is told ----------------------------------------------------------------------------------------------------

    def _failure(self, found: pipeline.Run) -> Failure | None:
        """Why this is not the whole report; in English like all words of the command."""
        if found.report.complete:
            problem = self._problems[0] if self._problems else None
            return _failure(problem) if problem else None
        every = kinds(gaps(found.inventory, found.scope.gaps, ENGLISH))
        more = f", and {len(every) - 1} more" if len(every) > 1 else ""
        return Failure(EvidenceError.exit_status, f"not read: {every[0].first.what}: {every[0].first.why}{more}")

    def _tell(self, report: Report, failure: Failure | None, verdict: Verdict, folder: Path | None) -> int:
        """Tells what is new; returns how many questions nobody had been told of."""
        told, why = state.read(self.output, self.plan.name)
        if why:
            self.voice.complain(shown(f"{why}; what somebody was told before is not known", _WORDS))
        today = self.call.now.astimezone(UTC).date()
        about = self._about(report, verdict, folder)
        given = self.plan.notify
        gate = verdict.outcome
        sent = news.news(report, told, given, today, failure=failure, gate=gate) if given else News()
        delivered = self._delivered(sent, about)
        self._remember(news.after(told, report, sent, failure, delivered=delivered, gate=gate))
        self._turned = told.turned(gate)
        return sum(told.questions.get(each.id) != each.key for each in news.questions(report))

    def _without(self, problem: DatariskError) -> None:
        """Tells that there is no report."""
        failure = _failure(problem)
        try:
            told, _ = state.read(self.output, self.plan.name)
            sent = news.failed(failure, told, self.plan.notify) if self.plan.notify else News()
            delivered = self._delivered(sent, self._about(None, None, None, problem.exit_status))
            self._remember(news.after(told, None, sent, failure, delivered=delivered))
        except Exception as error:  # noqa: BLE001  (why there is no report is what counts)
            self._fails(error if isinstance(error, DatariskError) else unmade(error, "notice"))

    def _about(
        self, report: Report | None, verdict: Verdict | None, folder: Path | None, status: int | None = None
    ) -> notice.About:
        now = self.call.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return notice.About(
            self.plan.name,
            report.account.name if report else None,
            report.generated_at if report else now,
            self._status(report, verdict) if status is None else status,
            verdict.outcome if verdict else None,
            f"{folder.parent.name}/{folder.name}" if folder else None,
            _open(report) if report else None,
        )

    def _delivered(self, sent: News, about: notice.About) -> bool:
        """Whether whoever is to be told knows it by now; where nobody can be, they are told by the next run."""
        given = self.plan.notify
        if given is None:
            return True
        try:
            url = webhook.address(given, os.environ)
        except UsageError as error:
            self._fails(error)
            return False
        counts = {"questions": len(sent.questions), "ending": len(sent.ending), "failure": sent.failure is not None}
        if not sent:
            return True
        if self._dry:
            words = f"{count(counts['questions'], 'question')}, {count(counts['ending'], 'date')} near by"
            failure = ", and that it failed" if sent.failure else ""
            self.voice.result(f"{shown(self.plan.name, 80)}: the webhook would be told of {words}{failure}")
            self.voice.event("notice", delivered=False, message="a dry run", **counts)
            return False
        why = webhook.deliver(url, notice.written(sent, about, given.shape), given.timeout)
        if why is None:
            self.voice.event("notice", delivered=True, **counts)
            return True
        # It says so, and that is all: telling somebody is not what a run is judged by.
        if self.voice.log:
            self.voice.event("notice", "warning", delivered=False, message=why, **counts)
        else:
            self.voice.complain(f"the webhook was not told: {why}. The next run tries again; the status is not changed")
        return False

    def _remember(self, told: Told) -> None:
        if not self._dry:
            try:
                state.write(self.output, self.plan.name, told)
            except DatariskError as error:
                self._fails(error)

    # What is kept ---------------------------------------------------------------------------------------------------

    def _retain(self, found: pipeline.Run, folder: Path | None) -> None:
        keep, order = self.plan.keep, found.order
        if keep.last is None and keep.days is None:
            return
        home, name = self._home(found.report.account), self.plan.name
        coming = None
        if folder is None:
            stamp = f"{order.generated_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
            against = frozenset(each.sha256 for each in order.configuration if each.kind == "baseline")
            coming = Kept(stamp, found.report.complete, name, baselines=against)
        pinned = {*([folder.name] if folder else ()), *self._named(home)}
        try:
            fates = retention.applied(home, keep, now=self.call.now, report=name, pinned=pinned, coming=coming)
        except DatariskError as error:
            self._fails(error)
            return
        for fate, why in fates:
            self._say_fate(f"{home.name}/{fate.run.name}", fate, why)

    def _named(self, home: Path) -> Iterator[str]:
        """The run that the settings name as their baseline, if it is one of these."""
        named = self.call.settings.policy.baseline
        if named and named.resolve().is_relative_to(home.resolve()):
            yield from named.resolve().relative_to(home.resolve()).parts[:1]

    def _say_fate(self, run: str, fate: retention.Fate, why: str | None) -> None:
        event = "run kept" if fate.held or why else "run removed"
        if self.voice.log:
            self.voice.event(event, run=shown(run), why=why or fate.why, dry_run=self._dry)
        elif why:
            self.voice.complain(shown(f"{run} was not removed: {why}", _WORDS))
        elif not self._dry:
            self.voice.say(shown(f"{run} was {'kept' if fate.held else 'removed'}: {fate.why}", _WORDS))
        if self._dry:
            words = f"{self.plan.name}: {run} would be {'kept' if fate.held else 'removed'}: {fate.why}"
            self.voice.result(shown(words, _WORDS))

    # What is said ---------------------------------------------------------------------------------------------------

    def _status(self, report: Report | None, verdict: Verdict | None) -> int:
        complete = 0 if report is None or report.complete else EvidenceError.exit_status
        return max(complete, verdict.exit_status if verdict else 0, *(each.exit_status for each in self._problems), 0)

    def _ended(self, report: Report, verdict: Verdict, unheard: int, folder: Path | None) -> Ended:
        status, open_, agents = self._status(report, verdict), _open(report), report.totals.agents
        if report.since:
            changes = list(_changes(report.since))
        elif self.plan.baseline == "none":
            changes = [f"{unheard:,} new"] if unheard else []
        else:
            changes = ["the first complete report"] if report.complete else ["nothing to compare with"]
        changes += ["beyond the limits now"] * self._turned
        gate = f"the gate {verdict.outcome}" if verdict.complete else "incomplete, so nothing may be concluded"
        if verdict.outcome == "failed":
            gate += f": {shown(verdict.why[0].words, _WORDS)}"
        elif verdict.outcome == "passed" and not self._compared:
            gate += ", with no baseline to compare with"
        place = [shown(str(folder))] if folder else ["nothing was written"]
        problems = [f"status {status}: {shown(self._problems[0].what, _WORDS)}"] if self._problems else []
        line = "; ".join([", ".join(changes) or "nothing new", asked(open_), gate, *problems, *place])
        calm = not changes and report.complete and not self._problems and not self._dry
        self._log_end(
            status,
            complete=report.complete,
            gate=verdict.outcome,
            account=shown(report.account.name),
            run=f"{folder.parent.name}/{folder.name}" if folder else None,
            agents=agents,
            open=open_,
            new=_fresh(report, unheard),
        )
        return Ended(self.plan.name, status, line, calm, agents, open_, verdict.outcome)


def _failure(problem: DatariskError) -> Failure:
    """What is told of a problem: of a fault no more than that, as the words of what failed may hold what it held."""
    fault = isinstance(problem, RenderError)
    words = f"{problem.where} could not be made: a fault, which the run itself tells" if fault else problem.what
    return Failure(problem.exit_status, words)


def _account(collected: Collected) -> Account:
    """Whose declarations these are, which has to be known before they are looked at."""
    records = tuple(each for each in collected.records if each.kind == "account")
    return replace(collected, records=records).inventory().account


def _open(report: Report) -> int:
    return sum(issue.status == "open" for agent in report.agents for issue in agent.issues)


def _fresh(report: Report, unheard: int) -> int:
    since = report.since
    return len(since.new) + len(since.reopened) + len(since.worse) if since else unheard


def _changes(since: Since) -> Iterator[str]:
    """What has become of questions, in counts, worst first."""
    unknown = sum(each.why in {"not read", "unanswered", "not seen"} for each in since.gone)
    counted = {
        "new": len(since.new),
        "open again": len(since.reopened),
        "worse": len(since.worse),
        "not known now": unknown,
        "changed": len(since.changed) - len(since.worse),
        "gone": len(since.gone) - unknown,
        "answered": len(since.answered),
        "accepted": len(since.accepted),
    }
    yield from (f"{number:,} {word}" for word, number in counted.items() if number)
