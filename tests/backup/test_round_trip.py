"""From a box into a file, and out of it into another box, row by row."""

import gzip
import json
import shutil
import sqlite3
import sys
import tarfile
import zlib
from contextlib import closing
from io import BytesIO
from itertools import islice
from pathlib import Path

import pytest

from tests.backup.conftest import AT_MS, FULL, backed_up, rows_of, staged
from tests.history.conftest import history_in
from tests.history.scans import scan, stored
from webmacs_edge.backup.folder import write_file, write_into
from webmacs_edge.backup.making import Source, make_backup
from webmacs_edge.backup.reading import check_backup
from webmacs_edge.backup.sealing import seal
from webmacs_edge.model.backups import BackupScope, Wanted
from webmacs_edge.model.errors import InvalidError, StoreError
from webmacs_edge.model.times import DAY_MS
from webmacs_edge.store.datadir import load_secret_key
from webmacs_edge.store.swapping import drop_staged, is_ready, put_in_place

WORDS = "correct horse battery"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """The data directory of a new box."""
    folder = tmp_path / "new"
    folder.mkdir()
    load_secret_key(folder)
    return folder


async def test_everything_comes_back_on_a_new_box_row_by_row(filled: Path, new: Path):
    report = await staged(new, backed_up(filled, passphrase=WORDS), passphrase=WORDS)
    note = put_in_place(new)

    assert "Rig 7" in note
    assert report.rows["datapoints"] > 100
    for name in ("config.db", "history.db"):
        assert rows_of(new / name) == rows_of(filled / name)
    assert (new / "secret.key").read_bytes() == (filled / "secret.key").read_bytes()
    async with history_in(filled) as before, history_in(new) as after:
        assert await stored(after, 1) == await stored(before, 1)
        assert len(await stored(after, 1)) == 72 * 6


async def test_without_a_passphrase_keys_stay_at_home_and_it_says_what_is_lost(
    filled: Path, new: Path
):
    key = (new / "secret.key").read_bytes()
    content = backed_up(filled)
    await staged(new, content)

    note = put_in_place(new)

    assert (new / "secret.key").read_bytes() == key
    assert "It holds no keys" in note
    with tarfile.open(fileobj=BytesIO(content)) as archive:  # any tar can open it
        names = archive.getnames()
        manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert names[:2] == ["manifest.json", "config.db"]
    assert not any(name.startswith("files/") for name in names)
    assert manifest["scope"] == "full"


async def test_a_backup_of_the_configuration_leaves_the_history_alone(filled: Path):
    content = backed_up(filled, Wanted(BackupScope.config))
    before = rows_of(filled / "history.db")
    with closing(sqlite3.connect(filled / "config.db")) as config, config:
        config.execute("DELETE FROM site_settings WHERE key = 'mark'")
    await staged(filled, content)

    put_in_place(filled)

    assert len(content) < 40_000
    assert rows_of(filled / "history.db") == before
    assert ("mark", "1") in [row[:2] for row in rows_of(filled / "config.db")["site_settings"]]
    kept = asides_of(filled)[0] / "config.db"
    assert "mark" not in str(rows_of(kept)["site_settings"])


async def test_the_last_day_holds_the_last_day_and_makes_its_summaries_anew(
    filled: Path, new: Path
):
    content = backed_up(filled, Wanted(BackupScope.days, 1))
    await staged(new, content)
    put_in_place(new)

    async with history_in(new) as history:
        samples = await stored(history, 1)
    assert AT_MS - DAY_MS - 3_600_000 <= samples[0][0] <= AT_MS - DAY_MS
    assert len(samples) in range(24 * 6, 25 * 6 + 1)
    assert len(content) < len(backed_up(filled))


async def test_what_is_recorded_meanwhile_is_neither_held_up_nor_lost_nor_in_it(
    filled: Path, new: Path
):
    async with history_in(filled) as history:
        before = len(await stored(history, 1))
        parts = make_backup(Source(data_dir=filled, site_name="x"), FULL, at_ms=AT_MS)
        content = [next(parts)]
        for second in range(5):
            history.recorder.take(scan(AT_MS + second * 1000, [1.0, 2.0]))
            assert await history.recorder.flush()
            content += islice(parts, 2)
        content += list(parts)
        rows = await stored(history, 1)
        assert [row[0] for row in rows[-5:]] == [AT_MS + n * 1000 for n in range(5)]
    await staged(new, b"".join(content))
    put_in_place(new)

    async with history_in(new) as history:
        assert len(await stored(history, 1)) == before


