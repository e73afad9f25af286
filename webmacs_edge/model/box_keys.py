"""Keys for single purposes, derived from the one secret of this box."""

import hashlib
import hmac

_SALT = b"WebMACS Edge"


def derive_key(box_key: bytes, purpose: str) -> bytes:
    """32 bytes for this purpose alone; none tells anything about another (HKDF, RFC 5869)."""
    extracted = hmac.digest(_SALT, box_key, hashlib.sha256)
    return hmac.digest(extracted, purpose.encode() + b"\x01", hashlib.sha256)
