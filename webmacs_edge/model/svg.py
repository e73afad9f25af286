"""Drawings that people upload: only shapes and words are left of an SVG, nothing that can act.

What is kept is on a list; all else is dropped: scripts, handlers, styles, links to elsewhere,
foreign content, animation. Ids and what points to them carry `MARK`, so that a page can put several
drawings into one document: see `placed`.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from xml.parsers import expat

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.pixels import MAX_PIXELS, raster_kind, size_of
from webmacs_edge.model.svg_style import Sheet, declared
from webmacs_edge.model.svg_tree import (
    MARK,
    MAX_DEPTH,
    MAX_DRAWN,
    MAX_ELEMENTS,
    Counting,
    Element,
    dress,
    measure,
    too_much,
    write,
)
from webmacs_edge.model.svg_words import (
    ATTRIBUTES,
    ELEMENTS,
    FUNCTIONS,
    REFERRING,
    WITH_WORDS,
    WORDS_ONLY,
)
from webmacs_edge.model.text import text

MAX_BYTES = 512 * 1024
MAX_PARTS = 2000
MAX_CALLS = 100  # of functions in one value, such as `translate(1 2)`

_SVG, _XLINK = "http://www.w3.org/2000/svg ", "http://www.w3.org/1999/xlink "
_ID = re.compile(r"[A-Za-z_][\w.\-]{0,99}", re.ASCII)
_LOCAL_URL = re.compile(r"url\(\s*[\"']?#([A-Za-z_][\w.\-]{0,99})[\"']?\s*\)", re.ASCII)
_LOCAL = re.compile(r"#([A-Za-z_][\w.\-]{0,99})", re.ASCII)
_PICTURE = re.compile(r"data:image/(?:png|jpeg|webp);base64,([A-Za-z0-9+/=\s]+)")
_LAST_NAME, _LONGEST_NAME = re.compile(r"[A-Za-z\-]*\s?\Z"), 30
_HARMLESS = re.compile(r"[^\\<>{};@\x00-\x08]*")


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is left of an SVG; `dropped` counts what was left out, by its name."""

    content: str  # with marked ids
    width: float
    height: float
    parts: tuple[str, ...]  # the ids in it
    dropped: Mapping[str, int]


def clean_svg(content: bytes) -> Drawing:
    """The drawing without anything that could act; InvalidError when it is none, or too large."""
    if len(content) > MAX_BYTES:
        raise InvalidError(
            text("The drawing is larger than {most} KiB.", most=MAX_BYTES // 1024), field="file"
        )
    reader = _Reader()
    try:
        reader.read(content)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise InvalidError(
            text("This is no SVG that can be read. Save it as plain SVG and upload it again."),
            field="file",
        ) from error
    root = reader.root
    if root is None or root.name != "svg":
        raise InvalidError(text("This is XML, but no SVG."), field="file")
    dress(root, reader.sheet)
    if Counting(reader.named).of(root) > MAX_DRAWN:
        raise too_much()
    width, height = measure(root)
    written = "".join(write(root))
    if len(written.encode()) > MAX_BYTES:
        raise too_much()
    return Drawing(written, width, height, tuple(reader.named)[:MAX_PARTS], reader.dropped)


def placed(content: str, prefix: str) -> str:
    """The drawing for one place in a document; `prefix` makes its ids its own."""
    return content.replace(MARK, prefix)


class _Reader:
    """Builds the tree of what may stay while the file is read."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.named: dict[str, Element] = {}
        self.dropped: dict[str, int] = {}
        self.sheet = Sheet(_kept)
        self._pixels = 0  # of all images within
        self._open: list[Element] = []
        self._skipping = 0  # how deep inside something that is dropped
        self._elements = 0
        self._rules: list[str] | None = None  # of the style sheet that is being read

    def read(self, content: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._say
        parser.EntityDeclHandler = _refuse_entity
        parser.ExternalEntityRefHandler = _refuse_entity
        parser.StartDoctypeDeclHandler = _refuse_inner_doctype
        parser.Parse(content, True)  # noqa: FBT003 it has no name

    def _start(self, full: str, given: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(self._open) + self._skipping >= MAX_DEPTH:
            raise too_much()
        name = full.removeprefix(_SVG)
        in_words = bool(self._open) and self._open[-1].name in WORDS_ONLY
        if not self._skipping and name in ELEMENTS and not in_words:
            self._open.append(self._element(ELEMENTS[name], given))
            return
        if not self._skipping and name == "style":
            self._rules = []
        elif not self._skipping:
            self._drop(name.rpartition(" ")[2])
        self._skipping += 1

    def _element(self, name: str, given: dict[str, str]) -> Element:
        element = Element(name, classes=tuple(dict.fromkeys(given.get("class", "").split())))
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = self.root or element
        for full, value in given.items():
            self._take(element, full.removeprefix(_XLINK), value.strip())
        for key, value in declared(given.get("style", "")):
            kept = _kept(value)
            if kept is not None:
                element.style[key] = kept
        return element

    def _take(self, element: Element, name: str, value: str) -> None:
        if name == "id":
            if _ID.fullmatch(value) and value not in self.named:
                self.named[value] = element
                element.attributes |= {"id": MARK + value, "data-part": value}
        elif name == "href":
            self._refer(element, value)
        elif name in ATTRIBUTES and (kept := _kept(value)) is not None:
            element.attributes[name] = kept
        elif name.lower().startswith("on"):
            self._drop(name)

    def _refer(self, element: Element, target: str) -> None:
        local = _LOCAL.fullmatch(target)
        if local and element.name in REFERRING:
            element.attributes["href"] = f"#{MARK}{local[1]}"
        elif element.name == "image" and self._has_room_for(target):
            element.attributes["href"] = target
        else:
            self._drop("href")

    def _has_room_for(self, target: str) -> bool:
        """Whether it is an image by itself that browsers can unpack."""
        given = _PICTURE.fullmatch(target)
        if given is None:
            return False
        try:
            content = b64decode(given[1])
            width, height = size_of(raster_kind(content), content)
        except (ValueError, InvalidError):
            return False
        self._pixels += width * height
        return self._pixels <= MAX_PIXELS

    def _drop(self, name: str) -> None:
        self.dropped[name[:40]] = self.dropped.get(name[:40], 0) + 1

    def _end(self, full: str) -> None:
        if self._rules is not None and full.removeprefix(_SVG) == "style":
            self.sheet.read("".join(self._rules))
            self._rules = None
        if self._skipping:
            self._skipping -= 1
        else:
            self._open.pop()

    def _say(self, words: str) -> None:
        if self._rules is not None:
            self._rules.append(words)
        elif not self._skipping and self._open and self._open[-1].name in WITH_WORDS:
            self._open[-1].children.append(words)


def _refuse_entity(*_: object) -> int:
    raise InvalidError(
        text("The drawing declares entities. Save it as plain SVG and upload it again."),
        field="file",
    )


def _refuse_inner_doctype(*said: object) -> None:
    if said[-1]:
        _refuse_entity()


def _kept(value: str) -> str | None:
    """The value of an attribute as it may stay; None when it may not."""
    if "url(" in value.lower():
        local = _LOCAL_URL.fullmatch(value)
        return f"url(#{MARK}{local[1]})" if local else None
    if not _HARMLESS.fullmatch(value):
        return None
    called = value.split("(", MAX_CALLS + 1)[:-1]
    names = {_LAST_NAME.search(it[-_LONGEST_NAME:]) for it in called[:MAX_CALLS]}
    are_known = all(it and it[0].lower() in FUNCTIONS for it in names)
    return value if are_known and len(called) <= MAX_CALLS else None
