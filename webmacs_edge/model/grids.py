"""Where widgets stand on their grid of twelve columns: nothing covers anything; pure rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from webmacs_edge.model.dashboards import COLUMNS

MAX_SIZE = 12


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
    found: dict[str, Place] = {}
    for name, place in named:
        found[name] = _lowered(place.inside(), found.values())
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
    """The same widgets without empty rows between them: each as high as it can rise."""
    found: dict[str, Place] = {}
    for name, place in sorted(places.items(), key=lambda entry: (entry[1].y, entry[1].x)):
        risen = place
        while risen.y > 0 and not any(
            replace(risen, y=risen.y - 1).covers(it) for it in found.values()
        ):
            risen = replace(risen, y=risen.y - 1)
        found[name] = risen
    return {key: found[key] for key in places}


def free_place(places: Sequence[Place], w: int, h: int) -> Place:
    """The first gap from the top that holds a widget of that size."""
    bottom = max((it.y + it.h for it in places), default=0)
    for y in range(bottom + 1):
        for x in range(COLUMNS - w + 1):
            place = Place(x, y, w, h)
            if not any(place.covers(it) for it in places):
                return place
    return Place(0, bottom, w, h)


def _flowing(places: Sequence[Place]) -> list[Place]:
    found: list[Place] = []
    for place in places:
        wanted = place.inside()
        found.append(free_place(found, wanted.w, wanted.h))
    return found


def _lowered(place: Place, others: Iterable[Place]) -> Place:
    standing = sorted(others, key=lambda it: it.y)
    lowest = place
    for _ in standing:
        hit = next((it for it in standing if it.covers(lowest)), None)
        if hit is None:
            break
        lowest = replace(lowest, y=hit.y + hit.h)
    return lowest
