"""Commands that come in crowds, from programs that regulate: told by their number, not one by one.

Each entry of the audit trail costs a commit; ten a second would wear the flash out.
"""

from dataclasses import dataclass, replace

from webmacs_edge.control.orders import Happening

TOLD_ONE_BY_ONE = 10  # of one asker to one output, in a window
WINDOW_S = 60.0

_Key = tuple[str, str, str, bool]


@dataclass(slots=True)
class _Window:
    start_s: float
    told: int = 0
    more: int = 0
    last: Happening | None = None
    least: float = float("inf")
    greatest: float = float("-inf")


class Crowds:
    """The first commands of a minute pass, the others are counted until it is over."""

    def __init__(self) -> None:
        self._windows: dict[_Key, _Window] = {}

    def thin(self, happenings: list[Happening], *, now_s: float) -> list[Happening]:
        """What is to be told now."""
        return [it for it in happenings if not self._is_counted(it, now_s)]

    def summaries(self, *, now_s: float, is_last: bool = False) -> list[Happening]:
        """One happening for each crowd whose minute is over."""
        over = [
            key
            for key, window in self._windows.items()
            if is_last or now_s >= window.start_s + WINDOW_S
        ]
        closed = [self._windows.pop(key) for key in over]
        return [_summary(window.last, window) for window in closed if window.last is not None]

    def _is_counted(self, happening: Happening, now_s: float) -> bool:
        actor = happening.actor
        if actor is None or happening.text or happening.interlock:
            return False
        key = (
            actor.user_public_id or actor.name,
            actor.via,
            happening.public_id,
            happening.is_refused,
        )
        window = self._windows.setdefault(key, _Window(now_s))
        if window.told < TOLD_ONE_BY_ONE:
            window.told += 1
            return False
        window.more += 1
        window.last = happening
        value = happening.said.get("value")
        if isinstance(value, int | float):
            window.least = min(window.least, value)
            window.greatest = max(window.greatest, value)
        return True


def _summary(last: Happening, window: _Window) -> Happening:
    said: dict[str, object] = {"and_more": window.more, "last": dict(last.said)}
    if window.least <= window.greatest:
        said |= {"least": window.least, "greatest": window.greatest}
    return replace(last, said=said)
