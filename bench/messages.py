"""The catalogues of translations: collects what pages say, and puts what is new into each.

python -m bench.messages     (or `make messages`)
"""

import ast
import re
import sys
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

TOP = Path(__file__).resolve().parent.parent
LOCALE = TOP / "webmacs_edge" / "locale"
_WIDTH = 100
_NO_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_TEMPLATE_KEYWORDS = ("_", "gettext", "ngettext", "text")
_PYTHON_KEYWORDS = {"text": 1, "counted": 2}  # how many of the arguments are messages
_OUR_TEXT = re.compile(r"^from webmacs_edge\.model\.text import ([\w, ]+)", re.MULTILINE)

_HEADER = """msgid ""
msgstr ""
"Project-Id-Version: WebMACS Edge\\n"
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""

Message = str | tuple[str, str]  # the second: one and many


def main() -> None:
    """Bring every catalogue up to date, or compile them."""
    paths = sorted(LOCALE.glob("*/LC_MESSAGES/webmacs.po"))
    if "compile" in sys.argv[1:]:
        for path in paths:
            compile_one(path)
        return
    found = collect()
    for path in paths:
        catalogue = read_catalogue(path)
        catalogue.update(found, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        path.write_bytes(written(catalogue))
        missing = sum(not is_translated(it) for it in catalogue if it.id)
        print(f"{path.relative_to(TOP)}: {len(catalogue)} messages, {missing} to be translated")


def compile_one(path: Path) -> None:
    """Write the catalogue as pages read it: without the moment of it, so always the same bytes."""
    catalogue = read_catalogue(path)
    catalogue.creation_date = catalogue.revision_date = _NO_MOMENT
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


def written(catalogue: Catalog) -> bytes:
    """The catalogue as a file: no dates, so that it differs only where words do."""
    for message in catalogue:
        message.flags.discard("fuzzy")  # of another count of forms; what lacks words is told
    packed = BytesIO()
    write_po(packed, catalogue, width=_WIDTH, sort_output=True, no_location=True, omit_header=True)
    head = _HEADER.format(language=catalogue.locale_identifier, plural=catalogue.plural_forms)
    return f"{catalogue.header_comment}\n{head}\n".encode() + packed.getvalue()


def read_catalogue(path: Path) -> Catalog:
    """A catalogue as it is written."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def is_translated(message: object) -> bool:
    """Whether every form of it has words."""
    words = getattr(message, "string", "")
    return all(words) if isinstance(words, tuple | list) else bool(words)


def collect() -> Catalog:
    """Every message of the templates and of the sentences in the code."""
    catalogue = Catalog()
    for message in [*_of_templates(), *_of_code()]:
        catalogue.add(message)
    return catalogue


def _of_templates() -> Iterator[Message]:
    options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    for path in sorted((TOP / "templates").rglob("*.html")):
        with path.open("rb") as file:
            for _, function, messages, _ in babel_extract(file, _TEMPLATE_KEYWORDS, (), options):
                given = [messages] if isinstance(messages, str) else messages or [None]
                if function == "ngettext":
                    yield str(given[0]), str(given[1])
                elif given[0]:
                    yield str(given[0])


def _of_code() -> Iterator[Message]:
    for path in sorted((TOP / "webmacs_edge").rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        if imported := _OUR_TEXT.search(code):
            yield from _said_in(ast.parse(code), imported[1].split(", "))


def _said_in(tree: ast.AST, ours: Container[str]) -> Iterator[Message]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        name = node.func.id  # another `text` is that of SQL
        wanted = _PYTHON_KEYWORDS.get(name, 0) if name in ours else 0
        words = [str(it.value) for it in node.args[:wanted] if isinstance(it, ast.Constant)]
        if wanted and len(words) == wanted:
            yield words[0] if wanted == 1 else (words[0], words[1])


if __name__ == "__main__":
    main()
