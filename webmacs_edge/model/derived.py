"""In which order derived channels are worked out, and where they would go in a circle."""

from collections.abc import Iterable, Mapping

MAX_DERIVED = 200


def order(needs: Mapping[str, Iterable[str]]) -> tuple[list[str], set[str]]:
    """Those that need others behind those others; and those that never can be.

    `needs`: public id of a derived channel -> the channels in its formula.
    """
    left = {it: {need for need in asked if need in needs} for it, asked in needs.items()}
    ready: list[str] = []
    while True:
        free = [it for it, asked in left.items() if not asked]
        if not free:
            return ready, set(left)
        for it in free:
            del left[it]
        ready += free
        for asked in left.values():
            asked.difference_update(free)


def circle(start: str, needs: Mapping[str, Iterable[str]]) -> list[str]:
    """The way from a channel back to itself: `[a, b, a]`; [] when there is none."""
    came_from: dict[str, str] = {}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        for need in needs.get(here, ()):
            if need == start:
                way = [start, here]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return way[::-1] if here != start else [start, start]
            if need not in came_from:
                came_from[need] = here
                waiting.append(need)
    return []
