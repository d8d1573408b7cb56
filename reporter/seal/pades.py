"""The signature on a PDF: PAdES B-B, and B-T where somebody else says when (ETSI EN 319 142-1).

It is an update after the bytes that were rendered, which stay as they are: the form and its one field, which nobody
sees, the signature, and the first page and the catalogue that lead there. The update is the same for the same bytes,
time and room, so that verification can make it again and find whatever else somebody put there.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from reporter.errors import FaultError, RenderError, UsageError
from reporter.seal.envelope import one_form
from reporter.seal.keys import SealKey, needed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate

FIELD: Final = "datarisk-signature"
"""What the field of the signature is called."""

_ROOM: Final = 4_096  # the signature itself, what it says of itself, and the frame around it
TIMESTAMP_ROOM: Final = 16_384
"""How many bytes are kept for a time-stamp and the certificates of who made it."""

#: They tell of every certificate that does not hold, with a traceback; what is to be said of it, we say.
for _logger in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_logger).setLevel(logging.CRITICAL)

_REMEDY: Final = "A PDF needs one: give --seal-certificate, or make a key with `datarisk keys new`, which makes both"


@dataclass(frozen=True, slots=True)
class Update:
    """A PDF that is ready to be signed.

    Attributes:
        pdf: All of it, with room for the signature.
        start: Where the room begins, with its ``<``.
        end: Where it is over, after its ``>``.
    """

    pdf: bytes
    start: int
    end: int

    def digest(self, algorithm: str) -> bytes:
        """What is signed: all but the room."""
        found = hashlib.new(algorithm)
        found.update(memoryview(self.pdf)[: self.start])
        found.update(memoryview(self.pdf)[self.end :])
        return found.digest()

    def holding(self, signature: bytes) -> bytes:
        """All of it, with a signature (CMS, DER) in the room."""
        text = signature.hex().upper().encode().ljust(self.end - self.start - 2, b"0")
        if len(text) > self.end - self.start - 2:
            raise FaultError("more than there is room for")
        return b"".join((self.pdf[: self.start], b"<", text, b">", self.pdf[self.end :]))


def signed(pdf: bytes, key: SealKey, when: datetime) -> bytes:
    """A PDF with a signature after it; with an Ed25519 or RSA key and no time-stamp the same whenever it is made.

    Args:
        pdf: As it was rendered.
        key: What it is signed with; asks a time-stamp server where it names one.
        when: What the signature says of when it was made.

    Raises:
        UsageError: The key has no certificate, or one that does not hold at that time.
        RenderError: No time-stamp that holds came, or the PDF cannot be signed.
        MissingPart: What signs is not installed.
    """
    needed()
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError

    if not key.certificates:
        raise UsageError("the key has no certificate", remedy=_REMEDY)
    _held(key.certificates[0], when)
    stamper = None
    if key.timestamp_url:
        from reporter.seal.timestamp import asked

        stamper = asked(key.timestamp_url)
    try:
        made = update(pdf, when, room(key.certificates, timestamped=bool(stamper)), writer_name())
        whole = _filled(made, _signer(key), stamper)
    except (PdfError, SigningError) as error:
        raise RenderError(f"cannot be signed: {error}") from error
    if not whole.startswith(pdf):
        raise FaultError("signing changed what was rendered")
    return whole


def again(
    pdf: bytes,
    when: datetime,
    certificates: tuple[Certificate, ...],
    *,
    signature: bytes,
    token: Any | None,
    writer: str,
) -> bytes:
    """A PDF as ``signed`` writes it, with a signature that somebody has made.

    Args:
        pdf: As it was rendered.
        when: What the signature says of when it was made.
        certificates: The signer's first.
        signature: Its bytes alone.
        token: The time-stamp (``asn1crypto.cms.ContentInfo``), where there is one.
        writer: What wrote the update, as that says: as ``writer_name``.

    Raises:
        pyhanko.pdf_utils.misc.PdfError: It is no PDF that anything can be added to.
        pyhanko.sign.general.SigningError: Likewise.
        FaultError: It needs more room than ``signed`` leaves.
    """
    from pyhanko.sign.signers.pdf_cms import ExternalSigner, select_suitable_signing_md
    from pyhanko.sign.timestamps import TimeStamper

    class Given(TimeStamper):
        async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:  # noqa: ARG002
            return token

    first, store = _held_by(certificates)
    signing = ExternalSigner(first, store, signature), select_suitable_signing_md(first.public_key)
    stamper = Given() if token is not None else None  # type: ignore[no-untyped-call]
    made = update(pdf, when, room(certificates, timestamped=bool(stamper)), writer)
    return _filled(made, signing, stamper)


def _filled(made: Update, signing: tuple[Any, str], stamper: Any) -> bytes:
    signer, algorithm = signing
    found = asyncio.run(signer.async_sign(made.digest(algorithm), algorithm, use_pades=True, timestamper=stamper))
    return made.holding(found.dump())


def _held(certificate: Certificate, when: datetime) -> None:
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= when <= last:
        what = f"the certificate holds from {first:%Y-%m-%d} to {last:%Y-%m-%d}, and the report is of {when:%Y-%m-%d}"
        raise UsageError(what, remedy="Renew it, or make a key with `datarisk keys new`")


def room(certificates: tuple[Certificate, ...], *, timestamped: bool) -> int:
    """How many bytes are kept for a signature that brings these certificates."""
    from cryptography.hazmat.primitives.serialization import Encoding

    every = sum(len(each.public_bytes(Encoding.DER)) for each in certificates)
    return every + _ROOM + (TIMESTAMP_ROOM if timestamped else 0)


def writer_name() -> str:
    """What writes the update, as it says of itself."""
    return f"pyHanko {version('pyHanko')}"


def update(pdf: bytes, when: datetime, size: int, name: str) -> Update:
    """A PDF with room for a signature after it.

    Args:
        pdf: As it was rendered.
        when: What the signature says of when it was made.
        size: How many bytes the signature may have.
        name: What writes the update.

    Raises:
        pyhanko.pdf_utils.misc.PdfError: It is no PDF that anything can be added to.
        pyhanko.sign.general.SigningError: Likewise.
    """
    from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
    from pyhanko.sign.signers.pdf_byterange import BuildProps, SignatureObject

    when = when.astimezone(UTC).replace(microsecond=0)
    # PDF/A-3 (6.3.2) wants it printable and not hidden, PDF/UA (7.18.1) hidden or off the page: off the page is both.
    unseen = InvisSigSettings(set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True)
    field = SigFieldSpec(FIELD, on_page=0, invis_sig_settings=unseen, readable_field_name=FIELD)
    writer = _writer(pdf, hashlib.sha256(pdf + when.isoformat().encode()).digest()[:16])
    steps = PdfCMSEmbedder(new_field_spec=field).write_cms(field_name=FIELD, writer=writer)
    next(steps)
    props = BuildProps("datarisk", revision=name)
    placeholder = SignatureObject(
        timestamp=when, subfilter=SigSeedSubFilter.PADES, app_build_props=props, bytes_reserved=2 * size
    )
    steps.send(SigObjSetup(sig_placeholder=placeholder))
    prepared, output = steps.send(SigIOSetup(md_algorithm="sha256", output=BytesIO()))
    return Update(output.getvalue(), prepared.reserved_region_start, prepared.reserved_region_end)


def _writer(pdf: bytes, identifier: bytes) -> Any:
    """Adds to a PDF; what it says of itself stays as it is, and its second identifier is of its bytes."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Writer(IncrementalPdfFileWriter):
        @classmethod
        def _handle_id(cls, prev: Any) -> Any:
            own = generic.ByteStringObject(identifier)
            try:
                first = prev.trailer["/ID"][0]
            except KeyError:
                first = own
            return generic.ArrayObject([generic.ByteStringObject(getattr(first, "original_bytes", first)), own])

        def _update_meta(self) -> None:
            """Names neither another program nor another time: title, dates and XMP are those of what was rendered."""

    return Writer(BytesIO(pdf))


def _signer(key: SealKey) -> tuple[Any, str]:
    from asn1crypto import keys
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from pyhanko.sign.signers.pdf_cms import SimpleSigner, select_suitable_signing_md

    class Signer(SimpleSigner):
        def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
            if isinstance(key.private, EllipticCurvePrivateKey):
                return _p256(key.private, data)
            return super().sign_raw(data, digest_algorithm)

    first, store = _held_by(key.certificates)
    private = keys.PrivateKeyInfo.load(key.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    return Signer(first, private, store), select_suitable_signing_md(first.public_key)


def _held_by(certificates: tuple[Certificate, ...]) -> tuple[Any, Any]:
    from asn1crypto import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    first, *above = (x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in certificates)
    return first, SimpleCertificateStore.from_certs(above)  # type: ignore[no-untyped-call]


def _p256(key: EllipticCurvePrivateKey, data: bytes) -> bytes:
    """The signature in the one form that a seal has, and the same each time (RFC 6979) where OpenSSL can."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        signature = key.sign(data, ECDSA(SHA256(), deterministic_signing=True))
    except UnsupportedAlgorithm:
        signature = key.sign(data, ECDSA(SHA256()))
    return one_form(key.public_key(), signature)
