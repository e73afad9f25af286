"""The backup page: from the browser into a file, and from the file into a box."""

import asyncio
from io import BytesIO

from aiohttp import FormData

from tests.conftest import EMAILS, PASSWORD, Client, Start, app_of, sign_in_as
from tests.waiting import eventually
from webmacs_edge.backup.reading import check_backup
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.setup_code import keep_setup_code
from webmacs_edge.store.swapping import is_ready
from webmacs_edge.store.users import count_users
from webmacs_edge.web import keys

WORDS = "correct horse battery"


def upload(content: bytes, **words: str) -> FormData:
    """What a browser sends of the form."""
    form = FormData()
    for name, word in words.items():
        form.add_field(name, word)
    form.add_field("file", content, filename="backup.tar.gz", content_type="application/gzip")
    return form


async def test_a_sealed_backup_is_made_while_it_is_downloaded(admin: Client):
    await eventually(app_of(admin)[keys.HISTORY].latest_stored, what="something to back up")
    answer = await admin.post(
        "/backup/file", data={"scope": "full", "passphrase": WORDS, "passphrase_again": WORDS}
    )

    content = await answer.read()
    assert answer.status == 200
    assert "-full.tar.gz.sealed" in answer.headers["Content-Disposition"]
    report = check_backup(BytesIO(content), passphrase=WORDS)
    assert report.manifest.has_keys
    trail = await (await admin.get("/audit")).text()
    assert "-full.tar.gz.sealed" in trail
    page = await (await admin.get("/backup")).text()
    assert WORDS not in page
    assert "None by itself" in page


async def test_how_many_old_ones_a_server_still_keeps_stands_on_the_page(admin: Client):
    app_of(admin)[keys.BACKUPS].leavings.take("https://nas.plant.lan", ["old-1", "old-2"])

    page = await (await admin.get("/backup")).text()
    assert "<dt>Still to be removed there</dt><dd>2</dd>" in page


async def test_of_two_downloads_at_once_one_has_to_wait(admin: Client):
    both = [admin.post("/backup/file", data={"scope": "config"}) for _ in range(2)]
    answers = await asyncio.gather(*both)

    assert sorted(it.status for it in answers) == [200, 409]
    for answer in answers:
        await answer.read()
    await eventually(lambda: app_of(admin)[keys.BACKUPS].course is None)


async def test_two_passphrases_that_differ_and_ones_that_are_short_come_back_with_the_reason(
    admin: Client,
):
    for words, sentence in (("short", "10 characters or more"), (WORDS, "passphrases differ")):
        typed = {"scope": "config", "passphrase": words, "passphrase_again": "something else"}
        answer = await admin.post("/backup/file", data=typed)

        assert answer.status == 422
        assert sentence in await answer.text()


async def test_a_backup_that_is_uploaded_is_checked_and_takes_effect_at_the_next_start(
    start: Start, plant
):
    async with start(plant) as client:
        await sign_in_as(client, UserRole.admin)
        content = await (await client.post("/backup/file", data={"scope": "config"})).read()
        await sign_in_as(client, UserRole.operator)
        await sign_in_as_again(client)
        wrong = await client.post("/backup/restore", data=upload(content[:-9]))
        none = await client.post("/backup/restore", data={"restore_passphrase": "x"})
        right = await client.post("/backup/restore", data=upload(content))
        page = await right.text()
        data_dir = app_of(client)[keys.SETTINGS].data_dir

        assert (wrong.status, none.status) == (422, 422)
        assert "cut off" in await wrong.text()
        assert "Choose the file" in await none.text()
        assert right.url.path == "/backup"
        assert "ready to be put in place" in page
        assert "Stop the appliance and start it again" in page
        assert is_ready(data_dir)
    async with start(plant) as client:
        users = await app_of(client)[keys.DATABASE].write(count_all)
        assert users == 1  # the operator came after the backup
        assert not is_ready(data_dir)


async def test_a_fresh_box_is_set_up_by_a_backup_with_the_code_alone(start: Start, plant, tmp_path):
    async with start(plant) as client:
        await sign_in_as(client, UserRole.admin)
        content = await (await client.post("/backup/file", data={"scope": "config"})).read()
        set_up = await client.post("/setup/restore", data=upload(content))
        assert set_up.status == 409
    async with start(plant, host="::", data_dir=tmp_path / "fresh") as client:
        code = keep_setup_code(app_of(client)[keys.SETTINGS].data_dir)
        client.session.cookie_jar.clear()
        form = await (await client.get("/setup/restore")).text()
        without = await client.post("/setup/restore", data=upload(content))
        right = await client.post("/setup/restore", data=upload(content, code=code))

        assert 'name="code"' in form
        assert without.status == 422
        assert "not the code of this box" in await without.text()
        assert right.status == 200
        assert "Ready for the next start" in await right.text()


async def count_all(session) -> int:
    return await count_users(session)


async def sign_in_as_again(client: Client) -> None:
    """As the administrator who is there already."""
    client.session.cookie_jar.clear()
    await client.post("/sign-in", data={"email": EMAILS[UserRole.admin], "password": PASSWORD})


async def test_the_plan_of_backups_is_made_on_the_page_and_its_words_stay_sealed(
    admin: Client, tmp_path
):
    app, stick = app_of(admin), tmp_path / "stick"
    plan = {"to": str(stick), "every_hours": "24", "at": "02:30", "scope": "config", "keep": "3"}
    missing = await admin.post("/backup/plan", data=plan)
    stick.mkdir()

    saved = await admin.post("/backup/plan", data={**plan, "passphrase": WORDS})
    again = await admin.post("/backup/plan", data={**plan, "keep": "5"})  # keeps the words
    made = await admin.post("/backup/now")

    assert "Is the stick plugged in" in await missing.text()
    assert "None yet" in await saved.text()
    page = await made.text()
    assert "made and read back" in page
    assert "24 h, at 02:30" in page
    assert again.status == 200
    assert WORDS not in page + await (await admin.get("/backup/plan")).text()
    (file,) = stick.iterdir()
    assert check_backup(BytesIO(file.read_bytes()), passphrase=WORDS).manifest.scope == "config"
    data = app[keys.SETTINGS].data_dir
    assert WORDS.encode() not in (data / "config.db").read_bytes()
    keeper = app[keys.BACKUPS]
    assert keeper.done is not None
    assert keeper.next_ms is not None
    assert keeper.next_ms > keeper.done.at_ms

    keeper._box_key = b"of another box" * 3  # noqa: SLF001 as after a restore elsewhere
    await keeper.load()
    refused = await admin.post("/backup/now")
    assert refused.status == 409
    assert "secret.key" in await refused.text()  # no open one where a sealed one is wanted
    assert len(list(stick.iterdir())) == 1
    await admin.post("/backup/plan/forget")
    assert not keeper.is_scheduled
