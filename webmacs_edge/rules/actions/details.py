"""What each kind of action has to be told, and may be told."""

from dataclasses import dataclass

from webmacs_edge.model.text import Text, text


@dataclass(frozen=True, slots=True)
class Needs:
    """Details of one kind of action: those it cannot do without, each with a request for it."""

    must: tuple[tuple[str, Text], ...] = ()
    may: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All details that this kind looks at."""
        return (*(name for name, _ in self.must), *self.may)


NOTHING = Needs()
WHICH_OUTPUT = text("Choose the output.")
WHICH_VALUE = text("Say which value it is to have.")
WHOM = text("Say who gets the e-mail.")
WHICH_WORDS = text("Write the note.")

NEEDS = {
    "log": Needs(may=("text", "level")),
    "webhook": Needs(may=("event_type",)),
    "email": Needs(must=(("to", WHOM),), may=("text",)),
    "output": Needs(
        must=(("event_public_id", WHICH_OUTPUT), ("value", WHICH_VALUE)),
        may=("over_s", "pulse_s"),
    ),
    "all_safe": NOTHING,
    "start_experiment": Needs(may=("name",)),
    "stop_experiment": NOTHING,
    "annotate": Needs(must=(("text", WHICH_WORDS),)),
}
