"""What a transaction changes stands in the audit trail, in the same transaction."""

import json
import sqlite3
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.actors import Actor
from webmacs_edge.model.audit import AuditAction, Change
from webmacs_edge.model.errors import ConflictError, StoreError
from webmacs_edge.model.words import EventType, LoggingType, UserRole
from webmacs_edge.store import audit_bulk, audit_chain
from webmacs_edge.store.audit_chain import Head, check_chain, prunable, prune
from webmacs_edge.store.audit_entries import (
    AuditFilter,
    audited_people,
    list_audit_entries,
    list_audit_entries_after,
)
from webmacs_edge.store.audit_rows import NOT_AUDITED
from webmacs_edge.store.auditing import audited, record
from webmacs_edge.store.database import Database
from webmacs_edge.store.events import create_event, remove_event, update_event
from webmacs_edge.store.experiments import delete_experiment, start_experiment
from webmacs_edge.store.log_entries import add_log_entry, mark_all_read
from webmacs_edge.store.site_settings import write_site_value
from webmacs_edge.store.tables import AuditEntry, Base, Event, User, Webhook
from webmacs_edge.store.users import create_user, get_user

KEY = b"k" * 32
AT_MS = 1_800_000_000_000
ADA = Actor(
    name="ada", role=UserRole.admin, via="session", user_public_id="u-1", address="192.0.2.7",
    request_id="r-1",
)  # fmt: skip
CHANNEL = {
    "name": "Bed", "min_value": 0.0, "max_value": 100.0, "unit": "°C", "type": EventType.sensor,
}  # fmt: skip


async def do(database: Database, work: Any, *, actor: Actor = ADA, at_ms: int = AT_MS) -> Any:
    return await database.write(audited(work, actor=actor, key=KEY, at_ms=at_ms))


async def entries_of(database: Database, wanted: AuditFilter | None = None) -> list[AuditEntry]:
    async with database.read() as session:
        found = await list_audit_entries(session, wanted or AuditFilter(), limit=500)
    return list(found)


async def newest(database: Database) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    entry = (await entries_of(database))[0]
    return entry.action, entry.noun, json.loads(entry.old_json), json.loads(entry.new_json)


async def make_channel(database: Database, **values: Any) -> Event:
    made: Event = await do(
        database, lambda session: create_event(session, at_ms=AT_MS, **{**CHANNEL, **values})
    )
    return made


async def make_user(database: Database) -> User:
    user: User = await do(
        database,
        lambda session: create_user(
            session, email="bo@plant.lan", username="bo", password_hash="$2b$12$abc",
            role=UserRole.viewer, at_ms=AT_MS,
        ),
    )  # fmt: skip
    return user


async def test_a_new_channel_is_told_with_who_where_and_what(database: Database):
    event = await make_channel(database)

    [entry] = await entries_of(database)

    assert (entry.actor, entry.via, entry.address) == ("ada", "session", "192.0.2.7")
    assert (entry.user_public_id, entry.request_id, entry.at_ms) == ("u-1", "r-1", AT_MS)
    assert (entry.action, entry.noun, entry.refused) == ("create", "events", False)
    assert (entry.object_public_id, entry.object_name) == (event.public_id, "Bed")
    assert json.loads(entry.new_json)["unit"] == "°C"


async def test_a_change_tells_only_what_changed_old_and_new(database: Database):
    event = await make_channel(database)

    await do(
        database,
        lambda session: update_event(
            session, event.public_id, values={"unit": "K", "name": "Bed", "high_limit": 80.0}
        ),
    )

    old, new = {"unit": "°C", "high_limit": None}, {"unit": "K", "high_limit": 80.0}
    assert await newest(database) == ("update", "events", old, new)


async def test_a_channel_taken_out_of_use_is_told_as_deleted(database: Database):
    event = await make_channel(database)

    await do(database, lambda session: remove_event(session, event.public_id, at_ms=AT_MS))

    action, noun, _, new = await newest(database)
    assert (action, noun, new) == ("delete", "events", {"removed_on_ms": AT_MS})


async def test_a_deleted_row_is_told_as_it_was(database: Database):
    experiment = await do(
        database,
        lambda session: start_experiment(session, name="Run 7", at_ms=AT_MS, user_public_id=None),
    )

    await do(database, lambda session: delete_experiment(session, experiment.public_id))

    action, noun, old, new = await newest(database)
    assert (action, noun, old["name"], new) == ("delete", "experiments", "Run 7", {})


