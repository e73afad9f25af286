"""Nothing that people or programs do passes by the audit trail."""

import re
from pathlib import Path
from typing import Any

import pytest

import webmacs_edge.web
from tests.conftest import Client, app_of, make_settings, make_token
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.audit_entries import AuditFilter, list_audit_entries
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.user_commands import run_users_add
from webmacs_edge.web import keys

WEB = Path(webmacs_edge.web.__path__[0])
STORE = WEB.parent / "store"
MAY_WRITE_DIRECTLY = {
    "writing.py": "it is the way that all others go",
    "walls.py": "notes when wall screens were seen last, which nobody decided",
    "presence.py": "notes when logins were used last, which nobody decided",
}
_WRITE = re.compile(r"(?:\bDATABASE\]|\bdatabase)\.write\(")


async def entries(database: Database, **wanted: Any) -> list[Any]:
    async with database.read() as session:
        return list(await list_audit_entries(session, AuditFilter(**wanted), limit=100))


def test_handlers_write_by_way_of_the_audit_trail_only():
    direct = {
        str(file.relative_to(WEB))
        for file in WEB.rglob("*.py")
        if _WRITE.search(file.read_text(encoding="utf-8"))
    }

    assert direct <= set(MAY_WRITE_DIRECTLY)


def test_no_statement_in_words_changes_the_nouns_unseen():
    """Statements made of text pass by the listener: only those that concern no noun may be."""
    changing = re.compile(r"text\(\s*f?\"(?:INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)

    found = {file.name for file in STORE.glob("*.py") if changing.search(file.read_text())}

    assert found <= {"datapoints.py", "days.py", "history_rows.py", "archive.py", "spool.py"}


async def test_a_command_is_told_with_who_typed_it(tmp_path: Path):
    said: list[str] = []

    await run_users_add(
        make_settings(tmp_path),
        email="ada@plant.lan",
        username="ada",
        role=UserRole.admin,
        password="fluidised bed 7",
        say=said.append,
    )

    database = Database(sqlite_url(tmp_path / "config.db"))
    [entry] = await entries(database)
    await database.close()
    assert (entry.action, entry.noun, entry.object_name) == ("create", "users", "ada")
    assert (entry.via, entry.address) == ("command line", "")
    assert entry.actor
    assert "fluidised" not in entry.new_json
    assert "$2b$" not in entry.new_json


async def test_the_set_up_is_told_of_who_set_up(client: Client):
    typed = {"email": "boss@plant.lan", "username": "boss"}
    typed |= {"password": "sand falls up 7", "password_again": "sand falls up 7"}

    answer = await client.post("/setup", data=typed, allow_redirects=False)

    found = await entries(app_of(client)[keys.DATABASE])
    assert answer.status == 303
    assert [(e.actor, e.via, e.action) for e in found if e.via != "appliance"] == [
        ("boss", "session", "sign-in"),
        ("boss", "set-up", "create"),
    ]


@pytest.mark.parametrize("role", [UserRole.viewer])
async def test_a_program_refused_at_a_socket_is_told(client: Client, role: UserRole):
    token = await make_token(client, role)

    async with client.ws_connect(
        "/ws/controller/telemetry", headers={"Authorization": f"Bearer {token}"}
    ) as socket:
        await socket.receive()

    [entry] = await entries(app_of(client)[keys.DATABASE], action="refused")
    assert entry.actor == "viewer person"
    assert "/ws/controller/telemetry" in entry.new_json
    assert token not in entry.new_json
