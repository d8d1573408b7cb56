"""Whether a PDF is signed, whole and unchanged since, by whom and when; nothing is asked for, nobody is called."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from reporter.errors import MissingPart, UnreadableError
from reporter.plain.text import shown
from reporter.seal import pades
from reporter.seal.envelope import one_form
from reporter.seal.keys import fingerprint, needed
from reporter.verification import paper
from reporter.verification import trust as trusting
from reporter.verification.certificates import WEAK, says_when, unlinked, weak
from reporter.verification.layer import Layer, named
from reporter.verification.trust import Trust

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_MARK: Final = b"/ByteRange"
_END: Final = re.compile(rb"startxref\s{1,4}(\d{1,12})\s{1,4}%%EOF\s{0,4}\Z")
_TAIL: Final = 64
_MAX_CERTIFICATES: Final = 10
_LARGEST: Final = 500_000
_NAME: Final = "signature"
_ABSENT: Final = (
    "there is none: the layers above show that the PDF fits its own evidence; they cannot show who made it, when, or "
    "that the platform said so, as whoever can run datarisk can make such a PDF"
)
_BY: Final = "signed by"
_WRITER: Final = re.compile(r"pyHanko [0-9a-z.+-]{1,40}")


@dataclass(frozen=True, slots=True)
class _Signature:
    """The signature that datarisk makes, as it was found.

    Attributes:
        found: The library's.
        chain: The signer's certificate, and those that came with it.
        claimed: When it was made, as it says itself.
        stamp: The time-stamp, where there is one.
    """

    found: Any
    chain: tuple[Certificate, ...]
    claimed: datetime
    stamp: _Stamp | None = None


@dataclass(frozen=True, slots=True)
class _Stamp:
    """When something was there, by a time-stamp's word, and the certificates of who made that, their own first."""

    token: Any
    at: datetime
    chain: tuple[Certificate, ...]


def before_signatures(pdf: bytes) -> bytes:
    """The bytes that were there before a PDF's last update, where that is a signature's; all of them otherwise."""
    at = pdf.rfind(_MARK)
    found = _END.search(pdf, max(0, len(pdf) - _TAIL))
    if at < 0 or not found:
        return pdf
    # The update says where the table of objects before it begins, and that ends with saying so, too.
    before = re.search(rb"/Prev\s{1,4}(\d{1,12})\b", pdf[max(at, int(found[1])) :])
    if not before:
        return pdf
    start = int(before[1])
    end = re.compile(rb"startxref\s{1,4}%d\s{1,4}%%%%EOF(\r\n|\n|\r|)" % start).search(pdf, start, at)
    return pdf[: end.end()] if end else pdf


def layers(pdf: bytes, trust: Trust, now: datetime) -> Iterator[Layer]:
    """The layer of a PDF's signature, and that of who made it.

    Args:
        pdf: A PDF that nobody trusts.
        trust: Whom somebody trusts.
        now: The time that certificates are held against where no time-stamp says when.
    """
    try:
        # The library follows whatever a PDF says; what this accepts, it follows within bounds.
        read = paper.read(pdf, "the PDF")
        if not read.updates:
            words = "there is none, and --trust asks for one" if trust.is_asked else _ABSENT
            yield Layer(_NAME, "fails" if trust.is_asked else "not checked", words)
            return
        if len(pdf) - len(read.rendered) > _LARGEST:
            yield Layer(_NAME, "fails", "what was put behind it to sign it is larger than any signature")
            return
        needed()
        yield from _found(pdf, trust, now)
    except MissingPart as error:
        yield Layer(_NAME, "unknown", shown(str(error), 300))
    except UnreadableError as error:
        yield Layer(_NAME, "fails", shown(str(error), 300))
    # Whatever it is that a hostile PDF makes the libraries raise, a recursion without end among it.
    except Exception as error:  # noqa: BLE001
        words = f"a signature that cannot be read: {type(error).__name__} {shown(str(error), 200)}"
        yield Layer(_NAME, "fails", words)


def _found(pdf: bytes, trust: Trust, now: datetime) -> Iterator[Layer]:
    from pyhanko.pdf_utils.reader import PdfFileReader

    every = PdfFileReader(BytesIO(pdf)).embedded_signatures
    ours = [each for each in every if each.field_name == pades.FIELD]
    others = named(_told(each) for each in every if each not in ours)
    wrong = next(filter(None, (_changed(len(pdf), each) for each in ours or every)), None)
    if wrong or not every or len(ours) > 1:
        yield Layer(_NAME, "fails", wrong or "what was put behind it to sign it is no signature", others)
        return
    if not ours:
        words = "it has a signature that datarisk did not make; a program that shows PDFs can tell of it"
        yield Layer(_NAME, "unknown", words, others)
        return
    signature = _read(ours[0])
    layer = _as_written(pdf, signature, trust)
    yield layer
    if layer.status != "fails":
        yield _signer(signature, trust, now)


def _told(found: Any) -> str:
    return f"{shown(found.field_name, 60)}: signed with the certificate of {trusting.name(_certificates(found)[0])}"


