"""What people do to a run that they want to say something else: each of it has to be found.

As a program it tries so many, and prints how many of them were found: ``tests/tampering.py 1000``.
"""

from __future__ import annotations

import io
import json
import random
import re
import shutil
import sys
import tempfile
import zipfile
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent)]

from builders import risk, span_type
from certificates import Holder, holder
from cryptography.hazmat.primitives.serialization import Encoding

from reporter.bundle import manifest_bytes
from reporter.plain.canonical import digest
from reporter.seal.envelope import SEAL
from reporter.verification import document, made, place, run, trust
from reporter.verification.layer import Layer
from reporter.verification.place import Place, whole
from reporter.verification.trust import Trust

FORMATS: Final = ("html", "pdf", "json", "csv", "xlsx", "cyclonedx")
Tampering = Callable[[Path, random.Random], str]
"""Does something to a run, and says to which file."""

OUT = ("external_communication",)
DECLARED = {
    "span_type_schemas": [
        span_type("tool:send", risk("health_and_medical", allowed=OUT)),
        span_type("tool:read", risk("contact_information")),
        span_type("tool:silent"),
    ]
}


def sealed(folder: Path) -> tuple[Path, Trust, Holder]:
    """A run of every kind of document, sealed and signed, and whom to trust."""
    from reporter.cli.process import run as command  # noqa: PLC0415

    who = holder("Harbour Mutual", kind="ed25519")
    options = who.put(folder, "seal")
    (folder / "in.json").write_text(json.dumps(DECLARED))
    (folder / "trust.pem").write_bytes(who.certificate.public_bytes(Encoding.PEM))
    formats = [word for name in FORMATS for word in ("-f", name)]
    given = [str(folder / each) if not each.startswith("-") else each for each in options]
    place_ = str(folder / "reports")
    assert command(["report", str(folder / "in.json"), "-q", "-o", place_, *formats, *given]) == 0
    return next((folder / "reports").glob("local/2*")), trust.read([folder / "trust.pem"]), who


def names(of: Path) -> list[str]:
    return sorted(path.relative_to(of).as_posix() for path in of.rglob("*") if path.is_file())


_make = made.made
_known: dict[bytes, made.Made] = {}


def made_once(where: Place, limit: int, templates: Path | None = None, _: object = None) -> made.Made:
    """A run made again: of the same evidence and settings once, as it depends on nothing else."""
    key = b"".join(whole(where, name, limit) for name in ("evidence/snapshot.json", "evidence/settings.json"))
    if key not in _known:
        _known[key] = _make(where, limit, templates)
    return _known[key]


def found(of: Path, trusted: Trust) -> list[Layer]:
    """What does not hold of a run."""
    every = run.layers(lambda: place.Folder(of), trusted, datetime.now(UTC))
    return [each for each in every if each.status in ("fails", "unknown")]


def found_alone(data: bytes, trusted: Trust) -> list[Layer]:
    """What does not hold of a PDF alone."""
    every = document.layers(data, trusted, datetime.now(UTC))
    return [each for each in every if each.status in ("fails", "unknown")]


def told(layers: list[Layer]) -> str:
    return "\n".join("\n".join([each.words, *each.details]) for each in layers)


# What is done -----------------------------------------------------------------------------------------------------


