"""Whether a run is sealed, what the seal is about, and whether whoever made it is trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from reporter.bundle import MANIFEST
from reporter.errors import MissingPart, UnreadableError
from reporter.plain.canonical import digest
from reporter.plain.disk import MEGABYTE
from reporter.plain.text import shown
from reporter.seal import envelope
from reporter.seal.envelope import SEAL, Sealed
from reporter.seal.keys import fingerprint, needed
from reporter.verification import trust as trusting
from reporter.verification.files import Listed
from reporter.verification.layer import Layer, named
from reporter.verification.trust import Trust

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SEAL_LIMIT: Final = 20 * MEGABYTE
_MAX_CERTIFICATES: Final = 10
_ABSENT: Final = (
    "there is none: the layers above show that the files fit each other and the evidence; they cannot show who made "
    "the run, when, or that the platform said so, as whoever can run datarisk can make such a run"
)


def layers(data: bytes | None, listed: Listed, trust: Trust, now: datetime) -> Iterator[Layer]:
    """The seal's layer, and that of who made it.

    Args:
        data: The seal; None where there is none.
        listed: The run's manifest.
        trust: Whom somebody trusts.
        now: The time that certificates are held against: a seal tells its own, which proves nothing.
    """
    if data is None:
        asked = trust.is_asked
        words = f"{SEAL} is not there, and --trust asks for a seal" if asked else _ABSENT
        yield Layer("seal", "fails" if asked else "not checked", words)
        return
    try:
        needed()
        seal = envelope.read(data)
        wrong = [*_differing(seal, listed)]
        if wrong:
            yield Layer("seal", "fails", f"{SEAL} is about other files", named(wrong))
            return
        yield from _signed(seal, trust, now)
    except MissingPart as error:
        yield Layer("seal", "unknown", shown(str(error), 300))
    except UnreadableError as error:
        yield Layer("seal", "fails", shown(str(error), 300))


def _differing(seal: Sealed, listed: Listed) -> Iterator[str]:
    here = {name: entry["sha256"] for name, entry in listed.files.items()} | {MANIFEST: digest(listed.data)}
    for name in sorted(here.keys() | seal.digests.keys()):
        if name not in seal.digests:
            yield f"{shown(name, 200)}: the seal does not know it"
        elif name not in here:
            yield f"{shown(name, 200)}: sealed, and not in {MANIFEST}"
        elif here[name] != seal.digests[name]:
            yield f"{shown(name, 200)}: not what was sealed"


def _chain(seal: Sealed) -> tuple[Certificate, ...]:
    """The certificates that a seal brings, the key's own first.

    Raises:
        UnreadableError: One of them is none, or the first is of another key: anybody can bring that of somebody else.
    """
    from cryptography import x509

    if len(seal.certificates) > _MAX_CERTIFICATES:
        raise UnreadableError(f"it holds more than {_MAX_CERTIFICATES} certificates", where=SEAL)
    try:
        chain = [trusting.whole(x509.load_pem_x509_certificate(each.encode())) for each in seal.certificates]
        own = fingerprint(chain[0].public_key()) if chain else seal.key_id
    except Exception as error:  # (the library raises several kinds)
        raise UnreadableError("it holds certificates that are none", where=SEAL) from error
    if own != seal.key_id:
        raise UnreadableError("it brings the certificate of another key than the one that it names", where=SEAL)
    return tuple(chain)


def _signed(seal: Sealed, trust: Trust, now: datetime) -> Iterator[Layer]:
    chain = _chain(seal)
    known = [*chain[:1], *(each for each in trust.certificates if fingerprint(each.public_key()) == seal.key_id)]
    made_by = trust.public.get(seal.key_id) or (known[0].public_key() if known else None)
    about = f"{len(seal.digests):,} files, {MANIFEST} among them"
    if made_by is None:
        words = (
            f"{SEAL} says that it was made with the key {seal.key_id}, which it does not bring: name that with --trust"
        )
        yield Layer("seal", "fails" if trust.is_asked else "unknown", words)
        return
    if not envelope.signed_by(seal, made_by):
        yield Layer("seal", "fails", f"{SEAL} was changed, or was not made with the key that it names")
        return
    yield Layer("seal", "holds", f"covers {about}, made with the key {seal.key_id}")
    yield _signer(seal, chain, known, trust, now)


def _signer(
    seal: Sealed, brought: Sequence[Certificate], known: Sequence[Certificate], trust: Trust, now: datetime
) -> Layer:
    """Who sealed it, by the certificates that the seal brings, and all that are known of its key."""
    chain = brought or known[:1]
    who = trusting.name(chain[0]) if chain else f"the holder of the key {seal.key_id}"
    if not trust.is_asked:
        words = f"{who}, by their own word: {trusting.ANYBODY}"
        return Layer("sealed by", "not checked", words)
    # Whoever names a key trusts it, whatever a certificate says of it, but for what they were told is revoked.
    named = seal.key_id in trust.public
    if named and trust.revoked and not chain:
        words = (
            f"{who}, whom --trust names; whether they are revoked nobody can tell, as no certificate is known of them"
        )
        return Layer("sealed by", "unknown", words)
    why = trusting.revoked([*chain, *known], trust, now)
    if not why and not named:
        why = trusting.refused(chain, trust, now) if chain else "no key of --trust"
    if why:
        return Layer("sealed by", "fails", f"{who}: {why}")
    return Layer("sealed by", "holds", f"{who}, whom --trust names")
