"""`webmacs-edge export`: files of what was recorded, also while the appliance runs."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from webmacs_edge.config import Settings
from webmacs_edge.history.export.formats import FORMATS
from webmacs_edge.history.export.plan import Export, ExportChannel, Options
from webmacs_edge.history.export.sqlite import write_sqlite
from webmacs_edge.history.history import History
from webmacs_edge.model.errors import InvalidError, StoreError
from webmacs_edge.model.exports import Reduce
from webmacs_edge.model.local_times import parse_length, parse_moment
from webmacs_edge.model.times import now_ms
from webmacs_edge.opening import database_urls
from webmacs_edge.store.clock_marks import list_clock_marks
from webmacs_edge.store.database import Database
from webmacs_edge.store.datadir import is_data_dir_held
from webmacs_edge.store.events import ever_events

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

Say = Callable[[str], None]
SQLITE = "sqlite"
LAST_MS = 253_402_300_799_000  # the end of the year 9999: clocks may have been wrong
STANDARD_OUTPUT = Path("-")
_ENDINGS = {
    ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".npz": "npz",
    ".parquet": "parquet", ".sqlite": SQLITE, ".db": SQLITE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for, as it was typed; empty: everything there is."""

    output: Path
    format: str = ""
    channels: Sequence[str] = ()
    start: str = ""
    end: str = ""
    last: str = ""
    overwrite: bool = False
    options: Options = field(default_factory=Options)


async def run_export(settings: Settings, wanted: Wanted, *, say: Say) -> int:
    """Write the file; nothing is changed in the databases."""
    name = wanted.format or _ENDINGS.get(wanted.output.suffix.lower(), "csv")
    _check_output(wanted, name)
    zone = ZoneInfo(settings.time_zone)
    async with _stores(settings) as (database, history):
        async with database.read() as session:
            events = _chosen(await ever_events(session), wanted.channels)
            marks = await list_clock_marks(session)
        export = replace(_export(wanted, events, zone), marks=marks)
        await history.replay()
        await _write(history, export, name=name, output=wanted.output)
    if wanted.output != STANDARD_OUTPUT:
        say(f"{wanted.output}: {export.course.rows:,} values of {len(events)} channel(s).")
        if is_data_dir_held(settings.data_dir):
            say(
                "The appliance is running: what it has not written to the disk yet "
                f"(at most {settings.flush_seconds:g} s) is not part of the file."
            )
    return 0


def _check_output(wanted: Wanted, name: str) -> None:
    """InvalidError before anything is read, when the file cannot be made."""
    if name != SQLITE:
        FORMATS[name].check()
    if wanted.output == STANDARD_OUTPUT:
        if name == SQLITE:
            raise InvalidError("A SQLite file cannot go to the standard output; name a file.")
        return
    if wanted.output.exists() and not wanted.overwrite:
        raise InvalidError(f"{wanted.output} exists already. Give another name, or --overwrite.")
    if not wanted.output.absolute().parent.is_dir():
        raise InvalidError(f"There is no directory {wanted.output.absolute().parent}.")


@asynccontextmanager
async def _stores(settings: Settings) -> AsyncIterator[tuple[Database, History]]:
    """The nouns and the history, for reading only."""
    urls = database_urls(settings)
    if not settings.database_url:
        files = [settings.data_dir / "config.db", settings.data_dir / "history.db"]
        missing = [file for file in files if not file.exists()]
        if missing:
            raise StoreError(f"There is no {missing[0]}. Give WEBMACS_DATA_DIR its directory.")
        urls = (_read_only(files[0]), _read_only(files[1]))
    database, samples = Database(urls[0]), Database(urls[1])
    try:
        yield database, History(samples)
    finally:
        await samples.close()
        await database.close()


def _read_only(file: Path) -> str:
    """SQLite then neither creates the file nor tidies it up at the end."""
    return f"sqlite+aiosqlite:///file:{quote(str(file.absolute()))}?mode=ro&uri=true"


def _chosen(events: Sequence["Event"], texts: Sequence[str]) -> list["Event"]:
    """Channels by public id or by name; all of them, removed ones too, when none are named."""
    if not texts:
        return list(events)
    by_name = {event.name: event for event in events if event.removed_on_ms is not None}
    by_name |= {event.name: event for event in events if event.removed_on_ms is None}
    known = by_name | {event.public_id: event for event in events}
    words = [word for text in texts for word in ([text] if text in known else text.split(","))]
    wanted = [word.strip() for word in words if word.strip()]
    unknown = [word for word in wanted if word not in known]
    if unknown:
        names = ", ".join(sorted(by_name)) or "none yet"
        raise InvalidError(f"There is no channel “{unknown[0]}”. There are: {names}.")
    return list({known[word].id: known[word] for word in wanted}.values())


def _export(wanted: Wanted, events: Sequence["Event"], zone: ZoneInfo) -> Export:
    start = parse_moment(wanted.start, zone, field="from") if wanted.start else 0
    end = parse_moment(wanted.end, zone, is_end=True, field="to") if wanted.end else LAST_MS
    if wanted.last:
        end = now_ms() + 1
        start = end - parse_length(wanted.last)
    channels = [
        ExportChannel(event.id, event.public_id, event.name, event.unit, event.decimals)
        for event in events
    ]
    return Export(channels, start, end, wanted.options)


async def _write(history: History, export: Export, *, name: str, output: Path) -> None:
    if output == STANDARD_OUTPUT:
        await _stream(history, export, name=name, file=sys.stdout.buffer)
        return
    part = output.with_name(f"{output.name}.part")
    try:
        part.unlink(missing_ok=True)
        if name == SQLITE:
            await write_sqlite(history, export, part)
        else:
            with part.open("wb") as file:
                await _stream(history, export, name=name, file=file)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


async def _stream(history: History, export: Export, *, name: str, file: IO[bytes]) -> None:
    async with aclosing(FORMATS[name].write(history, export)) as blocks:
        async for block in blocks:
            await asyncio.to_thread(file.write, block)
    await asyncio.to_thread(file.flush)


def wanted_export(options: argparse.Namespace, zone: ZoneInfo) -> Wanted:
    """What the command line asks for; `zone`: of the site's clock."""
    output = options.sqlite or options.output
    if output is None:
        raise InvalidError("Name the file to make: --output FILE, or - for the standard output.")
    how = Options(
        with_quality=options.quality,
        with_clock=options.clock,
        delimiter={"comma": ",", "semicolon": ";", "tab": "\t"}[options.delimiter],
        decimal_comma=options.decimal_comma,
        byte_order_mark=options.bom,
        zone=zone if options.local_times else None,
        step_ms=parse_length(options.step) if options.step else 0,
        reduce=Reduce(options.reduce),
    )
    return Wanted(
        output=output,
        format="sqlite" if options.sqlite else options.format or "",
        channels=options.channels,
        start=options.start,
        end=options.end,
        last=options.last,
        overwrite=options.overwrite,
        options=how,
    )
