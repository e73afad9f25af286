"""The language of derived channels: its words and its grammar; nothing is ever executed as Python.

`[Heater power] * 2 + mean([Air flow], 60)`. A channel stands in brackets by its name, or in braces
by its public id, which is how formulas are stored: a new name of a channel changes no formula.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text

MAX_CHARACTERS = 2000
MAX_NODES = 250
MAX_DEPTH = 40
MAX_CELLS = 20  # functions that remember something
LONGEST_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float
    at: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A channel, by its public id."""

    public_id: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a function with what it works on; `at` is its place in the text."""

    name: str
    arguments: "tuple[Node, ...]"
    at: int


Node = Number | Reference | Call

Find = Callable[[str], str | None]  # name of a channel -> its public id

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|\[(?P<channel>[^\[\]]*)\]|\{(?P<id>[^{}]*)\}"
    r"|(?P<sign><=|>=|==|!=|[-+*/^(),<>=−×·÷≤≥≠]))"
)  # fmt: skip
_SAME = {"−": "-", "×": "*", "·": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "=": "=="}
COMPARISONS = {"<", ">", "<=", ">=", "==", "!="}
CONSTANTS = {"pi": math.pi, "e": math.e}
WORDS = {"and", "or", "not"}

# function: least and most arguments
PLAIN = {
    "abs": (1, 1), "sqrt": (1, 1), "exp": (1, 1), "ln": (1, 1), "log10": (1, 1), "sin": (1, 1),
    "cos": (1, 1), "tan": (1, 1), "floor": (1, 1), "ceil": (1, 1), "round": (1, 2),
    "min": (2, 10), "max": (2, 10), "clamp": (3, 3), "if": (3, 3),
}  # fmt: skip
REMEMBERING = {
    "rate": (1, 2), "delta": (1, 2), "mean": (2, 2), "integral": (1, 2), "total": (1, 2),
}  # fmt: skip
FUNCTIONS = PLAIN | REMEMBERING
WITH_SECONDS = {"rate", "delta", "mean"}  # their second argument is a constant number of seconds


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a sign of a formula, and where it stands."""

    kind: str  # number, name, channel, id, sign, end
    word: str
    at: int


def references(node: Node) -> Iterator[Reference]:
    """The channels in a tree, from left to right."""
    if isinstance(node, Reference):
        yield node
    elif isinstance(node, Call):
        for argument in node.arguments:
            yield from references(argument)


def rename(formula: str, name_of: Callable[[str], str | None]) -> str:
    """A stored formula as people read it: with names in place of public ids."""

    def named(match: re.Match[str]) -> str:
        name = name_of(match[1])
        return match[0] if name is None or set("[]") & set(name) else f"[{name}]"

    return re.sub(r"\{([^{}]*)\}", named, formula)


def pin(formula: str, find: Find) -> str:
    """A formula as it is stored: with public ids in place of names."""

    def pinned(match: re.Match[str]) -> str:
        public_id = find(match[1].strip())
        return match[0] if public_id is None else f"{{{public_id}}}"

    return re.sub(r"\[([^\[\]]*)\]", pinned, formula)


def canonical(node: Node) -> str:
    """The same text for the same tree: by it a remembering function finds what it knew."""
    match node:
        case Number():
            return repr(node.value)
        case Reference():
            return f"{{{node.public_id}}}"
        case Call():
            return f"{node.name}({','.join(canonical(it) for it in node.arguments)})"


def fault(at: int, what: str) -> InvalidError:
    """What is wrong, with its place."""
    return InvalidError(text("At character {at}: {what}", at=at + 1, what=what), field="formula")


def tokens(formula: str) -> Iterator[Token]:
    """The words and signs of a formula; the last one says that it is over."""
    at = 0
    while formula[at:].strip():
        match = _TOKEN.match(formula, at)
        if match is None:
            at += len(formula[at:]) - len(formula[at:].lstrip())
            raise fault(at, text("“{sign}” means nothing here.", sign=formula[at]))
        kind = str(match.lastgroup)
        word = match[kind]
        yield Token(kind, _SAME.get(word, word) if kind == "sign" else word, _start(match))
        at = match.end()
    yield Token("end", "", len(formula))


def _start(match: re.Match[str]) -> int:
    return match.start() + len(match[0]) - len(match[0].lstrip())
