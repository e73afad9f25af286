"""What another PiCtory configuration means for the channels: points that moved, went, or changed.

A point is known by its place on the bus and its name, `32/air_flow`; people know it by its name.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any

from webmacs_edge.model.text import Text, joined, text


class ChangeKind(StrEnum):
    """What happened to a point."""

    added = "added"
    removed = "removed"
    moved = "moved"  # to another terminal or module; found again by its name
    changed = "changed"  # the same terminal with another range, unit or scaling


@dataclass(frozen=True, slots=True)
class PointFacts:
    """All of an I/O point that must not change unnoticed."""

    id: str
    name: str
    device: int  # position on the bus
    product_type: int
    direction: str
    kind: str
    place: int  # byte within its device
    address: int  # byte in the image
    bit: int | None
    bits: int
    signed: bool
    unit: str
    native_factor: float
    low: float | None
    high: float | None
    low_valid: float | None
    scaled: bool  # by the module, in PiCtory
    used: bool = False  # named, commented or wired: worth to be told of without a channel

    @property
    def fingerprint(self) -> str:
        """How the claim on an output remembers its place: `32/O_1@70.0:1u`."""
        return fingerprint(
            self.id, address=self.address, bit=self.bit, bits=self.bits, signed=self.signed
        )

    @property
    def terminal(self) -> tuple[int, int, int | None]:
        """Where the wire ends."""
        return self.device, self.place, self.bit


def fingerprint(point_id: str, *, address: int, bit: int | None, bits: int, signed: bool) -> str:
    """What must not change of an output without somebody confirming it."""
    within = "" if bit is None else f".{bit}"
    return f"{point_id}@{address}{within}:{bits}{'s' if signed else 'u'}"


@dataclass(frozen=True, slots=True)
class PointChange:
    """One point that is not what it was; ids of before and of now, "" where there was none."""

    kind: ChangeKind
    before: str
    now: str
    words: str  # what is different, in a phrase


@dataclass(frozen=True, slots=True)
class LayoutChange:
    """All that another configuration changed; `shifted` moved in the image, but not on the bus."""

    points: tuple[PointChange, ...]
    shifted: tuple[tuple[PointFacts, PointFacts], ...] = ()


_RANGE_FIELDS = (
    "product_type", "direction", "kind", "bits", "signed", "unit", "native_factor", "low", "high",
    "low_valid", "scaled",
)  # fmt: skip


def compare(old: Sequence[PointFacts], new: Sequence[PointFacts]) -> LayoutChange:
    """What changed from one configuration to the next."""
    before, now = {it.id: it for it in old}, {it.id: it for it in new}
    gone = [it for it in old if it.id not in now]
    fresh = [it for it in new if it.id not in before]
    moves = _moves(gone, fresh)
    same = [(it, now[it.id]) for it in old if it.id in now]
    changes = [change for pair in same if (change := _change(*pair))]
    changes += [_moved(it, moves[it.id]) for it in gone if it.id in moves]
    here = {it.terminal: it for it in new}
    changes += [_removed(it, here.get(it.terminal)) for it in gone if it.id not in moves]
    taken = {it.id for it in moves.values()}
    changes += [PointChange(ChangeKind.added, "", it.id, "") for it in fresh if it.id not in taken]
    shifted = [pair for pair in same if _is_shifted(*pair)]
    return LayoutChange(tuple(changes), tuple(shifted))


def _moves(gone: Iterable[PointFacts], fresh: Iterable[PointFacts]) -> dict[str, PointFacts]:
    """Where each point that is gone has turned up, by its old id: one of the same name and kind."""
    found: defaultdict[tuple[object, ...], list[PointFacts]] = defaultdict(list)
    lost: defaultdict[tuple[object, ...], list[PointFacts]] = defaultdict(list)
    for point in fresh:
        found[_likeness(point)].append(point)
    for point in gone:
        lost[_likeness(point)].append(point)
    return {
        points[0].id: found[likeness][0]
        for likeness, points in lost.items()
        if len(points) == 1 and len(found[likeness]) == 1
    }


def _likeness(point: PointFacts) -> tuple[object, ...]:
    return point.name, point.product_type, point.direction, point.bits, point.signed


def _change(old: PointFacts, new: PointFacts) -> PointChange | None:
    """What happened to a point whose id is the same; None when it is what it was."""
    words = _differences(old, new)
    if words:
        return PointChange(ChangeKind.changed, old.id, new.id, words)
    if old.terminal != new.terminal:
        return _moved(old, new)
    return None


def _moved(old: PointFacts, new: PointFacts) -> PointChange:
    words: list[str] = []
    if old.device != new.device:
        words.append(text("position {old} → {new}", old=old.device, new=new.device))
    if (old.place, old.bit) != (new.place, new.bit):
        words.append(text("another terminal of the module"))
    more = _differences(old, new)
    return PointChange(
        ChangeKind.moved, old.id, new.id, joined([*words, *([more] if more else [])])
    )


def _removed(old: PointFacts, at_its_terminal: PointFacts | None) -> PointChange:
    alike = at_its_terminal is not None and at_its_terminal.product_type == old.product_type
    words: str = ""
    if at_its_terminal is not None and alike:
        words = text("its terminal is now called “{name}”", name=at_its_terminal.name)
    return PointChange(ChangeKind.removed, old.id, "", words)


def _is_shifted(old: PointFacts, new: PointFacts) -> bool:
    return old.address != new.address and _change(old, new) is None


def _differences(old: PointFacts, new: PointFacts) -> str:
    """What else than the place is different, in words."""
    names = {name for name in _RANGE_FIELDS if getattr(old, name) != getattr(new, name)}
    if not names:
        return ""
    words: list[str] = []
    if "product_type" in names:
        words.append(text("another kind of module"))
    if names & {"direction", "kind", "bits", "signed"}:
        words.append(text("another kind of value"))
    if names & {"unit", "native_factor", "low", "high", "low_valid"}:
        words.append(text("range {old} → {new}", old=_range(old), new=_range(new)))
    if "scaled" in names:
        words.append(text("scaled in PiCtory") if new.scaled else text("not scaled in PiCtory"))
    return joined(words)


def _range(point: PointFacts) -> str:
    if point.low is None or point.high is None:
        return point.unit or "?"
    ends = (point.low * point.native_factor, point.high * point.native_factor)
    return f"{ends[0]:g}…{ends[1]:g} {point.unit}".strip()


_IN_ORDER = attrgetter(*(field.name for field in fields(PointFacts)))


def to_rows(points: Iterable[PointFacts]) -> list[list[Any]]:
    """Without the names of the fields, for a store."""
    return [list(_IN_ORDER(point)) for point in points]


def from_rows(rows: Iterable[Sequence[Any]]) -> list[PointFacts]:
    """What `to_rows` made; ValueError when another version made it."""
    count = len(fields(PointFacts))
    if any(len(row) != count for row in rows):
        raise ValueError("The stored configuration has other fields.")
    return [PointFacts(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of a change as it is kept and shown: with the channel that it concerns."""

    kind: ChangeKind
    before: str
    now: str
    words: str
    event_public_id: str = ""
    event_name: str = ""

    @property
    def needs_look(self) -> bool:
        """Whether rules and interlocks of the channel rest until somebody has looked."""
        return bool(self.event_public_id) and self.kind is not ChangeKind.added

    @property
    def doubt(self) -> Text:
        """Why, in a sentence."""
        if self.kind is ChangeKind.removed:
            return text(
                "The I/O point of “{name}” is not in the PiCtory configuration any more. "
                "Look at Devices, What changed.",
                name=self.event_name,
            )
        return text(
            "“{name}” was moved or changed in PiCtory ({words}). Look at Devices, What changed.",
            name=self.event_name,
            words=self.words,
        )


@dataclass(frozen=True, slots=True)
class KeptChange:
    """A change of the configuration that somebody has seen, or has not yet."""

    id: str
    at_ms: int
    rows: tuple[ChangeRow, ...]
    left_out: int = 0  # lines that were too many to keep
    seen_on_ms: int | None = None
    seen_by: str = ""


def doubts(changes: Iterable[KeptChange]) -> Mapping[str, str]:
    """Why rules and interlocks on a channel rest, by its public id."""
    return {
        row.event_public_id: row.doubt
        for change in changes
        if change.seen_on_ms is None
        for row in change.rows
        if row.needs_look
    }


def doubted_values(changes: Iterable[KeptChange]) -> Mapping[str, str]:
    """Why values of a channel may be wrong by a scaling that was made for another range."""
    return {
        row.event_public_id: text(
            "Changed in PiCtory: {words}. Is its scaling still right?", words=row.words
        )
        for change in changes
        if change.seen_on_ms is None
        for row in change.rows
        if row.needs_look and row.kind is ChangeKind.changed
    }