async def test_what_changes_nothing_is_not_told(database: Database):
    event = await make_channel(database)

    await do(
        database, lambda session: update_event(session, event.public_id, values={"unit": "°C"})
    )

    assert len(await entries_of(database)) == 1


async def test_several_steps_on_one_thing_are_one_entry(database: Database):
    async def work(session: AsyncSession) -> None:
        event = await create_event(session, at_ms=AT_MS, **CHANNEL)
        await update_event(session, event.public_id, values={"unit": "K"})

    await do(database, work)

    [entry] = await entries_of(database)
    assert (entry.action, json.loads(entry.new_json)["unit"]) == ("create", "K")


async def test_secrets_are_named_but_never_shown(database: Database):
    user = await make_user(database)

    async def change(session: AsyncSession) -> None:
        (await get_user(session, user.public_id)).password_hash = "$2b$12$def"

    await do(database, change)

    shown = [entry.old_json + entry.new_json for entry in await entries_of(database)]
    assert not any("$2b$" in words for words in shown)
    assert await newest(database) == (
        "update",
        "users",
        {"password_hash": "(not shown)"},
        {"password_hash": "(changed, not shown)"},
    )


async def test_secrets_inside_settings_and_addresses_are_not_shown(database: Database):
    async def work(session: AsyncSession) -> None:
        await write_site_value(session, "smtp.password", "hunter2", at_ms=AT_MS)
        value = {"host": "mail", "auth": {"client_secret": "hunter2"}}
        await write_site_value(session, "oidc", value, at_ms=AT_MS)
        session.add(
            Webhook(
                public_id="w", url="https://me:hunter2@example.org/in?key=hunter2",
                secret="hunter2", events="[]", created_on_ms=AT_MS,
            )
        )  # fmt: skip

    await do(database, work)

    for entry in await entries_of(database):
        assert "hunter2" not in entry.new_json + entry.object_name
        assert "not shown" in entry.new_json


async def test_long_texts_are_cut(database: Database):
    await do(
        database,
        lambda session: write_site_value(session, "motto", "x" * 100_000, at_ms=AT_MS),
    )

    _, _, _, new = await newest(database)
    assert len(new["motto"]) == 500


async def test_a_note_that_goes_with_a_change_is_not_told_twice(database: Database):
    async def work(session: AsyncSession) -> None:
        await create_event(session, at_ms=AT_MS, **CHANNEL)
        await add_log_entry(session, "A channel was added by ada.", at_ms=AT_MS)

    await do(database, work)

    assert [entry.noun for entry in await entries_of(database)] == ["events"]


async def test_a_note_that_somebody_writes_is_told(database: Database):
    await do(database, lambda session: add_log_entry(session, "Sieve changed.", at_ms=AT_MS))

    [entry] = await entries_of(database)
    assert (entry.noun, entry.object_name) == ("log_entries", "Sieve changed.")


async def test_a_refused_transaction_leaves_no_entry(database: Database):
    async def work(session: AsyncSession) -> None:
        await create_event(session, at_ms=AT_MS, **CHANNEL)
        raise ConflictError("No.")

    with pytest.raises(ConflictError):
        await do(database, work)

    assert await entries_of(database) == []


async def test_what_a_savepoint_takes_back_is_not_told(database: Database):
    async def work(session: AsyncSession) -> None:
        await create_event(session, at_ms=AT_MS, **CHANNEL)
        savepoint = await session.begin_nested()
        await create_event(session, at_ms=AT_MS, **{**CHANNEL, "name": "Other"})
        await savepoint.rollback()

    await do(database, work)

    assert [entry.object_name for entry in await entries_of(database)] == ["Bed"]


async def test_the_appliance_itself_leaves_no_entry_where_it_is_not_asked_to(database: Database):
    await database.write(lambda session: create_event(session, at_ms=AT_MS, **CHANNEL))

    assert await entries_of(database) == []


async def test_an_update_of_many_rows_tells_each(database: Database):
    for name in ("A", "B"):
        await make_channel(database, name=name)

    await do(
        database,
        lambda session: session.execute(update(Event).values(decimals=Event.decimals + 1)),
    )

    told = [(e.action, e.object_name, e.new_json) for e in await entries_of(database)][:2]
    assert sorted(told) == [
        ("update", "A", '{"decimals":3}'), ("update", "B", '{"decimals":3}'),
    ]  # fmt: skip


