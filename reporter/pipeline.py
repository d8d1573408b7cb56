"""The composition of the stages; source, clock and place are handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, assert_never

from reporter import bundle, carried
from reporter.archive.stores import Folder, Objects
from reporter.declared.model import Inventory
from reporter.declared.scope import Missing, Scope, scope
from reporter.errors import DatariskError, UnreadableError, UsageError, unmade
from reporter.gate import previous
from reporter.gate.sides import of_scope
from reporter.layers import Applied
from reporter.order import SETTINGS, Kept, Order, Stated, kept, look, policy
from reporter.plain.canonical import digest
from reporter.plain.language import Message
from reporter.plain.memory import collecting_later
from reporter.prefactor.records import Collected
from reporter.render.document import PLAIN, Attachment, Document, Renderer, Theme
from reporter.review import answers, facts_file, ledger
from reporter.review import past as before
from reporter.review.assessment import Assessment, assess
from reporter.review.catalogue import load
from reporter.review.difference import difference
from reporter.review.facts import NO_FACTS
from reporter.review.kept import side_of
from reporter.review.ledger import Ledger
from reporter.review.newly import earlier
from reporter.review.past import Past
from reporter.review.previous import Digests, Previous, Since, scope_of
from reporter.seal.envelope import sealed
from reporter.seal.pades import signed
from reporter.settings import ENDINGS, Format
from reporter.sources import snapshot
from reporter.sources.document import parse
from reporter.view.compose import Context, compose
from reporter.view.report import Report

Progress = Callable[[str], None]
"""Is told what is being done, in a few words."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run has found out, before anything is written."""

    inventory: Inventory
    scope: Scope
    assessment: Assessment
    context: Context
    order: Order
    snapshot: bytes
    report: Report
    ledger: Ledger

    def of_agent(self, agent_id: str) -> Report:
        """The report about one agent alone, from the same evidence, with the waivers that are about it."""
        scoped = tuple(each for each in self.scope.agents if each.agent.id == agent_id)
        assessed = tuple(each for each in self.assessment.agents if each.agent.id == agent_id)
        found = {finding.id for each in assessed for finding in each.findings}
        about = ((fate, tuple(each for each in fate.findings if each in found)) for fate in self.assessment.fates)
        fates = tuple(replace(fate, findings=some) for fate, some in about if some)
        assessment = replace(self.assessment, agents=assessed, fates=fates)
        since = self.context.since
        changed = self.context.difference
        context = replace(
            self.context,
            since=since.of_agent(agent_id) if since else None,
            difference=changed.of_agent(agent_id) if changed else None,
            runs=None,
        )
        return compose(self.inventory, replace(self.scope, agents=scoped), assessment, context)


@dataclass(frozen=True, slots=True)
class Written:
    """Where a run lies, where its archive keeps it if that is elsewhere, and which documents could not be made."""

    folder: Path
    problems: tuple[DatariskError, ...]
    kept: str | None = None


def run(collected: Collected, order: Order) -> Run:
    """From what was collected to the view."""
    inventory, stated = with_facts(collected, order.facts, order.generated_at)
    chosen = scope(inventory, order.selection)
    if not chosen.agents and not order.allow_empty and not (inventory.gaps or chosen.gaps):
        chosen = replace(chosen, gaps=(*chosen.gaps, _NOTHING))
    last = _previous(collected, order, inventory)
    then = side_of(last.side, last.location, last.account) if last and last.side else None
    states = [*order.states]
    if last and then and then.knows != "names":
        newly = {agent.id: agent.newly for agent in last.agents}
        states.append(earlier(Message("the last report"), then.agents, newly))
    with collecting_later():
        assessment = assess(
            chosen.agents,
            load(order.switches),
            order.waivers,
            order.generated_at,
            non_waivable=order.non_waivable,
            facts=stated.facts if stated else NO_FACTS,
            states=states,
            unseen_days=order.unseen_days,
        )
    if last:
        inventory = replace(inventory, baseline=previous.kept(last))
    # Whether they were named, found, or brought by evidence: the same files make the same run.
    applied = [each for each in order.configuration if each.kind not in ("facts", "baseline")]
    applied += [Applied("facts", stated.file.path, stated.file.sha256)] if stated else []
    applied += [Applied("baseline", last.location, last.sha256)] if last else []
    order = replace(order, facts=stated, previous=last, configuration=tuple(applied), redacted=inventory.redacted)
    left = _ledger(inventory, chosen, assessment, order)
    runs = _past(collected, order, left)
    inventory = replace(inventory, history=before.kept(runs) if runs else None)
    evidence = snapshot.to_bytes(inventory)
    left = replace(left, evidence_sha256=digest(evidence))
    context = Context(
        order.generated_at,
        left.evidence_sha256,
        order.selection,
        order.controller,
        order.language,
        Since(last, _answers(last, chosen)) if last else None,
        difference(then, of_scope(inventory, chosen, "this report")) if then else None,
        (runs, left) if runs and inventory.history else None,
        policy(order),
    )
    view = compose(inventory, chosen, assessment, context)
    return Run(inventory, chosen, assessment, context, order, evidence, view, left)


