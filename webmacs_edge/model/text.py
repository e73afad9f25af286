"""Sentences for people that can be said in another language later."""

from typing import Any


class Text(str):
    """An English sentence that remembers how it was made, so that a page can translate it."""

    __slots__ = ("message", "values")

    message: str
    values: dict[str, Any]


def text(message: str, /, **values: object) -> Text:
    """The sentence with its values filled in, as by `str.format`; the message itself is a literal.

    `text("There is no event {public_id}.", public_id=asked)`: the literal is what translators see.
    """
    said = Text(message.format(**values) if values else message)
    said.message, said.values = message, values
    return said