def _changed(size: int, found: Any) -> str | None:
    """Why what was signed is not what is there, or why that cannot be told; None where it is."""
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    span = [int(found.byte_range[index]) for index in range(4)]
    added = size - span[2] - span[3]
    if added > 0:
        return f"{added:,} bytes were added after it was signed"
    nobody = ValidationContext(trust_roots=[], allow_fetching=False)
    status = asyncio.run(async_validate_pdf_signature(found, nobody, skip_diff=True))
    if not (status.intact and status.valid):
        return "it was changed after it was signed"
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        return "the signature leaves out a part of the file"
    stamp = status.timestamp_validity
    if stamp and not (stamp.intact and stamp.valid):
        return "its time-stamp is about something else, or was changed"
    used = [found.md_algorithm, *([stamp.md_algorithm] if stamp else ())]
    if weak := next((WEAK[each] for each in used if each in WEAK), None):
        return f"it was signed with {weak}, so that another text can have the same signature"
    return None


def _read(found: Any) -> _Signature:
    from pyhanko.sign.general import extract_certificate_info
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    tokens = [*extract_tst_data_iter(found.signer_info, signed=False)]
    stamp = None
    if tokens:
        (attribute,) = found.signer_info["unsigned_attrs"]
        token = attribute["values"][0]
        at = tokens[0]["encap_content_info"]["content"].parsed["gen_time"].native
        certificates = extract_certificate_info(tokens[0])
        stamp = _Stamp(token, at, _cryptography(certificates.signer_cert, certificates.other_certs))
    claimed = found.self_reported_timestamp
    if claimed is None or claimed.tzinfo is None:
        raise ValueError("it does not say when it was made")
    return _Signature(found, _certificates(found), claimed.astimezone(UTC), stamp)


def _certificates(found: Any) -> tuple[Certificate, ...]:
    return _cryptography(found.signer_cert, found.other_embedded_certs)


def _cryptography(first: Any, others: Iterable[Any]) -> tuple[Certificate, ...]:
    from cryptography.x509 import load_der_x509_certificate

    every = [first, *others]
    if len(every) > _MAX_CERTIFICATES:
        raise ValueError(f"more than {_MAX_CERTIFICATES} certificates")
    return tuple(load_der_x509_certificate(each.dump()) for each in every)


def _as_written(pdf: bytes, signature: _Signature, trust: Trust) -> Layer:
    """Whether the update that holds a signature holds nothing else, which could show other pages than were rendered."""
    value = signature.found.signer_info["signature"].native
    wrong = unlinked(signature.chain)
    if not wrong and one_form(signature.chain[0].public_key(), value) != value:
        wrong = "its signature is not in its one form"
    if wrong:
        return Layer(_NAME, "fails", wrong)
    token, writer = signature.stamp.token if signature.stamp else None, _writer(signature.found)
    made = pades.again(
        before_signatures(pdf), signature.claimed, signature.chain, signature=value, token=token, writer=writer
    )
    if made == pdf:
        return Layer(_NAME, "holds", _words(signature, trust))
    if writer != pades.writer_name():
        words = (
            f"unchanged since it was signed; {writer} wrote the signature, and this is {pades.writer_name()}, so that "
            "whether anything else was written with it cannot be told here"
        )
        return Layer(_NAME, "unknown", words)
    words = "more than a signature was written with it, or the signature is not in its one form"
    return Layer(_NAME, "fails", words)


def _writer(found: Any) -> str:
    name = str(found.sig_object["/Prop_Build"]["/App"]["/REx"])
    if not _WRITER.fullmatch(name):
        raise ValueError("it does not say what wrote it")
    return name


def _words(signature: _Signature, trust: Trust) -> str:
    said = f"whole and unchanged since it was signed on {_moment(signature.claimed)}, as the signer says"
    if (stamp := signature.stamp) is None:
        return said
    known = f", whom --trust {'names' if says_when(stamp.chain, trust, stamp.at) else 'does not name'}"
    who = trusting.name(stamp.chain[0]) + (known if trust.is_asked else "")
    return f"{said}; the signature was there on {_moment(stamp.at)}, as the time-stamp of {who}, says"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _signer(signature: _Signature, trust: Trust, now: datetime) -> Layer:
    from cryptography.hazmat.primitives.hashes import SHA256

    first, stamp = signature.chain[0], signature.stamp
    who = f"{trusting.name(first)}, certificate {first.fingerprint(SHA256()).hex()}"
    sure = stamp is not None and says_when(stamp.chain, trust, stamp.at)
    at = stamp.at if stamp and sure else signature.claimed
    named_key = fingerprint(first.public_key()) in trust.public
    why = weak(signature.chain)
    if not why and not named_key:
        # What a certificate says of itself holds, or not, whomever somebody trusts.
        roots = trust.certificates if trust.is_asked else signature.chain
        why = trusting.refused(signature.chain, Trust({}, tuple(roots), trust.revoked), at, proven=sure)
    # Whether a list of what was revoked is new enough, the signer's own word of when does not say.
    why = why or trusting.revoked(signature.chain, trust, at if sure else now, proven=sure)
    if why:
        return Layer(_BY, "fails", f"{who}: {why}")
    if not named_key and not sure and now > first.not_valid_after_utc:
        words = (
            f"{who}: it expired on {first.not_valid_after_utc:%Y-%m-%d}, and that it was used before that, only the "
            "signer says; a time-stamp of somebody whom --trust names would show it"
        )
        return Layer(_BY, "unknown", words)
    if not trust.is_asked:
        words = f"{who}, by their own word: {trusting.ANYBODY}"
        return Layer(_BY, "not checked", words)
    return Layer(_BY, "holds", f"{who}, whom --trust names")
