"""From a claim and its channel to what the acquisition thread needs, or to why it cannot be had."""

from typing import TYPE_CHECKING

from webmacs_edge.control.orders import Binding
from webmacs_edge.control.places import Place, fingerprint, place_of
from webmacs_edge.hardware.driver import Layout, Point
from webmacs_edge.model.errors import CommandRefusedError, InvalidError
from webmacs_edge.model.outputs import Claim
from webmacs_edge.model.text import text

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event


def bind(event: "Event", claim: Claim, layout: Layout | None) -> Binding:
    """The output as the thread needs it."""
    place, moved_to = None, ""
    problem: str = text("The device has not been read yet.")
    if layout is not None:
        place, problem, moved_to = _locate(event, claim, layout)
    return Binding(
        key=event.id,
        public_id=event.public_id,
        name=event.name,
        unit=event.unit,
        is_digital=event.is_digital,
        claim=claim,
        place=place,
        problem=problem,
        moved_to=moved_to,
    )


def point_of(event: "Event", layout: Layout) -> Point:
    """The I/O point of the channel; CommandRefusedError when it has none."""
    if event.point_id is None:
        raise CommandRefusedError(
            text(
                "“{event_name}” has no I/O point on this device; it is fed from outside.",
                event_name=event.name,
            )
        )
    for point in layout.points:
        if point.id == event.point_id:
            return point
    if "@" in event.point_id:
        raise CommandRefusedError(
            text("“{name}” is a place with a type of its own: it is only read.", name=event.name)
        )
    raise CommandRefusedError(
        text(
            "The I/O point of “{event_name}” is not in the PiCtory configuration any more.",
            event_name=event.name,
        )
    )


def check_claimable(event: "Event", claim: Claim, layout: Layout) -> str:
    """The fingerprint of the place; raises when the channel cannot be an output like this."""
    point = point_of(event, layout)
    place = place_of(point, factor=event.factor, offset=event.offset)
    place.within(claim.min_value, claim.max_value)
    return fingerprint(point)


def _locate(event: "Event", claim: Claim, layout: Layout) -> tuple[Place | None, str, str]:
    try:
        found = check_claimable(event, claim, layout)
        place = place_of(point_of(event, layout), factor=event.factor, offset=event.offset)
    except (CommandRefusedError, InvalidError) as error:
        return None, str(error), ""
    if claim.place and claim.place != found:
        words = text(
            "Its place in the process image has changed since it was set up. "
            "An administrator has to look at it and save it again."
        )
        return None, words, found
    return place, "", ""


def is_claimable(event: "Event", layout: Layout) -> bool:
    """Whether the channel is at a place that can be written at all."""
    try:
        place_of(point_of(event, layout), factor=event.factor, offset=event.offset)
    except CommandRefusedError:
        return False
    return True
