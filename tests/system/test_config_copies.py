"""An appliance whose settings' database is damaged at the start."""

from datetime import UTC, datetime

from tests.system.conftest import reading
from webmacs_edge.store.config_copies import take_copy


async def test_it_goes_on_from_the_newest_copy_reads_records_and_says_so(launch, tmp_path):
    file = tmp_path / "data" / "config.db"
    async with launch("demo") as process:
        await reading(process)
        await process.end()
    take_copy(file, file.with_name("backups"), day=f"{datetime.now(UTC):%Y-%m-%d}")
    with file.open("r+b") as handle:
        handle.seek(4096)
        handle.write(b"\x55" * 30_000)

    async with launch("demo") as process:
        await reading(process)
        await process.sign_in()
        entries = await process.get("/api/v1/logging")

    contents = [entry["content"] for entry in entries["data"]]
    assert any("The settings' database was damaged and is kept as" in it for it in contents)
    assert list(file.parent.glob("config.db.damaged-*"))
