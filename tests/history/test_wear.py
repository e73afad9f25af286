"""What is written to the storage, and how long that goes well."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from webmacs_edge.history.counters import Counters
from webmacs_edge.history.wear import WearMeter
from webmacs_edge.model.times import DAY_MS
from webmacs_edge.model.wear import (
    DayWritten,
    DeviceLife,
    forecast_years,
    mean_bytes_per_day,
    reserve_word,
    used_percent,
    wear_warning,
)
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.written_days import list_written

NOW_MS = 1_800_000_000_000 // DAY_MS * DAY_MS
GB = 10**9


class Kernel:
    """The part of /proc and /sys that is read, as an appliance with an eMMC has it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.disk = root / "devices" / "mmc0" / "block" / "mmcblk0"
        partition = self.disk / "mmcblk0p2"
        (partition).mkdir(parents=True)
        (partition / "partition").write_text("2")
        (root / "dev" / "block").mkdir(parents=True)
        (root / "dev" / "block" / "179:2").symlink_to(partition)
        (root / "block").mkdir()
        (root / "block" / "mmcblk0").symlink_to(self.disk)
        (self.disk / "size").write_text(f"{8 * 2**30 // 512}\n")
        self.write(app_bytes=0, device_bytes=0)

    def write(self, *, app_bytes: int, device_bytes: int) -> None:
        (self.root / "io").write_text(
            f"rchar: 1\nwrite_bytes: {app_bytes}\ncancelled_write_bytes: 0\n"
        )
        sectors = device_bytes // 512
        (self.disk / "stat").write_text(f"  1 2 3 4 5 6 {sectors} 8 9 10 11\n")

    def tell_life(self, life_time: str, pre_eol: str) -> None:
        (self.disk / "device").mkdir(exist_ok=True)
        (self.disk / "device" / "life_time").write_text(life_time)
        (self.disk / "device" / "pre_eol_info").write_text(pre_eol)

    def counters(self) -> Counters:
        return Counters(self.root / "io", self.root, lambda _: (179, 2))


@pytest.fixture
def kernel(tmp_path):
    return Kernel(tmp_path / "sys")


@pytest.fixture
async def config(tmp_path: Path, empty_config: Path) -> AsyncIterator[Database]:
    shutil.copy(empty_config, tmp_path / "config.db")
    database = Database(sqlite_url(tmp_path / "config.db"))
    yield database
    await database.close()


def meter_of(kernel, config, notes=None) -> WearMeter:
    async def write_note(content, _logging_type):
        notes.append(content)

    meter = WearMeter(config, Path("/"), write_note=write_note, counters=kernel.counters())
    meter._counted_s = 0.0  # noqa: SLF001 time is an argument here
    return meter


