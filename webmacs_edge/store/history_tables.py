"""The tables of `history.db`: sealed chunks, the journal before them, a rollup row per chunk."""

from sqlalchemy import (
    DDL,
    REAL,
    BigInteger,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.types import TypeEngine

from webmacs_edge.store import day_triggers

METADATA = MetaData()

_LONG = BigInteger().with_variant(Integer, "sqlite")
_SMALL = SmallInteger().with_variant(Integer, "sqlite")
_FLOAT: TypeEngine[float] = Double().with_variant(REAL, "sqlite")

# One row per sealed run of one channel, at most an hour long; format: docs/chunk-format.md.
CHUNKS = Table(
    "datapoints",
    METADATA,
    Column("channel", Integer, nullable=False),
    Column("t0", _LONG, nullable=False),  # UTC ms: at or just before the first sample
    Column("t1", _LONG, nullable=False),  # UTC ms of the last sample
    Column("n", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("channel", "t0"),
    Index("datapoints_counts", "channel", "t1", "n"),  # how many there are, without the data
    sqlite_strict=True,
)

# The redo log: what was flushed but not yet sealed, and which channels were sealed up to where.
JOURNAL = Table(
    "datapoints_journal",
    METADATA,
    Column("id", _LONG, Identity(), primary_key=True),
    Column("t1", _LONG, nullable=False),  # UTC ms of the newest sample inside
    Column("data", LargeBinary, nullable=False),
    sqlite_strict=True,
)

# Minimum, maximum, sum and count of the usable samples of one chunk; outlives the chunk.
ROLLUPS = Table(
    "datapoints_rollup",
    METADATA,
    Column("channel", Integer, primary_key=True, autoincrement=False),
    Column("t0", _LONG, primary_key=True, autoincrement=False),
    Column("t1", _LONG, nullable=False),
    Column("n", Integer, nullable=False),  # usable samples; with 0 the four numbers say nothing
    Column("vmin", _FLOAT, nullable=False),
    Column("vmax", _FLOAT, nullable=False),
    Column("vsum", _FLOAT, nullable=False),
    Column("vlast", _FLOAT, nullable=False),
    Column("worst", _SMALL, nullable=False),  # the worst quality among all samples of the chunk
    Column("env", LargeBinary),  # room for an envelope by minutes
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# Of each channel and day since 1970 that has rollups: all of them by quarter-hours. It is made from
# them, and can be made again at any time; NULL: not yet, or something has changed since.
DAYS = Table(
    "datapoints_day",
    METADATA,
    Column("channel", Integer, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary),  # empty: not to be had, read the rollups
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
event.listen(  # as text: an `Index` with `postgresql_where` loads that dialect at every start
    DAYS,
    "after_create",
    DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy
        f"CREATE INDEX datapoints_day_stale ON {DAYS.name} (channel, day) WHERE data IS NULL"
    ),
)

# In a spool: the chunk of each channel that the archive has and that stays here; it ends last.
KEPT = Table(
    "datapoints_kept",
    METADATA,
    Column("channel", Integer, primary_key=True, autoincrement=False),
    Column("t0", _LONG, nullable=False),
    Column("t1", _LONG, nullable=False),
    sqlite_strict=True,
)

# Which spool feeds an archive: one row, the same on both sides; none where there is no archive.
ORIGIN = Table(
    "datapoints_origin", METADATA, Column("spool_id", Text, primary_key=True), sqlite_strict=True
)

for _table in (CHUNKS, JOURNAL):
    event.listen(  # the data is compressed already
        _table,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy
            f"ALTER TABLE {_table.name} ALTER data SET STORAGE EXTERNAL"
        ).execute_if(dialect="postgresql"),
    )

for _dialect, _texts in (
    ("sqlite", day_triggers.SQLITE),
    ("postgresql", day_triggers.POSTGRESQL),
):
    for _text in _texts:
        event.listen(
            DAYS,
            "after_create",
            DDL(_text).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]  # SQLAlchemy
        )
