"""What the commands `backup` and `restore` do, also while the appliance runs."""

import argparse
import asyncio
import os
import socket
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from webmacs_edge.backup.folder import write_into
from webmacs_edge.backup.making import Source, make_backup
from webmacs_edge.backup.reading import Report, check_backup
from webmacs_edge.backup.restoring import RESTORED_SETTINGS, stage_backup
from webmacs_edge.config import DEFAULT_CONFIG_FILE, Settings
from webmacs_edge.model.backups import BackupScope, Wanted, backup_name, check_passphrase
from webmacs_edge.model.errors import InvalidError, StoreError
from webmacs_edge.model.times import from_ms, now_ms
from webmacs_edge.opening import MIGRATIONS
from webmacs_edge.store.datadir import hold_data_dir, is_data_dir_held
from webmacs_edge.store.swapping import put_in_place

Say = Callable[[str], None]
STDOUT = Path("-")
ON_POSTGRESQL = (
    "This appliance keeps its data on a PostgreSQL server: back that up with pg_dump "
    "(docs/postgresql.md), and keep secret.key and site.id of the data directory with it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person at the console wants."""

    wanted: Wanted
    to: Path
    passphrase: str = ""
    settings_file: Path | None = None


def run_backup(settings: Settings, order: Order, *, say: Say) -> int:
    """Make a backup and read it back; 0."""
    _check(settings, order.passphrase)
    at_ms = now_ms()
    source = Source(
        data_dir=settings.data_dir,
        site_name=settings.site_name,
        settings_file=order.settings_file or DEFAULT_CONFIG_FILE,
    )
    name = backup_name(
        socket.gethostname(), order.wanted, at_ms=at_ms, is_sealed=bool(order.passphrase)
    )
    parts = make_backup(source, order.wanted, at_ms=at_ms, passphrase=order.passphrase)
    if order.to == STDOUT:
        with _as_owner(settings.data_dir), closing(parts):
            for part in parts:
                sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
        return 0
    file = order.to / name if order.to.is_dir() else order.to
    report = _write_new(file, settings.data_dir, parts, passphrase=order.passphrase)
    for line in told(report):
        say(line)
    say(f"Written and read back: {file}")
    return 0


def _write_new(file: Path, data_dir: Path, parts: Generator[bytes], *, passphrase: str) -> Report:
    """Opened by whoever asks, who may write where the appliance may not."""
    if file.exists():
        raise InvalidError(f"{file} exists already. Give another name.")
    fresh = file.with_name(f".{file.name}.part")
    fresh.unlink(missing_ok=True)  # of an earlier try, or laid out for us by somebody in /tmp
    try:
        descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "r+b") as output, _as_owner(data_dir):
            report = write_into(output, parts, passphrase=passphrase)
        fresh.rename(file)
    finally:
        fresh.unlink(missing_ok=True)
    return report


def run_check(file: Path, *, passphrase: str, say: Say) -> int:
    """Read a backup from its beginning to its end and tell what is in it; 0."""
    with file.open("rb") as source:
        for line in told(check_backup(source, passphrase=passphrase)):
            say(line)
    say("It is whole.")
    return 0


def run_restore(settings: Settings, file: Path, *, passphrase: str, say: Say) -> int:
    """Check a backup and put it in the place of what is there, which is kept; 0.

    While the appliance runs, it is made ready for the next start.
    """
    _check(settings, "")
    with file.open("rb") as source, _as_owner(settings.data_dir):
        settings.data_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
        runs = is_data_dir_held(settings.data_dir)
        report = asyncio.run(_stage(settings, source, passphrase))
        note = "" if runs else _put_in_place(settings.data_dir)
    for line in told(report):
        say(line)
    if runs:
        say("It is checked and ready. It takes the place of what is there at the next start:")
        say("  systemctl restart webmacs-edge")
    else:
        say(note)
    if (settings.data_dir / RESTORED_SETTINGS).exists() and not runs:
        say(f"The settings file of then is {settings.data_dir / RESTORED_SETTINGS}; compare it.")
    return 0


async def _stage(settings: Settings, source: BinaryIO, passphrase: str) -> Report:
    return await stage_backup(
        settings.data_dir, source, passphrase=passphrase, migrations=MIGRATIONS, at_ms=now_ms()
    )


def _put_in_place(data_dir: Path) -> str:
    with hold_data_dir(data_dir):
        return put_in_place(data_dir)


def told(report: Report) -> Iterator[str]:
    """What a backup holds, in lines."""
    manifest = report.manifest
    taken = f"{from_ms(manifest.created_ms):%Y-%m-%d %H:%M} UTC"
    yield f"Backup of {manifest.site_name} ({manifest.host}) of {taken}, by {manifest.version}"
    history = {
        "config": "no history",
        "days": f"the last {manifest.days} days of history",
        "full": "the whole history",
    }[manifest.scope]
    chunks = report.rows.get("datapoints", 0)
    keys = "keys and settings file" if manifest.has_keys else "no keys (it is not sealed)"
    yield f"Configuration, {history} ({chunks:,} chunks), {keys}; {report.size_bytes / 1e6:.1f} MB"


def _check(settings: Settings, passphrase: str) -> None:
    if settings.database_url:
        raise InvalidError(ON_POSTGRESQL)
    if passphrase:
        check_passphrase(passphrase)


@contextmanager
def _as_owner(data_dir: Path) -> Iterator[None]:
    """As the user of the service, where root asks: no file in its directory becomes root's."""
    if os.geteuid() != 0 or not data_dir.exists() or data_dir.stat().st_uid == 0:
        yield
        return
    owner = data_dir.stat()
    try:
        os.setegid(owner.st_gid)
        os.seteuid(owner.st_uid)
        yield
    except PermissionError as error:
        raise StoreError(f"The user of the appliance may not: {error}.") from error
    finally:
        os.seteuid(0)
        os.setegid(0)


def order_of(options: argparse.Namespace, passphrase: str) -> Order:
    """What the command line asks for."""
    scope = BackupScope.full
    if options.config_only or options.days is not None:
        scope = BackupScope.config if options.config_only else BackupScope.days
    return Order(
        wanted=Wanted(scope, options.days or 0),
        to=options.to,
        passphrase=passphrase,
        settings_file=options.config,
    )
