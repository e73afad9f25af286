"""Every word of the pages is marked, collected and said in every language."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bench.messages import LOCALE, TOP, collect, compile_one, is_translated, read_catalogue

CATALOGUES = sorted(LOCALE.glob("*/LC_MESSAGES/webmacs.po"))
_PLACEHOLDERS = re.compile(r"%\(\w+\)s|%%|\{\w*[^{}\s]*\}")
_TAGS = re.compile(r"</?\w+")
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2,}")
_SAID_TO_PEOPLE = ("aria-label", "placeholder", "title", "alt", "data-label")
_NO_WORDS = ("code", "pre", "script", "style", "text")  # the letter in a mark
_SAME_EVERYWHERE = re.compile(
    r"(WebMACS Edge|API|CSV|JSON|UTC|PNG|SVG|OpenAPI|kB|MB|GB|ms|scan_hz)"
)


class Words(HTMLParser):
    """Words of a template that stand outside of `_()`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = 0

    def handle_starttag(self, tag, attributes):
        self._inside += tag in _NO_WORDS
        self.found += [said or "" for name, said in attributes if name in _SAID_TO_PEOPLE]

    def handle_endtag(self, tag):
        self._inside -= tag in _NO_WORDS

    def handle_data(self, data):
        if not self._inside:
            self.found.append(data)


def unmarked(template: str) -> list[str]:
    words = Words()
    words.feed(_JINJA.sub("", template))
    texts = (_SAME_EVERYWHERE.sub("", it).strip() for it in words.found)
    return [it for it in texts if _WORD.search(it)]


def test_words_outside_of_the_markup_for_languages_are_found():
    template = '<p title="Two">{{ _("One") }} of {{ x }}</p><code>GET</code><b>%</b>'

    assert unmarked(template) == ["Two", "of"]


@pytest.mark.parametrize(
    "path",
    sorted((TOP / "templates").rglob("*.html")),
    ids=lambda it: it.parent.name + "/" + it.name,
)
def test_a_template_marks_every_word(path: Path):
    found = unmarked(path.read_text(encoding="utf-8"))

    assert found == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda it: it.parent.parent.name)
def test_a_language_says_everything(path: Path):
    catalogue = read_catalogue(path)

    wanted = {it.id for it in collect() if it.id}
    missing = [
        it
        for it in wanted
        if not (said := catalogue.get(it if isinstance(it, str) else it[0]))
        or not is_translated(said)
    ]
    fuzzy = [it.id for it in catalogue if it.id and "fuzzy" in it.flags]

    assert (missing, fuzzy) == ([], []), "run: make messages, then translate"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda it: it.parent.parent.name)
def test_a_translation_keeps_placeholders_and_tags(path: Path):
    differing = []
    for message in read_catalogue(path):
        pairs: list[tuple[Any, Any]] = [(message.id, message.string)]
        if isinstance(message.id, tuple):
            many: Any = message.string
            pairs = [(message.id[1], many[1])]  # one may leave the number out
        for pattern in (_PLACEHOLDERS, _TAGS) if message.id else ():
            differing += [
                pair
                for pair in pairs
                if sorted(pattern.findall(pair[0])) != sorted(pattern.findall(pair[1]))
            ]

    assert differing == []


def test_a_catalogue_is_compiled_to_the_same_bytes_at_any_time(tmp_path: Path):
    path = tmp_path / "de" / "LC_MESSAGES" / "webmacs.po"
    path.parent.mkdir(parents=True)
    path.write_bytes(CATALOGUES[0].read_bytes())

    compile_one(path)

    compiled = path.with_suffix(".mo").read_bytes()
    assert re.findall(rb"-Date: ([^\n]*)", compiled) == [b"2000-01-01 00:00+0000"] * 2