async def test_both_counters_add_up_over_the_day_and_outlive_a_restart(kernel, config):
    kernel.write(app_bytes=100, device_bytes=5120)
    meter = meter_of(kernel, config)
    kernel.write(app_bytes=1000, device_bytes=10240)
    await meter.count(NOW_MS, mono_s=60)
    await meter.save()
    kernel.write(app_bytes=50, device_bytes=15360)  # a new process of the same boot
    again = meter_of(kernel, config)
    await again.count(NOW_MS + 1000, mono_s=30)

    report = await again.report(NOW_MS + 1000)

    assert report.today_bytes == 1050
    assert report.device_today_bytes == 5120
    await again.save()
    async with config.read() as session:
        assert await list_written(session) == [DayWritten(NOW_MS // DAY_MS, 1050, 5120, 90)]


async def test_a_counter_that_begins_anew_counts_from_nothing(kernel, config):
    kernel.write(app_bytes=0, device_bytes=512_000)
    meter = meter_of(kernel, config)
    kernel.write(app_bytes=0, device_bytes=1024)
    await meter.count(NOW_MS, mono_s=60)

    assert (await meter.report(NOW_MS)).device_today_bytes == 1024


async def test_the_forecast_names_its_assumptions(kernel, config):
    notes: list[str] = []
    meter = meter_of(kernel, config, notes)
    kernel.write(app_bytes=GB, device_bytes=20 * GB)
    await meter.count(NOW_MS, mono_s=86_400)

    report = await meter.report(NOW_MS)

    assert report.device_size_bytes == 8 * 2**30
    assert report.erase_cycles == 3000
    assert report.endurance_bytes == 3000 * 8 * 2**30
    assert report.device_mean_bytes_per_day == 20 * GB
    assert report.forecast_years == pytest.approx(3.5, rel=0.05)
    assert "lasts about 4 years" in report.warning
    for _ in range(2):
        await meter._warn(NOW_MS)  # noqa: SLF001 as every hour
    assert notes == [report.warning]


async def test_where_the_kernel_counts_nothing_nothing_is_said(tmp_path, config):
    counters = Counters(tmp_path / "io", tmp_path, lambda _: (0, 30))
    meter = WearMeter(config, tmp_path, write_note=None, counters=counters)  # type: ignore[arg-type]
    await meter.count(NOW_MS, mono_s=1e9)

    report = await meter.report(NOW_MS)

    assert (report.today_bytes, report.device_today_bytes) == (0, None)
    assert (report.forecast_years, report.warning, report.lives) == (None, "", ())


def test_the_real_kernel_is_understood(tmp_path):
    counters = Counters()

    assert counters.app_bytes() is not None
    device = counters.device(tmp_path)
    assert device is None or (counters.device_bytes(device) or 0) >= 0
    assert isinstance(counters.lives(), tuple)


def test_an_encrypted_volume_counts_on_the_device_under_it(kernel):
    mapped = kernel.root / "devices" / "dm-0"
    (mapped / "slaves").mkdir(parents=True)
    (mapped / "slaves" / "mmcblk0p2").symlink_to(kernel.disk / "mmcblk0p2")
    (kernel.root / "dev" / "block" / "253:0").symlink_to(mapped)
    counters = Counters(kernel.root / "io", kernel.root, lambda _: (253, 0))

    assert counters.device(Path("/")) == kernel.disk


async def test_a_device_that_tells_its_age_shortens_the_forecast(kernel, config):
    kernel.tell_life("0x02 0x05\n", "0x01\n")
    meter = meter_of(kernel, config)
    kernel.write(app_bytes=0, device_bytes=GB)
    await meter.count(NOW_MS, mono_s=86_400)

    report = await meter.report(NOW_MS)

    assert report.lives == (DeviceLife("mmcblk0", 50, "normal"),)
    assert report.forecast_years == pytest.approx(3000 * 8 * 2**30 / GB / 365.25 / 2)
    assert report.warning == ""


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        (DeviceLife("mmcblk0", 110), "worn out"),
        (DeviceLife("mmcblk0", 20, "urgent"), "worn out"),
        (DeviceLife("mmcblk0", 20, "warning"), "80 %"),
        (DeviceLife("mmcblk0", 20, "normal"), ""),
    ],
)
def test_a_device_that_says_it_is_worn_out_is_believed(life, expected):
    assert expected in wear_warning(100.0, GB, [life])
    assert bool(wear_warning(100.0, GB, [life])) == bool(expected)


def test_words_of_the_kernel():
    assert [used_percent(word) for word in ("0x00", "0x01", "0x0a", "0x0b", "0x0c", "?")] == [
        None, 10, 100, 110, None, None,
    ]  # fmt: skip
    assert [reserve_word(word) for word in ("0x00", "0x01", "0x02", "0x03", "?")] == [
        "", "normal", "warning", "urgent", "",
    ]  # fmt: skip


def test_the_mean_counts_only_what_was_seen():
    days = [DayWritten(1, 1000, 0, 43_200), DayWritten(2, 3000, 0, 86_400)]

    assert mean_bytes_per_day(days, of_device=False) == 2666
    assert mean_bytes_per_day(days, of_device=False, most_days=1) == 3000
    assert mean_bytes_per_day([DayWritten(1, 10**9, 0, 60)], of_device=False) is None
    assert forecast_years(None, GB, []) is None
    assert forecast_years(GB, None, []) is None
