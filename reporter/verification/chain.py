"""Whether the runs of an archive are those that were written to it, each after the one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from reporter.archive import chain, runs
from reporter.archive.chain import BEFORE
from reporter.archive.stores import Folder, Store
from reporter.bundle import MANIFEST
from reporter.errors import UnreadableError
from reporter.plain.canonical import digest
from reporter.plain.text import shown
from reporter.seal.envelope import SEAL
from reporter.verification import files, place, seal
from reporter.verification.files import Listed
from reporter.verification.layer import Layer, named
from reporter.verification.seal import SEAL_LIMIT
from reporter.verification.trust import Trust


def of_account(store: Store, home: str) -> Layer:
    """The chain of an account's runs."""
    try:
        found = chain.linked(store, home)
    except UnreadableError as error:
        return Layer("chain", "fails", shown(str(error), 500))
    if not found:
        return Layer("chain", "unknown", f"{shown(home, 100)}: no run lies there")
    wrong = [*chain.broken(found)]
    if wrong:
        return Layer("chain", "fails", f"{shown(home, 100)}: not the runs that were written", named(wrong))
    gone = sum(each.removed for each in found)
    away = f", {gone:,} of which were taken away and left their manifests" if gone else ""
    followed = {each.before.manifest_sha256 for each in found if each.before}
    last = next(each for each in reversed(found) if each.sha256 not in followed)
    end = f". It ends with {last.run}, whose manifest has the SHA-256 {last.sha256}"
    words = (
        f"{shown(home, 100)}: {len(found):,} runs{away}, each after the one before{end}; whether later ones were taken "
        "away, only somebody can tell who has noted their digest elsewhere"
    )
    return Layer("chain", "holds", words)


def files_of(store: Folder, home: str) -> Layer:
    """Whether each run of a folder holds the files that its manifest names."""
    wrong: list[str] = []
    there = [name for name in store.names(home) if runs.order(name)]
    for run in there:
        where = place.Folder(store.root / home / run)
        try:
            layer = files.files(where, files.manifest(where))
        except UnreadableError as error:
            wrong.append(shown(str(error), 300))
        else:
            wrong += (f"{run}/{each}" for each in layer.details)
    if wrong:
        return Layer("files", "fails", f"{shown(home, 100)}: not the files that the manifests name", named(wrong))
    return Layer("files", "holds", f"{shown(home, 100)}: {len(there):,} runs, each with the files of its {MANIFEST}")


def seals_of(store: Folder, home: str, trust: Trust, now: datetime) -> Layer:
    """Whether each run of a folder is sealed by somebody who is trusted, those that left their manifests too."""
    wrong: list[str] = []
    every = [run.run for run in chain.linked(store, home)]
    for run in every:
        there = store.root / home / run
        where = place.Folder(there if there.is_dir() else store.root / home / chain.REMOVED / run)
        try:
            data = place.whole(where, SEAL, SEAL_LIMIT) if SEAL in where.sizes() else None
            layers = [*seal.layers(data, files.manifest(where), trust, now)]
        except UnreadableError as error:
            wrong.append(shown(str(error), 300))
        else:
            bad = (each for each in layers if each.status != "holds")
            wrong += (f"{run}: {each.name}: {each.words}" for each in bad)
    if wrong:
        words = f"{shown(home, 100)}: not all of the {len(every):,} runs are sealed by somebody whom --trust names"
        return Layer("seal", "fails", words, named(wrong))
    return Layer(
        "seal", "holds", f"{shown(home, 100)}: {len(every):,} runs, each sealed by somebody whom --trust names"
    )


def before(listed: Listed, beside: Callable[[str], bytes | None]) -> Layer:
    """Whether the run that one follows is the one that it names.

    Args:
        listed: The run's manifest.
        beside: The manifest of another run by its name, if that lies beside.
    """
    if BEFORE not in listed.value:
        words = f"{MANIFEST} says nothing of the run before it: an earlier datarisk made it, or somebody took that out"
        return Layer("chain", "unknown", words)
    link: Mapping[str, str] | None = listed.value[BEFORE]
    if link is None:
        return Layer("chain", "not checked", "it follows no other run")
    run, sha256 = link["run"], link["manifest_sha256"]
    manifest = beside(run) if runs.order(run) else None
    if manifest is None:
        words = f"it follows {shown(run, 60)}, which does not lie beside it; verify --archive looks at all runs"
        return Layer("chain", "not checked", words)
    if digest(manifest) != sha256:
        return Layer(
            "chain", "fails", f"{run}, which it follows, was replaced or changed since", (f"{run}/{MANIFEST}",)
        )
    return Layer("chain", "holds", f"it follows {run}, which lies beside it unchanged")
