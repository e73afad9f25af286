"""SQL that notes which days' summaries are out of date, whoever changes a rollup."""

from webmacs_edge.model.times import DAY_MS

# Every day that has rollups, by a look at the index for each: run when the table is made.
_FIND_DAYS = f"""
WITH RECURSIVE hop (channel, t0) AS (
  SELECT channel, t0 FROM (
    SELECT channel, t0 FROM datapoints_rollup ORDER BY channel, t0 LIMIT 1
  ) AS first
  UNION ALL
  SELECT later.channel, later.t0 FROM hop JOIN datapoints_rollup AS later
  ON (later.channel, later.t0) = (
    SELECT one.channel, one.t0 FROM datapoints_rollup AS one
    WHERE (one.channel, one.t0) >= (hop.channel, (hop.t0 / {DAY_MS} + 1) * {DAY_MS})
    ORDER BY one.channel, one.t0 LIMIT 1
  )
)
INSERT INTO datapoints_day (channel, day) SELECT channel, t0 / {DAY_MS} FROM hop
"""  # noqa: S608 our own text


def _note(row: str) -> str:
    """Its day has a summary that is out of date."""
    day = f"channel = {row}.channel AND day = {row}.t0 / {DAY_MS}"
    return f"""
    INSERT OR IGNORE INTO datapoints_day (channel, day) VALUES ({row}.channel, {row}.t0 / {DAY_MS});
    UPDATE datapoints_day SET data = NULL WHERE {day} AND data IS NOT NULL;
    """  # noqa: S608 our own text


def _forget(row: str, *, is_gone: str) -> str:
    """The same, and the day goes with its last rollup."""
    day = f"channel = {row}.channel AND day = {row}.t0 / {DAY_MS}"
    return f"""
    UPDATE datapoints_day SET data = NULL WHERE {day} AND data IS NOT NULL;
    DELETE FROM datapoints_day WHERE {day} AND {is_gone};
    """  # noqa: S608 our own text


def _is_gone(row: str) -> str:
    start = f"{row}.t0 / {DAY_MS} * {DAY_MS}"
    return (
        "NOT EXISTS (SELECT 1 FROM datapoints_rollup AS other "  # noqa: S608 our own text
        f"WHERE other.channel = {row}.channel "
        f"AND other.t0 >= {start} AND other.t0 < {start} + {DAY_MS})"
    )


def _sqlite_trigger(change: str, body: str) -> str:
    name = f"datapoints_day_{change.lower()}"
    return f"CREATE TRIGGER {name} AFTER {change} ON datapoints_rollup BEGIN {body} END"


SQLITE = (
    _FIND_DAYS,
    _sqlite_trigger("INSERT", _note("NEW")),
    _sqlite_trigger("UPDATE", _note("OLD") + _note("NEW")),
    _sqlite_trigger("DELETE", _forget("OLD", is_gone=_is_gone("OLD"))),
)
# The row is locked even where nothing changes in it: whoever makes the summary has it locked too.
POSTGRESQL = (
    _FIND_DAYS,
    f"""
    CREATE FUNCTION datapoints_day_note() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      IF TG_OP <> 'INSERT' THEN
        UPDATE datapoints_day SET data = NULL
        WHERE channel = OLD.channel AND day = OLD.t0 / {DAY_MS};
      END IF;
      IF TG_OP = 'DELETE' THEN
        DELETE FROM datapoints_day
        WHERE channel = OLD.channel AND day = OLD.t0 / {DAY_MS} AND {_is_gone("OLD")};
        RETURN NULL;
      END IF;
      INSERT INTO datapoints_day (channel, day) VALUES (NEW.channel, NEW.t0 / {DAY_MS})
      ON CONFLICT (channel, day) DO UPDATE SET data = NULL;
      RETURN NULL;
    END $body$
    """,  # noqa: S608 our own text
    "CREATE TRIGGER datapoints_day_note AFTER INSERT OR UPDATE OR DELETE ON datapoints_rollup "
    "FOR EACH ROW EXECUTE FUNCTION datapoints_day_note()",
)
