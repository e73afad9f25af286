"""Seals a stream of bytes with a passphrase, and opens it again (format: docs/backup.md).

scrypt makes the key; AES-256-GCM seals pieces of 64 KiB, each with its number and whether it is
the last one, so that nothing can be changed, left out, moved or cut off unnoticed.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"WEBMACS-EDGE-SEALED-1\n"
PIECE_BYTES = 64 * 1024
_TAG_BYTES = 16
_SALT_BYTES = 16
_MAX_HEAD_BYTES = 512
_N, _R, _P = 2**15, 8, 1  # 32 MiB and a tenth of a second on a PC, once for each file
_MOST_N, _MOST_R, _MOST_P = 2**17, 8, 4  # a file that asks for more is not ours


@dataclass(frozen=True, slots=True)
class _Seal:
    cipher: "AESGCM"
    head: bytes

    def close(self, number: int, piece: bytes, *, is_last: bool) -> bytes:
        return self.cipher.encrypt(_nonce(number, is_last), piece, self.head)

    def open(self, number: int, piece: bytes, *, is_last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 8.6 MiB

        try:
            return self.cipher.decrypt(_nonce(number, is_last), piece, self.head)
        except InvalidTag as error:
            raise InvalidError(_what_is_wrong(number), field="passphrase") from error


def _what_is_wrong(number: int) -> str:
    if number == 0:
        return text("The passphrase is wrong, or the file was changed.")
    return text(
        "The file was changed, damaged or cut off after {size} KiB.",
        size=number * PIECE_BYTES // 1024,
    )


def seal(parts: Iterable[bytes], passphrase: str) -> Iterator[bytes]:
    """The stream, sealed."""
    options = {"kdf": "scrypt", "n": _N, "r": _R, "p": _P, "salt": os.urandom(_SALT_BYTES).hex()}
    head = MAGIC + json.dumps(options).encode() + b"\n"
    made = _Seal(_cipher(passphrase, options), head)
    yield head
    number, waiting = 0, bytearray()
    for part in parts:
        waiting += part
        while len(waiting) > PIECE_BYTES:  # the last one is known only at the end
            yield made.close(number, bytes(waiting[:PIECE_BYTES]), is_last=False)
            del waiting[:PIECE_BYTES]
            number += 1
    yield made.close(number, bytes(waiting), is_last=True)


def is_sealed(start: bytes) -> bool:
    """Whether a file that begins so was sealed."""
    return start.startswith(MAGIC)


def unseal(parts: Iterable[bytes], passphrase: str) -> Iterator[bytes]:
    """What was sealed; InvalidError as soon as it is clear that it is not what it was."""
    pieces, waiting = iter(parts), bytearray()
    end = -1
    while end < 0 and len(waiting) <= _MAX_HEAD_BYTES:
        more = next(pieces, b"")
        waiting += more
        end = waiting.find(b"\n", len(MAGIC))
        if not more:
            break
    if not waiting.startswith(MAGIC) or not 0 <= end <= _MAX_HEAD_BYTES:
        raise InvalidError(text("This is no sealed backup of WebMACS Edge, or it was cut off."))
    head, rest = bytes(waiting[: end + 1]), bytes(waiting[end + 1 :])
    made = _Seal(_cipher(passphrase, _read_options(head)), head)
    yield from _opened(made, chain((rest,), pieces))  # the rest may be several pieces already


def _opened(made: _Seal, parts: Iterable[bytes]) -> Iterator[bytes]:
    number, size, waiting = 0, PIECE_BYTES + _TAG_BYTES, bytearray()
    for part in parts:
        waiting += part
        while len(waiting) > size:
            yield made.open(number, bytes(waiting[:size]), is_last=False)
            del waiting[:size]
            number += 1
    yield made.open(number, bytes(waiting), is_last=True)


def _nonce(number: int, is_last: bool) -> bytes:  # noqa: FBT001 private, and named at each call
    return number.to_bytes(11, "big") + bytes([is_last])


def _read_options(head: bytes) -> dict[str, Any]:
    try:
        found = json.loads(head[len(MAGIC) :])
        options = {name: int(found[name]) for name in ("n", "r", "p")}
        salt = bytes.fromhex(found["salt"])
        is_known = found["kdf"] == "scrypt" and len(salt) == _SALT_BYTES
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidError(text("The head of this sealed backup cannot be read.")) from error
    n, r, p = options["n"], options["r"], options["p"]
    in_bounds = 2**10 <= n <= _MOST_N and n & (n - 1) == 0
    if not (is_known and in_bounds and 1 <= r <= _MOST_R and 1 <= p <= _MOST_P):
        raise InvalidError(text("This backup was sealed in a way that this release does not know."))
    return {**options, "salt": found["salt"]}


def _cipher(passphrase: str, options: dict[str, Any]) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 8.6 MiB
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # noqa: PLC0415 8.6 MiB

    salt = bytes.fromhex(options["salt"])
    made = Scrypt(salt=salt, length=32, n=options["n"], r=options["r"], p=options["p"])
    return AESGCM(made.derive(passphrase.encode()))
