"""The tables of WebMACS 2.x on PostgreSQL, asked through the bare driver."""

from collections.abc import Sequence
from typing import Any

from bench.peers import COLUMNS, INDEXES, TABLE, Point, event_id, rows_2x
from webmacs_edge.model.times import from_ms


class Schema2xPostgres:
    """WebMACS 2.x on a private PostgreSQL."""

    name = "2.x on PostgreSQL"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fill(self, points: Sequence[Point]) -> None:
        """By COPY, then the indexes."""
        await self._connection.execute(
            TABLE.format(id="SERIAL PRIMARY KEY", float="DOUBLE PRECISION", time="TIMESTAMPTZ")
        )
        columns = COLUMNS.strip("()").split(", ")
        await self._connection.copy_records_to_table(
            "datapoints", records=rows_2x(points, as_text=False), columns=columns
        )
        for index in INDEXES:
            await self._connection.execute(index)
        await self._connection.execute("VACUUM ANALYZE datapoints")

    async def add(self, points: Sequence[Point]) -> None:
        """One commit of an insert with many rows."""
        async with self._connection.transaction():
            await self._connection.executemany(
                f"INSERT INTO datapoints {COLUMNS} VALUES ($1, $2, $3, $4, $5)",
                list(rows_2x(points, as_text=False)),
            )

    async def series(self, channel: int, start_ms: int, end_ms: int) -> list[Any]:
        """As `/series` does."""
        rows = await self._connection.fetch(
            "SELECT * FROM datapoints WHERE event_public_id = $1 AND timestamp >= $2 "
            "AND timestamp < $3 ORDER BY timestamp",
            event_id(channel), from_ms(start_ms), from_ms(end_ms),
        )  # fmt: skip
        return list(rows[:: max(1, len(rows) // 1500)])

    async def latest(self) -> list[Any]:
        """As `/latest` does."""
        found = await self._connection.fetch(
            "SELECT d.* FROM datapoints d JOIN (SELECT event_public_id e, max(timestamp) t "
            "FROM datapoints GROUP BY event_public_id) m "
            "ON d.event_public_id = m.e AND d.timestamp = m.t"
        )
        return list(found)

    async def delete_before(self, at_ms: int) -> None:
        """By the index of times."""
        await self._connection.execute(
            "DELETE FROM datapoints WHERE timestamp < $1", from_ms(at_ms)
        )

    async def size_bytes(self) -> int:
        """The table with its indexes."""
        size = "SELECT pg_total_relation_size('datapoints')"
        return int(await self._connection.fetchval(size))

    async def close(self) -> None:
        """The end."""
        await self._connection.close()
