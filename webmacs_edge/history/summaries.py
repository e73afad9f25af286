"""Reads a range at a coarse level: rollups, or envelopes by minute, and samples at its edges."""

from bisect import bisect_right
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from functools import partial

from webmacs_edge.history.chunks import ChunkError
from webmacs_edge.history.envelope import Envelope, decode_envelopes, envelope_of
from webmacs_edge.history.reader import Page, Reader, clip
from webmacs_edge.history.spans import (
    Spans,
    clip_spans,
    spans_of_envelope,
    spans_of_rollups,
    spans_of_samples,
)
from webmacs_edge.model.times import MINUTE_MS
from webmacs_edge.store.datapoints import read_chunks_at
from webmacs_edge.store.history_rows import LONGEST_CHUNK_MS, Chunk, Rollup
from webmacs_edge.store.rollups import merge_rollups, read_lone_rollups, read_rollups

PAGE_ROLLUPS = 2000
PAGE_ENVELOPES = 250


async def pages_of_summaries(
    reader: Reader, key: int, *, from_ms: int, to_ms: int, by_minute: bool
) -> AsyncGenerator[Page]:
    """Rollups of the range, with chunks where a rollup does not say enough; heads as samples."""
    unsealed = reader.unsealed(key, from_ms=from_ms, to_ms=to_ms)
    size = PAGE_ENVELOPES if by_minute else PAGE_ROLLUPS
    after_t0: int | None = None
    before_ms: int | None = 0
    while before_ms is not None:
        question = partial(
            read_rollups, channel=key, from_ms=from_ms, to_ms=to_ms, after_t0=after_t0,
            limit=size, with_env=by_minute,
        )  # fmt: skip
        rows = await reader.ask(question)
        known = unsealed.keys()
        after_t0 = rows[-1].t0 if len(rows) == size else None
        before_ms = None if after_t0 is None else after_t0 + 1
        rollups = [row for row in rows if row.t0 not in known]
        chunks = await _chunks_for(reader, rollups, from_ms=from_ms, to_ms=to_ms, every=by_minute)
        yield Page(chunks, rollups, unsealed.take(before_ms), before_ms)


async def pages_of_columns(
    reader: Reader, key: int, *, from_ms: int, to_ms: int, columns: int
) -> AsyncGenerator[Page]:
    """Rollups of a long range, merged by the store; one by one where RAM has younger samples."""
    unsealed = reader.unsealed(key, from_ms=from_ms, to_ms=to_ms)
    split_ms = min([to_ms - 1, *unsealed.starts()])  # the last rollup may reach over the end
    if split_ms > from_ms:
        edge = await reader.ask(
            partial(read_rollups, channel=key, from_ms=from_ms, to_ms=from_ms + 1)
        )
        edge = [row for row in edge if row.t0 < from_ms and row.t1 < split_ms]
        question = partial(
            merge_rollups, channel=key, from_ms=from_ms, to_ms=to_ms, before_ms=split_ms,
            columns=columns,
        )  # fmt: skip
        merged = await reader.ask(question)
        chunks = await _chunks_for(reader, edge, from_ms=from_ms, to_ms=to_ms, every=False)
        yield Page(chunks, [*edge, *_separate(merged)], (), split_ms - LONGEST_CHUNK_MS)
    start_ms = max(from_ms, split_ms)
    async for page in pages_of_summaries(
        reader, key, from_ms=start_ms, to_ms=to_ms, by_minute=False
    ):
        yield page


def _separate(merged: Sequence[Rollup]) -> Iterator[Rollup]:
    """What is unusable only where it comes before or after what is usable in the same column."""
    usable = [row for row in merged if row.n]
    yield from usable
    starts = [row.t0 for row in usable]
    for row in merged:
        if row.n:
            continue
        place = bisect_right(starts, row.t1) - 1
        near = usable[place] if place >= 0 and usable[place].t1 >= row.t0 else None
        if near is None:
            yield row
            continue
        if row.t0 < near.t0:
            yield row._replace(t1=near.t0)
        if row.t1 > near.t1:
            yield row._replace(t0=near.t1)


