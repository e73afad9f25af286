"""The tree of a cleaned drawing: how much of it is drawn, how large it is, how it is written."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.svg_style import Sheet
from webmacs_edge.model.text import text

MAX_ELEMENTS = 20_000
MAX_DEPTH = 64
MAX_DRAWN = 40_000  # elements, those that are repeated counted each time
MARK = "\x02"  # before each id; no XML holds one, so that nobody can write it

_NAMESPACE = "http://www.w3.org/2000/svg"
_BOX = 4  # numbers of a viewBox
_DEFAULT_SIZE = (300.0, 150.0)  # as browsers have it
_LENGTH = re.compile(r"(-?\d{1,9}(?:\.\d{1,9})?)(?:px|mm|pt)?")
_REFERENCE = re.compile(rf"#{MARK}([\w.\-]+)")
_LETTERS_PER_POINT = 6  # of a path, about: a marker is drawn at each


@dataclass(slots=True)
class Element:
    """One element that may stay, with its attributes as they are written."""

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
            found += sum(
                self.of(target, depth + 1) * times for target, times in self._targets(element)
            )
            self._known[id(element)] = found
        return found

    def _targets(self, element: Element) -> Iterator[tuple[Element, int]]:
        shape = element.attributes.get("d", "") or element.attributes.get("points", "")
        for name, value in (element.attributes | element.style).items():
            place = _REFERENCE.search(value)
            if place and place[1] in self._named:
                times = len(shape) // _LETTERS_PER_POINT if name.startswith("marker") else 0
                yield self._named[place[1]], 1 + times


def too_much() -> InvalidError:
    """What is said to a drawing that would keep a browser busy."""
    return InvalidError(
        text("The drawing has too many or too deeply nested elements for a page."), field="file"
    )


def measure(root: Element) -> tuple[float, float]:
    """Width and height in units of the drawing; its `viewBox` is made if there is none."""
    box = [_number(word) for word in root.attributes.get("viewBox", "").replace(",", " ").split()]
    if len(box) != _BOX or None in box or not (box[2] and box[3]):
        box = [0.0, 0.0, *(_number(root.attributes.get(it, "")) for it in ("width", "height"))]
    width, height = box[2] or _DEFAULT_SIZE[0], box[3] or _DEFAULT_SIZE[1]
    root.attributes["xmlns"] = _NAMESPACE
    root.attributes["viewBox"] = f"{box[0] or 0:g} {box[1] or 0:g} {width:g} {height:g}"
    for name in ("x", "y", "width", "height"):
        root.attributes.pop(name, None)
    return width, height


def _number(word: str) -> float | None:
    match = _LENGTH.fullmatch(word)
    return float(match[1]) if match else None


def write(element: Element, sheet: Sheet, kept: Callable[[str], str | None]) -> Iterator[str]:
    """The element in pieces; `kept` says what of a value from the style sheet may stay."""
    public = element.attributes.get("data-part", "")
    ruled = {
        name: value
        for name, given in sheet.properties(element.name, element.classes, public).items()
        if (value := kept(given)) is not None
    }
    said = "".join(
        f' {name}="{escape(value)}"'
        for name, value in (element.attributes | ruled | element.style).items()
    )
    yield f"<{element.name}{said}>"
    for child in element.children:
        if isinstance(child, Element):
            yield from write(child, sheet, kept)
        else:
            yield escape(child, quote=False)
    yield f"</{element.name}>"
