"""Secrets at rest: sealed with the key of this box before they are stored.

cryptography costs 8.6 MiB of memory, so that it is loaded by the first secret, in a thread.
"""

import asyncio
import base64
import os

from webmacs_edge.model.box_keys import derive_key
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text

_MARK = "sealed:1:"  # tells what is sealed, and how
_KEY_PURPOSE = "secrets at rest"
_NONCE_BYTES = 12


class SealedElsewhereError(StoreError):
    """A secret cannot be read with the key of this box."""


async def seal(text: str, *, box_key: bytes, purpose: str) -> str:
    """`text`, readable for this box alone; `purpose` names its place, and no other will open it.

    Of n bytes, 47 + 4 n / 3 characters.
    """
    return await asyncio.to_thread(_seal, text.encode(), box_key, purpose.encode())


async def unseal(sealed: str, *, box_key: bytes, purpose: str) -> str:
    """The text that was sealed for this purpose; SealedElsewhereError when that fails."""
    try:
        content = await asyncio.to_thread(_unseal, sealed, box_key, purpose.encode())
    except ValueError as error:
        raise SealedElsewhereError(
            text(
                "The secret of {purpose} cannot be read with the key of this box (secret.key). "
                "Enter it again.",
                purpose=purpose,
            )
        ) from error
    return content.decode()


def is_sealed(text: str) -> bool:
    """Whether it went through `seal`."""
    return text.startswith(_MARK)


def _seal(content: bytes, box_key: bytes, purpose: bytes) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 8.6 MiB

    nonce = os.urandom(_NONCE_BYTES)
    locked = AESGCM(derive_key(box_key, _KEY_PURPOSE)).encrypt(nonce, content, purpose)
    return _MARK + base64.urlsafe_b64encode(nonce + locked).decode()


def _unseal(sealed: str, box_key: bytes, purpose: bytes) -> bytes:
    """ValueError when it was sealed by another key, for another purpose, or changed."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 8.6 MiB
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 8.6 MiB

    mark, text = sealed[: len(_MARK)], sealed[len(_MARK) :]
    content = base64.b64decode(text, altchars=b"-_", validate=True)
    if mark != _MARK or len(content) < _NONCE_BYTES:
        raise ValueError(mark)
    nonce, locked = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
    try:
        return AESGCM(derive_key(box_key, _KEY_PURPOSE)).decrypt(nonce, locked, purpose)
    except InvalidTag as error:
        raise ValueError(mark) from error
