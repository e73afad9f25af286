"""Every sentence of the code gets the values that it names, and no others."""

import ast
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from bench.messages import TOP

_OURS = re.compile(r"^from webmacs_edge\.model\.text import ([\w, ]+)", re.MULTILINE)


def faults(source: str) -> list[str]:
    """What is wrong with the sentences of a module."""
    imported = _OURS.search(source)
    makers = set(imported[1].split(", ")) & {"text", "counted"} if imported else set()
    if not makers:
        return []
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    calls = [it for it in nodes if isinstance(it, ast.Call)]
    ours = [it for it in calls if isinstance(it.func, ast.Name) and it.func.id in makers]
    plain = {
        name.id
        for it in nodes
        if isinstance(it, ast.Assign) and isinstance(it.value, ast.Constant)
        for name in it.targets
        if isinstance(name, ast.Name)
    }
    unseen = [it for it in ours if isinstance(it.args[0], ast.Name) and it.args[0].id in plain]
    return [
        *(f"line {it.lineno}: {fault}" for it in ours for fault in _faults(it)),
        *(f"line {it.lineno}: no translator sees the literal" for it in unseen),
    ]


def _faults(call: ast.Call) -> Iterator[str]:
    given = {it.arg or "**" for it in call.keywords}
    constants = [it.value for it in call.args if isinstance(it, ast.Constant)]
    messages = [it for it in constants if isinstance(it, str)]
    named: set[str] = set()
    for message in messages if given else ():
        try:
            found = {name for _, name, _, _ in Formatter().parse(message) if name is not None}
        except ValueError as error:
            yield f"{message!r}: {error}"
            return
        yield from (f"{{{it}}} is no name" for it in sorted(found) if not it.isidentifier())
        named |= found
    if messages and "**" not in given and named != given:
        yield f"names {sorted(named)}, is given {sorted(given)}"


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ('text("{a} of {b:g}", a=1, b=2)', 0),
        ('text("A JSON object, such as {}.")', 0),
        ('counted("1 day", "{days} days", 3, days="3")', 0),
        ('text("{a} of {b}", a=1)', 1),
        ('text("{a}", a=1, b=2)', 1),
        ('text("{a} and {", a=1)', 1),
        ('text("{a.name}", a=1)', 2),
        ('text("none", a=1)', 1),
        ('words = "{a}"\ntext(words, a=1)', 1),
    ],
)
def test_a_sentence_that_lacks_a_value_is_found(call: str, found: int):
    assert len(faults(f"from webmacs_edge.model.text import counted, text\n{call}\n")) == found


def test_every_sentence_gets_the_values_that_it_names():
    found = {
        str(path.relative_to(TOP)): wrong
        for path in sorted((TOP / "webmacs_edge").rglob("*.py"))
        if (wrong := faults(path.read_text(encoding="utf-8")))
    }

    assert found == {}
