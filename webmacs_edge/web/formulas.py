"""Formulas as people write them: checked against the channels, and tried on their values."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.derived import MAX_DERIVED, circle
from webmacs_edge.model.errors import ConflictError, InvalidError, NotFoundError
from webmacs_edge.model.formula_code import Turn, build
from webmacs_edge.model.formula_parser import parse
from webmacs_edge.model.formulas import Node, fault, pin, references, rename
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text
from webmacs_edge.web.keys import HUB, STATION
from webmacs_edge.web.schemas.derived import DerivedOut, PartOut, TriedOut

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

_NO_VALUE = text("It has no value now: it divides by 0 or leaves the numbers.")


def checked(app: web.Application, formula: str, *, own_id: str = "") -> str:
    """The formula as it is stored; InvalidError says at which character what is wrong.

    `own_id`: the channel that it is for, "" for a new one.
    """
    tree = _tree(app, formula)
    events = app[STATION].events
    derived = [event for event in events if event.formula]
    if not own_id and len(derived) >= MAX_DERIVED:
        words = text(
            "There are {count} derived channels already; remove some first.", count=MAX_DERIVED
        )
        raise ConflictError(words)
    needs = {event.public_id: _needs(event.formula) for event in derived}
    needs[own_id] = frozenset(_ids(tree))
    way = circle(own_id, needs) if own_id else []
    if way:
        names = " → ".join(shown_name(app, it) for it in way)
        raise InvalidError(text("It would go in a circle: {names}.", names=names), field="formula")
    return pin(formula, lambda name: _find(events, name))


def shown(app: web.Application, event: "Event") -> str:
    """The formula of a channel with the present names of its channels."""
    return rename(event.formula, lambda it: _name(app, it))


def tried(app: web.Application, formula: str) -> TriedOut:
    """What a formula gives with the values of now; InvalidError where it says nothing."""
    tree = _tree(app, formula)
    parts = [_part(app, it) for it in dict.fromkeys(it.public_id for it in references(tree))]
    places = {part.public_id: at for at, part in enumerate(parts)}
    ready = build(tree, position_of=places.get, turn_of=lambda _: Turn())
    worst = max((Quality[part.quality.upper()] for part in parts), default=Quality.GOOD)
    if any(part.value is None for part in parts) or worst >= Quality.BAD:
        culprit = next(it for it in parts if it.value is None or it.quality == worst.word)
        reason = text("{name} has no good value.", name=culprit.name)
        return TriedOut(
            value=None, quality=max(worst, Quality.BAD).word, reason=reason, parts=parts
        )
    try:
        value = ready.work_out([part.value or 0.0 for part in parts], 0.0)
    except (ArithmeticError, ValueError):
        words = _NO_VALUE
        return TriedOut(value=None, quality=Quality.BAD.word, reason=words, parts=parts)
    return TriedOut(value=value, quality=worst.word, reason="", parts=parts)


def derived_event(app: web.Application, public_id: str) -> "Event":
    """The derived channel with this public id."""
    event = app[STATION].event_by_public_id(public_id)
    if event is None or not event.formula:
        raise NotFoundError(text("There is no derived channel {public_id}.", public_id=public_id))
    return event


def derived_out(app: web.Application, event: "Event") -> DerivedOut:
    """A derived channel as programs see it."""
    fields = {name: getattr(event, name) for name in DerivedOut.model_fields}
    return DerivedOut(**fields | {"formula": shown(app, event)})


def shown_name(app: web.Application, public_id: str) -> str:
    """The name of a channel, or its id when it is gone."""
    return _name(app, public_id) or public_id


def _name(app: web.Application, public_id: str) -> str | None:
    event = app[STATION].event_by_public_id(public_id)
    return event.name if event is not None else None


def _tree(app: web.Application, formula: str) -> Node:
    events = app[STATION].events
    tree = parse(formula, lambda name: _find(events, name))
    for reference in references(tree):
        if app[STATION].event_by_public_id(reference.public_id) is None:
            words = text("there is no channel with the id {id}.", id=reference.public_id[:100])
            raise fault(reference.at, words)
    build(tree, position_of=lambda _: 0, turn_of=lambda _: Turn())
    return tree


def _find(events: Sequence["Event"], name: str) -> str | None:
    """The channel of this name; of another spelling if only one is meant."""
    for event in events:
        if event.name == name:
            return event.public_id
    alike = [event.public_id for event in events if event.name.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


@lru_cache(maxsize=256)
def _needs(stored: str) -> frozenset[str]:
    """The channels of a stored formula: 200 are not read anew with each letter somebody types."""
    return frozenset(_ids(parse(stored)))


def _ids(tree: Node) -> set[str]:
    return {reference.public_id for reference in references(tree)}


def _part(app: web.Application, public_id: str) -> PartOut:
    event = app[STATION].event_by_public_id(public_id)
    assert event is not None  # noqa: S101 the tree was checked
    sample = app[HUB].latest(event.id)
    return PartOut(
        public_id=public_id,
        name=event.name,
        value=sample.value if sample is not None else None,
        unit=event.unit,
        quality=(sample.quality if sample is not None else Quality.STALE).word,
    )
