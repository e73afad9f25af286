"""An OpenID Connect provider: what it says of itself, and who it says somebody is.

The code flow with PKCE; joserfc checks signatures, and is loaded only when somebody signs in so.
"""

import asyncio
import json
import logging
import secrets
import ssl
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from webmacs_edge.config import Settings
from webmacs_edge.config_web import is_safe_url
from webmacs_edge.model.text import text
from webmacs_edge.web.id_tokens import ProviderError, claims_of, public_keys

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
CACHE_S = 3600.0
MAX_ANSWER_BYTES = 512 * 1024
CLOCK_LEEWAY_S = 60
_NEW_KEYS_AFTER_S = 60.0  # for a key we have not seen; not at every forged token
_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in on its way: what only this browser and we know of it."""

    redirect_uri: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    binding: str = field(default_factory=lambda: secrets.token_urlsafe(32))  # in a cookie


class Provider:
    """The provider of the settings; asks it as seldom as possible."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._issuer = settings.oidc_issuer_url
        self._told: Mapping[str, Any] = {}
        self._told_at_s = 0.0
        self._keys: KeySet | None = None
        self._keys_at_s = 0.0
        self._context: ssl.SSLContext | None = None

    async def sign_in_url(self, attempt: Attempt) -> str:
        """Where to send the browser."""
        endpoint = await self._endpoint("authorization_endpoint")
        challenge = urlsafe_b64encode(sha256(attempt.verifier.encode()).digest())
        asked = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": attempt.redirect_uri,
            "scope": self._settings.oidc_scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return str(URL(endpoint).update_query(asked))

    async def who(self, attempt: Attempt, code: str) -> Mapping[str, Any]:
        """The claims about whoever came back with this code; ProviderError on any doubt."""
        answer = await self._exchange(attempt, code)
        claims = await self._check(str(answer.get("id_token") or ""), attempt.nonce)
        if claims.get("email"):
            return claims
        return {**await self._ask_about(claims, answer), **claims}

    async def _exchange(self, attempt: Attempt, code: str) -> Mapping[str, Any]:
        settings, told = self._settings, await self._discover()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        headers = {}
        methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if not settings.oidc_client_secret:
            form["client_id"] = settings.oidc_client_id
        elif "client_secret_basic" not in methods and "client_secret_post" in methods:
            form["client_id"] = settings.oidc_client_id
            form["client_secret"] = settings.oidc_client_secret
        else:
            headers["Authorization"] = _basic(settings)
        endpoint = await self._endpoint("token_endpoint")
        return await self._call("POST", endpoint, data=form, headers=headers)

    async def _check(self, token: str, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token that was made by this provider, for us, now, for this try."""
        from joserfc import errors, jwt  # noqa: PLC0415 10 MiB, for those who use it

        try:
            claims = await self._verified(token)
            rules = jwt.JWTClaimsRegistry(
                leeway=CLOCK_LEEWAY_S,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._settings.oidc_client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            rules.validate(dict(claims))
        except (errors.JoseError, ValueError, TypeError) as error:
            raise ProviderError(
                text(
                    "The ID token of {name} is not valid ({error}). "
                    "Are the clocks of this appliance and of the provider right?",
                    name=self._name,
                    error=error,
                )
            ) from error
        if claims.get("azp", self._settings.oidc_client_id) != self._settings.oidc_client_id:
            raise ProviderError(
                text("The ID token of {name} was made for somebody else.", name=self._name)
            )
        return claims

    async def _verified(self, token: str) -> Mapping[str, Any]:
        """What the token says once its signature is checked; keys are renewed once if need be."""
        from joserfc import errors  # noqa: PLC0415 as above

        keys = await self._key_set(max_age_s=CACHE_S)
        try:
            return claims_of(token, keys)
        except errors.InvalidKeyIdError:
            return claims_of(token, await self._key_set(max_age_s=_NEW_KEYS_AFTER_S))

    async def _ask_about(
        self, claims: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """More about the same person, where the ID token does not say enough."""
        if not (await self._discover()).get("userinfo_endpoint"):
            return {}
        headers = {"Authorization": f"Bearer {answer.get('access_token', '')}"}
        endpoint = await self._endpoint("userinfo_endpoint")
        found = await self._call("GET", endpoint, headers=headers)
        if found.get("sub") != claims["sub"]:
            raise ProviderError(
                text("{name} told about somebody else than who signed in.", name=self._name)
            )
        return found

    async def _discover(self) -> Mapping[str, Any]:
        if self._told and time.monotonic() - self._told_at_s < CACHE_S:
            return self._told
        told = await self._call("GET", self._issuer.rstrip("/") + _WELL_KNOWN)
        if told.get("issuer") != self._issuer:
            raise ProviderError(
                text(
                    "The provider calls itself {issuer!r}; oidc_issuer_url must be exactly that.",
                    issuer=str(told.get("issuer"))[:200],
                )
            )
        self._told, self._told_at_s = told, time.monotonic()
        return told

    async def _endpoint(self, name: str) -> str:
        url = (await self._discover()).get(name)
        if not isinstance(url, str) or not is_safe_url(url):
            raise ProviderError(
                text(
                    "{name_2} names no {name} that can be used safely.",
                    name_2=self._name,
                    name=name,
                )
            )
        return url

    async def _key_set(self, *, max_age_s: float) -> "KeySet":
        if self._keys is not None and time.monotonic() - self._keys_at_s < max_age_s:
            return self._keys
        told = await self._call("GET", await self._endpoint("jwks_uri"))
        self._keys, self._keys_at_s = public_keys(told), time.monotonic()
        return self._keys

    async def _call(self, method: str, url: str, **given: Any) -> Mapping[str, Any]:
        """The JSON object at that address; never a redirect, never more than fits."""
        if self._context is None and url.startswith("https:"):
            self._context = await asyncio.to_thread(ssl.create_default_context)
        connector = aiohttp.TCPConnector(ssl=self._context or False, force_close=True)
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector, timeout=aiohttp.ClientTimeout(TIMEOUT_S)
                ) as session,
                session.request(method, url, allow_redirects=False, **given) as answer,
            ):
                return await self._read(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("%s cannot be asked: %s", URL(url).origin(), error or type(error).__name__)
            raise ProviderError(
                text(
                    "{name} does not answer. Try again, or sign in with e-mail and password.",
                    name=self._name,
                )
            ) from error

    async def _read(self, answer: aiohttp.ClientResponse) -> Mapping[str, Any]:
        given = bytearray()
        async for chunk in answer.content.iter_any():
            given += chunk
            if len(given) > MAX_ANSWER_BYTES:
                raise ProviderError(text("{name} answers with too much.", name=self._name))
        try:
            found = json.loads(given)
        except ValueError:
            found = None
        if answer.status != 200:  # noqa: PLR2004 OK
            why = str(found.get("error", ""))[:100] if isinstance(found, dict) else ""
            log.warning("%s answered %s %s.", answer.url.origin(), answer.status, ascii(why))
            raise ProviderError(
                text(
                    "{name} refused with status {status}. Try again.",
                    name=self._name,
                    status=answer.status,
                )
            )
        if not isinstance(found, dict):
            raise ProviderError(
                text("{name} answers with something that is no JSON object.", name=self._name)
            )
        return found

    @property
    def _name(self) -> str:
        return self._settings.oidc_provider_name


def _basic(settings: Settings) -> str:
    """Id and secret in a header, each spelled as in a form (RFC 6749)."""
    return aiohttp.encode_basic_auth(
        quote(settings.oidc_client_id, safe=""), quote(settings.oidc_client_secret, safe="")
    )
