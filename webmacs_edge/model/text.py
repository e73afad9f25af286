"""Sentences for people that can be said in another language later.

As a `str` such a sentence is English: so it is compared, logged, stored and sent to programs. Where
it is printed into a page, or put into another sentence, it is in the language of who asks.
"""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from webmacs_edge.model.language import CURRENT, gettext, local, ngettext

MOST_KEPT = 2000  # characters of a sentence with how it was made


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


def joined(words: Sequence[str], by: str = "{some}, {more}") -> str:
    """Phrases in a row, each in the language of who reads it; "" for none."""
    if len(words) <= 1:
        return words[0] if words else ""
    half = len(words) // 2  # so that even a long row is not nested deeply
    return text(by, some=joined(words[:half], by), more=joined(words[half:], by))


def figure(value: float, how: str = "g", unit: str = "") -> Text:
    """A number in a sentence, formatted so, with the decimal sign of who reads it."""
    return text(f"{{value:{how}}}{' {unit}' if unit else ''}", value=value, unit=unit)


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
    more = {"many": words.many} if words.many else {}
    return {"message": words.message, **more, "values": values}


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


def kept(words: str | None) -> str | None:
    """For a column beside the English words: the sentence as JSON, so that it can be said later.

    None for plain words, and for what is beyond all measure: these are shown as they are.
    """
    if not isinstance(words, Text):
        return None
    whole = json.dumps(packed(words), ensure_ascii=False, separators=(",", ":"))
    return whole if len(whole) <= MOST_KEPT else None


def recalled(plain: str, stored: str | None) -> str:
    """The words of two such columns; the plain ones where the other holds nothing that we know."""
    if not stored:
        return plain
    try:
        return unpacked(json.loads(stored))
    except (ValueError, LookupError, TypeError, AttributeError):
        return plain


def say(words: str) -> str:
    """Words of either kind in the language of who asks."""
    return said(words) if isinstance(words, Text) else words


class _Number(float):
    """A number that a sentence writes as `{limit:g}`, with the decimal sign of who reads it."""

    def __format__(self, how: str) -> str:
        return local(super().__format__(how))


class _Count(int):
    """A number that a sentence writes as `{samples:,}`, with the sign of who reads it."""

    def __format__(self, how: str) -> str:
        return super().__format__(how).replace(",", CURRENT.get().group)


def _shown(value: Any) -> Any:
    if isinstance(value, float):
        return _Number(value)
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return _Count(value) if is_count else value


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
