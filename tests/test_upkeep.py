"""The whole appliance keeps its history in order."""

from dataclasses import replace

from tests.conftest import app_of, channels_of, make_token
from tests.waiting import eventually
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.log_entries import list_log_entries
from webmacs_edge.store.site_settings import SiteSettings, write_site_settings
from webmacs_edge.web import keys


async def log_of(app) -> list[str]:
    async with app[keys.DATABASE].read() as session:
        page = await list_log_entries(session, page=1, page_size=100)
    return [entry.content for entry in page.rows]


async def test_with_a_history_that_cannot_be_read_it_boots_signs_in_and_records(
    start, plant, tmp_path
):
    (tmp_path / "data" / "history.db").write_bytes(b"junk" * 5000)

    async with start(plant) as client:
        app = app_of(client)
        await channels_of(client)
        token = await make_token(client, UserRole.admin)
        answer = await client.get("/api/v1/events", headers={"Authorization": f"Bearer {token}"})
        assert answer.status == 200
        assert await app[keys.HISTORY].recorder.flush()
        assert app[keys.HISTORY].latest_stored()

        async def told() -> bool:
            return any("is kept as history.db.damaged-" in text for text in await log_of(app))

        await eventually(told, what="a note for the operator")


async def test_the_flush_interval_of_the_site_holds_at_once_and_after_a_restart(start, plant):
    async with start(plant) as client:
        app = app_of(client)
        recorder = app[keys.HISTORY].recorder
        assert recorder.flush_interval_s == 1.0
        decided = replace(SiteSettings(), flush_seconds=30.0)
        await app[keys.DATABASE].write(
            lambda session: write_site_settings(session, decided, at_ms=now_ms())
        )
        await app[keys.UPKEEP].apply_settings()
        assert recorder.flush_interval_s == 30.0

    async with start(plant) as client:
        assert app_of(client)[keys.HISTORY].recorder.flush_interval_s == 30.0


async def test_wear_and_retention_answer_while_it_runs(client):
    upkeep = app_of(client)[keys.UPKEEP]

    report = await upkeep.wear.report(now_ms())
    removed = await upkeep.retention.run_once(now_ms())

    assert report.today_bytes >= 0
    assert removed.chunks == 0
    assert {service.name for service in upkeep.services} == {
        "salvage", "wear meter", "days", "retention", "scrub",
    }  # fmt: skip
