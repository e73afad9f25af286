"""Every kind of action: one file, one line here."""

from collections.abc import Awaitable, Callable, Mapping

from webmacs_edge.model.rule_definitions import Action
from webmacs_edge.rules.actions import all_safe, annotate, email, experiment, log, output, webhook
from webmacs_edge.rules.actions.desk import Desk, Hands
from webmacs_edge.rules.engine import Happening

# Written in the transaction that stores what the rule remembers.
WRITTEN: Mapping[str, Callable[[Desk, Happening, Action], Awaitable[None]]] = {
    "log": log.act,
    "webhook": webhook.act,
    "email": email.act,
    "annotate": annotate.act,
    "start_experiment": experiment.start,
    "stop_experiment": experiment.stop,
}
# Done at once, in the order in which they fall due.
DONE: Mapping[str, Callable[[Hands, Happening, Action], Awaitable[None]]] = {
    "output": output.act,
    "all_safe": all_safe.act,
}
KINDS = (*WRITTEN, *DONE)
