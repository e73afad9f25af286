"""Updates of this software: the course of one, and which version is newer; pure rules."""

import re
from enum import StrEnum

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.text import text

_NUMBER = r"(0|[1-9]\d{0,9})"
VERSION_PATTERN = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
_VERSION = re.compile(VERSION_PATTERN, re.ASCII)

Version = tuple[int, int, int]


class FirmwareStatus(StrEnum):
    """Where an update is."""

    pending = "pending"
    downloading = "downloading"
    verifying = "verifying"
    applying = "applying"
    completed = "completed"
    failed = "failed"
    rolled_back = "rolled_back"


_S = FirmwareStatus
MOVES: dict[FirmwareStatus, frozenset[FirmwareStatus]] = {
    _S.pending: frozenset({_S.downloading, _S.completed, _S.failed}),
    _S.downloading: frozenset({_S.verifying, _S.failed}),
    _S.verifying: frozenset({_S.applying, _S.failed}),
    _S.applying: frozenset({_S.completed, _S.failed}),
    _S.completed: frozenset({_S.rolled_back}),
    _S.failed: frozenset({_S.pending}),
    _S.rolled_back: frozenset({_S.pending}),
}
ON_ITS_WAY = frozenset({_S.downloading, _S.verifying, _S.applying})
RETRIED = frozenset({_S.failed, _S.rolled_back})
ENDED = frozenset({_S.completed, _S.failed, _S.rolled_back})
_WORDS = {
    _S.pending: text("waits to be installed"),
    _S.downloading: text("is being downloaded"),
    _S.verifying: text("is being verified"),
    _S.applying: text("is being installed"),
    _S.completed: text("is installed"),
    _S.failed: text("has failed"),
    _S.rolled_back: text("was rolled back"),
}


def check_move(version: str, *, old: FirmwareStatus, new: FirmwareStatus) -> None:
    """ConflictError unless an update that is `old` can become `new`."""
    if new not in MOVES[old]:
        raise ConflictError(
            text(
                "The update to {version} {old}; from there it cannot become “{new_value}”.",
                version=version,
                old=_WORDS[old],
                new_value=new.value,
            )
        )


def check_removal(version: str, status: FirmwareStatus) -> None:
    """ConflictError while the update is on its way."""
    if status in ON_ITS_WAY:
        raise ConflictError(
            text(
                "The update to {version} {status}. Wait until it has ended.",
                version=version,
                status=_WORDS[status],
            )
        )


def read_version(text: str) -> Version | None:
    """MAJOR.MINOR.PATCH as numbers that compare in the right order; None for anything else."""
    if not _VERSION.fullmatch(text):
        return None
    major, minor, patch = text.split(".")
    return int(major), int(minor), int(patch)


def is_newer(version: str, than: str) -> bool:
    """Whether the one is a later release than the other; False when either is no version."""
    one, other = read_version(version), read_version(than)
    return one is not None and other is not None and one > other


def steps_to(old: FirmwareStatus, new: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
    """The states from one to another, the shortest way that is allowed; () where there is none."""
    ways: list[tuple[FirmwareStatus, ...]] = [()]
    seen = {old}
    for way in ways:
        for step in sorted(MOVES[way[-1] if way else old]):
            if step is new:
                return (*way, step)
            if step not in seen:
                seen.add(step)
                ways.append((*way, step))
    return ()
