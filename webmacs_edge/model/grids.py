"""Where widgets stand on their grid of twelve columns: nothing covers anything; pure rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from webmacs_edge.model.dashboards import COLUMNS

MAX_SIZE = 12
_ENDLESS = 1_000_000  # rows
_WHOLE_ROW = (1 << COLUMNS) - 1


@dataclass(frozen=True, slots=True)
class Place:
    """Columns from `x`, rows from `y`, both counted from 0; `w` columns wide, `h` rows high."""

    x: int
    y: int
    w: int
    h: int

    def covers(self, other: "Place") -> bool:
        """Whether the two share a cell."""
        return (
            self.x < other.x + other.w
            and other.x < self.x + self.w
            and self.y < other.y + other.h
            and other.y < self.y + self.h
        )

    def inside(self) -> "Place":
        """The nearest place that lies within the grid."""
        w, h = min(max(self.w, 1), COLUMNS), min(max(self.h, 1), MAX_SIZE)
        return Place(min(max(self.x, 0), COLUMNS - w), max(self.y, 0), w, h)


def arranged(places: Sequence[Place]) -> list[Place]:
    """The same widgets, in their order, without one covering another.

    Clients of 2.x never say where: all of theirs lie in one corner, and flow like words.
    """
    if len(places) > 1 and all((it.x, it.y) == (0, 0) for it in places):
        return _flowing(places)
    order = sorted(range(len(places)), key=lambda index: (places[index].y, places[index].x))
    found = pushed([(str(index), places[index]) for index in order])
    return [found[str(index)] for index in range(len(places))]


def pushed(named: Iterable[tuple[str, Place]]) -> dict[str, Place]:
    """Each where it wants to stand, or as far below as those before it demand."""
    cells, found = _Cells(), dict[str, Place]()
    for name, place in named:
        found[name] = cells.lowered(place.inside())
        cells.take(found[name])
    return found


def moved(places: Mapping[str, Place], name: str, to: Place) -> dict[str, Place]:
    """All places after one widget was put somewhere: it stays there, what it covers goes down."""
    others = sorted(
        ((key, it) for key, it in places.items() if key != name),
        key=lambda entry: (entry[1].y, entry[1].x),
    )
    found = pushed([(name, to), *others])
    return {key: found[key] for key in places}


def closed_up(places: Mapping[str, Place]) -> dict[str, Place]:
    """The same widgets without empty rows between them: each as high as it can rise.

    What shares a column with a widget and does not cover it lies above it, or comes later.
    """
    found: dict[str, Place] = {}
    for name, place in sorted(places.items(), key=lambda entry: (entry[1].y, entry[1].x)):
        column = replace(place, y=0, h=_ENDLESS)
        above = (it.y + it.h for it in found.values() if it.covers(column))
        found[name] = replace(place, y=max(above, default=0))
    return {key: found[key] for key in places}


def free_place(places: Sequence[Place], w: int, h: int) -> Place:
    """The first gap from the top that holds a widget of that size."""
    cells = _Cells()
    for place in places:
        cells.take(place)
    return cells.gap(w, h)


class _Cells:
    """Which cells are taken: a bit for each column, row by row."""

    def __init__(self) -> None:
        self._rows: dict[int, int] = {}
        self._full = 0  # rows above this one have no gap at all

    def take(self, place: Place) -> None:
        bits = ((1 << place.w) - 1) << place.x
        for y in range(place.y, place.y + place.h):
            self._rows[y] = self._rows.get(y, 0) | bits
        while self._rows.get(self._full) == _WHOLE_ROW:
            self._full += 1

    def lowered(self, place: Place) -> Place:
        """The place, or the first one below it that is free."""
        y, bits = place.y, ((1 << place.w) - 1) << place.x
        while True:
            window = range(y + place.h - 1, y - 1, -1)
            taken = next((it for it in window if self._rows.get(it, 0) & bits), None)
            if taken is None:
                return replace(place, y=y)
            y = taken + 1

    def gap(self, w: int, h: int) -> Place:
        y, narrow = self._full, (1 << w) - 1
        while True:
            taken = 0
            for below in range(y, y + h):
                taken |= self._rows.get(below, 0)
            for x in range(COLUMNS - w + 1):
                if not taken & narrow << x:
                    return Place(x, y, w, h)
            y += 1


def _flowing(places: Sequence[Place]) -> list[Place]:
    cells, found = _Cells(), list[Place]()
    for place in places:
        wanted = place.inside()
        gap = cells.gap(wanted.w, wanted.h)
        cells.take(gap)
        found.append(gap)
    return found
