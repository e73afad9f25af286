"""The socket on which controllers send what they measure: `/ws/controller/telemetry`."""

import asyncio
import logging
from collections.abc import Sequence
from typing import NamedTuple

from aiohttp import WSCloseCode, web

from webmacs_edge.acquisition.intake import Tally
from webmacs_edge.model.times import parse_instant
from webmacs_edge.model.words import UserRole
from webmacs_edge.service import running
from webmacs_edge.web.keys import HISTORY, INTAKE
from webmacs_edge.web.posting import may_command
from webmacs_edge.web.scopes import TELEMETRY
from webmacs_edge.web.set_points import SET_POINTS
from webmacs_edge.web.streams.sockets import Connection, Message, listen, serve
from webmacs_edge.web.writing import actor_for

log = logging.getLogger(__name__)

MAX_FRAME_BYTES = 256 * 1024
MAX_DATAPOINTS = 500
MAX_WAITING_ACKS = 64
MAX_ACK_LENGTH = 100
_LONGEST_PAUSE_S = 5.0  # while the disk refuses
_PAUSE_S = 0.1


async def telemetry(request: web.Request) -> web.StreamResponse:
    """Take values until the controller leaves, its login ends, or the appliance stops."""
    return await serve(
        request, _take_all, role=UserRole.operator, scopes=TELEMETRY,
        max_frame_bytes=MAX_FRAME_BYTES,
    )  # fmt: skip


async def _take_all(connection: Connection) -> None:
    acks = _Acks(connection)

    async def take(said: Message) -> str:
        await asyncio.sleep(0)  # frames that wait already would keep everybody else waiting
        if not await _has_room(connection):
            await connection.close(
                WSCloseCode.TRY_AGAIN_LATER, "The disk refuses; come again in a while."
            )
            return ""
        return await _take(connection, said, acks)

    async with running(acks, on_death=lambda _name: connection.drop()):
        await listen(connection, take)


async def _has_room(connection: Connection) -> bool:
    """Wait while too much waits for the disk: what is not read waits at its sender."""
    recorder = connection.app[HISTORY].recorder
    clock = asyncio.get_running_loop().time
    until_s = clock() + _LONGEST_PAUSE_S
    while recorder.is_filling and not await recorder.settle():
        if clock() > until_s:
            return False
        await asyncio.sleep(_PAUSE_S)
    return True


async def _take(connection: Connection, said: Message, acks: "_Acks") -> str:
    """Take one message; returns what is wrong with its form."""
    given, ack = said.get("datapoints") or [], said.get("ack")
    if not isinstance(given, list):
        return "“datapoints” must be a list."
    if ack is not None and not _is_ack(ack):
        return f"“ack” must be a whole number or a text of at most {MAX_ACK_LENGTH} characters."
    intake = connection.app[INTAKE]
    if len(given) > MAX_DATAPOINTS:
        intake.count(0, len(given))
        text = f"These are {len(given)} datapoints; send at most {MAX_DATAPOINTS} at once."
        await connection.send({"type": "error", "message": text} | _echo(ack))
        return ""
    rows = read_rows(given)
    credential = connection.credential
    tally = intake.take(
        rows.public_ids,
        rows.values,
        rows.stamps,
        may_command=credential is not None and may_command(credential),
    )
    if tally.commanded and credential is not None:
        actor = actor_for(connection.request, credential.user, via=credential.via)
        connection.app[SET_POINTS].note(actor, tally.commanded)
    unreadable = len(given) - len(rows.values)
    intake.count(0, unreadable)
    if given and not rows.values and ack is None:
        text = "None of these datapoints has an event_public_id and a number as value."
        await connection.send({"type": "error", "message": text})
    if ack is not None:
        await acks.add(ack, Tally(tally.accepted, tally.rejected + unreadable))
    return ""


class Rows(NamedTuple):
    """Parallel columns of what could be read of a list of datapoints."""

    public_ids: Sequence[str]
    values: Sequence[float]
    stamps: Sequence[int | None]


def read_rows(given: Sequence[object]) -> Rows:
    """All entries that have an id and a number, and a moment if they name one."""
    public_ids, values, stamps = list[str](), list[float](), list[int | None]()
    for row in given:
        if not isinstance(row, dict):
            continue
        public_id, value, moment = (
            row.get("event_public_id"),
            row.get("value"),
            row.get("timestamp"),
        )
        try:
            stamp = None if moment is None else parse_instant(moment)
            number = value if type(value) is float else float(value)  # type: ignore[arg-type] # the error is caught
        except (ValueError, TypeError, OverflowError):
            continue
        if isinstance(public_id, str):
            public_ids.append(public_id)
            values.append(number)
            stamps.append(stamp)
    return Rows(public_ids, values, stamps)


def _is_ack(ack: object) -> bool:
    if isinstance(ack, str):
        return len(ack) <= MAX_ACK_LENGTH
    return isinstance(ack, int) and not isinstance(ack, bool)


def _echo(ack: object) -> Message:
    return {} if ack is None else {"ack": ack}


class _Acks:
    """Confirms messages once their values are committed; many share one commit."""

    name = "acknowledgements"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[tuple[object, Tally]] = []
        self._changed = asyncio.Condition()

    async def add(self, ack: object, tally: Tally) -> None:
        """Confirm this message later; waits while too many wait already."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._waiting) < MAX_WAITING_ACKS)
            self._waiting.append((ack, tally))
            self._changed.notify_all()

    async def run(self) -> None:
        """Commit and confirm until cancelled."""
        try:
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: bool(self._waiting))
                    acks, self._waiting = self._waiting, []
                    self._changed.notify_all()
                await self._confirm(acks)
        except (ConnectionResetError, TimeoutError):
            self._connection.drop()
        await asyncio.Event().wait()

    async def _confirm(self, acks: Sequence[tuple[object, Tally]]) -> None:
        recorder = self._connection.app[HISTORY].recorder
        is_stored = await recorder.settle()
        for ack, tally in acks:
            if is_stored:
                counts = {"accepted": tally.accepted, "rejected": tally.rejected}
                await self._connection.send({"type": "ack", "ack": ack, **counts})
            else:
                text = f"Not stored yet: {recorder.health.failure}"
                await self._connection.send({"type": "error", "ack": ack, "message": text})
