"""The channels as they were when the database was last reached, in a file of this box."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import EventType
from webmacs_edge.store.tables import Event

_COLUMNS = tuple(column.key for column in Event.__table__.columns)


def remember_events(file: Path, events: Sequence[Event]) -> None:
    """Write them down, if they are others than those in the file."""
    rows = [{name: getattr(event, name) for name in _COLUMNS} for event in events]
    content = json.dumps(rows, indent=1)
    try:
        if file.exists() and file.read_text(encoding="utf-8") == content:
            return
        fresh = file.with_suffix(".new")
        fresh.write_text(content, encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise StoreError(
            text(
                "The channels cannot be written to {file}: {strerror}.",
                file=file,
                strerror=error.strerror,
            )
        ) from error


def remembered_events(file: Path) -> list[Event]:
    """Those of the file; none when there is no such file, or none that can be read."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return [_event(row) for row in rows]
    except (OSError, ValueError, TypeError):
        return []


def _event(row: dict[str, Any]) -> Event:
    known = {name: row[name] for name in _COLUMNS if name in row}
    return Event(**known | {"type": EventType(known["type"])})
