"""Joins a file of the pages with those that it imports, so that a page asks once for all of them.

They are written as browsers understand them: `@import "other.css";` on lines of their own in style
sheets, `import { Chart } from "./trend-chart.js";` and `export` before a declaration in modules.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable

_SHEET = re.compile(r'^@import "([^"]+)";$', re.MULTILINE)
_MODULE = re.compile(r'^import (?:\{ ([^}]+) \} from )?"(\.[^"]+)";.*$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |class |function |async function )", re.MULTILINE)

Read = Callable[[str], str]


def joined(path: str, read: Read) -> str:
    """The text of a style sheet or a script with all that it imports; `read` gives each by path."""
    if path.endswith(".css"):
        return _sheet(path, read, set())
    return _script(path, read)


def _sheet(path: str, read: Read, known: set[str]) -> str:
    """Each sheet stands where it is named first."""

    def put(found: re.Match[str]) -> str:
        other = _beside(path, found[1])
        if other in known:
            return ""
        known.add(other)
        return _sheet(other, read, known)

    return _SHEET.sub(put, read(path))


def _script(path: str, read: Read) -> str:
    """Each module becomes a constant with what others want of it; what one needs comes before."""
    texts: dict[str, str] = {}
    wanted: dict[str, set[str]] = defaultdict(set)

    def collect(module: str, above: tuple[str, ...]) -> None:
        if module in above:
            raise ValueError(f"{module} imports itself by way of {above[-1]}.")
        text = read(module)
        for names, place in _MODULE.findall(text):
            other = _beside(module, place)
            wanted[other] |= {it.split(" as ")[0].strip() for it in names.split(",") if it.strip()}
            if other not in texts:
                collect(other, (*above, module))
        texts[module] = _EXPORT.sub("", _MODULE.sub(lambda it: _taken(module, it), text))

    collect(path, ())
    own = texts.pop(path)
    return "".join(_block(it, text, wanted[it]) for it, text in texts.items()) + own


def _taken(module: str, found: re.Match[str]) -> str:
    names = (found[1] or "").replace(" as ", ": ")
    return f"const {{ {names} }} = {_constant(_beside(module, found[2]))};" if names else ""


def _block(module: str, text: str, names: set[str]) -> str:
    given = f"return {{ {', '.join(sorted(names))} }};\n" if names else ""
    return f"const {_constant(module)} = (() => {{\n{text}{given}}})();\n"


def _constant(module: str) -> str:
    return "$" + re.sub(r"\W", "_", module.removesuffix(".js"))


def _beside(path: str, other: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), other))
