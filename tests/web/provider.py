"""A local OpenID Connect provider that can misbehave in every way."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from yarl import URL

from tests.conftest import Client, app_of
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.users import create_user, find_user_by_email
from webmacs_edge.web import keys

SSO_ROOT = "/api/v1/auth/sso"
HTML = {"Accept": "text/html,*/*"}
CLIENT_ID, SECRET = "edge", "s3cret/+ä"
Change = Callable[[dict[str, Any]], object]

_RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
_EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
_STRANGER = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})


class FakeProvider:
    """Signs in whoever comes as `person`; what is set beside it goes wrong."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {
            "sub": "4711", "email": "anna@plant.example", "email_verified": True,
            "preferred_username": "anna k.",
        }  # fmt: skip
        self.asked: list[str] = []
        self.key: Any = _RSA
        self.algorithm = "RS256"
        self.header: dict[str, Any] = {"kid": "rsa"}
        self.keys: list[Any] = [_RSA, _EC]
        self.userinfo: dict[str, Any] | None = None
        self.change_claims: Change = lambda claims: None
        self.change_told: Change = lambda told: None
        self.answers: dict[str, web.Response] = {}  # instead of the right ones, by path
        self.slow_path = ""
        self.forms: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._server = TestServer(self._application())

    async def __aenter__(self) -> "FakeProvider":
        await self._server.start_server()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._server.close()

    @property
    def issuer(self) -> str:
        """Its name: where it listens."""
        return str(self._server.make_url("")).rstrip("/")

    def settings(self, **more: Any) -> dict[str, Any]:
        """Settings of an appliance that trusts it."""
        return {
            "oidc_issuer_url": self.issuer, "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SECRET, "oidc_provider_name": "PlantID",
        } | more  # fmt: skip

    def consent(self, url: str) -> URL:
        """What the person's browser is sent back to, after signing in at that URL."""
        asked = dict(URL(url).query)
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return URL(asked["redirect_uri"]).with_query(code=code, state=asked["state"])

    def sign_with_a_strangers_key(self) -> None:
        self.key = _STRANGER

    def sign_by_ec(self) -> None:
        self.key, self.algorithm, self.header = _EC, "ES256", {"kid": "ec"}

    def sign_with_our_secret(self) -> None:
        self.key, self.algorithm = OctKey.import_key(SECRET.encode() * 4), "HS256"

    def _application(self) -> web.Application:
        @web.middleware
        async def misbehave(request: web.Request, handler: Any) -> web.StreamResponse:
            self.asked.append(request.path)
            if request.path == self.slow_path:
                await asyncio.sleep(3600)
            if request.path in self.answers:
                return self.answers[request.path]
            return await handler(request)

        app = web.Application(middlewares=[misbehave])
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_get("/keys", self._jwks)
        app.router.add_post("/token", self._token)
        app.router.add_get("/userinfo", self._userinfo)
        return app

    async def _discovery(self, _request: web.Request) -> web.Response:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=7",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
        }
        self.change_told(told)
        return web.json_response(told)

    async def _authorize(self, request: web.Request) -> web.Response:
        """A browser comes; its person consents at once."""
        raise web.HTTPFound(self.consent(str(request.url)))

    async def _jwks(self, _request: web.Request) -> web.Response:
        keys = [key.as_dict(private=False) for key in self.keys]
        odd = [{"kty": "oct", "k": "AAAA", "kid": "rsa2"}, {"kty": "??"}, "x", {"kty": "RSA"}]
        return web.json_response({"keys": [*odd, *keys]})

    async def _token(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl(await request.text()))
        self.forms.append(form)
        asked = self._codes.pop(form["code"])
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        assert proof.decode().rstrip("=") == asked["code_challenge"]
        assert form["redirect_uri"] == asked["redirect_uri"]
        given = request.headers.get("Authorization", "")
        self.forms[-1]["basic"] = base64.b64decode(given.removeprefix("Basic ")).decode()
        return web.json_response(
            {"access_token": "at", "token_type": "Bearer", "id_token": self._id_token(asked)}
        )

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], **self.person,
        }  # fmt: skip
        self.change_claims(claims)
        if self.algorithm == "none":
            parts = ({"alg": "none", "kid": "rsa"}, claims)
            return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."  # fmt: skip  # noqa: E501
        header = {"alg": self.algorithm, **self.header}
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])

    async def _userinfo(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer at"
        return web.json_response(self.userinfo)


async def begin(client: Client, query: str = "?ui=pages") -> str:
    """Where the browser is sent."""
    answer = await client.get(f"{SSO_ROOT}/authorize{query}", allow_redirects=False)
    assert answer.status == 307, await answer.text()
    return answer.headers["Location"]


async def sign_in(
    client: Client, provider: FakeProvider, query: str = "?ui=pages", **headers: str
) -> ClientResponse:
    """Go there, consent, come back."""
    back = provider.consent(await begin(client, query))
    return await client.get(back.path_qs, headers=headers or HTML, allow_redirects=False)


async def user_named(client: Client, email: str) -> Any:
    async with app_of(client)[keys.DATABASE].read() as session:
        return await find_user_by_email(session, email)


async def add_user(client: Client, email: str, role: UserRole = UserRole.operator) -> Any:
    return await app_of(client)[keys.DATABASE].write(
        lambda session: create_user(
            session, email=email, username="Anna", password_hash="!", role=role, at_ms=now_ms()
        )
    )
