"""Why values of a channel were doubted from a moment on: kept beside the history, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.text import Text
from webmacs_edge.model.times import MINUTE_MS


@dataclass(frozen=True, slots=True)
class ReasonMark:
    """From `at_ms` on the values of the channel had this quality for this reason."""

    key: int  # of the channel
    at_ms: int  # UTC
    quality: Quality
    words: str


class ReasonWatch:
    """Notices when the reason of a channel becomes another one; the same again, once a minute."""

    def __init__(self) -> None:
        self._seen: Mapping[int, str] = {}  # by place in the scan, as it came
        self._keys: tuple[int, ...] = ()
        self._known: dict[int, str] = {}  # by channel
        self._told: dict[tuple[int, str], int] = {}  # when each was told last

    def look(self, scan: Scan) -> list[ReasonMark]:
        """What is new in this scan."""
        if scan.keys == self._keys and scan.reasons == self._seen:
            return []
        self._seen, self._keys = dict(scan.reasons), scan.keys
        known, found = self._known, list[ReasonMark]()
        self._known = {scan.keys[place]: _sort(words) for place, words in scan.reasons.items()}
        for place, words in scan.reasons.items():
            key, sort = scan.keys[place], _sort(words)
            if known.get(key) == sort or self._is_fresh((key, sort), scan.at_ms):
                continue
            self._told[key, sort] = scan.at_ms
            found.append(ReasonMark(key, scan.at_ms, scan.qualities[place], words))
        return found

    def _is_fresh(self, what: tuple[int, str], at_ms: int) -> bool:
        """Whether it was told within the last minute."""
        self._told = {it: told for it, told in self._told.items() if 0 <= at_ms - told < MINUTE_MS}
        return what in self._told


def _sort(words: str) -> str:
    """The same for sentences that differ in their numbers alone."""
    return words.message if isinstance(words, Text) else words
