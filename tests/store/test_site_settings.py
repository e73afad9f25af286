"""What the site decides while the appliance runs."""

from dataclasses import replace

import pytest

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.store.site_settings import (
    SiteSettings,
    check_days,
    read_site_settings,
    read_site_value,
    write_site_settings,
    write_site_value,
)

DECIDED = SiteSettings(
    flush_seconds=30.0,
    retention_days=90,
    rollup_days=3650,
    history_budget_bytes=2 * 2**30,
    min_free_percent=15,
)


async def test_nothing_is_decided_at_first(database):
    async with database.read() as session:
        assert await read_site_settings(session) == SiteSettings()
        assert await read_site_value(session, "unknown", "nothing") == "nothing"


async def test_what_was_decided_comes_back_and_can_be_taken_back(database):
    await database.write(lambda session: write_site_settings(session, DECIDED, at_ms=1))

    async with database.read() as session:
        assert await read_site_settings(session) == DECIDED

    less = replace(DECIDED, retention_days=None)
    before = await database.write(lambda session: write_site_settings(session, less, at_ms=2))

    assert before == DECIDED
    async with database.read() as session:
        assert await read_site_settings(session) == less


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("flush_seconds", 0.5),
        ("flush_seconds", 61.0),
        ("flush_seconds", float("nan")),
        ("retention_days", 0),
        ("rollup_days", 36_501),
        ("rollup_days", 89),
        ("history_budget_bytes", 1000),
        ("min_free_percent", 51),
        ("min_free_percent", -1),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field(database, field, value):
    wrong = replace(DECIDED, **{field: value})

    with pytest.raises(InvalidError) as refused:
        await database.write(lambda session: write_site_settings(session, wrong, at_ms=1))

    assert refused.value.field == field
    async with database.read() as session:
        assert await read_site_settings(session) == SiteSettings()


def test_a_channel_keeps_its_summaries_at_least_as_long_as_its_samples():
    check_days(None, 5)
    check_days(5, None)
    check_days(5, 5)

    with pytest.raises(InvalidError):
        check_days(6, 5)


async def test_a_value_is_kept_under_its_name(database):
    for value in (1, {"channel": 7}, None):
        await database.write(
            lambda session, value=value: write_site_value(session, "scrub", value, at_ms=1)
        )

        async with database.read() as session:
            assert await read_site_value(session, "scrub", "default") == value
