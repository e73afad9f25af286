"""The check of backups: how old the newest one is."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.backup.keeper import BackupKeeper
from webmacs_edge.model.backup_plans import BackupPlan
from webmacs_edge.model.backups import BackupScope
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.swapping import is_ready
from webmacs_edge.web.checks import Check, Figure, State
from webmacs_edge.web.keys import BACKUPS, SETTINGS
from webmacs_edge.web.wording import count, file_size

_LATE_FACTOR = 2  # so many intervals without one are too many


async def backup_checks(app: web.Application) -> Sequence[Check]:
    """Nothing where a server keeps the data: whoever looks after it does this too."""
    keeper = app.get(BACKUPS)
    if keeper is None:
        return ()
    try:
        if keeper.done is None:
            await keeper.read_state()
    except StoreError:
        return ()  # the check of the database says why
    return (_check(app, keeper),)


def _check(app: web.Application, keeper: BackupKeeper) -> Check:
    done = keeper.done
    figures = [Figure(text("Newest"), text("no backup yet"), at_ms=done.at_ms if done else None)]
    if done:
        figures.append(Figure(text("Size"), file_size(done.size_bytes)))
        figures.append(
            Figure(
                text("Read back"), text("yes") if done.was_read_back else text("not allowed there")
            )
        )
    if keeper.is_scheduled:
        figures += _plan_figures(keeper)
    state, word, way_out = _judge(keeper)
    left = len(keeper.leavings.names) + keeper.leavings.forgotten
    if left and keeper.course is None:
        figures.append(Figure(text("Still to be removed there"), count(left)))
        way_out = way_out or text(
            "Old backups could not be removed from the server. It is tried again after each new "
            "one; where the server does not let us, remove them there."
        )
    if is_ready(app[SETTINGS].data_dir):
        state, word = State.warning, text("A restore waits")
        way_out = text(
            "A backup was checked and takes the place of what is here at the next start."
        )
    return Check(
        "backup", text("Backup"), state, word, figures,
        way_out=way_out, since_ms=keeper.health.failing_since_ms,
    )  # fmt: skip


def _plan_figures(keeper: BackupKeeper) -> list[Figure]:
    plan = keeper.plan
    every = f"{plan.every_hours} h"
    if plan.at:
        every = text("{every}, at {at}", every=every, at=plan.at)
    return [
        Figure(text("Next"), "", at_ms=keeper.next_ms),
        Figure(text("Every"), every),
        Figure(text("Contents"), _holds(plan)),
        Figure(text("Sealed"), text("yes") if plan.passphrase else text("no")),
        Figure(text("Plan"), text("of this page") if keeper.is_of_page else text("of settings")),
    ]


def _holds(plan: BackupPlan) -> str:
    if plan.scope is BackupScope.config:
        return text("configuration")
    if plan.scope is BackupScope.full:
        return text("the whole history")
    return text("{days} days of history", days=plan.days)


def _judge(keeper: BackupKeeper) -> tuple[State, str, str]:
    if not keeper.is_scheduled:
        return (
            State.unknown,
            text("None by itself"),
            text(
                "Say on the page Backup where to: a folder, a USB stick, a server. Until then it "
                "makes one by hand."
            ),
        )
    if not keeper.health.is_good:
        return (
            State.error,
            text("Failed"),
            text("{failure} It is tried again every hour.", failure=keeper.health.failure),
        )
    if keeper.course is not None:
        return State.good, text("Being made"), ""
    if keeper.done is None:
        return (
            State.unknown,
            text("None yet"),
            text("The first one is made some minutes after the start."),
        )
    age_ms = now_ms() - keeper.done.at_ms
    if age_ms > _LATE_FACTOR * keeper.every_ms:
        return (
            State.warning,
            text("Too old"),
            text("Is the clock right? The log says what went wrong."),
        )
    return State.good, text("In time"), ""
