"""E-mails that wait survive a kill: each arrives at least once."""

import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.mail.server import serving
from tests.waiting import eventually
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.emails import emails_waiting, queue_email, write_mail_server

COUNT = 40


async def _queue(file: Path, port: int) -> None:
    database = Database(sqlite_url(file))
    server = {"host": "127.0.0.1", "port": port, "security": "none", "username": "",
              "sender": "box@plant.lan", "password": ""}  # fmt: skip

    async def work(session: Any) -> None:
        await write_mail_server(session, server, at_ms=0, user_public_id=None)
        for number in range(COUNT):
            refused = await queue_email(
                session, to="a@plant.lan", subject=f"No. {number}.", body="Hot", at_ms=number
            )
            assert not refused

    await database.write(work)
    await database.close()


async def _count_waiting(file: Path) -> int:
    database = Database(sqlite_url(file))
    async with database.read() as session:
        waiting, _ = await emails_waiting(session)
    await database.close()
    return waiting


async def test_waiting_emails_survive_kill_9_and_each_arrives(
    launch: Callable[..., Any], empty_config: Path, tmp_path: Path
):
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    shutil.copy(empty_config, data_dir)
    async with serving() as server:
        await _queue(data_dir / "config.db", server.port)

        def came() -> list[int]:
            return [int(re.findall(r"No\. (\d+)\.", it)[0]) for it in server.letters]

        async with launch("demo") as process:
            await eventually(lambda: len(came()) > COUNT // 4, within_s=60, what="a part")
            await process.end(signal.SIGKILL)
        before = len(came())
        waiting = await _count_waiting(data_dir / "config.db")
        async with launch("demo") as process:
            await eventually(lambda: set(came()) == set(range(COUNT)), within_s=60, what="all")
            await process.end()

    assert before < COUNT
    assert waiting >= COUNT - before
    assert len(came()) <= COUNT + 1  # the one that was under way when it was killed
    assert await _count_waiting(data_dir / "config.db") == 0
