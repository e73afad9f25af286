"""What the datapoint stream sends, made once for all who follow it."""

import asyncio
import json
import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Sample
from webmacs_edge.model.times import iso_offset
from webmacs_edge.store.experiments import running_experiment
from webmacs_edge.web.keys import DATABASE, HUB, STATION

log = logging.getLogger(__name__)

CHANNEL_INTERVAL_S = 0.2  # between two values of one channel
_GAP_S = 0.01  # between two messages
_LOOK_S = 1.0  # at the running experiment


class Follower:
    """One program that follows; what it missed it gets as the newest value of each channel."""

    def __init__(self, publisher: "Publisher") -> None:
        self._publisher = publisher
        self._seen = 0

    async def next(self) -> str:
        """The next message."""
        publisher = self._publisher
        while True:
            while publisher.number == self._seen:
                await publisher.news.wait()
            since, self._seen = self._seen, publisher.number
            text = publisher.message(since)
            if text:
                return text


class Publisher:
    """Turns what changes in the hub into messages: a channel at most five times a second."""

    name = "publisher"

    def __init__(self, app: web.Application) -> None:
        self.number = 0  # of messages
        self.news = asyncio.Event()  # set for a moment with each message
        self._app = app
        self._followers = 0
        self._followed = asyncio.Event()
        self._seen = 0  # version of the hub
        self._waiting: dict[int, Sample] = {}  # to be told as soon as their channel's turn comes
        self._told_s: dict[int, float] = {}
        self._rows: dict[int, tuple[int, str]] = {}  # by channel: number of the message, its JSON
        self._messages: dict[int, str] = {}  # by what was seen before
        self._experiment = "null"
        self._next_look_s = 0.0

    @contextmanager
    def follow(self) -> Iterator[Follower]:
        """Follow inside the block; the first message has the newest value of every channel."""
        self._followers += 1
        self._followed.set()
        try:
            yield Follower(self)
        finally:
            self._followers -= 1
            if not self._followers:
                self._followed.clear()

    def message(self, since: int) -> str:
        """All that was told after message `since`, each channel once; "" when nothing was."""
        known = self._messages.get(since)
        if known is None:
            rows = [row for number, row in self._rows.values() if number > since]
            known = self._messages[since] = _message(rows) if rows else ""
        return known

    async def run(self) -> None:
        """Publish while somebody follows."""
        hub, clock = self._app[HUB], asyncio.get_running_loop().time
        while not hub.is_closed:
            await self._followed.wait()
            if clock() >= self._next_look_s:
                self._next_look_s = clock() + _LOOK_S
                await self._look()
            await hub.wait_beyond(self._seen, self._pause_s(clock()))
            changes, self._seen = hub.changed_since(self._seen), hub.version
            self._waiting.update({sample.key: sample for sample in changes})
            self._publish(clock())
            await asyncio.sleep(_GAP_S)
        await asyncio.Event().wait()

    def _pause_s(self, now_s: float) -> float:
        """How long until a channel's turn comes."""
        turns = [self._told_s.get(key, 0.0) + CHANNEL_INTERVAL_S for key in self._waiting]
        return max(0.0, min(turns, default=now_s + _LOOK_S) - now_s)

    def _publish(self, now_s: float) -> None:
        due = [
            sample
            for key, sample in self._waiting.items()
            if self._told_s.get(key, 0.0) + CHANNEL_INTERVAL_S <= now_s
        ]
        if not due:
            return
        self.number += 1
        self._messages.clear()
        for sample in due:
            del self._waiting[sample.key]
            self._told_s[sample.key] = now_s
            row = self._row(sample)
            if row:
                self._rows[sample.key] = self.number, row
            else:
                self._rows.pop(sample.key, None)
        self.news.set()
        self.news.clear()

    def _row(self, sample: Sample) -> str:
        """The JSON of a value; "" when it cannot be trusted."""
        event = self._app[STATION].event(sample.key)
        if event is None or sample.value is None or sample.quality > Quality.UNCERTAIN:
            return ""
        if not math.isfinite(sample.value):
            return ""
        return (
            f'{{"value":{float(sample.value)!r},"event_public_id":{json.dumps(event.public_id)},'
            f'"timestamp":"{iso_offset(sample.read_at_ms)}",'
            f'"experiment_public_id":{self._experiment}}}'
        )

    async def _look(self) -> None:
        try:
            async with self._app[DATABASE].read() as session:
                found = await running_experiment(session)
        except StoreError as error:
            log.warning("The stream could not learn which experiment runs: %s", error)
            return
        self._experiment = json.dumps(found.public_id) if found else "null"


def _message(rows: list[str]) -> str:
    return f'{{"type":"datapoints_batch","datapoints":[{",".join(rows)}]}}'


PUBLISHER = web.AppKey("publisher", Publisher)
