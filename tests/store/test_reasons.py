"""Why values were doubted, as it is kept."""

import pytest

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.reasons import ReasonMark
from webmacs_edge.model.text import Text, text
from webmacs_edge.store import reasons
from webmacs_edge.store.database import Database
from webmacs_edge.store.reasons import add_reasons, list_reasons


def mark(key: int, at_ms: int, words: str = "Wire break") -> ReasonMark:
    return ReasonMark(key, at_ms, Quality.BAD, words)


async def test_they_come_back_by_channel_and_time_and_the_oldest_are_forgotten(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reasons, "MOST_KEPT", 3)
    low = text("Below {limit:g} mA", limit=3.6)
    marks = [mark(7, 100), mark(7, 200, low), mark(8, 300), mark(7, 400)]

    await database.write(lambda session: add_reasons(session, marks))

    async with database.read() as session:
        every = await list_reasons(session, [7, 8], from_ms=0, to_ms=1000, limit=10)
        some = await list_reasons(session, [7], from_ms=0, to_ms=400, limit=10)
        newest = await list_reasons(session, [7, 8], from_ms=0, to_ms=1000, limit=1)
    assert [it.at_ms for it in every] == [200, 300, 400]
    assert some == [mark(7, 200, "Below 3.6 mA")]
    assert isinstance(some[0].words, Text)
    assert [it.at_ms for it in newest] == [400]