def _ledger(inventory: Inventory, chosen: Scope, assessment: Assessment, order: Order) -> Ledger:
    """What this run leaves behind for those after it, as yet without the digest of its evidence."""
    asked, at = order.selection, ledger.time(order.generated_at)
    about: dict[str, Any] = {name: [*getattr(asked, name)] for name in ("versions", "environments", "agents")}
    about |= {"as_of": ledger.time(asked.as_of) if asked.as_of else None, "include_retired": asked.include_retired}
    return ledger.of_run(
        inventory.account,
        assessment,
        generated_at=at,
        read_at=max((ledger.time(each.collected_at) for each in inventory.sources), default=at),
        complete=not (inventory.gaps or chosen.gaps),
        scope=scope_of(about),
    )


def _past(collected: Collected, order: Order, left: Ledger) -> Past | None:
    """The runs before this one: those that evidence brought with it, or else those of the archive.

    Raises:
        UsageError: Evidence brought several.
    """
    if order.archived is None:
        return None
    brought = [before.again(each) for each in dict.fromkeys(collected.histories)]
    about = [each for each in brought if each.trend.last and each.trend.last.account.id == left.account.id]
    if len(about) > 1:
        remedy = "Leave them out with --no-history"
        raise UsageError("snapshots that hold different histories", where="sources", remedy=remedy)
    if about:
        return about[0]
    # Evidence that was kept says itself what came before, as it does of its baseline.
    return None if collected.kept else order.archived(left.account, left.scope, left.generated_at, left.read_at)


def with_facts(collected: Collected, stated: Stated | None, at: datetime) -> tuple[Inventory, Stated | None]:
    """The inventory with the facts that count: those of a file that is given, or else what evidence brought with it.

    Raises:
        UsageError: They are about an agent that is not there, or contradict each other.
    """
    brought = tuple(dict.fromkeys(collected.facts))
    if stated is None and len({each.sha256 for each in brought}) > 1:
        remedy = "Say which file of facts counts, with --facts"
        raise UsageError("snapshots that hold different facts", where="sources", remedy=remedy)
    if stated is None and brought:
        stated = Stated(brought[0], facts_file.read(brought[0], at.astimezone(UTC).date()))
    inventory = collected.inventory()
    if stated is None:
        return inventory, None
    # Of agents that could not be read nobody can say that they are not there.
    facts_file.refuse(stated.facts.mistakes(inventory.agents, whole=not inventory.gaps))
    return replace(inventory, facts=stated.file), stated


def _previous(collected: Collected, order: Order, inventory: Inventory) -> Previous | None:
    """The last report: that which was named, or what evidence brought with it about the same account, or is found.

    Raises:
        UsageError: It is about another account, or evidence brought several.
    """
    if order.previous:
        order.previous.check_account(inventory.account)
        return order.previous
    brought = [previous.again(each) for each in dict.fromkeys(collected.baselines)]
    about = [each for each in brought if each.account.id == inventory.account.id]
    if len(about) > 1:
        remedy = "Say which report came before, with --baseline"
        raise UsageError("snapshots that were held against different baselines", where="sources", remedy=remedy)
    # Evidence that was kept says itself what came before: whatever lies about here by now is no part of it.
    if brought or collected.kept or order.look is None:
        return about[0] if about else None
    found = order.look(inventory.account)
    there = {agent.id for agent in inventory.agents}
    # All files are one account, whatever they are about: only what is about some of the same agents came before.
    return found if found and not there.isdisjoint(agent.id for agent in found.agents) else None


