"""Joins what is sent from outside to the history and the watchers."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeVar

from webmacs_edge.acquisition.intake import Intake, Sinks
from webmacs_edge.acquisition.station import Station
from webmacs_edge.history.history import History
from webmacs_edge.live.hub import Hub
from webmacs_edge.model.samples import Arrivals
from webmacs_edge.model.times import now_ms

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event


def is_unbound(event: "Event") -> bool:
    """Whether no I/O point of ours measures this channel."""
    return event.point_id is None and not event.formula


def ignore(_keys: Collection[int]) -> None:
    """Nobody wants to know which channels got values."""


T = TypeVar("T")


def to_all(*takers: Callable[[T], None]) -> Callable[[T], None]:
    """One that hands what comes to each of them, in this order."""

    def take(what: T) -> None:
        for taker in takers:
            taker(what)

    return take


def make_intake(
    station: Station,
    history: History,
    hub: Hub,
    *,
    look: Callable[[Arrivals], None],
    accepts: Callable[["Event"], bool] = is_unbound,
    note_data: Callable[[Collection[int]], None] = ignore,
) -> Intake:
    """The intake of this appliance, before the sinks that scans go to as well."""

    def show_silence(keys: Collection[int], reason: str) -> None:
        hub.mark_stale(keys, reason, at_ms=now_ms())

    def show(arrivals: Arrivals) -> None:
        hub.take_arrivals(arrivals)
        look(arrivals)

    return Intake(
        find=station.event_by_public_id,
        accepts=accepts,
        sinks=Sinks(
            record=history.recorder.take_arrivals,
            show=show,
            show_silence=show_silence,
            note_data=note_data,
        ),
    )
