"""Fetches a bundle: within bounds, checked as it comes, and goes on where it was cut off."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import aiohttp
from aiohttp import hdrs

from webmacs_edge.firmware.container import MAX_BUNDLE_BYTES, BundleReader, Check
from webmacs_edge.firmware.manifest import Manifest, Refusal
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text

SILENT_S = 30.0
LONGEST_S = 4 * 3600.0  # of one attempt; the next one goes on where it has ended
PAUSES_S = (1.0, 3.0, 10.0, 30.0)
RESERVE_BYTES = 256 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_MAX_REDIRECTS = 5
_OK, _PARTIAL, _NOT_SATISFIABLE = 200, 206, 416


class DownloadError(Exception):
    """It could not be fetched; the message says why."""


@dataclass(slots=True)
class Progress:
    """How far it has come."""

    received_bytes: int = 0
    size_bytes: int | None = None

    @property
    def share(self) -> float | None:
        """0 to 1; None while the size is not known."""
        return min(1.0, self.received_bytes / self.size_bytes) if self.size_bytes else None


class Download:
    """One bundle on its way into `partial`, which a later attempt goes on with."""

    def __init__(
        self,
        url: str,
        partial: Path,
        *,
        check: Check,
        free_bytes: int,
        headers: Mapping[str, str] | None = None,
        pauses_s: tuple[float, ...] = PAUSES_S,
    ) -> None:
        self.progress = Progress()
        self._url, self._partial = url, partial
        self._check, self._free_bytes = check, free_bytes
        self._headers = dict(headers or {})
        self._pauses_s = pauses_s
        self._reader = BundleReader(check)

    async def fetch(self) -> Manifest:
        """The manifest of what lies whole and signed in `partial` then.

        Refusal, with nothing left, when it is no good bundle; DownloadError when it cannot be had.
        """
        for pause_s in (*self._pauses_s, None):
            try:
                return await self._attempt()
            except Refusal as refusal:
                await asyncio.to_thread(self._partial.unlink, missing_ok=True)
                if refusal.kind != "truncated" or pause_s is None:
                    raise
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                if pause_s is None:
                    why = str(error) or type(error).__name__
                    raise DownloadError(
                        text("The update cannot be fetched: {why}.", why=why[:300])
                    ) from error
            await asyncio.sleep(pause_s)
        raise AssertionError  # the last turn returns or raises

    async def _attempt(self) -> Manifest:
        self._reader = BundleReader(self._check)
        at = await asyncio.to_thread(self._read_again)
        self.progress.received_bytes = at
        timeout = aiohttp.ClientTimeout(total=LONGEST_S, connect=SILENT_S, sock_read=SILENT_S)
        context = await asyncio.to_thread(ssl.create_default_context)
        connector = aiohttp.TCPConnector(ssl=context)
        headers = {
            **self._headers,
            hdrs.USER_AGENT: "WebMACS-Edge",
            hdrs.ACCEPT_ENCODING: "identity",
        }
        if at:
            headers[hdrs.RANGE] = f"bytes={at}-"
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.get(self._url, headers=headers, max_redirects=_MAX_REDIRECTS) as response,
        ):
            await self._take(response, at=at)
        return self._reader.close()

    def _read_again(self) -> int:
        """What an earlier attempt has left counts only as far as it is right."""
        if not self._partial.exists():
            return 0
        try:
            with self._partial.open("rb") as file:
                while part := file.read(_CHUNK_BYTES):
                    self._reader.feed(part)
        except Refusal:
            self._partial.unlink()
            self._reader = BundleReader(self._check)
        return self._reader.taken_bytes

    async def _take(self, response: aiohttp.ClientResponse, *, at: int) -> None:
        if response.status == _NOT_SATISFIABLE:
            return  # it was whole already
        if response.status not in (_OK, _PARTIAL):
            raise DownloadError(
                text("The place of the update answered with HTTP {status}.", status=response.status)
            )
        if response.status == _OK and at:  # it knows no ranges: from the beginning
            self._reader, at = BundleReader(self._check), 0
        length = response.content_length
        self._check_size(None if length is None else at + length)
        with await asyncio.to_thread(self._open, is_more=bool(at)) as file:
            self.progress.received_bytes = at
            async for part in response.content.iter_any():
                await asyncio.to_thread(self._put, file, part)
                self.progress.received_bytes += len(part)

    def _check_size(self, size: int | None) -> None:
        self.progress.size_bytes = size
        if size is not None and size > MAX_BUNDLE_BYTES:
            raise Refusal("huge", text("This file is too large for an update."))
        needed = (size or 0) + RESERVE_BYTES
        if self._free_bytes < needed:
            raise StoreError(
                text(
                    "There is no room for this update: {needed} MB must be free, {free} MB are.",
                    needed=needed // 1_000_000,
                    free=self._free_bytes // 1_000_000,
                )
            )

    def _open(self, *, is_more: bool) -> BinaryIO:
        return self._partial.open("ab") if is_more else self._partial.open("wb")

    def _put(self, file: BinaryIO, part: bytes) -> None:
        """Judged first: nothing that is wrong reaches the disk."""
        self._reader.feed(part)
        file.write(part)