def _answers(last: Previous, chosen: Scope) -> Digests:
    # Only what knows no questions is held against answers, and they cost a digest each.
    return previous.digests(answers.in_scope(chosen.agents)) if last.knows == "answers" else {}


_NOTHING: Final = Missing(
    Message("any agent"),
    Message("nothing that was read matches what was asked for; --allow-empty says that this is what is wanted"),
)


def documents(
    found: Run,
    formats: Sequence[Format],
    *,
    split: bool = False,
    only: str | None = None,
    progress: Progress = lambda _: None,
) -> tuple[list[Document], list[DatariskError]]:
    """Every file of a run but its manifest, and why others could not be made; one that cannot costs no other.

    Args:
        found: The run.
        formats: What is wanted.
        split: Whether there is a document for each agent as well.
        only: The one document that is rendered, by its name; all by default.
        progress: Is told what is being made.
    """
    made: list[Document] = []
    problems: dict[str, DatariskError] = {}
    settings = kept(found.order, formats, split=split)
    data = cache(partial(renderer("json"), found.report))
    key = found.order.seal
    for name, view, format_ in _wanted(found, formats, split=split):
        if only not in (None, name):
            continue
        progress(name)
        try:
            if name == carried.REPORT:
                document = data()
            elif name == "report.pdf" and found.order.theme.pdf_profile == "archive":
                attached = carried.attachments(data().data, found.snapshot, settings, found.order.language)
                document = renderer(format_, found.order.theme, attached)(view())
            else:  # a document about one agent carries no evidence about others
                document = renderer(format_, found.order.theme)(view())
            if key and key.certificates and format_ == "pdf":
                document = replace(document, content=signed(document.data, key, found.order.generated_at))
        except Exception as error:  # noqa: BLE001  (whatever goes wrong with one document costs no other)
            problem = unmade(error, name)
            problems.setdefault(str(problem), problem)
        else:
            made.append(replace(document, name=name))
    made.append(Document(bundle.SNAPSHOT, "application/json", found.snapshot))
    made.append(Document(ledger.LEDGER, "application/json", ledger.to_bytes(found.ledger)))
    made.append(Document(SETTINGS, "application/json", settings.data))
    return made, list(problems.values())


def bundled(found: Run, made_of: Sequence[Document], formats: Sequence[Format]) -> bundle.Bundle:
    """The files of a run with what its manifest says of them."""
    account, facts, key = found.report.account, _facts(found, formats), found.order.seal
    told = {name: facts[name] for name in ("tool", "generated_at", "account", "evidence_sha256")}
    told["complete"] = found.report.complete
    seal = (lambda manifest, files: sealed(manifest, files, told, key)) if key else None
    at, complete, apart = found.order.generated_at, found.report.complete, found.inventory.redacted is not None
    return bundle.Bundle(account.name, account.id, at, complete, made_of, facts, seal, apart)


def again(evidence: bytes, settings: Kept, templates: Path | None = None) -> Run:
    """A run that was kept, found out once more from its evidence alone.

    Args:
        evidence: The snapshot's bytes.
        settings: What the run was asked for.
        templates: The user's own, where it was made with some.

    Raises:
        UnreadableError: The evidence is no snapshot of this program, or those templates are not at hand.
        UsageError: The settings hold what no run takes.
    """
    value = parse(evidence, bundle.SNAPSHOT)
    if not snapshot.is_snapshot(value):
        raise UnreadableError("no snapshot of datarisk", where=bundle.SNAPSHOT)
    with collecting_later():
        return run(snapshot.from_value(value, bundle.SNAPSHOT), settings.order(templates))


