"""A certificate and its key as files: read, checked, remembered."""

import hashlib
import json
import os
import ssl
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webmacs_edge.model.errors import CertificateError
from webmacs_edge.tls.names import Names

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_MOST_BYTES = 256 * 1024  # a chain is a few thousand bytes long

Signature = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Where a certificate (with its chain) and its key are."""

    certificate: Path
    key: Path

    def signature(self) -> Signature:
        """What changes when one of the files does; None for one that is not there."""
        return tuple(_signature(path) for path in (self.certificate, self.key))

    @property
    def is_there(self) -> bool:
        """Whether there is one file of the two, at least."""
        return any(self.signature())


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says about itself."""

    fingerprint: str  # SHA-256, hexadecimal
    not_before_ms: int
    not_after_ms: int
    issuer: str
    self_signed: bool
    names: Names


def facts_from(found: Mapping[str, Any]) -> Facts:
    """Facts as `tls.making` tells them; CertificateError when something is missing."""
    try:
        return Facts(
            fingerprint=str(found["fingerprint"]),
            not_before_ms=int(found["not_before_ms"]),
            not_after_ms=int(found["not_after_ms"]),
            issuer=str(found["issuer"]),
            self_signed=bool(found["self_signed"]),
            names=Names(tuple(found["hosts"]), tuple(found["addresses"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CertificateError(f"What is known of the certificate is damaged: {error}.") from error


def load_context(pair: Pair) -> ssl.SSLContext:
    """A context for listening with these files; CertificateError says what is wrong with them."""
    context = listening_context()
    asked: list[Path] = []

    def refuse_password() -> str:
        asked.append(pair.key)  # nobody is there to type one
        return ""

    try:
        context.load_cert_chain(pair.certificate, pair.key, password=refuse_password)
    except FileNotFoundError as error:
        missing = pair.key if pair.certificate.exists() else pair.certificate
        raise CertificateError(f"There is no file {missing}. Put it there.") from error
    except ssl.SSLError as error:
        if asked:
            raise CertificateError(
                f"{pair.key} asks for a password. Put a key without one there (openssl pkey)."
            ) from error
        raise CertificateError(_what_is_wrong(pair, error)) from error
    except OSError as error:
        raise CertificateError(
            f"{pair.certificate} or {pair.key} cannot be read: {error.strerror or error}. "
            "Let the user of this service read both."
        ) from error
    return context


def listening_context() -> ssl.SSLContext:
    """TLS 1.2 and newer for HTTP/1.1; it needs a certificate yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


def read_certificate(file: Path) -> str:
    """The text of the first certificate in the file; CertificateError when there is none."""
    try:
        with file.open("rb") as handle:
            text = handle.read(_MOST_BYTES).decode("ascii", errors="replace")
    except OSError as error:
        raise CertificateError(f"{file} cannot be read: {error.strerror or error}.") from error
    begin, end = text.find(_BEGIN), text.find(_END)
    if not 0 <= begin < end:
        raise CertificateError(f"{file} holds no certificate in PEM form (BEGIN CERTIFICATE).")
    return text[begin : end + len(_END)] + "\n"


def fingerprint_of(pem: str) -> str:
    """The SHA-256 that browsers show, hexadecimal."""
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    except ValueError as error:
        raise CertificateError("The certificate is no proper PEM text.") from error


def spelled(fingerprint: str) -> str:
    """`AB:CD:…`, as browsers and openssl spell it."""
    return ":".join(fingerprint[at : at + 2] for at in range(0, len(fingerprint), 2)).upper()


def is_readable_by_all(file: Path) -> bool:
    """Whether every user of the box may read it."""
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def remember(file: Path, facts: Mapping[str, Any]) -> None:
    """Note what a certificate says, to know it at the next start without a process of its own."""
    write_private(file, json.dumps(facts))


def remembered(file: Path, fingerprint: str) -> Facts | None:
    """What was noted of this very certificate."""
    try:
        facts = facts_from(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, CertificateError):
        return None
    return facts if facts.fingerprint == fingerprint else None


def write_private(file: Path, text: str) -> None:
    """Write a file that is there as a whole or not at all, for its owner only."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(file)


def _signature(path: Path) -> tuple[int, int, int] | None:
    """Changes with content, owner and mode; a file that may not be looked at is there."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return 0, 0, 0
    return found.st_ctime_ns, found.st_size, found.st_ino


def _what_is_wrong(pair: Pair, error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if "MISMATCH" in reason:
        return f"{pair.key} is not the key of {pair.certificate}. Put both of one pair there."
    return (
        f"{pair.certificate} and {pair.key} cannot be used ({reason or error}). "
        "Both must be PEM files: the certificate with its chain, and its key."
    )
