"""Backups: what one holds, what it is called, which old ones go, when the next is due."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, from_ms

FORMAT = 1
PRODUCT = "webmacs-edge"
MAX_DAYS = 36_500
MIN_PASSPHRASE, MAX_PASSPHRASE = 10, 1000
PLAIN, SEALED = ".tar.gz", ".tar.gz.sealed"
_NAME = re.compile(
    r"webmacs-edge-[a-z0-9-]{1,40}-(\d{8}T\d{6}Z)-(config|days|full)\.tar\.gz(\.sealed)?"
)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


class BackupScope(StrEnum):
    """How much of the history a backup holds."""

    config = "config"  # none: channels, users, rules, everything but what was measured
    days = "days"  # of the last days
    full = "full"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be in a backup."""

    scope: BackupScope = BackupScope.config
    days: int = 0

    def __post_init__(self) -> None:
        """InvalidError when that is nothing that can be had."""
        if self.scope is BackupScope.days and not 1 <= self.days <= MAX_DAYS:
            raise InvalidError(
                text("Give 1 to {most} days of history.", most=MAX_DAYS), field="days"
            )

    def from_ms(self, at_ms: int) -> int | None:
        """Where the history begins that is in it; None: where it begins."""
        return at_ms - self.days * DAY_MS if self.scope is BackupScope.days else None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself, before anything else in it."""

    version: str  # of the appliance that made it
    created_ms: int
    scope: BackupScope
    days: int
    config_revision: str
    history_version: int
    site_name: str
    host: str
    key_mark: str  # tells whether two boxes have the same key, without telling the key
    has_keys: bool

    def as_json(self) -> dict[str, Any]:
        """To write it."""
        return {"product": PRODUCT, "format": FORMAT, **asdict(self)}


def read_manifest(found: dict[str, Any]) -> Manifest:
    """InvalidError unless it is one of ours that this release understands."""
    if found.get("product") != PRODUCT:
        raise InvalidError(text("This is no backup of WebMACS Edge."))
    if found.get("format") != FORMAT:
        raise InvalidError(
            text(
                "This backup has format {found}, and this release reads {known}. Install the "
                "release that made it ({version}), or a newer one.",
                found=found.get("format"), known=FORMAT, version=found.get("version"),
            )
        )  # fmt: skip
    try:
        return Manifest(
            version=str(found["version"]),
            created_ms=int(found["created_ms"]),
            scope=BackupScope(found["scope"]),
            days=int(found["days"]),
            config_revision=str(found["config_revision"]),
            history_version=int(found["history_version"]),
            site_name=str(found["site_name"])[:100],
            host=str(found["host"])[:100],
            key_mark=str(found["key_mark"]),
            has_keys=bool(found["has_keys"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidError(text("The manifest of this backup cannot be read.")) from error


def backup_name(host: str, wanted: Wanted, *, at_ms: int, is_sealed: bool) -> str:
    """The name of its file: box, time, scope."""
    box = _NOT_IN_NAMES.sub("-", host.lower()).strip("-")[:40].strip("-") or "box"
    stamp = from_ms(at_ms).strftime("%Y%m%dT%H%M%SZ")
    return f"webmacs-edge-{box}-{stamp}-{wanted.scope}{SEALED if is_sealed else PLAIN}"


def superfluous(names: Iterable[str], *, keep: int) -> Sequence[str]:
    """Of the files of a folder those of ours that are older than the newest `keep`."""
    ours = [(match[1], name) for name in names if (match := _NAME.fullmatch(name))]
    return [name for _, name in sorted(ours, reverse=True)[max(1, keep) :]]


def check_passphrase(passphrase: str) -> None:
    """InvalidError unless it can seal a backup."""
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        raise InvalidError(
            text(
                "A passphrase has {least} characters or more. Several words make a good one.",
                least=MIN_PASSPHRASE,
            ),
            field="passphrase",
        )
