"""Asks GitHub, or a server that answers like it, for the newest release of this software."""

import asyncio
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp import hdrs

from webmacs_edge.firmware.installer import architecture
from webmacs_edge.model.firmware import read_version
from webmacs_edge.model.times import now_ms

TIMEOUT_S = 8.0
KEPT_S = 600.0  # an answer is not asked for again so soon
RETRY_S = 60.0  # nor after a failure
MAX_ANSWER_BYTES = 2 * 1024 * 1024
MAX_URL = 2048
PRESSED_S = 5.0  # nor by pressing a button again and again
MAX_CHANGELOG = 20_000
ARCHITECTURES = ("amd64", "arm64", "armhf")
_LISTED = 20
_ASSET, _ENDINGS = "webmacs-update", (".tar", ".tar.gz")
_CHUNK_BYTES = 64 * 1024
_MAX_REDIRECTS = 3
_NOT_MODIFIED, _NOT_FOUND, _OK = 304, 404, 200
_LIMITED = (403, 429)


@dataclass(frozen=True, slots=True)
class Release:
    """A published version, where to read about it and where its file lies."""

    version: str
    page_url: str | None
    download_url: str | None
    changelog: str = ""
    file_url: str | None = None  # of the API, for those who need a token; else as `download_url`
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest release, if any is known; `error` says in words why that may be out of date."""

    release: Release | None = None
    error: str | None = None


class Releases:
    """The newest release, asked for at most every few minutes; being offline is no error."""

    def __init__(
        self,
        api_url: str,
        repository: str,
        *,
        channel: str = "stable",
        token: str = "",
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        releases = f"{api_url.rstrip('/')}/repos/{quote(repository)}/releases"
        self._url = f"{releases}?per_page={_LISTED}" if channel == "beta" else f"{releases}/latest"
        self._token = token
        self._is_set = bool(repository)
        self._timeout_s = timeout_s
        self._lock = asyncio.Lock()
        self._answer = Answer()
        self._etag = ""
        self._fresh_until_s = self._asked_at_s = -1.0
        self.asked_at_ms: int | None = None

    @property
    def answer(self) -> Answer:
        """What was heard last; asks nobody."""
        return self._answer

    @property
    def known(self) -> Release | None:
        """The newest release that was heard of so far; asks nobody."""
        return self._answer.release

    @property
    def is_set(self) -> bool:
        """Whether there is anybody to ask."""
        return self._is_set

    def use_token(self, token: str) -> None:
        """Ask with this one from now on; "": without any."""
        self._token, self._etag, self._fresh_until_s = token, "", -1.0

    def headers_for(self, url: str) -> dict[str, str]:
        """What a request for a file needs; the token goes to the API's own server alone."""
        headers: dict[str, str] = {hdrs.ACCEPT: "application/octet-stream"}
        if self._token and _origin(url) == _origin(self._url):
            headers[hdrs.AUTHORIZATION] = f"Bearer {self._token}"
        return headers

    def file_url(self, release: Release) -> str | None:
        """Where its file is fetched from: a private repository gives it by its API alone."""
        return release.file_url if self._token and release.file_url else release.download_url

    async def ask_again(self) -> Answer:
        """As `newest`, but whoever asks has pressed a button: at most every few seconds."""
        if time.monotonic() - self._asked_at_s > PRESSED_S:
            self._fresh_until_s = -1.0
        return await self.newest()

    async def newest(self) -> Answer:
        """What is known now, asked anew where that is old; never raises, takes 8 s at most."""
        if not self._is_set:
            return Answer(error="No place is set where releases are published (update_repository).")
        async with self._lock:
            if time.monotonic() >= self._fresh_until_s:
                self._asked_at_s = time.monotonic()
                self._answer = await self._ask()
                self.asked_at_ms = now_ms()
                kept_s = RETRY_S if self._answer.error else KEPT_S
                self._fresh_until_s = time.monotonic() + kept_s
            return self._answer

    async def _ask(self) -> Answer:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._fetch()
        except TimeoutError:
            return self._failed(f"GitHub did not answer within {self._timeout_s:g} s.")
        except (aiohttp.ClientError, OSError) as error:
            return self._failed(f"GitHub cannot be reached: {error or type(error).__name__}")
        except ValueError as error:
            return self._failed(f"GitHub answered something unexpected: {error}")

    async def _fetch(self) -> Answer:
        headers = {hdrs.ACCEPT: "application/vnd.github+json", hdrs.USER_AGENT: "WebMACS-Edge"}
        if self._token:
            headers[hdrs.AUTHORIZATION] = f"Bearer {self._token}"
        if self._etag:
            headers[hdrs.IF_NONE_MATCH] = self._etag
        async with (
            await _open_session(self._url) as session,
            session.get(self._url, headers=headers, max_redirects=_MAX_REDIRECTS) as response,
        ):
            if response.status == _NOT_MODIFIED:
                return Answer(self._answer.release)
            if response.status == _NOT_FOUND:
                return Answer()  # nothing was released yet
            if response.status in _LIMITED:
                return self._failed("GitHub answers no more questions from here for a while.")
            if response.status != _OK:
                return self._failed(f"GitHub answered with HTTP {response.status}.")
            answer = Answer(read_release(await _read(response)))
            self._etag = response.headers.get(hdrs.ETAG, "")
            return answer

    def _failed(self, error: str) -> Answer:
        return Answer(self._answer.release, error[:500])