def flipped(of: Path, chance: random.Random) -> str:
    name = chance.choice(names(of))
    data = bytearray((of / name).read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    (of / name).write_bytes(data)
    return name


def swapped(of: Path, chance: random.Random) -> str:
    one, two = chance.sample(names(of), 2)
    first, second = (of / one).read_bytes(), (of / two).read_bytes()
    (of / one).write_bytes(second)
    (of / two).write_bytes(first)
    return (
        "manifest.json" if "manifest.json" in (one, two) else one
    )  # where that is another file, no other is looked at


def dropped(of: Path, chance: random.Random) -> str:
    name = chance.choice(names(of))
    (of / name).unlink()
    return name


def cut(of: Path, chance: random.Random) -> str:
    name = chance.choice(names(of))
    data = (of / name).read_bytes()
    (of / name).write_bytes(data[: chance.randrange(len(data))])
    return name


def added(of: Path, chance: random.Random) -> str:
    name = f"evidence/n{chance.randrange(1000)}.json"
    (of / name).write_bytes(b"{}")
    return name


def longer(of: Path, chance: random.Random) -> str:
    name = chance.choice(names(of))
    with (of / name).open("ab") as file:
        file.write(chance.choice((b"\n", b" ", b"\0", b"%%EOF\n")))
    return name


def zipped_again(of: Path, chance: random.Random) -> str:
    """The same sheets in another archive: every program shows the same."""
    target = of / "report.xlsx"
    with zipfile.ZipFile(target) as old:
        inner = [(each, old.read(each)) for each in old.namelist()]
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as new:
        for name, data in inner:
            new.writestr(name, data)
    target.write_bytes(kept.getvalue())
    return "report.xlsx"


def written_again(of: Path, chance: random.Random) -> str:
    """The same JSON in other bytes."""
    name = chance.choice([each for each in names(of) if each.endswith(".json")])
    value = json.loads((of / name).read_bytes())
    before = (of / name).read_bytes()
    texts = [json.dumps(value, indent=chance.choice((None, 1, 3))), json.dumps(dict(reversed(value.items())))]
    data = next(each.encode() for each in chance.sample(texts, 2) if each.encode() != before)
    (of / name).write_bytes(data)
    return name


def number_in_page(of: Path, chance: random.Random) -> str:
    """Another number in the text of the page."""
    text = (of / "report.html").read_text()
    body = text.index("<main")
    at = chance.choice([each.start(1) for each in re.finditer(r">[^<]*?(\d)[^<]*<", text) if each.start() > body])
    (of / "report.html").write_text(f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}")
    return "report.html"


def listed_again(of: Path, name: str) -> None:
    """The manifest with what a file has become, as whoever has no key can write it."""
    data = (of / name).read_bytes()
    manifest = json.loads((of / "manifest.json").read_bytes())
    [entry] = [each for each in manifest["files"] if each["name"] == name]
    entry.update(bytes=len(data), sha256=digest(data))
    (of / "manifest.json").write_bytes(manifest_bytes(manifest))


def with_manifest(of: Path, chance: random.Random) -> str:
    """Evidence that says something else, and a manifest that fits it."""
    data = (of / "evidence/snapshot.json").read_bytes()
    one, two = chance.choice(
        ((b'"included"', b'"excluded"'), (b'"allowed"', b'"disallowed"'), (b"tool:send", b"tool:save"))
    )
    (of / "evidence/snapshot.json").write_bytes(data.replace(one, two, 1))
    listed_again(of, "evidence/snapshot.json")
    return "snapshot.json"


def enveloped_again(of: Path, chance: random.Random) -> str:
    """The same seal in other bytes, or one about other files."""
    value: dict[str, Any] = json.loads((of / SEAL).read_bytes())
    payload = b64decode(value["payload"])
    how = chance.randrange(5)
    if how == 0:
        value["payload"] = b64encode(payload.replace(b'"_type"', b' "_type"', 1)).decode()
    elif how == 1:
        value["signatures"][0]["keyid"] = "0" * 64
    elif how == 2:
        value["signatures"].append(value["signatures"][0])
    elif how == 3:
        value["unsigned"] = "something"
    text = json.dumps(
        value, indent=2 if how == 4 else None, separators=None if how == 4 else (",", ":"), sort_keys=True
    )
    (of / SEAL).write_text(text + "\n")
    return SEAL


EVERY: Final[tuple[Tampering, ...]] = (
    flipped, swapped, dropped, cut, added, longer, zipped_again, written_again, number_in_page, with_manifest,
    enveloped_again,
)  # fmt: skip


def alone(data: bytes, chance: random.Random) -> bytes:
    """A PDF in which one byte is another, or that ends too early or too late."""
    at, changed = chance.randrange(len(data)), bytearray(data)
    how = chance.randrange(4)
    if how < 2:
        changed[at] ^= 1 << chance.randrange(8)
    elif how == 2:
        del changed[at:]
    else:
        changed += chance.choice((b"\n", b" ", b"%%EOF\n"))
    return bytes(changed)


def tried_alone(number: int, seed: int) -> tuple[int, list[str]]:
    """How many PDFs were tampered with that lie alone, and what was not found."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        kept, trusted, _ = sealed(Path(folder))
        data = (kept / "report.pdf").read_bytes()
    missed = [f"try {each}" for each in range(number) if not found_alone(alone(data, chance), trusted)]
    return number, missed


def tried(number: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How often each was tried, and what was not found or not named."""
    chance = random.Random(seed)
    times: Counter[str] = Counter()
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        kept, trusted, _ = sealed(Path(folder))
        for _ in range(number):
            here = Path(folder) / "tampered"
            shutil.rmtree(here, ignore_errors=True)
            shutil.copytree(kept, here)
            how = chance.choice(EVERY)
            state = chance.getstate()
            name = how(here, chance)
            times[how.__name__] += 1
            layers = found(here, trusted)
            if name.rpartition("/")[2] not in told(layers):
                missed.append(f"{how.__name__} of {name}, {hash(state)}: {told(layers)}")
    return times, missed


def main() -> int:
    setattr(made, "made", made_once)  # noqa: B010 (not as it is declared)
    times, missed = tried(int(sys.argv[1]) if len(sys.argv) > 1 else 200, 1)
    for name, number in sorted(times.items()):
        print(f"{name:16} {number:6}")
    print(f"of runs: {sum(times.values()):,} tried, {sum(times.values()) - len(missed):,} found and named")
    few, alone_missed = tried_alone(max(1, sum(times.values()) // 10), 2)
    print(f"of PDFs alone: {few:,} tried, {few - len(alone_missed):,} found")
    print("\n".join([*missed, *alone_missed]))
    return 1 if missed or alone_missed else 0


if __name__ == "__main__":
    sys.exit(main())