async def test_an_update_of_very_many_rows_tells_how_many(database: Database):
    async def notes(session: AsyncSession) -> None:
        for number in range(audit_bulk.MOST_TOLD + 5):
            await add_log_entry(
                session, f"Note {number}", at_ms=AT_MS, logging_type=LoggingType.info
            )

    await database.write(notes)

    await do(database, mark_all_read)

    [entry] = await entries_of(database)
    assert (entry.action, entry.object_name) == ("update", "25 rows")
    assert json.loads(entry.new_json) == {"status_type": "read"}


async def test_a_deletion_of_many_rows_tells_each(database: Database):
    await make_channel(database)

    await do(database, lambda session: session.execute(delete(Event).where(Event.name == "Bed")))

    action, noun, old, _ = await newest(database)
    assert (action, noun, old["unit"]) == ("delete", "events", "°C")


async def test_an_insertion_that_passes_by_the_unit_of_work_is_told(database: Database):
    rows = [
        {**CHANNEL, "public_id": f"e-{n}", "name": f"N {n}", "created_on_ms": AT_MS}
        for n in range(2)
    ]

    await do(database, lambda session: session.execute(insert(Event), rows))
    await do(
        database,
        lambda session: session.execute(
            insert(Base.metadata.tables["events"]).values(
                {**CHANNEL, "public_id": "e-3", "name": "N 3", "created_on_ms": AT_MS,
                 "group_name": "", "position": 0, "is_digital": False, "on_text": "On",
                 "off_text": "Off", "decimals": 2, "factor": 1.0, "offset": 0.0, "recorded": True,
                 "divider": 1, "deadband": 0.0, "silence_s": 1.0}
            )
        ),
    )  # fmt: skip

    assert [e.object_public_id for e in await entries_of(database)] == ["e-3", "e-1", "e-0"]


async def test_what_no_table_shows_can_be_told(database: Database):
    async def work(session: AsyncSession) -> None:
        record(session, Change(AuditAction.command, noun="events", new={"value": 5.0}))

    await do(database, work)

    assert await newest(database) == ("command", "events", {}, {"value": 5.0})


async def test_texts_that_no_column_holds_are_made_to_fit(database: Database):
    actor = Actor(name="x\x00\ud800" * 300, role=UserRole.viewer, via="v" * 999, address="a" * 999)

    await do(database, lambda s: write_site_value(s, "k", "\x00", at_ms=AT_MS), actor=actor)

    [entry] = await entries_of(database)
    assert (len(entry.actor), len(entry.via), len(entry.address)) == (255, 100, 100)


def test_every_table_is_followed_but_the_named_ones():
    unknown = NOT_AUDITED - set(Base.metadata.tables) - {"alembic_version"}

    assert unknown == set()


async def fill(database: Database, count: int, *, label: str = "") -> None:
    for number in range(count):
        value = [number, label]
        await do(
            database,
            partial(write_site_value, key="k", value=value, at_ms=AT_MS),
            at_ms=AT_MS + number,
        )


async def test_entries_are_found_by_person_action_noun_time_and_text(database: Database):
    await make_channel(database, name="Alpha")
    await do(database, lambda s: write_site_value(s, "beta", 1, at_ms=AT_MS), at_ms=AT_MS + 10,
             actor=Actor(name="Bo", role=UserRole.admin, via="command line"))  # fmt: skip

    async def names(**wanted: Any) -> list[str]:
        return [e.object_name for e in await entries_of(database, AuditFilter(**wanted))]

    assert await names(person="u-1") == ["Alpha"]
    assert await names(person="Bo") == ["beta"]
    assert await names(action="update") == []
    assert await names(noun="events") == ["Alpha"]
    assert await names(from_ms=AT_MS + 10) == ["beta"]
    assert await names(to_ms=AT_MS + 10) == ["Alpha"]
    assert await names(text="ALPH") == ["Alpha"]
    assert await names(text="%") == []
    assert await names(only_refused=True) == []
    async with database.read() as session:
        assert await audited_people(session) == [("u-1", "ada"), ("Bo", "Bo")]


async def test_pages_follow_one_another_without_overlap(database: Database):
    await fill(database, 7)

    async with database.read() as session:
        first = await list_audit_entries(session, AuditFilter(), limit=3)
        second = await list_audit_entries(session, AuditFilter(), limit=3, before_id=first[-1].id)
        back = await list_audit_entries_after(
            session, AuditFilter(), limit=3, after_id=second[0].id
        )

    assert [entry.id for entry in (*first, *second)] == [7, 6, 5, 4, 3, 2]
    assert [entry.id for entry in back] == [7, 6, 5]


