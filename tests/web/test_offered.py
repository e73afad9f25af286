"""Role decides what is shown: no page offers what would be refused, nor hides what is allowed."""

import re
from html.parser import HTMLParser

import pytest

from tests.conftest import Client
from tests.web.filled import Filled, fill
from tests.web.test_api_outputs import rig  # noqa: F401 a fixture
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.routes import routes

Way = tuple[str, str]  # method, path of the route table


class Offers(HTMLParser):
    """What a page lets one do: every link, form and part that htmx fetches."""

    def __init__(self) -> None:
        super().__init__()
        self.ways: list[Way] = []
        self._method = "GET"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._method = given.get("method", "get").upper()
            self._add(self._method, given.get("action", ""))
        if tag == "a":
            self._add("GET", given.get("href", ""))
        self._add(self._method, given.get("formaction", ""))
        for name in ("hx-get", "hx-post", "hx-sse:connect", "data-source", "data-url"):
            self._add("POST" if name == "hx-post" else "GET", given.get(name, ""))

    def _add(self, method: str, address: str) -> None:
        if address.startswith("/"):
            self.ways.append((method, re.split(r"[?#]", address)[0]))


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]*\})", path)
    return re.compile("".join("[^/]+" if p.startswith("{") else re.escape(p) for p in parts))


# Here it is not the role alone that decides: the admin of this test made what they list.
OF_THEIR_OWNERS = {"/dashboards", "/wall-screens"}
ROUTES = [
    (it.method, _pattern(it.path), it.path, getattr(it.handler, "role", None))
    for it in sorted(routes(), key=lambda it: "{" in it.path)
]


def asked_of(way: Way) -> tuple[Way, UserRole | None]:
    """The route that such a request meets, and the least role that it asks for."""
    for method, pattern, path, role in ROUTES:
        if method == way[0] and pattern.fullmatch(way[1]):
            return (method, path), role
    raise AssertionError(f"A page offers {way}, which leads nowhere.")


def may(role: UserRole, least: UserRole | None) -> bool:
    return least is None or role.rank >= least.rank


async def offered(made: Filled, role: UserRole) -> dict[str, set[Way]]:
    """What each page that this role may open offers it; those it may not open refuse it."""
    bearer, seen = {"Authorization": f"Bearer {made.tokens[role]}"}, {}
    made.client.session.cookie_jar.clear()
    for page in made.pages():
        least = asked_of(("GET", page))[1]
        answer = await made.client.get(page, headers=bearer, allow_redirects=False)
        if not may(role, least):
            assert answer.status == 403, page
        elif answer.status == 200:
            parser = Offers()
            parser.feed(await answer.text())
            seen[page] = set(parser.ways)
    return seen


@pytest.fixture
async def seen(rig: Client) -> dict[UserRole, dict[str, set[Way]]]:  # noqa: F811
    """What every page offers to each role."""
    made = await fill(rig)
    return {role: await offered(made, role) for role in UserRole}


async def test_a_page_offers_each_role_what_it_may_do_and_nothing_else(
    seen: dict[UserRole, dict[str, set[Way]]],
):
    refused = [(role, *it) for role in UserRole for it in refused_of(seen[role], role)]
    hidden = [(role, *it) for role in UserRole for it in hidden_of(seen, role)]

    assert refused == []
    assert hidden == []


def refused_of(pages: dict[str, set[Way]], role: UserRole) -> list[tuple[str, Way]]:
    """What pages offer although it would be refused."""
    offers = ((page, *asked_of(way)) for page, ways in pages.items() for way in ways)
    return [(page, way) for page, way, least in offers if not may(role, least)]


def hidden_of(seen: dict[UserRole, dict[str, set[Way]]], role: UserRole) -> list[tuple[str, Way]]:
    """What the same page offers an admin, and this role may do, but does not see."""
    found = []
    for page, ways in seen[role].items():
        if page in OF_THEIR_OWNERS:
            continue
        given = {asked_of(way)[0] for way in ways}
        asked = {asked_of(way) for way in seen[UserRole.admin][page]}
        found += [(page, way) for way, least in asked if way not in given and may(role, least)]
    return found
