"""Channels, experiments, users and the log in the database."""

import pytest

from webmacs_edge.model.errors import ConflictError, InvalidError, NotFoundError
from webmacs_edge.model.words import EventType, LoggingType, UserRole
from webmacs_edge.store.blacklist_tokens import (
    blacklist_token,
    forget_blacklisted,
    is_blacklisted,
)
from webmacs_edge.store.events import (
    all_events,
    create_event,
    create_first_events,
    get_event,
    remove_event,
    update_event,
)
from webmacs_edge.store.experiments import (
    delete_experiment,
    list_experiments,
    rename_experiment,
    running_experiment,
    start_experiment,
    stop_experiment,
)
from webmacs_edge.store.log_entries import (
    Asked,
    add_log_entry,
    count_unread,
    list_log_entries,
    mark_all_read,
)
from webmacs_edge.store.users import create_first_admin, create_user, find_user_by_email

BOILER = {"name": "Boiler", "unit": "°C", "min_value": 0.0, "max_value": 100.0}


def channel(**given):
    return {**BOILER, "type": EventType.sensor, "point_id": None, **given}


async def make(database, **given):
    return await database.write(lambda s: create_event(s, at_ms=1, **channel(**given)))


async def read_all(database):
    async with database.read() as session:
        return [event.name for event in await all_events(session)]


async def test_channels_come_in_the_order_they_were_made(database):
    for name in ("C", "A", "B"):
        await make(database, name=name)

    assert await read_all(database) == ["C", "A", "B"]


async def test_two_channels_cannot_share_a_name(database):
    await make(database)

    with pytest.raises(ConflictError) as refusal:
        await make(database)

    assert refusal.value.field == "name"


async def test_two_channels_cannot_share_an_io_point(database):
    await make(database, point_id="32/a")

    with pytest.raises(ConflictError) as refusal:
        await make(database, name="Other", point_id="32/a")

    assert refusal.value.field == "point_id"


async def test_a_removed_channel_frees_its_name_and_point_but_never_its_key(database):
    old = await make(database, point_id="32/a")
    await database.write(lambda s: remove_event(s, old.public_id, at_ms=2))

    new = await make(database, point_id="32/a")

    assert new.id != old.id
    assert await read_all(database) == ["Boiler"]


async def test_limits_outside_the_range_are_refused_and_nothing_changes(database):
    event = await make(database)

    with pytest.raises(InvalidError, match="above the range"):
        await database.write(
            lambda s: update_event(s, event.public_id, values={"high_limit": 120.0, "name": "X"})
        )

    assert await read_all(database) == ["Boiler"]


async def test_an_unknown_channel_is_not_found(database):
    with pytest.raises(NotFoundError, match="no channel nothing"):
        async with database.read() as session:
            await get_event(session, "nothing")


async def test_first_channels_are_made_once_and_get_free_names(database):
    await make(database)
    rows = [channel(point_id="32/a"), channel(point_id="32/b")]

    first = await database.write(lambda s: create_first_events(s, rows, at_ms=1))
    again = await database.write(lambda s: create_first_events(s, rows, at_ms=2))

    assert (first, again) == (2, 0)
    assert await read_all(database) == ["Boiler", "Boiler (2)", "Boiler (3)"]


async def begin(database, name="Run 1", at_ms=1000):
    return await database.write(
        lambda s: start_experiment(s, name=name, at_ms=at_ms, user_public_id=None)
    )


async def test_only_one_experiment_runs(database):
    await begin(database)

    with pytest.raises(ConflictError, match=r"Run 1.*Stop it"):
        await begin(database, "Run 2")


async def test_stopping_twice_keeps_the_first_time(database):
    run = await begin(database)

    first = await database.write(lambda s: stop_experiment(s, run.public_id, at_ms=2000))
    again = await database.write(lambda s: stop_experiment(s, run.public_id, at_ms=3000))

    async with database.read() as session:
        page = await list_experiments(session, page=1, page_size=10)
        assert await running_experiment(session) is None
    assert (first, again) == (True, False)
    assert page.rows[0].stopped_on_ms == 2000


