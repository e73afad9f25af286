"""The tree of a cleaned drawing: how much of it is drawn, how large it is, how it is written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.svg_style import Sheet
from webmacs_edge.model.text import text

MAX_ELEMENTS = 20_000
MAX_DEPTH = 64
MAX_DRAWN = 40_000  # elements, those that are repeated counted each time
MAX_WRITTEN = 512 * 1024  # letters of all attributes, those of style sheets at each element
MARK = "\x02"  # before each id; no XML holds one, so that nobody can write it

_NAMESPACE = "http://www.w3.org/2000/svg"
_BOX = 4  # numbers of a viewBox
_DEFAULT_SIZE = (300.0, 150.0)  # as browsers have it
_LENGTH = re.compile(r"(-?\d{1,9}(?:\.\d{1,9})?)(?:px|mm|pt)?")
_REFERENCE = re.compile(rf"#{MARK}([\w.\-]+)")
_LETTERS_PER_POINT = 2  # of a path, at least: a marker is drawn at each
_SHAPES = frozenset({"path", "line", "polyline", "polygon"})
_MARKERS = frozenset({"marker", "marker-start", "marker-mid", "marker-end"})


@dataclass(slots=True)
class Element:
    """One element that may stay, with its attributes as they are written once it is dressed."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[Element | str]" = field(default_factory=list)
    style: dict[str, str] = field(default_factory=dict)  # stronger than attributes and sheets
    classes: tuple[str, ...] = ()


class Counting:
    """Counts the elements that a browser draws; what repeats itself is refused."""

    def __init__(self, named: Mapping[str, Element]) -> None:
        self._named = named
        self._known: dict[int, int] = {}  # 0: being counted

    def of(self, element: Element, depth: int = 0) -> int:
        """Of this element with all in it and all that it points to."""
        if depth > 2 * MAX_DEPTH:
            raise too_much()
        found = self._known.get(id(element))
        if found == 0:
            raise InvalidError(text("A part of the drawing repeats itself."), field="file")
        if found is None:
            self._known[id(element)] = 0
            found = 1 + sum(
                self.of(child, depth + 1)
                for child in element.children
                if isinstance(child, Element)
            )
            within = found
            for name, target in self._targets(element):
                times = _times(element, name, target, within=within)
                found += self.of(target, depth + 1) * times
            self._known[id(element)] = found
        return found

    def _targets(self, element: Element) -> Iterator[tuple[str, Element]]:
        for name, value in element.attributes.items():
            place = _REFERENCE.search(value)
            if place and place[1] in self._named:
                yield name, self._named[place[1]]


def _times(element: Element, name: str, target: Element, *, within: int) -> int:
    """How often what an attribute points to is drawn, at most."""
    if name in ("marker", "marker-mid"):
        shape = element.attributes.get("d", "") or element.attributes.get("points", "")
        return 1 + len(shape) // _LETTERS_PER_POINT
    return within if target.name == "pattern" else 1  # all in it has the same filling


def dress(root: Element, sheet: Sheet) -> None:
    """Give every element what its style and the style sheets say.

    A marker stays at the shape that has it: elsewhere all shapes within would have it too.
    """
    room, waiting = MAX_WRITTEN, [root]
    while waiting:
        element = waiting.pop()
        public = element.attributes.get("data-part", "")
        element.attributes |= sheet.properties(element.name, element.classes, public)
        element.attributes |= element.style
        if element.name not in _SHAPES:
            for name in _MARKERS & element.attributes.keys():
                del element.attributes[name]
        room -= sum(len(name) + len(value) for name, value in element.attributes.items())
        if room < 0:
            raise too_much()
        waiting += (child for child in element.children if isinstance(child, Element))


def too_much() -> InvalidError:
    """What is said to a drawing that would keep a browser busy."""
    return InvalidError(
        text("The drawing has too many or too deeply nested elements for a page."), field="file"
    )


def measure(root: Element) -> tuple[float, float]:
    """Width and height in units of the drawing; its `viewBox` is made if there is none."""
    box = [_number(word) for word in root.attributes.get("viewBox", "").replace(",", " ").split()]
    if len(box) != _BOX or None in box or not (_size(box[2]) and _size(box[3])):
        box = [0.0, 0.0, *(_number(root.attributes.get(it, "")) for it in ("width", "height"))]
    width, height = _size(box[2]) or _DEFAULT_SIZE[0], _size(box[3]) or _DEFAULT_SIZE[1]
    root.attributes["xmlns"] = _NAMESPACE
    root.attributes["viewBox"] = f"{box[0] or 0:g} {box[1] or 0:g} {width:g} {height:g}"
    for name in ("x", "y", "width", "height"):
        root.attributes.pop(name, None)
    return width, height


def _size(number: float | None) -> float:
    return number if number and number > 0 else 0.0


def _number(word: str) -> float | None:
    match = _LENGTH.fullmatch(word)
    return float(match[1]) if match else None


def write(element: Element) -> Iterator[str]:
    """The element in pieces."""
    said = "".join(f' {name}="{escape(value)}"' for name, value in element.attributes.items())
    yield f"<{element.name}{said}>"
    for child in element.children:
        if isinstance(child, Element):
            yield from write(child)
        else:
            yield escape(child, quote=False)
    yield f"</{element.name}>"
