"""What sealing and verifying a run cost beside making it: whole commands, each a process of its own."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import memory
from tasks import corpus_file

if TYPE_CHECKING:
    from reporter.seal.keys import SealKey

FORMATS = ("html", "pdf", "json", "csv", "xlsx")


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU seconds of making a run, of verifying it, and of what sealing it and signing its PDF came to in that."""

    made: float
    verified: float
    sealed: float


def of(agents: int, span_types: int) -> Costs:
    """The costs of a run of so many agents, sealed with an Ed25519 key and its certificate."""
    from reporter.seal import keys  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="datarisk-") as folder:
        now = datetime.now(UTC)
        key = keys.new(Path(folder, "seal.key"), "Benchmark", "ed25519", now=now - timedelta(minutes=1), days=2)
        sealing = ["--seal-key", str(key.private), "--seal-certificate", str(key.certificate)]
        formats = [word for name in FORMATS for word in ("-f", name)]
        source = str(corpus_file(agents, span_types))
        _, made = memory.whole("report", source, *formats, "-o", f"{folder}/reports", *sealing)
        [run] = Path(folder, "reports").glob("*/2*")
        _, verified = memory.whole("verify", str(run), "--trust", str(key.certificate))
        alone = _alone(run, keys.load(key.private, key.certificate), now)
    return Costs(made, verified, alone)


def _alone(run: Path, key: SealKey, now: datetime) -> float:
    """What the seal and the signature of a run cost by themselves: the difference of two runs would be noise."""
    start = time.process_time()
    from reporter.seal.envelope import sealed  # noqa: PLC0415  (what signs is loaded for sealing alone)
    from reporter.seal.pades import signed  # noqa: PLC0415
    from reporter.verification.signature import before_signatures  # noqa: PLC0415

    pdf = before_signatures((run / "report.pdf").read_bytes())
    manifest = (run / "manifest.json").read_bytes()
    signed(pdf, key, now)
    sealed(manifest, json.loads(manifest)["files"], {}, key)
    return time.process_time() - start