async def test_a_clock_that_went_back_does_not_end_a_run_before_it_began(database):
    run = await begin(database, at_ms=5000)
    await database.write(lambda s: stop_experiment(s, run.public_id, at_ms=10))

    async with database.read() as session:
        page = await list_experiments(session, page=1, page_size=10)
    assert page.rows[0].stopped_on_ms == 5000


async def test_a_taken_experiment_name_is_a_conflict_at_the_field(database):
    first = await begin(database)
    await database.write(lambda s: stop_experiment(s, first.public_id, at_ms=2000))

    with pytest.raises(ConflictError) as refusal:
        await begin(database)
    assert refusal.value.field == "name"

    second = await begin(database, "Run 2")
    with pytest.raises(ConflictError):
        await database.write(lambda s: rename_experiment(s, second.public_id, name="Run 1"))


async def test_a_deleted_experiment_is_gone_from_the_list(database):
    run = await begin(database)
    await database.write(lambda s: delete_experiment(s, run.public_id))

    async with database.read() as session:
        assert (await list_experiments(session, page=1, page_size=10)).total == 0


def admin(session, email="ada@plant.lan"):
    return create_first_admin(session, email=email, username="ada", password_hash="x", at_ms=1)


async def test_only_the_first_visitor_becomes_admin(database):
    first = await database.write(admin)

    with pytest.raises(ConflictError, match="set up already"):
        await database.write(lambda s: admin(s, "eve@plant.lan"))
    assert first.role is UserRole.admin


@pytest.mark.parametrize(
    ("email", "username", "field"),
    [("ADA@plant.lan", "other", "email"), ("other@plant.lan", "ada", "username")],
)
async def test_a_taken_email_or_name_is_named(database, email, username, field):
    await database.write(admin)

    with pytest.raises(ConflictError) as refusal:
        await database.write(
            lambda s: create_user(
                s,
                email=email,
                username=username,
                password_hash="x",
                role=UserRole.viewer,
                at_ms=2,
            )
        )

    assert refusal.value.field == field


async def test_an_email_is_found_in_any_case(database):
    await database.write(admin)

    async with database.read() as session:
        found = await find_user_by_email(session, "Ada@Plant.LAN")
    assert found is not None


async def test_a_signed_out_token_is_remembered_by_its_hash_until_it_expires(database):
    await database.write(lambda s: blacklist_token(s, "secret", at_ms=10))
    await database.write(lambda s: blacklist_token(s, "secret", at_ms=11))

    async with database.read() as session:
        assert await is_blacklisted(session, "secret")
        assert not await is_blacklisted(session, "other")
    await database.write(lambda s: forget_blacklisted(s, before_ms=11))
    async with database.read() as session:
        assert not await is_blacklisted(session, "secret")


async def test_the_log_is_newest_first_filtered_and_marked_read(database):
    texts = [("a 100%", LoggingType.info), ("b", LoggingType.error), ("c", LoggingType.info)]
    for at_ms, (content, kind) in enumerate(texts):
        await database.write(
            lambda s, c=content, k=kind, t=at_ms: add_log_entry(s, c, at_ms=t, logging_type=k)
        )

    async with database.read() as session:
        everything = await list_log_entries(session, page=1, page_size=2)
        errors = await list_log_entries(
            session, Asked(logging_type=LoggingType.error), page=1, page_size=9
        )
        found = await list_log_entries(session, Asked(search="100%"), page=1, page_size=9)
        unread = await count_unread(session)
    await database.write(mark_all_read)
    async with database.read() as session:
        left = await count_unread(session)

    assert [entry.content for entry in everything.rows] == ["c", "b"]
    assert everything.total == 3
    assert [entry.content for entry in errors.rows] == ["b"]
    assert [entry.content for entry in found.rows] == ["a 100%"]
    assert (unread, left) == (3, 0)


async def test_too_long_a_note_is_cut(database):
    entry = await database.write(lambda s: add_log_entry(s, "x" * 900, at_ms=1))

    assert len(entry.content) == 500
