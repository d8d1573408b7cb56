"""Where something is declared: the file of the working tree, and the line in it where somebody looked it up."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath

from reporter.declared.model import Evidence
from reporter.plain.canonical import step
from reporter.plain.json_places import Point
from reporter.review.changes import Change
from reporter.sources.files import ELSEWHERE
from reporter.sources.lines import Spot
from reporter.view.report import Agent, Report


@dataclass(frozen=True, slots=True)
class Tree:
    """The working tree that a check runs in.

    Attributes:
        folder: The working directory, from the root of its repository; empty where it is that, or there is none.
        points: The lines that somebody has looked up.
    """

    folder: str = ""
    points: Mapping[Spot, Point] = field(default_factory=dict)


NOWHERE = Tree()


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is declared.

    Attributes:
        name: The span type's; empty where it is about the agent.
        path: A file, from the root of the working tree; None where the record came from elsewhere.
        spot: Where in the record, and where that was read from.
        point: The line and the column in the file; None where it is not known which.
    """

    name: str
    path: str | None
    spot: Spot
    point: Point | None


class Placing:
    """Finds the places of a report."""

    def __init__(self, report: Report, tree: Tree) -> None:
        self._tree = tree
        self._files = {source.location for source in report.sources if source.kind == "file"}
        self._records = {record.sha256: (record.source, record.location) for record in report.records}
        self._agents = {agent.id: agent for agent in report.agents}
        self._rows: dict[str, dict[str, tuple[str, str, str]]] = {}

    def rows(self, agent: Agent) -> Mapping[str, tuple[str, str, str]]:
        """By the anchor of each row of an agent, its name, the digest of its record and the pointer into that."""
        if agent.id not in self._rows:
            self._rows[agent.id] = {e.anchor: (e.name, e.record_sha256, e.pointer) for e in agent.span_types}
        return self._rows[agent.id]

    def row(self, agent: Agent, anchor: str) -> Place:
        """That of a row."""
        name, sha256, pointer = self.rows(agent)[anchor]
        return self._place(agent, name, sha256, pointer)

    def cell(self, agent: Agent, item: Evidence) -> Place:
        """That of what a finding rests on."""
        return self._place(agent, item.span_type or "", item.record_sha256, item.pointer)

    def agent(self, agent: Agent) -> Place:
        """That of what is about an agent as a whole: the file alone."""
        sha256 = next((version.record_sha256 for version in agent.schema_versions), "")
        place = self._place(agent, "", sha256, "")
        return Place("", place.path, place.spot, None)

    def change(self, change: Change) -> Place:
        """That of what is worse than it was."""
        agent = self._agents[change.agent_id]
        entry = next((e for e in agent.span_types if (e.kind, e.name) == (change.entry, change.span_type)), None)
        if entry is None:
            return self.agent(agent)
        pointer = entry.pointer
        for key in ("data_risk", change.part, change.field) if change.part else ():
            pointer = step(pointer, key) if key else pointer
        return self._place(agent, entry.name, entry.record_sha256, pointer)

    def _place(self, agent: Agent, name: str, sha256: str, pointer: str) -> Place:
        # Two agents may declare the very same in two files: a digest alone does not say in which.
        own = ((each.source, each.location) for each in agent.schema_versions if each.record_sha256 == sha256)
        source, location = next(own, self._records.get(sha256, ("", "")))
        spot = Spot(source, location, sha256, pointer)
        path = self._in_tree(source) if source in self._files else None
        return Place(name, path, spot, self._tree.points.get(spot) if path else None)

    # A location comes out of evidence: one that leads elsewhere would have a platform show a file that nobody named.
    def _in_tree(self, location: str) -> str | None:
        """From the root of the tree, and going nowhere above: what a reader of the tree can open."""
        path = PurePosixPath(location)
        # A Windows path is no absolute one to POSIX, and an address is a relative one to both.
        elsewhere = path.is_absolute() or PureWindowsPath(location).is_absolute() or path.parts[:1] == (ELSEWHERE,)
        if elsewhere or "://" in location:
            return None
        whole = posixpath.normpath(posixpath.join(self._tree.folder, location))
        return None if whole.split("/")[0] == ".." else whole
