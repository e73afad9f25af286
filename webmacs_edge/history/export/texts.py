"""How names, times and numbers are written in text files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from webmacs_edge.history.export.plan import Options
from webmacs_edge.history.packing import Floats, Ints

Objects = npt.NDArray[Any]  # of str

BLOCK_BYTES = 65_536  # what is sent at a time
BYTE_ORDER_MARK = "\ufeff"
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    *"\uff1d\uff0b\uff0d\uff20",
)  # the last four: full width
_MILLISECONDS = [f".{ms:03d}000+00:00" if ms else "+00:00" for ms in range(1000)]
_LOCAL_MILLISECONDS = [f".{ms:03d}" for ms in range(1000)]
_QUARTER_S = 900  # offsets of time zones change at quarters of an hour only


def time_texts(at_ms: Ints, zone: ZoneInfo | None) -> list[str]:
    """RFC 3339 in UTC, or the wall clock of a zone as spreadsheets read it."""
    seconds, endings = at_ms // 1000, _MILLISECONDS
    if zone is not None:
        quarters, rows = np.unique(seconds // _QUARTER_S, return_inverse=True)
        offsets = [_offset_s(quarter * _QUARTER_S, zone) for quarter in quarters.tolist()]
        seconds, endings = seconds + np.array(offsets, np.int64)[rows], _LOCAL_MILLISECONDS
    firsts = np.datetime_as_string(seconds.astype("datetime64[s]")).tolist()
    if zone is not None:
        firsts = [first.replace("T", " ") for first in firsts]
    return [f"{s}{endings[ms]}" for s, ms in zip(firsts, (at_ms % 1000).tolist(), strict=True)]


def value_texts(values: Floats, *, decimal_comma: bool = False) -> Objects:
    """The shortest text of each number; rounded values repeat, so each is written once."""
    bits, rows = np.unique(values.view(np.int64), return_inverse=True)
    texts = [repr(value) for value in bits.view(np.float64).tolist()]
    if decimal_comma:
        texts = [text.replace(".", ",") for text in texts]
    return objects(texts)[rows]


def objects(texts: Sequence[str]) -> Objects:
    """The texts as an array that can be indexed by arrays."""
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields of a file with delimiters."""

    options: Options

    def text(self, text: str) -> str:
        """A name or a unit; quoted where it must be, and never a formula of a spreadsheet."""
        return self.plain("'" + text if text.startswith(_FORMULA) else text)

    def plain(self, text: str) -> str:
        """Quoted only where it must be."""
        if any(character in text for character in (self.options.delimiter, '"', "\r", "\n")):
            return '"' + text.replace('"', '""') + '"'
        return text

    def line(self, texts: Sequence[str]) -> str:
        """A line of its own, such as the header."""
        return self.options.delimiter.join(texts) + "\r\n"

    @property
    def start(self) -> str:
        """What stands before the first line."""
        return BYTE_ORDER_MARK if self.options.byte_order_mark else ""


def _offset_s(at_s: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(at_s, UTC).astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0
