"""Notes in the operator's log when the device falls silent and when it comes back."""

from collections.abc import Awaitable, Callable

from webmacs_edge.acquisition.scanner import Scanner
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Health, every

LOOK_INTERVAL_S = 1.0


class Diary:
    """Watches the scanner's state; one note per change, kept back while the disk refuses."""

    name = "diary"

    def __init__(
        self, scanner: Scanner, write_note: Callable[[str, LoggingType], Awaitable[object]]
    ) -> None:
        self._scanner = scanner
        self._write_note = write_note
        self._noted = ""
        self._has_started = False
        self.health = Health(self.name)

    async def run(self) -> None:
        """Look once a second until cancelled."""
        await every(LOOK_INTERVAL_S, self._look)

    async def _look(self) -> None:
        problem = self._scanner.problem
        if not self._has_started:
            await self._note(text("WebMACS Edge started."), LoggingType.info)
            self._has_started = self.health.is_good
        elif problem and not self._noted:
            told = text("The device is not being read: {problem}", problem=problem)
            await self._note(told, LoggingType.error)
            self._noted = problem if self.health.is_good else ""
        elif self._noted and not problem:
            await self._note(text("The device is read again."), LoggingType.info)
            self._noted = "" if self.health.is_good else self._noted

    async def _note(self, words: str, logging_type: LoggingType) -> None:
        try:
            await self._write_note(words, logging_type)
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()
