"""Asking GitHub for releases: a local stand-in with the shapes of the real one."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from webmacs_edge.firmware.github import MAX_ANSWER_BYTES, Releases, read_release
from webmacs_edge.firmware.installer import architecture

RELEASE = {
    "tag_name": "v1.2.3",
    "html_url": "https://github.com/plant/edge/releases/tag/v1.2.3",
    "assets": [
        {"name": "notes.txt", "browser_download_url": "https://github.com/notes.txt"},
        {"name": "webmacs-update-1.2.3.tar.gz", "browser_download_url": "https://github.com/u.gz"},
    ],
}


class Stand:
    """Answers as GitHub does; `said` is what it says next."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.said: Any = RELEASE
        self.status = 200
        self.slow = asyncio.Event()

    async def latest(self, request: web.Request) -> web.Response:
        self.asked.append(request.headers.get("If-None-Match"))
        if self.said == "nothing":
            await self.slow.wait()
        if self.status == 200 and request.headers.get("If-None-Match") == '"7"':
            return web.Response(status=304)
        if isinstance(self.said, str):
            return web.Response(text=self.said, status=self.status)
        return web.json_response(self.said, status=self.status, headers={"ETag": '"7"'})


@pytest.fixture
async def stand() -> AsyncIterator[tuple[Stand, str]]:
    stand, app = Stand(), web.Application()
    app.router.add_get("/repos/plant/edge/releases/latest", stand.latest)
    async with TestServer(app) as server:
        yield stand, str(server.make_url("/"))
        stand.slow.set()


async def test_the_newest_release_is_told_with_its_file(stand: tuple[Stand, str]):
    answer = await Releases(stand[1], "plant/edge").newest()

    assert answer.error is None
    assert answer.release is not None
    assert answer.release.version == "1.2.3"
    assert answer.release.page_url == RELEASE["html_url"]
    assert answer.release.download_url == "https://github.com/u.gz"


async def test_many_who_ask_at_once_are_one_question(stand: tuple[Stand, str]):
    releases = Releases(stand[1], "plant/edge")

    answers = await asyncio.gather(*(releases.newest() for _ in range(20)))

    assert len(set(answers)) == 1
    assert stand[0].asked == [None]


async def test_an_old_answer_is_asked_for_by_its_tag(stand: tuple[Stand, str]):
    releases = Releases(stand[1], "plant/edge")
    first = await releases.newest()
    releases._fresh_until_s = 0  # noqa: SLF001 ten minutes later

    assert await releases.newest() == first
    assert stand[0].asked == [None, '"7"']


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (200, "<html>", "unexpected"),
        (200, "[" * 100_000, "unexpected"),
        (200, [], "unexpected"),
        (200, {"tag_name": None}, "unexpected"),
        (200, {"tag_name": "nightly"}, "“nightly” is no version"),
        (200, " " * (MAX_ANSWER_BYTES + 1), "too long"),
        (403, RELEASE, "no more questions"),
        (500, RELEASE, "HTTP 500"),
        (302, RELEASE, "HTTP 302"),
    ],
)
async def test_trouble_is_told_in_words(
    stand: tuple[Stand, str], status: int, said: Any, words: str
):
    stand[0].status, stand[0].said = status, said

    answer = await Releases(stand[1], "plant/edge").newest()

    assert answer.release is None
    assert words in str(answer.error)


async def test_what_was_known_stays_known_while_there_is_trouble(stand: tuple[Stand, str]):
    releases = Releases(stand[1], "plant/edge")
    first = await releases.newest()
    stand[0].status = 502
    releases._fresh_until_s = 0  # noqa: SLF001 ten minutes later

    answer = await releases.newest()

    assert (answer.release, answer.error is None) == (first.release, False)


async def test_without_any_release_nothing_is_wrong(stand: tuple[Stand, str]):
    stand[0].status = 404

    answer = await Releases(stand[1], "plant/edge").newest()

    assert (answer.release, answer.error) == (None, None)


