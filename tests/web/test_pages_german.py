"""Every page, asked for in German: no English sentence of ours is left on it."""

from html.parser import HTMLParser

from tests.conftest import Client, app_of, channels_of
from webmacs_edge.model.language import CURRENT, gettext
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.language import languages
from webmacs_edge.web.page_routes import page_routes

GERMAN = {"Accept-Language": "de-DE,de;q=0.9"}
PEOPLE_READ = ("aria-label", "placeholder", "title", "alt")
LEAST_LETTERS = 3
ENGLISH_BY_NATURE = {"/docs", "/redoc", "/audit"}  # the API's reference; words as they are stored
# What the plant calls its things, and words that are the same.
NOT_OURS = {
    "Live",
    "Trend",
    "Trends",
    "System",
    "Name",
    "Port",
    "Text",
    "Test",
    "OK",
}


class Shown(HTMLParser):
    """What people read on a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self._silent += tag in ("code", "script", "textarea")
        self.texts |= {said for name, said in attributes if name in PEOPLE_READ and said}

    def handle_endtag(self, tag):
        self._silent -= tag in ("code", "script", "textarea")

    def handle_data(self, data):
        if not self._silent and data.strip():
            self.texts.add(" ".join(data.split()))


def english() -> set[str]:
    """Messages without values that German says otherwise."""
    catalogue = languages()["de"].catalogue
    ids = {it for it in catalogue._catalog if isinstance(it, str)}  # type: ignore[attr-defined]  # noqa: SLF001 gettext tells them nowhere else
    said = {catalogue.gettext(it) for it in ids}
    return {it for it in ids - said - NOT_OURS if len(it) >= LEAST_LETTERS}


async def test_no_page_in_german_is_left_in_english(admin: Client):
    channel = (await channels_of(admin))[0].public_id
    paths = {it.path.replace("{public_id}", channel) for it in page_routes() if it.method == "GET"}
    english_messages, left = english(), {}

    for path in sorted(it for it in paths if "{" not in it and it not in ENGLISH_BY_NATURE):
        answer = await admin.get(path, headers=GERMAN, allow_redirects=False)
        if answer.content_type == "text/html":
            html = await answer.text()
            assert '<html lang="de"' in html or "<html" not in html
            left[path] = sorted(Shown(html).texts & english_messages)

    assert {path: found for path, found in left.items() if found} == {}


async def test_refusals_of_pages_are_german_and_those_of_the_api_english(admin: Client):
    page = await (await admin.get("/events/none/edit", headers=GERMAN)).text()
    api = await (await admin.get("/api/v1/events/none", headers=GERMAN)).json()

    assert "Es gibt keinen Kanal none." in page
    assert api == {"detail": "There is no channel none."}


async def test_a_form_in_german_says_what_is_wrong_and_takes_a_comma(admin: Client):
    channel = app_of(admin)[STATION].events[0].public_id
    typed = {"name": "", "min_value": "abc", "max_value": "12,5"}

    answer = await admin.post(f"/events/{channel}", data=typed, headers=GERMAN)

    html = await answer.text()
    assert "Bitte füllen Sie dieses Feld aus." in html
    assert "Bitte schreiben Sie eine Zahl, etwa 12,5." in html
    assert 'value="12,5"' in html


async def test_ones_own_choice_outweighs_the_browser(admin: Client):
    await admin.post("/account/look", data={"language": "de", "theme": "dark"})

    html = await (await admin.get("/", headers={"Accept-Language": "en"})).text()

    assert '<html lang="de" data-theme="dark">' in html


async def test_the_background_speaks_english():
    assert CURRENT.get().code == "en"
    assert gettext("Save") == "Save"
