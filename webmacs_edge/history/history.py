"""The one door to `history.db`: record, trend, series, raw samples."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.paging import ALWAYS, DatapointPage, Pager, Span
from webmacs_edge.history.reader import PAGE_CHUNKS, Reader
from webmacs_edge.history.recorder import Recorder
from webmacs_edge.history.recovery import Recovery
from webmacs_edge.history.removal import remove_sample
from webmacs_edge.history.replay import replay
from webmacs_edge.history.runs import Last
from webmacs_edge.history.series import read_series
from webmacs_edge.history.sketch import Trend
from webmacs_edge.history.statistics import Statistics, read_statistics
from webmacs_edge.history.trends import SILENCES, read_trends
from webmacs_edge.history.windows import estimate_window, read_window
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text
from webmacs_edge.store.database import Database
from webmacs_edge.store.history_files import check_history, create_history_tables

SILENCE_MS = 10_000  # the longest pause of a channel that says nothing else
MAX_WIDTH = 10_000
_MOST_AT_ONCE = 100  # of one channel and millisecond; more than can be


class History:
    """What was measured. Ranges are [from_ms, to_ms): samples at `to_ms` are outside.

    Sealed samples are read from `database`; where that is far away, they are recorded into `spool`
    and somebody carries them there.
    """

    def __init__(
        self,
        database: Database,
        *,
        spool: Database | None = None,
        flush_interval_s: float = 10.0,
        max_pending: int = 1_000_000,
    ) -> None:
        self._spool = spool or database
        self.recorder = Recorder(
            self._spool,
            sealed=database,
            flush_interval_s=flush_interval_s,
            max_pending=max_pending,
        )
        self.recovery = Recovery(self._spool, self.recorder)
        self._sealed = database
        self._reader = Reader(database, self.recorder.heads)
        self._pager = Pager(self._reader)

    @property
    def damaged_chunks(self) -> int:
        """How many chunks were found damaged, and left out, since the start."""
        return len(self._reader.damaged)

    async def open(self) -> None:
        """Create the tables, check the file, continue where the last process stopped.

        A file that is damaged is set aside, and a new one begun.
        """
        await self.recovery.open(self._open)

    async def _open(self) -> None:
        await create_history_tables(self._spool)
        await check_history(self._spool)
        await self.replay()

    async def replay(self) -> None:
        """Continue from what is stored, if nothing was recorded yet."""
        if not self.recorder.heads:
            await replay(self._spool, self.recorder)

    async def trend(
        self,
        keys: Sequence[int],
        from_ms: int,
        to_ms: int,
        *,
        width: int,
        silence_ms: Mapping[int, int] | None = None,
    ) -> dict[int, Trend]:
        """Per channel at most `width` columns; `silence_ms` is each channel's longest pause."""
        _check_range(from_ms, to_ms)
        width = min(max(1, width), MAX_WIDTH)
        pauses = silence_ms or {}
        silences = {key: pauses.get(key, SILENCE_MS) for key in keys}
        return await read_trends(self._reader, silences, from_ms=from_ms, to_ms=to_ms, width=width)

    async def series(
        self, keys: Sequence[int], from_ms: int, to_ms: int, *, max_points: int
    ) -> dict[int, list[tuple[int, float]]]:
        """Per channel at most `max_points` samples: the first, the last, no peak lost."""
        _check_range(from_ms, to_ms)
        series = await asyncio.gather(
            *(
                read_series(self._reader, key, from_ms=from_ms, to_ms=to_ms, max_points=max_points)
                for key in keys
            )
        )
        return dict(zip(keys, series, strict=True))

    async def statistics(
        self,
        key: int,
        from_ms: int,
        to_ms: int,
        *,
        threshold: float | None = None,
        silence_ms: int = SILENCE_MS,
    ) -> Statistics:
        """Count, means, spread, extremes, integral and times of one channel's usable samples."""
        _check_range(from_ms, to_ms)
        limit_ms = int(silence_ms * SILENCES)
        return await read_statistics(
            self._reader, key, from_ms=from_ms, to_ms=to_ms, limit_ms=limit_ms, threshold=threshold
        )

    async def page(
        self, keys: Sequence[int], *, page: int = 1, page_size: int, span: Span = ALWAYS
    ) -> DatapointPage:
        """Stored samples of these channels in the span, newest first; pages count from 1."""
        _check_range(*span)
        return await self._pager.page(keys, page=page, page_size=page_size, span=span)

    async def count(self, keys: Sequence[int]) -> int:
        """How many samples these channels have."""
        return await self._pager.count(keys)

    def raw(self, key: int, from_ms: int, to_ms: int) -> AsyncGenerator[Samples]:
        """Every sample, as arrays (at_ms, values, qualities) per chunk, oldest first."""
        _check_range(from_ms, to_ms)
        return self._reader.raw(key, from_ms=from_ms, to_ms=to_ms)

    def recorded(self, key: int, from_ms: int, to_ms: int) -> AsyncGenerator[Samples]:
        """The same with fewer, larger bites: for one channel of which all is held at once."""
        _check_range(from_ms, to_ms)
        return self._reader.raw(key, from_ms=from_ms, to_ms=to_ms, size=PAGE_CHUNKS)

    async def window(
        self, keys: Sequence[int], from_ms: int, to_ms: int, *, most: int
    ) -> list[Samples] | None:
        """The samples of a few channels in a short range; None when they are more than `most`."""
        _check_range(from_ms, to_ms)
        return await read_window(self._reader, keys, from_ms=from_ms, to_ms=to_ms, most=most)

    async def estimate(self, keys: Sequence[int], from_ms: int, to_ms: int) -> int:
        """About how many samples an export of the range will read."""
        _check_range(from_ms, to_ms)
        return await estimate_window(self._reader, keys, from_ms=from_ms, to_ms=to_ms)

    async def last_before(self, key: int, at_ms: int) -> Last | None:
        """The newest sample of a channel before `at_ms`."""
        return await self._reader.last_before(key, at_ms)

    async def find(self, key: int, at_ms: int) -> Last | None:
        """The sample of a channel at exactly this time."""
        found = await self.window([key], at_ms, at_ms + 1, most=_MOST_AT_ONCE)
        if not found or not len(found[0].at_ms):
            return None
        _, values, qualities = found[0]
        return at_ms, float(values[0]), Quality(int(qualities[0]))

    async def remove(self, key: int, at_ms: int) -> None:
        """Take one sample out for good; NotFoundError when there is none."""
        await remove_sample(self._sealed, self.recorder, key=key, at_ms=at_ms)
        self._pager.forget()
        head = self.recorder.heads.get(key)
        if head is not None and head.last is not None and head.last[0] == at_ms:
            head.forget_last(await self._reader.last_before(key, at_ms))

    def latest_stored(self) -> dict[int, Last]:
        """The newest recorded sample of every channel that has any, from RAM."""
        heads = self.recorder.heads.items()
        return {key: last for key, head in heads if (last := head.last) is not None}


def _check_range(from_ms: int, to_ms: int) -> None:
    if to_ms <= from_ms:
        raise InvalidError(text("The end of the time range must be after its start."), field="to")
