"""Checks of what the appliance does by itself: rules, and telling others by webhooks."""

from aiohttp import web

from webmacs_edge.model.errors import StoreError
from webmacs_edge.store.webhook_deliveries import waiting_since
from webmacs_edge.store.webhooks import count_webhooks
from webmacs_edge.web.checks import Check, Figure, State
from webmacs_edge.web.keys import DATABASE, DISPATCHER, RULES
from webmacs_edge.web.wording import count

_MOST_NAMED = 5


async def webhooks_check(app: web.Application) -> Check:
    """Whether what is to be told reaches its receivers."""
    sender = app[DISPATCHER]
    try:
        async with app[DATABASE].read() as session:
            webhooks = await count_webhooks(session)
            waiting, oldest_ms = await waiting_since(session)
    except StoreError:
        return Check("webhooks", "Webhooks", State.unknown, "The database does not answer")
    figures = [
        Figure("Set up", count(webhooks)),
        Figure("Waiting", count(waiting)),
        Figure("Delivered since the start", count(sender.delivered)),
        Figure("Attempts that failed", count(sender.failed)),
        Figure("Given up", count(sender.dead)),
    ]
    if oldest_ms is not None:
        figures.append(Figure("Waiting since", at_ms=oldest_ms))
    state, word, way_out = State.good, "Some wait" if waiting else "All delivered", ""
    if not webhooks:
        word = "None set up"
    elif sender.health.failure:
        state, word, way_out = State.warning, "Held up", sender.health.failure
    elif sender.dead:
        state, word = State.warning, "Some were given up"
        way_out = (
            "Deliveries were given up since the start. See under Webhooks what the receiver "
            "answered, mend it, and send them again."
        )
    return Check("webhooks", "Webhooks", state, word, figures, way_out=way_out)


def rules_check(app: web.Application) -> Check:
    """Whether every rule is at work, and what it calls for is done."""
    rules = app[RULES]
    at_work = rules.engine.machines()
    look = [f"“{it.name}”: {it.why}" for it in rules.needs_look]
    names = {it.definition.id: it.definition.name for it in at_work}
    slowed = [f"“{names.get(key, key)}”: {why}" for key, why in rules.doer.slowed.items()]
    figures = (
        Figure("At work", count(len(at_work))),
        Figure("Need a look", count(len(look))),
        Figure("Held back", count(len(slowed))),
        Figure("Happenings waiting to be stored", count(rules.scribe.waiting)),
        Figure("Happenings lost", count(rules.scribe.dropped + rules.doer.dropped)),
    )
    state, word, way_out = State.good, "At work" if at_work else "None set up", ""
    if rules.failure:
        state, word = State.error, "They have stopped"
        way_out = (
            f"The rules have failed and rest: {rules.failure} Change or disable the newest rule, "
            "or restart the appliance, and tell us what the journal says."
        )
    elif slowed or look:
        state, word = State.warning, "Held back" if slowed else "Some need a look"
        way_out = _sentences([*slowed, *look])
    elif rules.scribe.dropped or rules.doer.dropped:
        state, word = State.warning, "Some were lost"
        way_out = "More happened than could be stored. Give rules that act often a longer cooldown."
    return Check("rules", "Rules", state, word, figures, way_out=way_out)


def _sentences(parts: list[str]) -> str:
    more = len(parts) - _MOST_NAMED
    shown = " ".join(parts[:_MOST_NAMED])
    return f"{shown} And {more} more." if more > 0 else shown
