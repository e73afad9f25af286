"""Bundles of a release: looked at here before anything is asked of the helper; made and signed."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from webmacs_edge.firmware.container import (
    BLOCK,
    END,
    MANIFEST,
    MAX_SIGNATURES,
    SIGNATURE,
    SIGNATURE_BYTES,
    BundleReader,
    Check,
    header,
    padding,
)
from webmacs_edge.firmware.manifest import (
    FORMAT,
    MAX_MANIFEST_BYTES,
    PRODUCT,
    Manifest,
    Refusal,
    read_manifest,
)
from webmacs_edge.firmware.signing_keys import PublicKey, check_signature, known_keys
from webmacs_edge.model.errors import InvalidError

SHIPPED_KEYS = Path("/usr/share/webmacs-edge/keys")
SITE_KEYS = Path("/etc/webmacs-edge/keys")
_CHUNK_BYTES = 256 * 1024


def key_folders(resources: Path, helper: Path) -> tuple[Path, ...]:
    """Where the keys lie that count: of the package, of the site, and what a release added."""
    return (resources / "keys", SITE_KEYS, helper / "keys")


def signed_by(folders: Iterable[Path], revoked: Iterable[str] = ()) -> Check:
    """Whether one of these keys signed; for `BundleReader`. Loads `cryptography` when asked."""
    keys, gone = known_keys(folders), frozenset(revoked)

    def check(manifest: bytes, signatures: bytes) -> PublicKey:
        return check_signature(manifest, signatures, keys=keys, revoked=gone, verify=_verify)

    return check


def read_bundle(file: BinaryIO, check: Check) -> Manifest:
    """The manifest of a bundle that is whole and signed; Refusal otherwise. Blocks."""
    reader = BundleReader(check)
    while part := file.read(_CHUNK_BYTES):
        reader.feed(part)
    return reader.close()


def peek(file: BinaryIO, check: Check) -> Manifest:
    """The signed manifest alone; what follows it is not looked at. Blocks."""
    reader = BundleReader(check)
    while reader.manifest is None and (part := file.read(4096)):
        reader.feed(part)
    return reader.manifest or reader.close()


def make_keys(folder: Path, name: str) -> tuple[Path, Path]:
    """A new pair: NAME.key, which stays secret, and NAME.pub, which goes into the package."""
    from cryptography.hazmat.primitives import serialization as say  # noqa: PLC0415 8.6 MiB
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 the same
        Ed25519PrivateKey,
    )

    private = Ed25519PrivateKey.generate()
    secret, public = folder / f"{name}.key", folder / f"{name}.pub"
    secret.touch(mode=0o600, exist_ok=False)
    secret.write_bytes(
        private.private_bytes(say.Encoding.PEM, say.PrivateFormat.PKCS8, say.NoEncryption())
    )
    key = PublicKey(name, private.public_key().public_bytes_raw())
    public.write_text(key.pem, encoding="ascii")
    return secret, public


def describe(
    packages: Sequence[tuple[Path, Mapping[str, str]]],
    *,
    sequence: int,
    valid_days: int,
    made_at: datetime | None = None,
    **more: Any,
) -> bytes:
    """The manifest of these packages, each with its control fields; InvalidError when they differ.

    `more`: what else stands in it, such as `channel`, `systems`, `schema`, `changelog`, `keys`.
    """
    made_at = (made_at or datetime.now(UTC)).replace(microsecond=0)
    versions = {fields["Version"] for _, fields in packages}
    if len(versions) != 1:
        raise InvalidError(f"These packages are of several versions: {', '.join(versions)}.")
    told = {
        "format": FORMAT,
        "product": PRODUCT,
        "version": versions.pop(),
        "sequence": sequence,
        "created": made_at.isoformat(),
        "expires": (made_at + timedelta(days=valid_days)).isoformat(),
        **more,
        "files": [_describe(path, fields) for path, fields in packages],
    }
    content = json.dumps(told, ensure_ascii=False, indent=1).encode()
    try:
        read_manifest(content)
    except Refusal as error:
        raise InvalidError(str(error)) from error
    return content


def write_bundle(target: BinaryIO, manifest: bytes, signatures: bytes, *, folder: Path) -> None:
    """Manifest, signatures and the files it names, as the one file that is published."""
    _put(target, MANIFEST, manifest)
    _put(target, SIGNATURE, signatures)
    for it in read_manifest(manifest).files:
        target.write(header(it.name, it.size))
        with (folder / it.name).open("rb") as source:
            for part in _parts(source):
                target.write(part)
        target.write(padding(it.size))
    target.write(END)


def read_raw(file: BinaryIO) -> tuple[bytes, bytes]:
    """Manifest and signatures of a bundle of one's own, unsigned or not; the rest is left."""
    found = []
    for name in (MANIFEST, SIGNATURE):
        head = file.read(BLOCK)
        digits = head[124:135]
        size = int(digits, 8) if digits.isdigit() else -1
        if not 0 <= size <= MAX_MANIFEST_BYTES or head != header(name, size):
            raise InvalidError("This file is no bundle; make one with: webmacs-edge bundle make")
        found.append(file.read(size))
        file.read(len(padding(size)))
    return found[0], found[1]


def write_signed(source: BinaryIO, target: BinaryIO, manifest: bytes, *, signatures: bytes) -> None:
    """The bundle with other signatures; `source` stands where `read_raw` has left it."""
    _put(target, MANIFEST, manifest)
    _put(target, SIGNATURE, signatures)
    for part in _parts(source):
        target.write(part)


def sign(manifest: bytes, private_keys: Sequence[bytes]) -> bytes:
    """The signatures of these keys (PEM); InvalidError when one is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 8.6 MiB
        Ed25519PrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 the same
        load_pem_private_key,
    )

    if not 0 < len(private_keys) <= MAX_SIGNATURES:
        raise InvalidError(f"Sign with one to {MAX_SIGNATURES} keys.")
    signatures = b""
    for pem in private_keys:
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise InvalidError(
                "This is no private key in a PEM file without a password."
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise InvalidError("Releases are signed with Ed25519; this key is of another kind.")
        signatures += key.sign(manifest)
    return signatures


def _verify(key: PublicKey, manifest: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 8.6 MiB
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 the same
        Ed25519PublicKey,
    )

    if len(signature) != SIGNATURE_BYTES:
        return False
    with suppress(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, manifest)
        return True
    return False


def _describe(path: Path, fields: Mapping[str, str]) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for part in _parts(file):
            digest.update(part)
    return {
        "name": path.name,
        "package": fields["Package"],
        "arch": fields["Architecture"],
        "size": path.stat().st_size,
        "sha256": digest.hexdigest(),
        "installed_kib": int(fields.get("Installed-Size", "0")),
    }


def _put(target: BinaryIO, name: str, content: bytes) -> None:
    target.write(header(name, len(content)) + content + padding(len(content)))


def _parts(file: BinaryIO) -> Iterator[bytes]:
    while part := file.read(_CHUNK_BYTES):
        yield part
