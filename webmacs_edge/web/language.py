"""In which language a page speaks: who asks decides, else the site, else the browser."""

import re
from dataclasses import replace
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from aiohttp import hdrs, web
from jinja2 import Environment

from webmacs_edge.model.language import CURRENT, ENGLISH, Language, gettext, ngettext
from webmacs_edge.model.text import text
from webmacs_edge.web.keys import SETTINGS, USER
from webmacs_edge.web.paths import answers_json

CATALOGUES = Path(__file__).resolve().parent.parent / "locale"
GERMAN = replace(
    ENGLISH,
    code="de",
    name="Deutsch",
    decimal=",",
    group=".",
    day="{day}. {month}",
    months=(
        *("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni"),
        *("Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    ),
)
_WANTED = re.compile(
    r"([A-Za-z]{1,8})(?:-[A-Za-z0-9]{1,8}){0,3}\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?"
)
_LONGEST_HEADER = 300


def set_up_language(env: Environment) -> None:
    """Give templates `_`, `ngettext`, `text` and `{% trans %}`."""
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # of the extension
    env.globals["text"] = text  # what an imported template says once for every language
    languages()


@lru_cache(maxsize=1)
def languages() -> dict[str, Language]:
    """Those there are, by code."""
    found = (ENGLISH, replace(GERMAN, catalogue=_catalogue(GERMAN.code)))
    return {it.code: it for it in found}


def speak(request: web.Request) -> Language:
    """Answer this request in the language of who asks; programs are answered in English."""
    language = ENGLISH if answers_json(request) else languages()[_code(request)]
    CURRENT.set(language)
    return language


def _code(request: web.Request) -> str:
    user = request.get(USER)
    for code in (user.language if user is not None else "", request.app[SETTINGS].language):
        if code in languages():
            return code
    return accepted(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))


def accepted(header: str) -> str:
    """The best of our languages for a browser that sends this."""
    best, liking = ENGLISH.code, 0.0
    for part in header[:_LONGEST_HEADER].split(","):
        wanted = _WANTED.fullmatch(part.strip())
        if wanted is None or wanted[1].lower() not in languages():
            continue
        weight = float(wanted[2] or 1)
        if weight > liking:
            best, liking = wanted[1].lower(), weight
    return best


def _catalogue(code: str) -> NullTranslations:
    """The messages as `make` compiled them; in a checkout without `make`, as they are written."""
    written = CATALOGUES / code / "LC_MESSAGES" / "webmacs.po"
    compiled = written.with_suffix(".mo")
    if compiled.is_file() and not _is_newer(written, compiled):
        with compiled.open("rb") as file:
            return GNUTranslations(file)
    return _compiled_now(written)


def _is_newer(written: Path, compiled: Path) -> bool:
    return written.is_file() and written.stat().st_mtime > compiled.stat().st_mtime


def _compiled_now(written: Path) -> NullTranslations:
    try:
        from babel.messages.mofile import write_mo  # noqa: PLC0415 a tool of whoever develops
        from babel.messages.pofile import read_po  # noqa: PLC0415 the same
    except ImportError:
        return NullTranslations()
    with written.open("rb") as file:
        catalogue = read_po(file)
    packed = BytesIO()
    write_mo(packed, catalogue)
    packed.seek(0)
    return GNUTranslations(packed)
