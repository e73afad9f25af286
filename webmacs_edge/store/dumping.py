"""Copies of what a PostgreSQL server holds of this site, made by its own pg_dump."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from webmacs_edge.model.errors import StoreError
from webmacs_edge.store.history_tables import CHUNKS

LIMIT_S = 900.0
PROGRAM = "pg_dump"
_HISTORY = f"{CHUNKS.name}*"  # sealed chunks and what belongs to them: most of the bytes


def is_dump_possible() -> bool:
    """Whether the program is on this box (package postgresql-client)."""
    return shutil.which(PROGRAM) is not None


async def dump_site(url: str, to: Path, *, with_history: bool) -> None:
    """Write the schema of this site into a file that is there as a whole or not; StoreError."""
    fresh = to.with_name(f"{to.name}.part")
    command, environment = _command(url, fresh, with_history=with_history)
    try:
        await asyncio.to_thread(to.parent.mkdir, mode=0o750, parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            *command,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(LIMIT_S):
                _, said = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            words = said.decode(errors="replace").strip().splitlines()
            raise StoreError(f"pg_dump could not copy the database: {' '.join(words)[-400:]}")
        await asyncio.to_thread(fresh.replace, to)
    except TimeoutError as error:
        raise StoreError(f"pg_dump took longer than {LIMIT_S / 60:.0f} minutes.") from error
    except OSError as error:
        raise StoreError(f"pg_dump could not copy the database: {error}.") from error
    finally:
        await asyncio.to_thread(fresh.unlink, missing_ok=True)


def _command(url: str, to: Path, *, with_history: bool) -> tuple[Sequence[str], dict[str, str]]:
    """The password goes by the environment, which only the same user can see."""
    from webmacs_edge.store.postgres import split  # noqa: PLC0415 only where a server is used

    address, schema = split(url)
    host = address.host or address.query.get("host")
    told = {
        "PGHOST": host, "PGPORT": address.port, "PGUSER": address.username,
        "PGPASSWORD": address.password, "PGDATABASE": address.database,
        "PGSSLMODE": address.query.get("ssl"), "PGCONNECT_TIMEOUT": 10,
    }  # fmt: skip
    environment = {name: str(value) for name, value in told.items() if value}
    left_out = [] if with_history else [f"--exclude-table={schema}.{_HISTORY}"]
    command = [PROGRAM, "--format=custom", "--no-password", f"--schema={schema}", *left_out]
    return [*command, f"--file={to}"], {**environment, "PATH": os.environ.get("PATH", "/usr/bin")}