async def pages_of_samples(
    reader: Reader, key: int, *, from_ms: int, to_ms: int
) -> AsyncGenerator[Page]:
    """Chunks and heads of the range; with the first page the rollups whose chunk is gone."""
    rollups: Sequence[Rollup] = await reader.ask(
        lambda session: read_lone_rollups(session, [key], from_ms=from_ms, to_ms=to_ms)
    )
    async for page in reader.pages(key, from_ms=from_ms, to_ms=to_ms):
        due = [row for row in rollups if page.before_ms is None or row.t0 < page.before_ms]
        rollups = rollups[len(due) :]
        yield page._replace(rollups=due)


async def _chunks_for(
    reader: Reader, rollups: Sequence[Rollup], *, from_ms: int, to_ms: int, every: bool
) -> list[Chunk]:
    """The chunks of rollups that reach over an end of the range, or lack an envelope."""
    wanted = [
        row.t0
        for row in rollups
        if row.t0 < from_ms or row.t1 >= to_ms or (every and lacks_envelope(row))
    ]
    if not wanted:
        return []
    key = rollups[0].channel
    return await reader.ask(lambda session: read_chunks_at(session, key, wanted))


def lacks_envelope(row: Rollup) -> bool:
    """Whether the rollup alone does not tell about minutes."""
    return row.env is None and row.t0 // MINUTE_MS != row.t1 // MINUTE_MS


def spans_of_page(
    reader: Reader, page: Page, *, from_ms: int, to_ms: int, lead_ms: int
) -> Iterator[tuple[list[Spans], int | None]]:
    """What the page says of [from_ms, to_ms), not too much at once; samples `lead_ms` earlier too.

    With each part comes a time before which no later part lies.
    """
    whole = {row.t0 for row in page.rollups}
    details = [chunk for chunk in page.chunks if chunk.t0 in whole]
    edges = {"from_ms": from_ms, "to_ms": to_ms, "lead_ms": lead_ms}
    found = {chunk.t0: _detail(reader, chunk, **edges) for chunk in details}
    lone = [row for row in page.rollups if found.get(row.t0) is None]
    parts = [spans for spans in found.values() if spans is not None]
    parts += [clip_spans(spans, from_ms=from_ms, to_ms=to_ms) for spans in summarise(lone)]
    page = page._replace(chunks=[chunk for chunk in page.chunks if chunk.t0 not in whole])
    for batch, before_ms in reader.batches(page, from_ms=from_ms - lead_ms, to_ms=to_ms):
        yield [*parts, *map(spans_of_samples, batch)], before_ms
        parts = []


def _detail(
    reader: Reader, chunk: Chunk, *, from_ms: int, to_ms: int, lead_ms: int
) -> Spans | None:
    """A chunk in place of its rollup: by minute, or by sample at an end of the range."""
    samples = reader.decode_chunk(chunk)
    if not len(samples.at_ms):
        return None
    if from_ms <= samples.at_ms[0] and samples.at_ms[-1] < to_ms:
        return spans_of_envelope(envelope_of(samples))
    return spans_of_samples(clip(samples, from_ms=from_ms - lead_ms, to_ms=to_ms))


def summarise(rollups: Sequence[Rollup]) -> Iterator[Spans]:
    """By minute where there is an envelope that can be read, else the rollup itself."""
    stored = {row.t0: (row.channel, row.t0, row.env) for row in rollups if row.env is not None}
    envelopes, damaged = _read_envelopes(stored)
    yield from map(spans_of_envelope, envelopes)
    rest = [row for row in rollups if row.env is None or row.t0 in damaged]
    if rest:
        yield spans_of_rollups(rest)


def _read_envelopes(
    stored: Mapping[int, tuple[int, int, bytes]],
) -> tuple[list[Envelope], set[int]]:
    """All that can be read, and the t0 of those that cannot."""
    try:
        return decode_envelopes(list(stored.values())), set()
    except ChunkError:
        found, damaged = list[Envelope](), set[int]()
    for t0, row in stored.items():
        try:
            found += decode_envelopes([row])
        except ChunkError:
            damaged.add(t0)
    return found, damaged