async def test_one_that_an_older_release_made_is_brought_up_to_date(filled: Path, new: Path):
    with closing(sqlite3.connect(filled / "history.db")) as history, history:
        history.execute("DROP INDEX datapoints_counts")
        history.execute("PRAGMA user_version=0")

    report = await staged(new, backed_up(filled))
    put_in_place(new)

    assert report.manifest.history_version == 0
    with closing(sqlite3.connect(new / "history.db")) as history:
        assert history.execute("PRAGMA user_version").fetchone()[0] == 1
        assert history.execute(
            "SELECT 1 FROM sqlite_master WHERE name='datapoints_counts'"
        ).fetchone()


async def test_one_of_a_later_release_is_refused_by_its_name(filled: Path, new: Path):
    with closing(sqlite3.connect(filled / "config.db")) as config, config:
        config.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(InvalidError, match="made by a later release"):
        await staged(new, backed_up(filled))
    assert not (new / "restore.new").exists()


async def test_a_backup_that_is_cut_off_or_changed_anywhere_changes_nothing(
    filled: Path, new: Path
):
    content = backed_up(filled, Wanted(BackupScope.days, 1))
    size = len(content)
    wrong = [content[: size * percent // 100] for percent in range(0, 100, 4)]
    for percent in range(2, 100, 7):
        changed = bytearray(content)
        changed[size * percent // 100] ^= 0x55
        wrong.append(bytes(changed))
    wrong += [content + b"more", content[:-1], b"PK\x03\x04 a zip"]
    before = names_in(new)

    for bad in wrong:
        if _same_content(bad, content):  # a run of zeros can be packed in several ways
            continue
        with pytest.raises((InvalidError, StoreError)):
            check_backup(BytesIO(bad))
    for bad in (wrong[12], wrong[-3]):
        with pytest.raises((InvalidError, StoreError)):
            await staged(new, bad)
    assert names_in(new) == before


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "files/../secret.key", "files/authorized_keys", "history/1.part"]
)
def test_a_file_that_is_none_of_ours_is_refused(name: str):
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for member, content in (("manifest.json", _manifest()), (name, b"x")):
            head = tarfile.TarInfo(member)
            head.size = len(content)
            archive.addfile(head, BytesIO(content))

    with pytest.raises(InvalidError, match="no file of ours"):
        check_backup(BytesIO(made.getvalue()))


@pytest.mark.parametrize(
    "schema",
    [
        b"[" * 100_000,
        b'{"version": 1, "page_size": 512, "after": [], "tables": ["x"]}',
        b'{"version": 1, "page_size": 512, "after": [], "tables": {"x": "CREATE TABLE x ("}}',
    ],
)
async def test_a_history_that_cannot_be_made_is_refused_in_words(new: Path, schema: bytes):
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for member, content in (("manifest.json", _manifest()), ("history/schema.json", schema)):
            head = tarfile.TarInfo(member)
            head.size = len(content)
            archive.addfile(head, BytesIO(content))

    with pytest.raises((InvalidError, StoreError)):
        await staged(new, made.getvalue())
    assert not is_ready(new)


def test_a_link_is_refused():
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        head = tarfile.TarInfo("config.db")
        head.type, head.linkname = tarfile.SYMTYPE, "/etc/shadow"
        archive.addfile(head)

    with pytest.raises(InvalidError):
        check_backup(BytesIO(made.getvalue()))


def test_a_full_disk_leaves_nothing_behind_and_says_so(filled: Path, tmp_path: Path):
    with pytest.raises(StoreError, match="could not be written: No space left"):
        write_file_to_full(filled)
    assert not list((filled / "backup.tmp").iterdir())


def write_file_to_full(filled: Path) -> None:
    """/dev/full is a disk without room."""
    parts = make_backup(Source(data_dir=filled, site_name="x"), FULL, at_ms=AT_MS)
    with Path("/dev/full").open("r+b", buffering=0) as disk:
        write_into(disk, parts, passphrase="")


def test_files_are_verified_and_the_oldest_go(filled: Path, tmp_path: Path):
    folder = tmp_path / "stick"
    folder.mkdir()
    for minute in range(3):
        name = f"webmacs-edge-box-20260101T00000{minute}Z-full.tar.gz"
        parts = make_backup(Source(data_dir=filled, site_name="x"), FULL, at_ms=AT_MS)
        report = write_file(folder, name, parts, keep=2)

    assert report.rows["datapoints"] > 100
    assert sorted(file.name[30:32] for file in folder.iterdir()) == ["01", "02"]
    with pytest.raises(StoreError, match="Is the stick plugged in"):
        write_file(
            tmp_path / "gone",
            name,
            make_backup(Source(data_dir=filled, site_name="x"), FULL, at_ms=AT_MS),
        )


async def test_wherever_the_power_is_cut_the_next_start_goes_on(filled: Path, tmp_path: Path):
    """Every rename is a moment: what it left must end in the same place."""
    with closing(sqlite3.connect(filled / "config.db")) as config, config:
        config.execute("DELETE FROM site_settings")
    content = backed_up(filled)
    await staged(filled, content)
    moments = [filled]
    for at in range(1, 4):
        copy = tmp_path / f"cut{at}"
        shutil.copytree(filled, copy)
        _stop_after(copy, renames=at)
        moments.append(copy)

    for folder in moments:
        put_in_place(folder)
        assert not is_ready(folder)
        assert rows_of(folder / "history.db") == rows_of(moments[0] / "history.db")
        aside = asides_of(folder)[0]
        assert {"config.db", "history.db"} <= {file.name for file in aside.iterdir()}


async def test_half_of_a_restore_is_forgotten_at_the_next_start(filled: Path):
    (filled / "restore.new").mkdir()
    (filled / "restore.new" / "config.db").write_bytes(b"half")
    before = rows_of(filled / "config.db")

    assert put_in_place(filled) == ""
    assert rows_of(filled / "config.db") == before
    assert not (filled / "restore.new").exists()


async def test_a_second_one_waits_until_the_first_is_in_place_or_dropped(filled: Path):
    content = backed_up(filled, Wanted(BackupScope.config))
    await staged(filled, content)

    with pytest.raises(InvalidError, match="Another backup waits"):
        await staged(filled, content)
    drop_staged(filled)
    await staged(filled, content)
    assert is_ready(filled)


def _manifest() -> bytes:
    found = {
        "product": "webmacs-edge", "format": 1, "version": "1", "created_ms": 0, "scope": "full",
        "days": 0, "config_revision": "0001", "history_version": 0, "site_name": "", "host": "",
        "key_mark": "", "has_keys": False,
    }  # fmt: skip
    return json.dumps(found).encode()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def asides_of(folder: Path) -> list[Path]:
    return list(folder.glob("before-restore-*"))


def _same_content(one: bytes, other: bytes) -> bool:
    try:
        return gzip.decompress(one) == gzip.decompress(other)
    except (OSError, EOFError, zlib.error):
        return False


class _CutError(Exception):
    """The power is gone."""


def _stop_after(folder: Path, *, renames: int) -> None:
    """Do so many of the renames of `put_in_place`, and no more."""
    count = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event == "os.rename" and str(folder) in str(arguments[0]) and count >= 0:
            count += 1
            if count > renames:
                count = -1
                raise _CutError

    sys.addaudithook(watch)
    with pytest.raises(_CutError):
        put_in_place(folder)
    count = -1


def test_sealed_ones_need_their_passphrase(filled: Path):
    content = b"".join(seal([backed_up(filled)], WORDS))

    with pytest.raises(InvalidError, match="Give the passphrase"):
        check_backup(BytesIO(content))
    with pytest.raises(InvalidError, match="passphrase is wrong"):
        check_backup(BytesIO(content), passphrase="something else")
    assert check_backup(BytesIO(content), passphrase=WORDS).manifest.scope is BackupScope.full
