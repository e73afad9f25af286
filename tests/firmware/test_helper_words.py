"""What the root helper says is known again, whole and in every language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.languages import in_german
from webmacs_edge.firmware.helper_words import helper_words
from webmacs_edge.model.text import Text, say

UPDATER = Path(__file__).parents[2] / "debian/updater/webmacs_updater"
# For the journal of the system alone, steps between files, and words from elsewhere.
TOLD_TO_NOBODY = (
    "Usage", "It has ended", "The update was interrupted", "The interrupted update has",
    "There is no request", "Refused: ", "The helper itself", "The console cannot", "The journal of",
    "The installed package is damaged. Run", "install ok", "locked by", "rename ", "remove ",
    "put 7", "take 7", "No space left", "7 7", "7: 7", "Going back from version",
)  # fmt: skip
FRAGMENTS = (
    "It was started after",
    "first well",
    "The power was cut",
    "7 Going back",
)  # put together elsewhere


def sentences(source: str) -> Iterator[str]:
    """Every text of some words in it, with a 7 for each value."""
    tree = ast.parse(source)
    left_out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(it) for it in node.values}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))  # a docstring
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(it.value) if isinstance(it, ast.Constant) else "7" for it in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def told_to_people() -> list[str]:
    found = [
        words.strip()
        for path in sorted(UPDATER.glob("*.py"))
        for words in sentences(path.read_text(encoding="utf-8"))
    ]
    apart = (*TOLD_TO_NOBODY, *FRAGMENTS)
    return [it for it in found if " " in it and len(it) > 12 and not it.startswith(apart)]


@pytest.mark.parametrize("words", told_to_people())
def test_each_sentence_of_the_helper_is_known(words: str):
    known = helper_words(words)

    assert isinstance(known, Text)
    assert known == words


@pytest.mark.parametrize(
    ("told", "german"),
    [
        (
            "Version 2.1.0 does not answer. It was started after 3.2 s, first well 1.0 s later. "
            "The box was busy: a load of 9.1 on 4 cores.",
            "Version 2.1.0 antwortet nicht. Sie wurde nach 3.2 s gestartet und lief 1.0 s später "
            "zum ersten Mal gut. Das System war ausgelastet: eine Last von 9.1 auf 4 Kernen.",
        ),
        (
            "The power was cut, or the box was restarted, while the update was prepared. "
            "Nothing was changed.",
            "Der Strom fiel aus oder das System wurde neu gestartet, während das Update "
            "vorbereitet wurde. Es wurde nichts geändert.",
        ),
        (
            "Version 2 does not answer. Going back to 1 has not worked: the package is damaged.",
            "Version 2 antwortet nicht. Die Rückkehr zu 1 ist nicht gelungen: das Paket ist "
            "beschädigt.",
        ),
        (
            "The package could not be installed: dpkg: error processing archive",
            "Das Paket ließ sich nicht installieren: dpkg: error processing archive",
        ),
    ],
)
def test_they_are_read_in_german(told: str, german: str):
    with in_german():
        assert say(helper_words(told)) == german


@pytest.mark.parametrize(
    "told", ["", "Something new.", "Version 1 does not answer. Something new."]
)
def test_what_is_not_known_stays_as_it_is(told: str):
    assert helper_words(told) == told
