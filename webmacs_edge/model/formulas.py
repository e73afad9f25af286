"""The language of derived channels: its words and its grammar; nothing is ever executed as Python.

`[Heater power] * 2 + mean([Air flow], 60)`. A channel stands in brackets by its name, or in braces
by its public id, which is how formulas are stored: a new name of a channel changes no formula.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
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
_COMPARISONS = {"<", ">", "<=", ">=", "==", "!="}
CONSTANTS = {"pi": math.pi, "e": math.e}
_WORDS = {"and", "or", "not"}

# function: least and most arguments
PLAIN = {
    "abs": (1, 1), "sqrt": (1, 1), "exp": (1, 1), "ln": (1, 1), "log10": (1, 1), "sin": (1, 1),
    "cos": (1, 1), "tan": (1, 1), "floor": (1, 1), "ceil": (1, 1), "round": (1, 2),
    "min": (2, 10), "max": (2, 10), "clamp": (3, 3), "if": (3, 3),
}  # fmt: skip
REMEMBERING = {
    "rate": (1, 2), "delta": (1, 2), "mean": (2, 2), "integral": (1, 2), "total": (1, 2),
}  # fmt: skip
_FUNCTIONS = PLAIN | REMEMBERING
_WITH_SECONDS = {"rate", "delta", "mean"}  # their second argument is a constant number of seconds


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number, name, channel, id, sign, end
    word: str
    at: int


def parse(formula: str, find: Find = lambda _name: None) -> Node:
    """The formula as a tree; InvalidError says what is wrong at which character."""
    if len(formula) > MAX_CHARACTERS:
        raise InvalidError(
            text("A formula has {most} characters at most.", most=MAX_CHARACTERS), field="formula"
        )
    parser = _Parser(list(_tokens(formula)), find)
    return parser.whole()


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


def _tokens(formula: str) -> Iterator[_Token]:
    at = 0
    while formula[at:].strip():
        match = _TOKEN.match(formula, at)
        if match is None:
            at += len(formula[at:]) - len(formula[at:].lstrip())
            raise fault(at, text("“{sign}” means nothing here.", sign=formula[at]))
        kind = str(match.lastgroup)
        word = match[kind]
        yield _Token(kind, _SAME.get(word, word) if kind == "sign" else word, _start(match))
        at = match.end()
    yield _Token("end", "", len(formula))


def _start(match: re.Match[str]) -> int:
    return match.start() + len(match[0]) - len(match[0].lstrip())


class _Parser:
    """Reads tokens from left to right; one method per level of binding, the loosest first."""

    def __init__(self, tokens: Sequence[_Token], find: Find) -> None:
        self._tokens = tokens
        self._find = find
        self._next = 0
        self._nodes = self._cells = self._depth = 0

    def whole(self) -> Node:
        """All of it."""
        if self._here.kind == "end":
            raise fault(0, text("the formula is empty. Write something like [Flow A] + [Flow B]."))
        node = self._either()
        if self._here.kind != "end":
            raise fault(self._here.at, text("an operator is missing before “{w}”.", w=self._shown))
        return node

    @property
    def _here(self) -> _Token:
        return self._tokens[self._next]

    @property
    def _shown(self) -> str:
        here = self._here
        return {"channel": f"[{here.word}]", "id": f"{{{here.word}}}"}.get(here.kind, here.word)

    def _take(self) -> _Token:
        token = self._here
        self._next += token.kind != "end"
        return token

    def _is(self, *words: str) -> bool:
        return self._here.kind in ("sign", "name") and self._here.word in words

    def _call(self, name: str, arguments: Sequence[Node], at: int) -> Call:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise fault(at, text("the formula is too long. Make a channel of a part of it."))
        return Call(name, tuple(arguments), at)

    def _either(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise fault(self._here.at, text("too many brackets within one another."))
        node = self._chain(("or",), lambda: self._chain(("and",), self._negated))
        self._depth -= 1
        return node

    def _chain(self, signs: Sequence[str], part: Callable[[], Node]) -> Node:
        node = part()
        while self._is(*signs):
            sign = self._take()
            node = self._call(sign.word, (node, part()), sign.at)
        return node

    def _negated(self) -> Node:
        if not self._is("not"):
            return self._comparison()
        sign = self._take()
        return self._call("not", (self._deeper(self._negated),), sign.at)

    def _comparison(self) -> Node:
        node = self._sum()
        if not self._is(*_COMPARISONS):
            return node
        sign = self._take()
        node = self._call(sign.word, (node, self._sum()), sign.at)
        if self._is(*_COMPARISONS):
            raise fault(self._here.at, text("only two things can be compared; join by “and”."))
        return node

    def _sum(self) -> Node:
        return self._chain(("+", "-"), lambda: self._chain(("*", "/"), self._signed))

    def _signed(self) -> Node:
        if not self._is("-", "+"):
            return self._power()
        sign = self._take()
        inner = self._deeper(self._signed)
        return inner if sign.word == "+" else self._call("neg", (inner,), sign.at)

    def _power(self) -> Node:
        node = self._atom()
        if not self._is("^"):
            return node
        sign = self._take()
        return self._call("^", (node, self._deeper(self._signed)), sign.at)

    def _deeper(self, part: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise fault(self._here.at, text("too many signs after one another."))
        node = part()
        self._depth -= 1
        return node

    def _atom(self) -> Node:
        token = self._take()
        match token.kind:
            case "number":
                return self._number(token)
            case "channel" | "id":
                return self._reference(token)
            case "name":
                return self._named(token)
        if token.word == "(":
            node = self._either()
            self._close(token)
            return node
        if token.kind == "end":
            raise fault(token.at, text("something is missing at the end."))
        raise fault(token.at, text("a number or a channel is missing before “{w}”.", w=token.word))

    def _number(self, token: _Token) -> Number:
        value = float(token.word)
        if not math.isfinite(value):
            raise fault(token.at, text("this number is too large."))
        self._nodes += 1
        return Number(value, token.at)

    def _reference(self, token: _Token) -> Reference:
        public_id = token.word if token.kind == "id" else self._find(token.word.strip())
        if public_id is None:
            raise fault(
                token.at, text("there is no channel “{name}”.", name=token.word.strip()[:100])
            )
        self._nodes += 1
        return Reference(public_id, token.at)

    def _named(self, token: _Token) -> Node:
        if self._is("("):
            return self._function(token)
        if token.word in CONSTANTS:
            return Number(CONSTANTS[token.word], token.at)
        if token.word in _FUNCTIONS:
            raise fault(token.at, text("after {name} comes a bracket: {name}(…).", name=token.word))
        if token.word in _WORDS:
            raise fault(token.at, text("something is missing before “{name}”.", name=token.word))
        raise fault(
            token.at,
            text("write the name of a channel in brackets: [{name}].", name=token.word[:100]),
        )

    def _function(self, token: _Token) -> Node:
        name, opening = token.word, self._take()
        if name not in _FUNCTIONS:
            known = ", ".join(sorted(_FUNCTIONS))
            raise fault(token.at, text("there is no function {name}. There are {known}.",
                        name=name[:100], known=known))  # fmt: skip
        arguments = [] if self._is(")") else [self._either()]
        while self._is(","):
            self._take()
            arguments.append(self._either())
        self._close(opening)
        _check_count(token, len(arguments))
        node = self._call(name, arguments, token.at)
        if name in REMEMBERING:
            self._check_remembering(node)
        return node

    def _check_remembering(self, node: Call) -> None:
        self._cells += 1
        if self._cells > MAX_CELLS:
            raise fault(
                node.at, text("there are too many functions of time. Make further channels.")
            )
        if node.name == "total" and not isinstance(node.arguments[0], Reference):
            raise fault(node.at, text("total counts on from one channel: total([Pulses])."))
        if node.name not in _WITH_SECONDS or len(node.arguments) == 1:
            return
        seconds = node.arguments[1]
        if not isinstance(seconds, Number) or not 0 < seconds.value <= LONGEST_S:
            raise fault(seconds.at, text("the time of {name} is a number of seconds, from above 0 to 86400.",
                name=node.name))  # fmt: skip

    def _close(self, opening: _Token) -> None:
        if not self._is(")"):
            raise fault(self._here.at, text("the bracket of character {at} is not closed.",
                        at=opening.at + 1))  # fmt: skip
        self._take()


def _check_count(token: _Token, count: int) -> None:
    least, most = _FUNCTIONS[token.word]
    if least <= count <= most:
        return
    wanted = str(least) if least == most else f"{least} to {most}"
    raise fault(token.at, text("{name} takes {wanted} values, not {count}.",
                name=token.word, wanted=wanted, count=count))  # fmt: skip
