"""Keys and certificates as people have them: good ones, and each kind of bad one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def key_of(kind: str) -> Any:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1()) if kind == "p256" else ed25519.Ed25519PrivateKey.generate()


@dataclass(frozen=True)
class Holder:
    """A key with its certificate, and who issued it."""

    key: Any
    certificate: x509.Certificate
    issuer: Holder | None = None

    @property
    def pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[no-any-return]

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(  # type: ignore[no-any-return]
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def chain(self) -> bytes:
        """Its certificate, and those of who issued it but for the last one, which has to be known."""
        above = self.issuer.chain if self.issuer and self.issuer.issuer else b""
        return self.certificate.public_bytes(Encoding.PEM) + above

    def put(self, folder: Path, name: str) -> list[str]:
        """Its files: key, certificates, and the options that seal with them."""
        (folder / f"{name}.key").write_bytes(self.pem)
        (folder / f"{name}.pem").write_bytes(self.chain)
        (folder / f"{name}.pub").write_bytes(self.public)
        return ["--seal-key", f"{name}.key", "--seal-certificate", f"{name}.pem"]


def holder(
    name: str,
    issuer: Holder | None = None,
    *,
    kind: str = "ed25519",
    own: Any = None,
    ca: bool = False,
    start: datetime = NOW - DAY,
    end: datetime = NOW + 300 * DAY,
    usages: tuple[str, ...] = ("digital_signature", "content_commitment"),
    extended: tuple[x509.ObjectIdentifier, ...] = (),
) -> Holder:
    key = own or key_of(kind)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    by = issuer.certificate.subject if issuer else subject
    builder = x509.CertificateBuilder(by, subject, key.public_key(), x509.random_serial_number(), start, end)
    used = ("key_cert_sign", "crl_sign") if ca else usages
    usage = x509.KeyUsage(**{each: each in used for each in USAGES})
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    signer = issuer.key if issuer else key
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
    )
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=True)
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Holder(key, builder.sign(signer, algorithm), issuer)


def holder_of(other: Holder) -> Holder:
    """The same key in another certificate, which it signs itself."""
    return holder("The same", own=other.key)


def revoked(issuer: Holder, *those: Holder) -> bytes:
    """A list of what an issuer revoked, in PEM."""
    builder = x509.CertificateRevocationListBuilder(issuer.certificate.subject, NOW - DAY, NOW + 30 * DAY)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
    ).add_extension(x509.CRLNumber(1), critical=False)
    for each in those:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder(each.certificate.serial_number, NOW - DAY).build()
        )
    algorithm = None if isinstance(issuer.key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(issuer.key, algorithm).public_bytes(Encoding.PEM)
