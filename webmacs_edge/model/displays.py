"""Wall screens: which dashboards one shows in turn, and the proof that its browser keeps."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text

MAX_TURNS = 20
LEAST_S, DEFAULT_S, MOST_S = 5, 30, 3600
KEY_PURPOSE = "wall screens"  # of the box key
_MARK = "ws1"
_PARTS = 4
_SECONDS = re.compile(r"[0-9]{1,6}")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Turn:
    """One dashboard, and how long it is shown before the next."""

    board: str  # public id
    seconds: int


def new_secret() -> str:
    """What a link carries once: 32 random bytes."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def make_proof(public_id: str, generation: int, key: bytes) -> str:
    """What the browser of a screen keeps; void once the screen has another generation."""
    said = f"{_MARK}.{public_id}.{generation}"
    return f"{said}.{hmac.digest(key, said.encode(), hashlib.sha256).hex()}"


def read_proof(proof: str, key: bytes) -> tuple[str, int] | None:
    """The screen's public id and generation, if we signed it."""
    parts = proof.split(".")
    if len(proof) > _LONGEST or len(parts) != _PARTS or not proof.isascii():
        return None
    mark, public_id, generation, _ = parts
    if mark != _MARK or not generation.isdigit():
        return None
    right = make_proof(public_id, int(generation), key)
    return (public_id, int(generation)) if hmac.compare_digest(right, proof) else None


def turns_of(boards: Sequence[str], seconds: Sequence[str]) -> list[Turn]:
    """The rows of a form that name a dashboard; InvalidError says what does not fit."""
    turns = []
    for board, typed in zip_longest(boards, seconds, fillvalue=""):
        if not board:
            continue
        typed = typed.strip() or str(DEFAULT_S)  # noqa: PLW2901 an empty field means the usual
        if not _SECONDS.fullmatch(typed) or not LEAST_S <= int(typed) <= MOST_S:
            raise InvalidError(
                text(
                    "Show each dashboard for {least} to {most} seconds.",
                    least=LEAST_S,
                    most=MOST_S,
                ),
                field="board",
            )
        turns.append(Turn(board, int(typed)))
    if not turns:
        raise InvalidError(text("Choose one dashboard or more."), field="board")
    if len({turn.board for turn in turns}) < len(turns):
        raise InvalidError(text("Choose each dashboard once."), field="board")
    if len(turns) > MAX_TURNS:
        raise InvalidError(text("Choose {most} dashboards at most.", most=MAX_TURNS), field="board")
    return turns


def turns_to_json(turns: Iterable[Turn]) -> str:
    """As they are stored."""
    return json.dumps([[turn.board, turn.seconds] for turn in turns])


def turns_from_json(stored: str) -> list[Turn]:
    """As they were stored."""
    return [Turn(str(board), int(seconds)) for board, seconds in json.loads(stored)]
