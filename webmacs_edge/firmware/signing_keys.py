"""The public keys that releases may be signed with; Ed25519, as PEM files.

The root helper that installs uses this very file: standard library only. What verifies is handed
in: `cryptography` in the web process, openssl in the helper.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from webmacs_edge.firmware.container import MAX_SIGNATURES, SIGNATURE_BYTES
from webmacs_edge.firmware.manifest import Refusal
from webmacs_edge.model.text import text

KEY_ENDING = ".pub"
MAX_KNOWN_KEYS = 32
_PEM = re.compile(
    r"\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]{40,100})-----END PUBLIC KEY-----\s*"
)
_PREFIX = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of Ed25519
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key with the name of its file; `fingerprint` is the SHA-256 of its 32 bytes."""

    name: str
    raw: bytes

    @property
    def fingerprint(self) -> str:
        """What it is called in manifests."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def pem(self) -> str:
        """As a file."""
        body = base64.b64encode(_PREFIX + self.raw).decode()
        return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"


def read_key(pem: str, name: str) -> PublicKey:
    """ValueError unless it is the PEM of one Ed25519 public key and nothing else."""
    found = _PEM.fullmatch(pem)
    try:
        der = base64.b64decode("".join(found[1].split()), validate=True) if found else b""
    except binascii.Error:
        der = b""
    if not der.startswith(_PREFIX) or len(der) != len(_PREFIX) + _KEY_BYTES:
        raise ValueError(f"{name} is no public key of Ed25519 (PEM)")
    return PublicKey(name, der[len(_PREFIX) :])


def known_keys(folders: Iterable[Path]) -> Sequence[PublicKey]:
    """The keys in these folders; a file that is none is left out."""
    found: dict[str, PublicKey] = {}
    for folder in folders:
        for file in sorted(folder.glob(f"*{KEY_ENDING}"))[:MAX_KNOWN_KEYS]:
            try:
                key = read_key(file.read_text(encoding="ascii"), file.stem)
            except (OSError, ValueError):
                continue
            found.setdefault(key.fingerprint, key)
    return list(found.values())


Verify = Callable[[PublicKey, bytes, bytes], bool]  # key, manifest, signature


def check_signature(
    manifest: bytes,
    signatures: bytes,
    *,
    keys: Collection[PublicKey],
    revoked: Collection[str],
    verify: Verify,
) -> PublicKey:
    """The key that signed; Refusal when none that counts did."""
    count, rest = divmod(len(signatures), SIGNATURE_BYTES)
    if rest or not 0 < count <= MAX_SIGNATURES:
        raise Refusal("unsigned", text("The signature of this update is none."))
    if not keys:
        raise Refusal("key", text("This box knows no key of releases, so that none is installed."))
    gone: PublicKey | None = None
    for at in range(0, len(signatures), SIGNATURE_BYTES):
        for key in keys:
            if verify(key, manifest, signatures[at : at + SIGNATURE_BYTES]):
                if key.fingerprint not in revoked:
                    return key
                gone = key
    if gone is not None:
        raise Refusal(
            "revoked",
            text("The key “{name}”, which signed this update, was revoked.", name=gone.name),
        )
    raise Refusal("key", text("No key that this box knows has signed this update."))