def read_release(content: bytes) -> Release:
    """The release that GitHub describes; ValueError when it is none of ours."""
    try:
        told = _newest(json.loads(content))
    except RecursionError as error:
        raise ValueError("it is nested too deeply.") from error
    tag = told.get("tag_name") if isinstance(told, Mapping) else None
    version = str(tag or "").removeprefix("v")
    if read_version(version) is None:
        raise ValueError(f"its tag “{version[:50]}” is no version.")
    asset = _asset(told.get("assets"))
    body, size = told.get("body"), asset.get("size")
    return Release(
        version,
        _url(told.get("html_url")),
        _url(asset.get("browser_download_url")),
        changelog=body[:MAX_CHANGELOG].replace("\0", "") if isinstance(body, str) else "",
        file_url=_url(asset.get("url")),
        size_bytes=size if type(size) is int and size >= 0 else None,
    )


def _newest(told: Any) -> Any:
    """Of a list of releases the newest one that is published and has a version."""
    if not isinstance(told, list):
        return told
    found = [it for it in told if isinstance(it, Mapping) and not it.get("draft")]
    tagged = [(read_version(str(it.get("tag_name")).removeprefix("v")), it) for it in found]
    known = [(version, it) for version, it in tagged if version is not None]
    return max(known, key=lambda pair: pair[0])[1] if known else {}


def _asset(assets: Any) -> Mapping[str, Any]:
    """The file for this box: of its architecture, else one that names none."""
    found: dict[int, Mapping[str, Any]] = {}
    for asset in assets if isinstance(assets, list) else ():
        name = asset.get("name") if isinstance(asset, Mapping) else None
        if not isinstance(name, str) or _ASSET not in name or not name.endswith(_ENDINGS):
            continue
        named = [it for it in ARCHITECTURES if it in name]
        if not named or architecture() in named:
            found.setdefault(0 if named else 1, asset)
    return found[min(found)] if found else {}


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _url(text: Any) -> str | None:
    is_fit = isinstance(text, str) and text.startswith(("https://", "http://"))
    return str(text) if is_fit and len(text) <= MAX_URL and text.isprintable() else None


async def _open_session(url: str) -> aiohttp.ClientSession:
    """A session for one question: asked so rarely, it is not worth 2 MiB of certificates."""
    context = await asyncio.to_thread(ssl.create_default_context) if _is_tls(url) else None
    connector = aiohttp.TCPConnector(ssl=context) if context else aiohttp.TCPConnector()
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


def _is_tls(url: str) -> bool:
    return url.startswith("https:")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise ValueError("it is too long.")
    return bytes(content)
