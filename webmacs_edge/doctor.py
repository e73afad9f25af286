"""Looks at everything that can be wrong, also while the appliance runs; writes nothing."""

import asyncio
from collections.abc import Callable

from webmacs_edge.config import RESOURCES, Settings
from webmacs_edge.firmware.installer import Installer
from webmacs_edge.hardware.pictory import CANDIDATES, find_config
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.history.integrity import Findings, check_everything
from webmacs_edge.model.audit import KEY_PURPOSE, AuditAction
from webmacs_edge.model.box_keys import derive_key
from webmacs_edge.model.errors import (
    CertificateError,
    ConfigurationError,
    DriverError,
    SettingsError,
    StoreError,
    WebmacsError,
)
from webmacs_edge.model.times import from_ms, now_ms
from webmacs_edge.opening import database_urls
from webmacs_edge.store.audit_chain import Verdict, check_chain, is_in_chain, read_head
from webmacs_edge.store.audit_entries import AuditFilter, list_audit_entries
from webmacs_edge.store.audit_file import read_seen
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.datadir import KEY_FILE, load_secret_key
from webmacs_edge.store.files import waiting_files
from webmacs_edge.store.inspection import Key, file_faults
from webmacs_edge.store.users import count_users
from webmacs_edge.tls.maker import look_at
from webmacs_edge.web.front import make_keeper

Say = Callable[[str], None]
MOST_LISTED = 20
SAID_EVERY_CHUNKS = 20_000


def make_driver(settings: Settings, *, only_looks: bool = False) -> RevPi:
    """The RevPi of this machine; its files need not be there yet.

    Whoever only looks must not arm the watchdog: letting go of it would zero all outputs.
    """
    try:
        config = find_config(settings.config_rsc)
    except ConfigurationError:
        config = CANDIDATES[0]
    is_armed = settings.output_sole_writer and not only_looks
    watchdog_s = settings.output_watchdog_s if is_armed else 0
    return RevPi(
        settings.process_image,
        config,
        watchdog_ms=round(watchdog_s * 1000),
        verifies=settings.compare_configuration,
    )


async def run_doctor(settings: Settings, *, say: Say, is_virtual: bool = False) -> int:
    """Look at everything that can be wrong; 0 when all is well, 1 otherwise."""
    faults = 0
    for name, check in (
        ("Device", _tell_virtual if is_virtual else _check_device),
        ("Data directory", _check_data_dir),
        ("Audit trail", _check_audit),
        ("Certificate", _check_certificate),
        ("History", _check_history),
        ("Updates", _check_updates),
    ):
        try:
            say(f"✓ {name}: {await check(settings, say)}")
        except (WebmacsError, OSError) as error:
            faults += 1
            say(f"✗ {name}: {error}")
    say("All is well." if not faults else f"{faults} thing(s) need attention.")
    return 1 if faults else 0


async def _tell_virtual(_settings: Settings, _say: Say) -> str:
    return "there is no Revolution Pi here; a virtual plant stands in (SIMULATION)"


async def _check_device(settings: Settings, _say: Say) -> str:
    driver = make_driver(settings, only_looks=True)
    try:
        await asyncio.to_thread(driver.open)
        image = await asyncio.to_thread(driver.read)
        layout = driver.layout()
    finally:
        driver.close()
    if len(image.data) < layout.length:
        raise DriverError(f"The image has {len(image.data)} bytes, {layout.length} are needed.")
    used = sum(point.used for point in layout.points)
    return f"{len(layout.devices)} modules, {used} used points, from {layout.source}"


async def _check_data_dir(settings: Settings, _say: Say) -> str:
    if not settings.database_url and not (settings.data_dir / "config.db").exists():
        raise SettingsError(
            f"{settings.data_dir} holds no database yet; `webmacs-edge run` makes it."
        )
    database = Database(database_urls(settings)[0])
    try:
        async with database.read() as session:
            users = await count_users(session)
        faults = await file_faults(database)
    finally:
        await database.close()
    if faults:
        raise StoreError(
            f"config.db is damaged ({'; '.join(faults[:3])}). The next start keeps it aside and "
            f"goes back to the newest sound copy in {settings.data_dir / 'backups'}."
        )
    return f"{settings.data_dir}, {users} user(s)"


async def _check_audit(settings: Settings, say: Say) -> str:
    """Every entry bears its seal, none is missing, and the end is where this box saw it."""
    database = Database(database_urls(settings)[0])
    try:
        async with database.read() as session:
            if (await read_head(session)).id == 0:
                return "nothing was changed yet"
            key = await asyncio.to_thread(_audit_key, settings)
            verdict = await check_chain(session, key)
            seen = await asyncio.to_thread(read_seen, settings.data_dir)
            is_whole = seen is None or await is_in_chain(session, seen)
            gaps = await list_audit_entries(session, AuditFilter(action=AuditAction.gap), limit=20)
    finally:
        await database.close()
    for gap in gaps:
        say(f"  Entry {gap.id}: on {from_ms(gap.at_ms):%Y-%m-%d} the trail was found cut off.")
    if verdict.first_bad is not None:
        raise StoreError(_what_is_forged(verdict, settings))
    if seen is not None and not is_whole:
        raise StoreError(
            f"Entry {seen.id} was there but is not any more: the end of the trail was cut off, or "
            "an older copy of the database was put in place. The next start writes that down."
        )
    return f"{verdict.entries:,} entries, each sealed onto the one before"


