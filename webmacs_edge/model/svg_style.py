"""Styles of a drawing as attributes, since pages take no styles but those of this appliance.

Whatever is read here comes from outside: each step takes as long as the text is long, no longer.
"""

import re
from collections.abc import Callable, Collection, Iterator

from webmacs_edge.model.svg_words import PROPERTIES

MAX_RULES = 500
_LONGEST_SELECTORS, _LONGEST_BODY = 500, 4000
_SELECTOR = re.compile(r"([.#]?)([A-Za-z_][\w\-]{0,99})", re.ASCII)
_BEFORE_SELECTORS = re.compile(r"[{;]")


def declared(style: str) -> Iterator[tuple[str, str]]:
    """The properties of a `style=` that may stay, as names and values."""
    for part in style.split(";"):
        name, colon, value = part.partition(":")
        name = name.strip().lower()
        if colon and name in PROPERTIES:
            yield name, _without_importance(value)


class Sheet:
    """The rules of `<style>` as far as they name one element, one class or one id.

    `kept` says what of a value may stay.
    """

    def __init__(self, kept: Callable[[str], str | None]) -> None:
        self._kept = kept
        self._rules: dict[tuple[str, str], dict[str, str]] = {}

    def read(self, words: str) -> None:
        """Take the rules of one style sheet."""
        for piece in _without_comments(words).split("}")[:-1]:
            before, brace, body = piece.rpartition("{")
            selectors = _BEFORE_SELECTORS.split(before)[-1]
            if brace and len(selectors) <= _LONGEST_SELECTORS and len(body) <= _LONGEST_BODY:
                self._take(selectors, body)

    def _take(self, selectors: str, body: str) -> None:
        properties = {
            name: kept for name, value in declared(body) if (kept := self._kept(value)) is not None
        }
        for selector in selectors.split(","):
            simple = _SELECTOR.fullmatch(selector.strip())
            if simple and len(self._rules) < MAX_RULES:
                self._rules.setdefault((simple[1], simple[2]), {}).update(properties)

    def properties(self, name: str, classes: Collection[str], public: str) -> dict[str, str]:
        """What the sheet says of an element: by its name, its classes, its id, in that order."""
        found: dict[str, str] = {}
        if self._rules:
            for kind, names in zip(("", ".", "#"), ([name], classes, [public]), strict=True):
                for one in names:
                    found |= self._rules.get((kind, one), {})
        return found


def _without_importance(value: str) -> str:
    words, mark, last = value.rpartition("!")
    return (words if mark and last.strip().lower() == "important" else value).strip()


def _without_comments(words: str) -> str:
    kept, *others = words.split("/*")
    return kept + "".join(it.partition("*/")[2] for it in others)