async def test_a_server_that_says_nothing_is_not_waited_for(stand: tuple[Stand, str]):
    stand[0].said = "nothing"

    answer = await Releases(stand[1], "plant/edge", timeout_s=0.2).newest()

    assert "did not answer" in str(answer.error)


async def test_being_offline_is_told_and_not_tried_again_at_once():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        releases = Releases(f"http://127.0.0.1:{taken.getsockname()[1]}", "plant/edge")

        first = await releases.newest()
        again = await releases.newest()

    assert "cannot be reached" in str(first.error)
    assert again is first


async def test_without_a_repository_nobody_is_asked():
    answer = await Releases("http://127.0.0.1:9", "").newest()

    assert "update_repository" in str(answer.error)


@pytest.mark.parametrize(
    "assets",
    [
        None,
        [None, 7, {}],
        [{"name": "webmacs-update.zip", "browser_download_url": "https://x/"}],
        [{"name": "webmacs-update.tar.gz", "browser_download_url": "javascript:alert(1)"}],
        [{"name": "webmacs-update.tar.gz", "browser_download_url": None}],
    ],
)
def test_a_release_without_a_file_of_ours_has_none(assets: Any):
    import json  # noqa: PLC0415 only here

    release = read_release(json.dumps({"tag_name": "2.0.0", "assets": assets}).encode())

    assert (release.version, release.download_url, release.page_url) == ("2.0.0", None, None)


def _published(tag: str, **more: Any) -> dict[str, Any]:
    """A release in the shape of the real API."""
    return {
        "tag_name": tag, "name": tag, "draft": False, "prerelease": False, "body": "- New.",
        "html_url": f"https://github.com/plant/edge/releases/tag/{tag}",
        "assets": [
            {
                "url": f"https://api.github.com/repos/plant/edge/releases/assets/{number}",
                "name": f"webmacs-update-{tag[1:]}-{arch}.tar", "size": 24_000_000 + number,
                "browser_download_url": f"https://github.com/{arch}.tar",
            }
            for number, arch in enumerate(("amd64", "arm64"))
        ],
        **more,
    }  # fmt: skip


def test_a_release_has_its_changes_and_the_file_for_this_box():
    release = read_release(json.dumps(_published("v1.2.3")).encode())

    assert (release.changelog, release.version) == ("- New.", "1.2.3")
    assert release.download_url == f"https://github.com/{architecture()}.tar"
    assert str(release.file_url).startswith("https://api.github.com/")
    assert release.size_bytes in (24_000_000, 24_000_001)


def test_among_early_releases_the_newest_that_is_published_counts():
    listed = [
        _published("v1.10.0", draft=True),
        _published("nightly"),
        _published("v1.9.0", prerelease=True),
        _published("v1.8.3"),
    ]

    assert read_release(json.dumps(listed).encode()).version == "1.9.0"


def test_the_token_goes_to_the_server_of_the_api_alone():
    releases = Releases("https://api.github.com", "plant/edge", token="secret")
    release = read_release(json.dumps(_published("v1.2.3")).encode())

    url = releases.file_url(release) or ""
    assert url.startswith("https://api.github.com/")  # a private repository gives it there alone
    assert releases.headers_for(url)["Authorization"] == "Bearer secret"
    for other in (
        "https://github.com/a.tar",
        "http://api.github.com/a",
        "https://api.github.com.x",
    ):
        assert "Authorization" not in releases.headers_for(other)


async def test_the_channel_says_where_is_asked_and_the_token_goes_along():
    asked: list[tuple[str, str | None]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.path_qs, request.headers.get("Authorization")))
        return web.json_response([_published("v2.0.0", prerelease=True)])

    app = web.Application()
    app.router.add_get("/repos/plant/edge/releases", answer)
    async with TestServer(app) as server:
        url = str(server.make_url("/"))
        told = await Releases(url, "plant/edge", channel="beta", token="secret").newest()

    assert told.release is not None
    assert told.release.version == "2.0.0"
    assert asked == [("/repos/plant/edge/releases?per_page=20", "Bearer secret")]