async def _check_updates(settings: Settings, _say: Say) -> str:
    installer = Installer(settings.data_dir / "updates", resources=RESOURCES)
    phase, trouble = await asyncio.to_thread(lambda: (installer.phase, installer.trouble()))
    if trouble:
        raise StoreError(
            f"Going back to the version before has not worked yet: {trouble} "
            "It is tried again; see what is in its way (a full disk?), then: "
            "systemctl restart webmacs-edge-update-resume"
        )
    return "none is under way" if phase == "idle" else f"one is under way ({phase})"


def _audit_key(settings: Settings) -> bytes:
    file = settings.data_dir / KEY_FILE
    if not file.exists():
        raise SettingsError(f"{file} is missing; without it no entry can be verified.")
    return derive_key(load_secret_key(settings.data_dir), KEY_PURPOSE)


def _what_is_forged(verdict: Verdict, settings: Settings) -> str:
    return (
        f"Entry {verdict.first_bad} is the first of {verdict.bad} that cannot be trusted: "
        f"{verdict.why}. Somebody changed the database, or {settings.data_dir / KEY_FILE} is "
        "not the key it was written with. Compare with the newest copy that you trust."
    )


async def _check_certificate(settings: Settings, _say: Say) -> str:
    if not settings.https_port:
        return "HTTPS is not served (https_port = 0)"
    keeper = make_keeper(settings)
    if not keeper.given.is_there and not keeper.own.is_there:
        return "none yet; `webmacs-edge run` makes one at its first start"
    pair, facts = await look_at(keeper.given, keeper.own)
    if facts.not_after_ms < now_ms():
        raise CertificateError(f"{pair.certificate} has ended. Put a newer one there.")
    return f"{pair.certificate}, until {from_ms(facts.not_after_ms):%Y-%m-%d}"


async def _check_history(settings: Settings, say: Say) -> str:
    """Every chunk on this box, and on the server where there is one."""
    local = settings.data_dir / ("spool.db" if settings.database_url else "history.db")
    urls = [sqlite_url(local)] if local.exists() else []
    if settings.database_url:
        urls.append(database_urls(settings)[1])
    seen = Findings()
    for url in urls:
        _add(seen, await _check_one(url, say))
    waiting = await asyncio.to_thread(waiting_files, local)
    for file in waiting:
        say(f"  {file} is damaged and not salvaged yet; `webmacs-edge run` does it.")
    if not seen.is_good or waiting:
        raise StoreError(_what_is_wrong(seen))
    return (
        f"{seen.chunks:,} chunks with {seen.samples:,} samples and {seen.journal_rows} rows of "
        "the journal, all as they were written"
    )


async def _check_one(url: str, say: Say) -> Findings:
    said = 0

    def tell(findings: Findings) -> None:
        nonlocal said
        if findings.chunks - said >= SAID_EVERY_CHUNKS:
            said = findings.chunks
            say(f"  {said:,} chunks checked …")

    database = Database(url)
    try:
        findings = await check_everything(database, on_progress=tell)
    finally:
        await database.close()
    for fault in findings.file_faults:
        say(f"  {fault}")
    for key in findings.damaged[:MOST_LISTED]:
        say(f"  {_named(key)} is damaged; it is left out.")
    return findings


def _named(key: Key) -> str:
    return f"The hour of channel {key.channel} from {from_ms(key.t0):%Y-%m-%d %H:%M} UTC"


def _add(seen: Findings, more: Findings) -> None:
    seen.chunks += more.chunks
    seen.samples += more.samples
    seen.journal_rows += more.journal_rows
    seen.damaged_rows += more.damaged_rows
    seen.wrong_rollups += more.wrong_rollups
    seen.damaged += more.damaged
    seen.file_faults += more.file_faults


def _what_is_wrong(seen: Findings) -> str:
    parts = [
        (len(seen.file_faults), "faults of the file, which is salvaged at the next start"),
        (len(seen.damaged), "damaged chunks, which are left out"),
        (seen.damaged_rows, "damaged rows of the journal"),
        (seen.wrong_rollups, "wrong summaries, which the running appliance makes anew"),
    ]
    found = ", ".join(f"{count} {what}" for count, what in parts if count)
    return f"{found or 'A file waits to be salvaged'}. Is the storage at the end of its life?"
