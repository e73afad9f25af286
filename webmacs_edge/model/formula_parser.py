"""Reads the text of a formula into its tree, or says what is wrong at which character."""

import math
from collections.abc import Callable, Sequence

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.formulas import (
    COMPARISONS,
    CONSTANTS,
    FUNCTIONS,
    LONGEST_S,
    MAX_CELLS,
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_NODES,
    REMEMBERING,
    WITH_SECONDS,
    WORDS,
    Call,
    Find,
    Node,
    Number,
    Reference,
    Token,
    fault,
    tokens,
)
from webmacs_edge.model.text import text


def parse(formula: str, find: Find = lambda _name: None) -> Node:
    """The formula as a tree; InvalidError says what is wrong at which character."""
    if len(formula) > MAX_CHARACTERS:
        raise InvalidError(
            text("A formula has {most} characters at most.", most=MAX_CHARACTERS), field="formula"
        )
    parser = _Parser(list(tokens(formula)), find)
    return parser.whole()


class _Parser:
    """Reads tokens from left to right; one method per level of binding, the loosest first."""

    def __init__(self, tokens: Sequence[Token], find: Find) -> None:
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
    def _here(self) -> Token:
        return self._tokens[self._next]

    @property
    def _shown(self) -> str:
        here = self._here
        return {"channel": f"[{here.word}]", "id": f"{{{here.word}}}"}.get(here.kind, here.word)

    def _take(self) -> Token:
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
        if not self._is(*COMPARISONS):
            return node
        sign = self._take()
        node = self._call(sign.word, (node, self._sum()), sign.at)
        if self._is(*COMPARISONS):
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

    def _number(self, token: Token) -> Number:
        value = float(token.word)
        if not math.isfinite(value):
            raise fault(token.at, text("this number is too large."))
        self._nodes += 1
        return Number(value, token.at)

    def _reference(self, token: Token) -> Reference:
        public_id = token.word if token.kind == "id" else self._find(token.word.strip())
        if public_id is None:
            raise fault(
                token.at, text("there is no channel “{name}”.", name=token.word.strip()[:100])
            )
        self._nodes += 1
        return Reference(public_id, token.at)

    def _named(self, token: Token) -> Node:
        if self._is("("):
            return self._function(token)
        if token.word in CONSTANTS:
            return Number(CONSTANTS[token.word], token.at)
        if token.word in FUNCTIONS:
            raise fault(token.at, text("after {name} comes a bracket: {name}(…).", name=token.word))
        if token.word in WORDS:
            raise fault(token.at, text("something is missing before “{name}”.", name=token.word))
        raise fault(
            token.at,
            text("write the name of a channel in brackets: [{name}].", name=token.word[:100]),
        )

    def _function(self, token: Token) -> Node:
        name, opening = token.word, self._take()
        if name not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
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
        if node.name not in WITH_SECONDS or len(node.arguments) == 1:
            return
        seconds = node.arguments[1]
        if not isinstance(seconds, Number) or not 0 < seconds.value <= LONGEST_S:
            words = text(
                "the time of {name} is a number of seconds, from above 0 to 86400.", name=node.name
            )
            raise fault(seconds.at, words)

    def _close(self, opening: Token) -> None:
        if not self._is(")"):
            words = text("the bracket of character {at} is not closed.", at=opening.at + 1)
            raise fault(self._here.at, words)
        self._take()


def _check_count(token: Token, count: int) -> None:
    least, most = FUNCTIONS[token.word]
    if least <= count <= most:
        return
    wanted = str(least) if least == most else f"{least} to {most}"
    raise fault(token.at, text("{name} takes {wanted} values, not {count}.",
                name=token.word, wanted=wanted, count=count))  # fmt: skip
