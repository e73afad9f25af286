"""ID tokens of a provider: which of its keys signed one, and what it says.

joserfc does the work; it is loaded only when somebody signs in so.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from webmacs_edge.model.errors import WebmacsError
from webmacs_edge.model.text import text

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

log = logging.getLogger(__name__)

_ALGORITHMS = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
]  # fmt: skip
_PUBLIC_KEYS = frozenset({"RSA", "EC", "OKP"})


class ProviderError(WebmacsError):
    """The provider cannot be reached, or what it says cannot be trusted."""


def claims_of(token: str, keys: "KeySet") -> Mapping[str, Any]:
    """What a token says that one of these keys signed; a token may leave out which."""
    from joserfc import errors, jws, jwt  # noqa: PLC0415 10 MiB, for those who use it

    if "kid" in jws.extract_compact(token.encode()).headers():
        return jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
    for key in keys.keys:
        try:
            return jwt.decode(token, key, algorithms=_ALGORITHMS).claims
        except (errors.JoseError, ValueError):  # not this key, or not of its kind
            continue
    raise errors.BadSignatureError


def public_keys(told: Mapping[str, Any]) -> "KeySet":
    """The keys that may sign; ones we cannot use are passed over."""
    from joserfc import errors, jwk  # noqa: PLC0415 10 MiB, for those who use it

    found = []
    listed = told.get("keys")
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, dict) or entry.get("kty") not in _PUBLIC_KEYS:
            continue
        if entry.get("use", "sig") != "sig":
            continue
        try:
            found.append(jwk.import_key(entry))
        except (errors.JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("A key of the provider cannot be used: %s", error)
    if not found:
        raise ProviderError(text("The provider names no key to check its tokens with."))
    return jwk.KeySet(found)
