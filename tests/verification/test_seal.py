"""A sealed run: others accept the seal, and it says who made the run only as far as somebody trusts them."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from certificates import DAY, NOW, Holder, holder, holder_of, revoked
from conftest import Called
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from gate_calls import OPEN, put
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]

from reporter import bundle

SEAL = "evidence/seal.dsse.json"
Layers = dict[str, dict[str, Any]]


def reported(called: Called, folder: Path, *args: str, status: int = 0) -> Path:
    put(folder, "a.json", OPEN)
    found, said = called("report", "a.json", "-f", "json", *args)
    assert found == status, said
    return next(folder.glob("reports/local/2*"))


def verified(called: Called, run: Path, *trust: str) -> tuple[int, Layers]:
    options = [word for each in trust for word in ("--trust", each)]
    status, said = called("verify", str(run), "--json", *options)
    return status, {each["name"]: each for each in json.loads(said)["layers"]}


@pytest.mark.parametrize("kind", ["ed25519", "p256", "rsa"])
def test_verifiers_of_others_accept_the_seal_and_read_what_it_is_about(
    called: Called, tmp_path: Path, kind: str
) -> None:
    assert called("keys", "new", "seal.key", "--name", "Harbour Mutual", "--kind", kind)[0] == 0
    run = reported(called, tmp_path, "--seal-key", "seal.key", "--seal-certificate", "seal.key.cert.pem")
    value = json.loads((run / SEAL).read_bytes())
    [signature] = value["signatures"]
    public = load_pem_public_key((tmp_path / "seal.key.pub.pem").read_bytes())
    scheme = {"rsa": "rsa-pkcs1v15-sha256"}.get(kind)
    key = SSlibKey.from_crypto(public, keyid=signature["keyid"], scheme=scheme)
    envelope = Envelope.from_dict(json.loads((run / SEAL).read_bytes()))
    assert envelope.verify([key], 1)
    payload = base64.b64decode(value["payload"])
    statement = json.loads(payload)
    read = Statement([], statement["predicateType"], statement["predicate"])
    read.pb.ParseFromString(b"")
    from google.protobuf.json_format import Parse  # noqa: PLC0415

    Parse(payload, read.pb)
    read.validate()
    manifest = json.loads((run / "manifest.json").read_bytes())
    told = {each.name: each.digest["sha256"] for each in read.pb.subject}
    assert told.items() >= {each["name"]: each["sha256"] for each in manifest["files"]}.items()
    assert {*told} == {each["name"] for each in manifest["files"]} | {"manifest.json"}
    by_hand = subprocess.run(["openssl", "pkey", "-pubin", "-in", tmp_path / "seal.key.pub.pem", "-outform", "DER"],
        capture_output=True, check=True)  # fmt: skip
    digested = subprocess.run(
        ["openssl", "dgst", "-sha256", "-r"], input=by_hand.stdout, capture_output=True, check=True
    )
    assert digested.stdout.split()[0].decode() == signature["keyid"]
    (tmp_path / "pae").write_bytes(envelope.pae())
    (tmp_path / "sig").write_bytes(base64.b64decode(signature["sig"]))
    options = ["-rawin", *(["-digest", "sha256"] if kind != "ed25519" else [])]
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "seal.key.pub.pem", "-in", "pae", "-sigfile", "sig"]
    done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verified Successfully" in done.stdout, done.stderr
    value["payload"] = base64.b64encode(payload.replace(b"report.json", b"report.jsom")).decode()
    with pytest.raises(VerificationError):
        Envelope.from_dict(value).verify([key], 1)


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_the_same_run_sealed_with_the_same_key_is_the_same_bytes(called: Called, tmp_path: Path, kind: str) -> None:
    called("keys", "new", "seal.key", "--kind", kind)
    run = reported(called, tmp_path, "--seal-key", "seal.key")
    reported(called, tmp_path, "--seal-key", "seal.key", "-o", "again")
    other = next(tmp_path.glob("again/local/2*"))
    assert (run / SEAL).read_bytes() == (other / SEAL).read_bytes()


def test_a_key_is_for_its_owner_alone_is_never_printed_and_never_replaced(called: Called, tmp_path: Path) -> None:
    status, said = called("keys", "new", "seal.key")
    assert status == 0
    key = (tmp_path / "seal.key").read_text()
    assert (tmp_path / "seal.key").stat().st_mode & 0o777 == 0o600
    assert not any(line in said for line in key.splitlines() if line)
    status, said = called("keys", "new", "seal.key")
    assert status == 2
    assert "A key is never replaced" in said
    assert (tmp_path / "seal.key").read_text() == key
    run = reported(called, tmp_path, "--seal-key", "seal.key", "-v")
    secret = key.splitlines()[1]
    assert not any(secret.encode() in path.read_bytes() for path in run.rglob("*") if path.is_file())


def test_a_passphrase_opens_a_key_and_comes_from_the_environment_or_a_file(called: Called, tmp_path: Path) -> None:
    words = {"DATARISK_SEAL_PASSPHRASE": "correct horse"}
    assert called("keys", "new", "seal.key", **words)[0] == 0
    assert b"ENCRYPTED" in (tmp_path / "seal.key").read_bytes()
    put(tmp_path, "a.json", OPEN)
    status, said = called("report", "a.json", "-f", "json", "--seal-key", "seal.key")
    assert status == 2
    assert "the key is encrypted" in said
    status, said = called("report", "a.json", "-f", "json", "--seal-key", "seal.key", DATARISK_SEAL_PASSPHRASE="wrong")
    assert (status, "wrong" in said, "the passphrase does not open this key" in said) == (2, False, True)
    (tmp_path / "words").write_text("correct horse\n")
    (tmp_path / "datarisk.toml").write_text('[seal]\nkey = "seal.key"\npassphrase_file = "words"\n')
    run = reported(called, tmp_path)
    assert verified(called, run, "seal.key.pub.pem")[0] == 0


#: A key that two agree upon another with (X25519).
ELSE = b"""\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEIBBqLVbLTUHOdA8M8dDGqXnmj3NFSWeYJTm1HZs6u8BH
-----END PRIVATE KEY-----
"""


def test_a_key_is_made_whole_or_not_at_all(called: Called, tmp_path: Path) -> None:
    (tmp_path / "seal.key.cert.pem").write_text("mine")
    status, said = called("keys", "new", "seal.key")
    assert (status, "seal.key.cert.pem: there is something already" in said) == (2, True)
    assert not (tmp_path / "seal.key").exists()


def test_a_key_that_others_can_read_is_told(called: Called, tmp_path: Path) -> None:
    called("keys", "new", "seal.key")
    put(tmp_path, "a.json", OPEN)
    args = ("report", "a.json", "-f", "json", "--seal-key", "seal.key")
    assert "others than you can read this key" not in called(*args)[1]
    (tmp_path / "seal.key").chmod(0o640)
    assert "others than you can read this key" in called(*args, "-o", "other")[1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"", "no private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n", "no private key in PEM"),
        (holder("x", kind="p256").public, "it is a public key, and a seal takes the private key"),
        (holder("x").certificate.public_bytes(Encoding.PEM), "it is a certificate, and a seal takes the private key"),
        (
            ELSE,
            "a key that no seal is made with",
        ),
    ],
)
def test_a_key_that_cannot_seal_is_found_before_anything_is_read(
    called: Called, tmp_path: Path, content: bytes | None, told: str
) -> None:
    put(tmp_path, "a.json", OPEN)
    if content is not None:
        (tmp_path / "seal.key").write_bytes(content)
    status, said = called("report", "a.json", "-f", "json", "--seal-key", "seal.key")
    assert (status, told in said) == (2, True), said
    assert "c2VjcmV0" not in said
    assert not (tmp_path / "reports/local").exists()


def test_a_certificate_of_another_key_is_refused(called: Called, tmp_path: Path) -> None:
    holder("one").put(tmp_path, "one")
    holder("two").put(tmp_path, "two")
    put(tmp_path, "a.json", OPEN)
    status, said = called("report", "a.json", "--seal-key", "one.key", "--seal-certificate", "two.pem")
    assert (status, "the certificate is of another key" in said) == (2, True)


def test_where_the_extra_is_missing_sealing_says_how_to_install_it_and_checking_cannot_tell(
    called: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealing = holder("one").put(tmp_path, "one")
    run = reported(called, tmp_path, *sealing)
    monkeypatch.setattr("reporter.seal.keys.find_spec", lambda name: None if name == "securesystemslib" else name)
    status, said = called("report", "a.json", "-o", "other", *sealing)
    assert (status, "Install datarisk with the extra sign" in said) == (2, True)
    status, layers = verified(called, run)
    assert (status, layers["seal"]["status"]) == (3, "unknown")
    assert "Install datarisk with the extra sign" in layers["seal"]["words"]


AUTHORITY = holder("The authority", ca=True)
BETWEEN = holder("The office", AUTHORITY, ca=True)
OTHER = holder("Another authority", ca=True)


@pytest.mark.parametrize(
    ("sealing", "trust", "expected"),
    [
        (holder("Ada"), (), ("not checked", "Ada, by their own word")),
        (holder("Ada"), ("own pub",), ("holds", "Ada, whom --trust names")),
        (holder("Ada"), ("own cert",), ("holds", "Ada, whom --trust names")),
        (holder("Ada", kind="p256"), ("own cert",), ("holds", "Ada, whom --trust names")),
        (holder("Ada", AUTHORITY), ("authority",), ("holds", "Ada, whom --trust names")),
        (holder("Ada", BETWEEN, kind="rsa"), ("authority",), ("holds", "Ada, whom --trust names")),
        (holder("Ada", AUTHORITY), ("authority", "none revoked"), ("holds", "Ada, whom --trust names")),
        (holder("Ada"), ("other",), ("fails", "signed by itself, and --trust does not name it")),
        (holder("Ada", AUTHORITY), ("other",), ("fails", "issued by The authority, whom --trust does not name")),
        (holder("Ada", AUTHORITY, end=NOW - DAY / 2), ("authority",), ("fails", "expired on")),
        (holder("Ada", end=NOW - DAY / 2), ("own cert",), ("fails", "expired on")),
        (holder("Ada", AUTHORITY, start=NOW + DAY), ("authority",), ("fails", "does not hold before")),
        (holder("Ada", AUTHORITY), ("authority", "revoked"), ("fails", "of Ada was revoked on")),
        (holder("Ada", AUTHORITY, usages=("key_encipherment",)), ("authority",), ("fails", "is for something else")),
        (holder("Ada", holder("No authority", AUTHORITY)), ("authority",), ("fails", "the certificate")),
    ],
    ids=lambda value: "" if isinstance(value, Holder) else None,
)
def test_a_signer_counts_only_as_far_as_somebody_trusts_them(
    called: Called, tmp_path: Path, sealing: Holder, trust: tuple[str, ...], expected: tuple[str, str]
) -> None:
    status, told = expected
    run = reported(called, tmp_path, *sealing.put(tmp_path, "ada"))
    given: dict[str, Callable[[], bytes]] = {
        "own pub": lambda: sealing.public,
        "own cert": lambda: sealing.certificate.public_bytes(Encoding.PEM),
        "authority": lambda: AUTHORITY.certificate.public_bytes(Encoding.PEM),
        "other": lambda: OTHER.certificate.public_bytes(Encoding.PEM),
        "revoked": lambda: revoked(AUTHORITY, sealing),
        "none revoked": lambda: revoked(AUTHORITY, holder("Bob", AUTHORITY)),
    }
    for name in trust:
        (tmp_path / name).write_bytes(given[name]())
    found, layers = verified(called, run, *trust)
    assert (layers["sealed by"]["status"], told in layers["sealed by"]["words"]) == (status, True), layers["sealed by"]
    assert found == (3 if status == "fails" else 0)


def test_a_certificate_that_is_for_web_servers_alone_is_for_something_else(called: Called, tmp_path: Path) -> None:
    server = holder("web", AUTHORITY, extended=(ExtendedKeyUsageOID.SERVER_AUTH,))
    run = reported(called, tmp_path, *server.put(tmp_path, "web"))
    (tmp_path / "authority").write_bytes(AUTHORITY.certificate.public_bytes(Encoding.PEM))
    status, layers = verified(called, run, "authority")
    assert (status, layers["sealed by"]["status"]) == (3, "fails")
    assert "for something else" in layers["sealed by"]["words"]


def test_a_run_without_a_seal_fails_where_somebody_asks_for_one(called: Called, tmp_path: Path) -> None:
    holder("one").put(tmp_path, "one")
    run = reported(called, tmp_path)
    status, layers = verified(called, run, "one.pem")
    assert (status, layers["seal"]["status"]) == (3, "fails")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"hello", "no key and no certificate"),
        (holder("x").pem, "nobody is trusted by that"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "broken"),
    ],
)
def test_what_nobody_can_be_trusted_by_is_a_mistake_of_the_call(
    called: Called, tmp_path: Path, content: bytes | None, told: str
) -> None:
    run = reported(called, tmp_path)
    if content is not None:
        (tmp_path / "trust").write_bytes(content)
    status, said = called("verify", str(run), "--trust", "trust")
    assert (status, told in said) == (2, True), said


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--seal-certificate", "one.pem"], "command line, --seal-certificate: there is no key to seal with"),
        (["--seal-key", "one.key", "--timestamp-url", "http://127.0.0.1:9"], "that takes a certificate"),
        (
            ["--seal-key", "one.key", "--seal-certificate", "one.pem", "--timestamp-url", "nonsense"],
            "no address of a time-stamp server",
        ),
        (["--seal-key", "one.key", "--seal-certificate", "one.pub"], "Check --seal-certificate"),
    ],
)
def test_a_mistake_in_how_to_seal_is_found_before_anything_is_read(
    called: Called, tmp_path: Path, options: list[str], told: str
) -> None:
    holder("one").put(tmp_path, "one")
    put(tmp_path, "a.json", OPEN)
    status, said = called("report", "a.json", *options)
    assert (status, told in said) == (2, True), said
    assert not (tmp_path / "reports/local").exists()


def test_the_last_line_says_what_to_conclude(called: Called, tmp_path: Path) -> None:
    sealing = holder("one").put(tmp_path, "one")
    run = reported(called, tmp_path, *sealing)
    assert called("verify", str(run))[1].endswith("Who made it is not shown: name whom you trust with --trust.\n")
    assert called("verify", str(run), "--trust", "one.pem")[1].endswith(
        "Result: it holds, and who made it is somebody whom you trust.\n"
    )
    (run / SEAL).unlink()
    assert called("verify", str(run))[1].endswith("Who made it is not shown: it has no seal.\n")
    (run / "report.json").write_bytes(b"{}")
    assert "Result: do not rely on it. What does not hold: files" in called("verify", str(run))[1]


@pytest.mark.parametrize("place", ["reports", "reports/local"])
def test_a_folder_of_runs_is_no_run_and_says_what_to_name(called: Called, tmp_path: Path, place: str) -> None:
    reported(called, tmp_path)
    status, said = called("verify", place)
    assert (status, "--archive" in said) == (2, True)
    status, said = called("verify", "reports/local/latest", "--archive")
    assert (status, "no runs lie there" in said) == (2, True)


NAMED = holder("Ada", AUTHORITY, usages=("digital_signature",))
NAMED_ENDED = holder("Ada", AUTHORITY, end=NOW - DAY / 2)
ENDED = holder("The old authority", ca=True, end=NOW - DAY / 2)


@pytest.mark.parametrize(
    ("issuer", "lists", "told"),
    [
        (NAMED, (), "issued with that of Ada, which is for signing and for no issuing"),
        (NAMED, (NAMED,), "issued with that of Ada, which is for signing and for no issuing"),
        (NAMED_ENDED, (), "issued with that of Ada, which is for signing and for no issuing"),
        (ENDED, (), "of The old authority, who issued the certificate: the certificate expired on"),
        (
            BETWEEN,
            (BETWEEN,),
            "of The office, who issued the certificate: the certificate of The office was revoked on",
        ),
    ],
    ids=["a signer", "a revoked signer", "a signer that ended", "an authority that ended", "a revoked authority"],
)
def test_whoever_is_trusted_vouches_for_others_only_as_long_as_they_may(
    called: Called, tmp_path: Path, issuer: Holder, lists: tuple[Holder, ...], told: str
) -> None:
    mallory = holder("Mallory", issuer, start=NOW - 30 * DAY)
    (tmp_path / "mallory.key").write_bytes(mallory.pem)
    (tmp_path / "mallory.pem").write_bytes(mallory.certificate.public_bytes(Encoding.PEM))
    run = reported(called, tmp_path, "--seal-key", "mallory.key", "--seal-certificate", "mallory.pem", "-f", "pdf")
    (tmp_path / "trust").write_bytes(issuer.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "lists").write_bytes(revoked(AUTHORITY, *lists) if lists else b"")
    trust = ["trust", *(["lists"] if lists else [])]
    status, layers = verified(called, run, *trust)
    assert (status, layers["sealed by"]["status"], layers["signed by"]["status"]) == (3, "fails", "fails"), layers
    assert told in layers["sealed by"]["words"]
    assert verified(called, run / "report.pdf", *trust)[0] == 3


def test_a_list_of_what_was_revoked_counts_for_a_key_whatever_certificate_is_brought(
    called: Called, tmp_path: Path
) -> None:
    ada = holder("Ada", AUTHORITY)
    again = Holder(ada.key, holder_of(ada).certificate)
    (tmp_path / "ada.pub").write_bytes(ada.public)
    (tmp_path / "ada.pem").write_bytes(ada.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "lists").write_bytes(revoked(AUTHORITY, ada))
    bare = reported(called, tmp_path, *again.put(tmp_path, "again")[:2])
    status, layers = verified(called, bare, "ada.pub", "lists")
    assert (status, layers["sealed by"]["status"]) == (3, "unknown")
    fresh = reported(called, tmp_path, *again.put(tmp_path, "again"), "-o", "fresh")
    fresh = next(tmp_path.glob("fresh/local/2*"))
    status, layers = verified(called, fresh, "ada.pub", "ada.pem", "lists")
    assert (status, layers["sealed by"]["status"]) == (3, "fails")
    assert verified(called, fresh, "ada.pub")[0] == 0


def test_all_runs_of_an_archive_have_to_be_sealed_by_somebody_who_is_trusted(called: Called, tmp_path: Path) -> None:
    sealing = holder("one").put(tmp_path, "one")
    holder("two").put(tmp_path, "two")
    run = reported(called, tmp_path, *sealing)
    put(tmp_path, "a.json", OPEN)
    assert called("report", "a.json", "-f", "json", *sealing, SOURCE_DATE_EPOCH="1795543200")[0] == 0
    assert called("verify", "reports", "--archive", "--trust", "one.pem")[0] == 0
    status, said = called("verify", "reports", "--archive", "--trust", "two.pem")
    assert (status, "not all of the 2 runs are sealed by somebody whom --trust names" in said) == (3, True)
    kept = (run / SEAL).read_bytes()
    (run / SEAL).unlink()
    assert called("verify", "reports", "--archive", "--trust", "one.pem")[0] == 3
    (run / SEAL).write_bytes(kept)
    bundle.take_away(run)
    assert called("verify", "reports", "--archive", "--trust", "one.pem")[0] == 0
    status, said = called("verify", f"file://{tmp_path}/reports", "--archive", "--trust", "one.pem")
    assert (status, "in a folder alone" in said) == (2, True)
