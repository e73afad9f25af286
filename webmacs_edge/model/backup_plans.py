"""Backups that are made by themselves: where to, when, what, and when the next one is due."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from webmacs_edge.model.backups import BackupScope, check_passphrase
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import HOUR_MS, from_ms, to_ms

MAX_HOURS = 8760
_DAY_HOURS = 24
_WEB = ("http://", "https://")
_S3 = ("s3+http://", "s3+https://")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPlan:
    """What the site wants. `passphrase` and `password` are in the clear here and nowhere else."""

    to: str = ""
    every_hours: int = 24
    at: str = ""  # time of the day, "02:30"; "": counted from the one before
    scope: BackupScope = BackupScope.days
    days: int = 30
    keep: int = 14
    passphrase: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    region: str = "us-east-1"

    @property
    def is_for_server(self) -> bool:
        """Whether it goes over the network."""
        return not self.to.startswith("/")

    @property
    def every_ms(self) -> int:
        """Between two of them."""
        return self.every_hours * HOUR_MS

    def next_ms(self, last_ms: int, zone: ZoneInfo) -> int:
        """When the one after `last_ms` is due; of a time that the clocks skip, an hour later."""
        if not self.at:
            return last_ms + self.every_ms
        hour, minute = read_clock(self.at)
        last = from_ms(last_ms).astimezone(zone)
        turn = datetime.combine(last.date(), time(hour, minute), zone)
        if turn > last:
            turn -= timedelta(days=1)  # of the wall clock
        due = turn + timedelta(days=max(1, self.every_hours // _DAY_HOURS))
        return to_ms(due.astimezone(UTC))

    def first_ms(self, since_ms: int, zone: ZoneInfo) -> int:
        """When the first one is due."""
        if not self.at:
            return since_ms
        return replace(self, every_hours=_DAY_HOURS).next_ms(since_ms, zone)


def read_clock(given: str) -> tuple[int, int]:
    """Hour and minute; InvalidError when it is no time of the day."""
    match = _CLOCK.fullmatch(given.strip())
    if match is None:
        raise InvalidError(text("Write a time of the day such as 02:30."), field="at")
    return int(match[1]), int(match[2])


def check_plan(plan: BackupPlan) -> None:
    """InvalidError with the field of what cannot be done."""
    _check_place(plan)
    if plan.at:
        read_clock(plan.at)
        if plan.every_hours % _DAY_HOURS:
            raise InvalidError(
                text("A time of the day goes with whole days: 24 hours, 48, 168 …"),
                field="every_hours",
            )
    if plan.passphrase:
        check_passphrase(plan.passphrase)


def is_same_server(one: str, other: str) -> bool:
    """Whether a password for the one may be told to the other."""
    try:
        return urlsplit(one)[:2] == urlsplit(other)[:2] and "://" in one
    except ValueError:
        return False


def _is_address(place: str) -> bool:
    try:
        parts = urlsplit(place)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # its port is no number, or its brackets do not match
        return False


def _check_place(plan: BackupPlan) -> None:
    if not plan.to.startswith(("/", *_WEB, *_S3)):
        raise InvalidError(
            text(
                "Give a folder such as /media/stick, or an address that begins with https:// or "
                "s3+https://."
            ),
            field="to",
        )
    if plan.is_for_server and not _is_address(plan.to):
        raise InvalidError(
            text("This is no address of a server, such as https://nas.plant.lan/backups."),
            field="to",
        )
    if ":" in plan.user and not plan.to.startswith(_S3):
        raise InvalidError(text("A user's name at a server holds no colon."), field="user")
    if "@" in plan.to.partition("://")[2].partition("/")[0]:
        raise InvalidError(
            text("The place is shown on pages: give name and password in their own fields."),
            field="to",
        )
    if plan.to.startswith(_S3) and not (plan.user and plan.password):
        raise InvalidError(
            text("S3 needs an access key as the user and a secret as the password."), field="user"
        )
