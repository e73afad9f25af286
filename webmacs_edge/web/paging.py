"""Which page of a list somebody asks for."""

from aiohttp import web

_LAST_PAGE = 100_000
_MOST_DIGITS = 9


def page_asked(request: web.Request) -> int:
    """The number in the address; 1 for whatever is none."""
    word = request.query.get("page", "")[:_MOST_DIGITS]
    return min(_LAST_PAGE, max(1, int(word))) if word.isascii() and word.isdigit() else 1
