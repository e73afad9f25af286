"""Exports on their way: few at a time, each known to whoever started it."""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

from webmacs_edge.history.export.plan import Course
from webmacs_edge.model.errors import BusyError, NotFoundError
from webmacs_edge.model.text import text

AT_ONCE = 4
REMEMBERED = 64


class JobState(StrEnum):
    """What has become of an export."""

    running = "running"
    done = "done"
    cancelled = "cancelled"
    failed = "failed"


@dataclass(slots=True)
class Job:
    """One file on its way to one reader."""

    owner: str  # public id of the user
    course: Course
    stop: Callable[[], None]  # cuts the connection
    state: JobState = JobState.running
    size_bytes: int = 0


@dataclass(slots=True)
class Jobs:
    """Those that run, and for a while those that have ended."""

    _known: "OrderedDict[str, Job]" = field(default_factory=OrderedDict)

    @property
    def running(self) -> list[Job]:
        """Those on their way."""
        return [job for job in self._known.values() if job.state is JobState.running]

    @contextmanager
    def run(self, job: Job, job_id: str = "") -> Iterator[Job]:
        """Hold a place inside the block; BusyError when all are taken."""
        if len(self.running) >= AT_ONCE:
            raise BusyError(
                text(
                    "{at_once} exports are running already. Wait until one has finished, "
                    "or cancel one.",
                    at_once=AT_ONCE,
                )
            )
        if not job_id or job_id in self._known:
            job_id = secrets.token_hex(16)
        self._known[job_id] = job
        self._forget()
        try:
            yield job
        except BaseException:
            self._end(job, JobState.failed)
            raise
        self._end(job, JobState.done)

    def find(self, job_id: str, *, owner: str) -> Job:
        """The job of this owner; NotFoundError when there is none, or it is of somebody else."""
        job = self._known.get(job_id)
        if job is None or job.owner != owner:
            raise NotFoundError(text("There is no such export, or it ended long ago."))
        return job

    def cancel(self, job_id: str, *, owner: str) -> Job:
        """Stop it, if it still runs."""
        job = self.find(job_id, owner=owner)
        if job.state is JobState.running:
            job.state = JobState.cancelled
            job.stop()
        return job

    def close(self) -> None:
        """Stop all of them: the appliance ends."""
        for job in self.running:
            job.stop()

    def _end(self, job: Job, state: JobState) -> None:
        if job.state is JobState.running:
            job.state = state

    def _forget(self) -> None:
        ended = [key for key, job in self._known.items() if job.state is not JobState.running]
        for key in ended[: max(0, len(self._known) - REMEMBERED)]:
            del self._known[key]


EXPORT_JOBS = web.AppKey("export_jobs", Jobs)


def set_up_exports(app: web.Application) -> None:
    """Give the application its jobs; they end before it does."""
    jobs = app[EXPORT_JOBS] = Jobs()

    async def close(_app: web.Application) -> None:
        jobs.close()

    app.on_shutdown.append(close)
