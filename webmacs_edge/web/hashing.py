"""Passwords into hashes and back into yes or no; in threads, for bcrypt is slow on purpose."""

import asyncio
import base64
import hashlib
import unicodedata

import bcrypt

COST = 12
# Of no password: checked where there is none, so that this takes as long as a wrong password.
DUMMY_HASH = "$2b$12$LZeh7Rr3ZEYRuoHXIrXhJ.K0YgnqhOEHp/kvTWIDUBPi9YxO25xWK"


async def hash_password(password: str) -> str:
    """The bcrypt hash to store; made in a thread."""
    hashed = await asyncio.to_thread(bcrypt.hashpw, _digest(password), bcrypt.gensalt(COST))
    return hashed.decode()


async def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether it is the password of this hash; as slow where there is no hash. In a thread."""
    digest = _digest(password)
    if password_hash is not None:
        try:
            return await asyncio.to_thread(bcrypt.checkpw, digest, password_hash.encode())
        except ValueError:  # not a bcrypt hash: this user has no password
            pass
    await asyncio.to_thread(bcrypt.checkpw, digest, DUMMY_HASH.encode())
    return False


def _digest(password: str) -> bytes:
    """44 characters that stand for all of the password: bcrypt looks at no more than 72 bytes.

    Base64, because bcrypt stops at a zero byte; normalised, because keyboards spell “é” in two
    ways.
    """
    text = unicodedata.normalize("NFKC", password)
    return base64.b64encode(hashlib.sha256(text.encode()).digest())
