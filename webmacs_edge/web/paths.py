"""Which kind of answer a path gives: a page, JSON, or something without words."""

from aiohttp import web

from webmacs_edge.web.doors import Shown, shown_at

_JSON = ("/api/", "/health", "/metrics", "/openapi.json")
_NOT_PAGES = (*_JSON, "/static/", "/streams/", "/ws/")


def answers_json(request: web.Request) -> bool:
    """True where programs talk to us: errors are then JSON too."""
    return request.path.startswith(_JSON) or shown_at(request) is Shown.spa


def is_page(request: web.Request) -> bool:
    """True where somebody looks at the answer, and may be sent to the sign-in page."""
    return not request.path.startswith(_NOT_PAGES) and shown_at(request) is Shown.pages


def needs_no_user(request: web.Request) -> bool:
    """True where the answer is the same for everyone, so that nobody need be looked up."""
    if wants_detail(request):
        return False
    return request.path.startswith(("/static/", "/health", "/openapi.json"))


def wants_detail(request: web.Request) -> bool:
    """True where somebody asks for more of `/health` than everybody is told."""
    return request.path.startswith("/health") and "detail" in request.query