async def verdict_of(database: Database) -> tuple[int, int | None, str]:
    async with database.read() as session:
        verdict = await check_chain(session, KEY)
    return verdict.entries, verdict.first_bad, verdict.why


async def test_a_trail_that_nobody_touched_is_whole(database: Database):
    await fill(database, 5)

    assert await verdict_of(database) == (5, None, "")


async def test_entries_can_be_neither_changed_nor_removed(database: Database):
    await fill(database, 3)

    for statement in (
        update(AuditEntry).values(actor="nobody"),
        delete(AuditEntry).where(AuditEntry.id == 2),
        delete(AuditEntry),
    ):
        with pytest.raises((DBAPIError, StoreError), match="append-only"):
            await database.write(partial(AsyncSession.execute, statement=statement))
    assert await verdict_of(database) == (3, None, "")


async def test_an_entry_cannot_be_replaced(file_database: Database):
    await fill(file_database, 3)
    replacing = text("INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries WHERE id=2")

    with pytest.raises((DBAPIError, StoreError), match="append-only"):
        await file_database.write(lambda session: session.execute(replacing))


@pytest.mark.parametrize(
    ("damage", "first_bad", "why"),
    [
        ("UPDATE audit_entries SET new_json = '{}' WHERE id = 2", 2, "it does not bear its seal"),
        ("UPDATE audit_entries SET address = '' WHERE id = 3", 3, "it does not bear its seal"),
        ("UPDATE audit_entries SET hash = '0' WHERE id = 3", 3, "it does not bear its seal"),
        ("DELETE FROM audit_entries WHERE id = 2", 2, "it is missing"),
        ("DELETE FROM audit_entries WHERE id = 1", 1, "it is missing"),
        (
            "DELETE FROM audit_entries WHERE id <= 2; INSERT INTO site_settings VALUES "
            """('audit.pruned', '{"id": 2, "hash": "' || (SELECT hash FROM audit_entries """
            """LIMIT 1) || '", "seal": ""}', 0, NULL)""",
            2,
            "it was removed, but not by the appliance",
        ),
    ],
)
async def test_whoever_edits_the_file_is_found_out(
    file_database: Database, damage: str, first_bad: int, why: str
):
    await fill(file_database, 4)
    await file_database.close()
    assert file_database.file
    with sqlite3.connect(file_database.file) as connection:
        for trigger in ("update", "delete", "insert"):
            connection.execute(f"DROP TRIGGER audit_entries_{trigger}")
        connection.executescript(damage)
    connection.close()

    _, found, reason = await verdict_of(file_database)

    assert (found, reason) == (first_bad, why)


async def test_a_chain_made_without_the_key_of_the_box_is_found_out(file_database: Database):
    work = audited(
        lambda s: write_site_value(s, "k", 1, at_ms=AT_MS), actor=ADA, key=b"x" * 32, at_ms=AT_MS
    )
    await file_database.write(work)

    assert await verdict_of(file_database) == (1, 1, "it does not bear its seal")


async def test_only_what_is_old_and_beyond_the_number_kept_may_go(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    await fill(database, 6)
    monkeypatch.setattr(audit_chain, "LEAST_KEPT", 2)
    late_ms = AT_MS + audit_chain.LEAST_KEPT_MS

    async def found(at_ms: int) -> int | None:
        async with database.read() as session:
            head = await prunable(session, at_ms=at_ms)
        return head.id if head else None

    assert await found(late_ms) is None
    assert await found(late_ms + 3) == 3
    assert await found(late_ms + 1000) == 4


async def test_after_pruning_the_rest_can_still_be_verified(database: Database):
    await fill(database, 6)
    async with database.read() as session:
        upto = Head(3, (await list_audit_entries(session, AuditFilter(), limit=9))[3].hash)

    gone = await database.write(lambda s: prune(s, upto, key=KEY, at_ms=AT_MS))
    await fill(database, 1, label="later")

    assert gone == 3
    assert await verdict_of(database) == (4, None, "")


async def test_after_everything_was_pruned_the_chain_goes_on(database: Database):
    await fill(database, 2)
    async with database.read() as session:
        upto = Head(2, (await list_audit_entries(session, AuditFilter(), limit=9))[0].hash)

    await database.write(lambda s: prune(s, upto, key=KEY, at_ms=AT_MS))
    await fill(database, 1, label="later")

    assert [entry.id for entry in await entries_of(database)] == [3]
    assert await verdict_of(database) == (1, None, "")
