"""The security document names tests that exist, and what it says of the source is so."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_REQUIREMENTS = (
    "CR 1.1 ", "CR 1.11 ", "CR 2.1 ", *(f"CR 2.{n} " for n in range(5, 13)), "CR 3.4 ", "CR 3.6 ",
    "CR 3.10 ", *(f"CR 7.{n} " for n in range(1, 5)), *(f"5.{n}" for n in range(1, 14)),
)  # fmt: skip
_EVALUATING = frozenset({"eval", "exec", "compile", "system", "popen", "create_subprocess_shell"})


@pytest.mark.parametrize(("file", "name"), sorted(set(_NAMED.findall(DOCUMENT))))
def test_each_named_test_exists(file: str, name: str):
    source = (ROOT / file).read_text(encoding="utf-8")

    assert not name or re.search(rf"^(?:async )?def {name}\(", source, re.MULTILINE)


@pytest.mark.parametrize("requirement", _REQUIREMENTS)
def test_each_requirement_of_the_issue_has_a_row(requirement: str):
    assert f"\n| {requirement}" in DOCUMENT


def test_a_row_names_a_test_or_says_why_not():
    rows = [line for line in DOCUMENT.splitlines() if re.match(r"\| (?:CR )?\d", line)]

    bare = [row for row in rows if not re.search(r"tests/|\| – \|", row)]

    assert len(rows) > 60
    assert bare == []


def test_nothing_is_evaluated_or_handed_to_a_shell():
    found = {
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in (ROOT / "webmacs_edge").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _is_evaluating(node)
    }

    assert found == set()


def _is_evaluating(call: ast.Call) -> bool:
    if any(word.arg == "shell" for word in call.keywords):
        return True
    if isinstance(call.func, ast.Name):
        return call.func.id in {"eval", "exec", "compile"}
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = call.func.value.id if isinstance(call.func.value, ast.Name) else ""
    return call.func.attr in _EVALUATING and owner in {"os", "builtins", "asyncio"}
