"""Styles of a drawing as attributes, since pages take no styles but those of this appliance."""

import re
from collections.abc import Collection, Iterator

from webmacs_edge.model.svg_words import PROPERTIES

MAX_RULES = 500
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}@;]{1,500})\{([^{}]{0,4000})\}")
_SELECTOR = re.compile(r"([.#]?)([A-Za-z_][\w\-]{0,99})", re.ASCII)
_IMPORTANT = re.compile(r"\s*!\s*important\s*$")


def declared(style: str) -> Iterator[tuple[str, str]]:
    """The properties of a `style=` that may stay, as names and values."""
    for part in style.split(";"):
        name, colon, value = part.partition(":")
        name = name.strip().lower()
        if colon and name in PROPERTIES:
            yield name, _IMPORTANT.sub("", value).strip()


class Sheet:
    """The rules of `<style>` as far as they name one element, one class or one id."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str], dict[str, str]] = {}

    def read(self, words: str) -> None:
        """Take the rules of one style sheet."""
        for selectors, body in _RULE.findall(_COMMENT.sub("", words)):
            properties = dict(declared(body))
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