def write(
    found: Run,
    formats: Sequence[Format],
    root: Path,
    *,
    split: bool = False,
    progress: Progress = lambda _: None,
    archive: Folder | Objects | None = None,
) -> Written:
    """Renders a run and keeps it, in an archive elsewhere as well; a document that cannot be made costs no other.

    Raises:
        OutputError: The place cannot be written to.
        FaultError: The disk is full.
    """
    made_of, unmade_ = documents(found, formats, split=split, progress=progress)
    problems = {str(problem): problem for problem in unmade_}
    made = bundled(found, made_of, formats)
    folder = bundle.write(root, made)
    if found.report.complete and not problems:
        try:
            bundle.point_latest(folder)
        except DatariskError as error:
            problems[str(error)] = error
    kept = None
    if archive is not None:
        progress(archive.name)
        try:
            kept = bundle.keep(archive, made) if isinstance(archive, Objects) else str(bundle.write(archive.root, made))
        except DatariskError as error:  # the run is there, and somebody has to see to the archive
            problems[str(error)] = error
    return Written(folder, tuple(problems.values()), kept)


def renderer(format_: Format, theme: Theme = PLAIN, attached: Sequence[Attachment] = ()) -> Renderer:
    """The renderer of a format, imported when it is needed: WeasyPrint alone costs more than all the rest."""
    if theme.templates and format_ in {"html", "pdf"}:
        from reporter.render import apart  # noqa: PLC0415

        return partial(apart.render, theme=theme, name=format_, attached=attached)
    match format_:
        case "html":
            from reporter.render import html  # noqa: PLC0415

            return partial(html.render, theme=theme)
        case "pdf":
            from reporter.render.pdf import pdf  # noqa: PLC0415

            return partial(pdf.render, theme=theme, attached=attached)
        case "json":
            from reporter.render import json  # noqa: PLC0415

            return json.render
        case "xlsx":
            from reporter.render.tables import xlsx  # noqa: PLC0415

            return xlsx.render
        case "csv" | "issues.csv" | "findings.csv" | "ropa.csv" | "dpia.csv":
            from reporter.render.tables import csv  # noqa: PLC0415

            return partial(csv.render, name="claims" if format_ == "csv" else format_.removesuffix(".csv"))
        case "cyclonedx":
            from reporter.render import cyclonedx  # noqa: PLC0415

            return cyclonedx.render
        case "oscal":
            from reporter.render import oscal  # noqa: PLC0415

            return oscal.render
        case "dpv":
            from reporter.render import dpv  # noqa: PLC0415

            return dpv.render
        case _:
            assert_never(format_)


def _wanted(
    found: Run, formats: Sequence[Format], *, split: bool
) -> Iterator[tuple[str, Callable[[], Report], Format]]:
    for format_ in dict.fromkeys(formats):
        yield format_ if "." in format_ else f"report.{_ending(format_)}", lambda: found.report, format_
    for agent in found.report.agents if split else ():
        view = cache(partial(found.of_agent, agent.id))
        for format_ in dict.fromkeys(formats):
            yield f"agents/{bundle.distinct_name(agent.name, agent.id)}.{_ending(format_)}", view, format_


def _ending(format_: Format) -> str:
    return ENDINGS.get(format_, format_)


def _facts(found: Run, formats: Sequence[Format]) -> dict[str, Any]:
    """What the manifest says of a run, besides its files."""
    view, selection = found.report, found.order.selection
    return {
        "tool": {"name": view.tool.name, "version": view.tool.version},
        **({"report": found.order.name} if found.order.name else {}),
        "generated_at": view.generated_at,
        "account": {"id": view.account.id, "name": view.account.name},
        "evidence_sha256": view.evidence_sha256,
        **({"redacted": list(view.redaction.what)} if view.redaction else {}),
        "gaps": len(view.gaps),
        "configuration": [asdict(each) for each in found.order.configuration],
        "scope": {
            "versions": list(selection.versions),
            "environments": list(selection.environments),
            "as_of": view.scope.as_of,
            "agents": list(selection.agents),
            "include_retired": selection.include_retired,
        },
        "settings": {
            "formats": list(dict.fromkeys(formats)),
            "allow_empty": found.order.allow_empty,
            "language": view.language,
            "theme": asdict(look(found.order.theme)),
            "policy": {
                "severities": dict(found.order.switches.severities),
                "jurisdictions": list(found.order.switches.jurisdictions),
                "non_waivable": list(found.order.non_waivable),
            },
        },
    }
