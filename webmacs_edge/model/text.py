"""Sentences for people that can be said in another language later.

As a `str` such a sentence is English: so it is compared, logged, stored and sent to programs. Where
it is printed into a page, or put into another sentence, it is in the language of who asks.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from webmacs_edge.model.language import gettext, local, ngettext


class Text(str):
    """An English sentence that remembers how it was made."""

    __slots__ = ("many", "message", "values")

    message: str
    many: str  # the message for several; "" where nothing is counted
    values: dict[str, Any]

    def __str__(self) -> str:
        """Itself: `str(error)` must not forget how the sentence was made."""
        return self

    def __format__(self, how: str) -> str:
        """In a sentence around it."""
        return format(said(self), how)

    def __html__(self) -> str:
        """In a page."""
        return escape(said(self))


def text(message: str, /, **values: object) -> Text:
    """The sentence with its values filled in, as by `str.format`; the message itself is a literal.

    `text("There is no event {public_id}.", public_id=asked)`: the literal is what translators see.
    """
    return _made(message, values, message)


def counted(one: str, many: str, number: int, /, **values: object) -> Text:
    """The sentence for that many: `counted("1 day", "{days} days", number, days=count(number))`."""
    sentence = _made(one if number == 1 else many, values, one, many=many)
    sentence.values[""] = number
    return sentence


def joined(words: Sequence[str]) -> str:
    """Phrases in a row, each in the language of who reads it; "" for none."""
    row = words[0] if words else ""
    for more in words[1:]:
        row = text("{phrases}, {phrase}", phrases=row, phrase=more)
    return row


def said(sentence: Text) -> str:
    """The sentence in the language of who asks."""
    values = {name: _shown(value) for name, value in sentence.values.items()}
    if sentence.many:
        return ngettext(sentence.message, sentence.many, values[""]).format(**values)
    words = gettext(sentence.message)
    return words.format(**values) if values else words


def packed(words: str) -> object:
    """A sentence for a store of JSON, with what it remembers of itself; plain words as they are."""
    if not isinstance(words, Text):
        return words
    values = {name: _packed(it) for name, it in words.values.items()}
    return {"message": words.message, "many": words.many, "values": values}


def _packed(value: Any) -> object:
    if isinstance(value, str):
        return packed(value)
    return value if value is None or isinstance(value, int | float) else str(value)


def unpacked(stored: Any) -> str:
    """What was packed."""
    if isinstance(stored, str):
        return stored
    values = {name: _unpacked(it) for name, it in stored["values"].items()}
    number = values.pop("", None)
    if number is not None:
        return counted(stored["message"], stored["many"], number, **values)
    return _made(stored["message"], values, stored["message"])


def _unpacked(value: Any) -> Any:
    return unpacked(value) if isinstance(value, dict) else value


def say(words: str) -> str:
    """Words of either kind in the language of who asks."""
    return said(words) if isinstance(words, Text) else words


class _Number(float):
    """A number that a sentence writes as `{limit:g}`, with the decimal sign of who reads it."""

    def __format__(self, how: str) -> str:
        return local(super().__format__(how))


def _shown(value: Any) -> Any:
    return _Number(value) if isinstance(value, float) else value


def _made(words: str, given: dict[str, Any], message: str, *, many: str = "") -> Text:
    values = {
        name: str(value) if isinstance(value, Exception) else value for name, value in given.items()
    }
    english = {name: _english(value) for name, value in values.items()}
    sentence = Text(words.format(**english) if values else words)
    sentence.message, sentence.many, sentence.values = message, many, values
    return sentence


def _english(value: Any) -> Any:
    return str.__str__(value) if isinstance(value, Text) else value
