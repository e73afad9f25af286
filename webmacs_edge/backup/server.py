"""Backups on a server that takes files by PUT: WebDAV and the like, or S3-style storage."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import aiohttp
from aiohttp import hdrs

from webmacs_edge.backup.members import PIECE_BYTES
from webmacs_edge.backup.s3 import EMPTY, Signer
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms

_LIMITS = aiohttp.ClientTimeout(total=2 * 3600, sock_connect=20, sock_read=180)
_OK = range(200, 300)
_GONE = (404, 410)
_S3 = "s3+"


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is, and how we say who we are."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    region: str = "us-east-1"

    async def put(self, name: str, file: Path) -> bool:
        """Send the file and read it back; False when the server does not let us read.

        StoreError says what the server answered, or that what it has is not what was sent.
        """
        digest = await asyncio.to_thread(_hash, file)
        size = (await asyncio.to_thread(file.stat)).st_size
        async with self._session() as session:
            headers = {**self._headers(hdrs.METH_PUT, name, digest), "Content-Length": str(size)}
            async with session.put(
                self._at(name), data=_content(file), headers=headers, allow_redirects=False
            ) as answer:
                if answer.status not in _OK:
                    raise StoreError(
                        text(
                            "{host} answered {status} {reason}: the backup was not taken. Look at "
                            "its address, user and password, and at the room there.",
                            host=self._host,
                            status=answer.status,
                            reason=answer.reason,
                        )
                    )
            return await self._read_back(session, name, digest)

    async def delete(self, name: str) -> bool:
        """Remove an old one; False when the server does not let us. What it has no more is gone."""
        async with self._session() as session:
            headers = self._headers(hdrs.METH_DELETE, name, EMPTY)
            async with session.delete(
                self._at(name), headers=headers, allow_redirects=False
            ) as answer:
                return answer.status in _OK or answer.status in _GONE

    async def _read_back(self, session: aiohttp.ClientSession, name: str, digest: str) -> bool:
        headers = self._headers(hdrs.METH_GET, name, EMPTY)
        async with session.get(self._at(name), headers=headers, allow_redirects=False) as answer:
            if answer.status not in _OK:
                return False
            seen = hashlib.sha256()
            async for part in answer.content.iter_chunked(PIECE_BYTES):
                seen.update(part)
        if seen.hexdigest() != digest:
            with contextlib.suppress(StoreError):
                await self.delete(name)  # nobody takes it for a backup
            raise StoreError(
                text("What {host} keeps of the backup is not what was sent.", host=self._host)
            )
        return True

    def _session(self) -> "_Session":
        return _Session(self)

    def _at(self, name: str) -> str:
        return f"{self.url.removeprefix(_S3).rstrip('/')}/{quote(name)}"

    @property
    def _host(self) -> str:
        return self.url.removeprefix(_S3).split("/")[2]

    def _headers(self, method: str, name: str, digest: str) -> Mapping[str, str]:
        if self.url.startswith(_S3):
            signer = Signer(self.user, self.password, self.region)
            return signer.headers(method, self._at(name), content_sha256=digest, at_ms=now_ms())
        if self.user:
            return {"Authorization": aiohttp.encode_basic_auth(self.user, self.password)}
        return {}


class _Session:
    """A client for one exchange, whose troubles are StoreErrors in words."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> aiohttp.ClientSession:
        self._client = aiohttp.ClientSession(timeout=_LIMITS, auto_decompress=False)
        return self._client

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if self._client is not None:
            await self._client.close()
        if isinstance(error, (aiohttp.ClientError, TimeoutError, OSError)):
            host = self._server._host  # noqa: SLF001 of this module
            said = str(error) or type(error).__name__
            raise StoreError(
                text(
                    "{host} could not be reached, or not to the end: {said}.", host=host, said=said
                )
            ) from error


async def _content(file: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(file.open, "rb") as content:
        while part := await asyncio.to_thread(content.read, PIECE_BYTES):
            yield part


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
