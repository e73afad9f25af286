"""Starting, stopping, killing: what the operator's data go through."""

import asyncio
import contextlib
import signal
import socket
import sys
from datetime import datetime

import pytest

from tests.system.conftest import environment, reading
from tests.waiting import eventually


async def run(*arguments: str, **options) -> tuple[int, str, str]:
    """A command that ends by itself: status, output, errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "webmacs_edge",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=options.get("env"),
    )
    given = options.get("text", "").encode()
    out, error = await asyncio.wait_for(process.communicate(given), 60)
    return process.returncode or 0, out.decode(), error.decode()


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["run"],
        ["demo"],
        ["plant"],
        ["doctor"],
        ["users"],
        ["users", "add"],
        ["migrate"],
        ["export"],
    ],
)
async def test_every_command_explains_itself(command):
    status, out, _ = await run(*command, "--help")

    assert status == 0
    assert out.startswith("usage: ")


async def test_the_version_is_printed():
    status, out, _ = await run("version")

    assert (status, out.split()[:2]) == (0, ["WebMACS", "Edge"])


@pytest.mark.parametrize(
    ("command", "unneeded"),
    [
        (["version"], {"numpy", "sqlalchemy", "pydantic", "aiohttp"}),
        (["export", "--help"], {"numpy", "sqlalchemy", "pydantic", "aiohttp"}),
        (["settings"], {"numpy", "aiohttp"}),
    ],
)
async def test_a_command_loads_what_it_needs_alone(command, unneeded):
    code = "import atexit, sys; from webmacs_edge.__main__ import main"
    code += "; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); main(sys.argv[1:])"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *command,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, loaded = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 0
    assert "webmacs_edge.command_line" in loaded.decode().split()
    assert unneeded.isdisjoint(loaded.decode().split())


async def test_wrong_settings_end_with_a_status_that_systemd_can_use(launch):
    async with launch("demo", WEBMACS_SCAN_HZ="1000") as process:
        await process.process.wait()
        status, error = await process.end()

    assert status == 78
    assert "scan_hz" in error
    assert "Traceback" not in error


async def test_a_clean_stop_keeps_every_sample_and_ends_with_success(launch):
    async with launch("demo", has_nothing=True) as process:
        await reading(process)
        await process.sign_in()
        latest = await process.get("/api/v1/datapoints/latest")
        status, error = await process.end()

    async with launch("demo") as again:
        await reading(again)
        await again.sign_in()
        series = await series_of(again, latest)

    assert status == 0, error
    for datapoint in latest:
        points = series[datapoint["event_public_id"]]
        stored = [datetime.fromisoformat(point["timestamp"]) for point in points]
        assert stored
        assert min(stored) <= datetime.fromisoformat(datapoint["timestamp"])


async def series_of(process, latest):
    ids = [datapoint["event_public_id"] for datapoint in latest][:20]
    body = {"event_public_ids": ids, "minutes": 60, "max_points": 2000}
    return await process.post("/api/v1/datapoints/series", body)


async def test_after_kill_9_everything_before_the_last_flush_is_there(launch):
    async with launch("demo") as process:
        await reading(process)
        await process.sign_in()
        channel = await moving_channel(process)
        await eventually(lambda: count_points(process, channel), within_s=30)
        before = (await process.health() or {})["last_datapoint"]
        await process.end(signal.SIGKILL)

    async with launch("demo") as again:
        await reading(again)
        await again.sign_in()
        series = (await series_of(again, [{"event_public_id": channel}]))[channel]

    times = [datetime.fromisoformat(point["timestamp"]) for point in series]
    assert times == sorted(set(times))
    assert min(times) < datetime.fromisoformat(before)


async def moving_channel(process) -> str:
    events = (await process.get("/api/v1/events?page_size=100"))["data"]
    return next(event["public_id"] for event in events if event["name"] == "Air flow")


async def count_points(process, channel) -> bool:
    series = await series_of(process, [{"event_public_id": channel}])
    return len(series[channel]) > 20


async def test_a_second_appliance_on_the_same_data_refuses_to_start(launch):
    async with launch("demo") as first:
        await reading(first)
        async with launch("demo") as second:
            await second.process.wait()
            status, error = await second.end()

        assert await first.health()
    assert status == 69
    assert "Another WebMACS Edge uses the data directory" in error


async def test_a_port_in_use_is_named_with_the_way_out(launch, tmp_path):
    async with launch("demo") as first:
        await reading(first)
        port = first.url.rpartition(":")[2]
        async with launch("demo", data_dir=tmp_path / "other", WEBMACS_PORT=port) as second:
            await second.process.wait()
            status, error = await second.end()

    assert status == 69
    assert "WEBMACS_PORT" in error


async def test_without_hardware_it_serves_says_what_to_do_and_starts_by_itself(
    launch, own_plant, tmp_path
):
    image, config = tmp_path / "late-image", tmp_path / "late.rsc"
    config.write_text("{ this is not PiCtory")
    paths = {"WEBMACS_PROCESS_IMAGE": str(image), "WEBMACS_CONFIG_RSC": str(config)}

    async with launch("run", **paths) as process:
        await eventually(process.health, within_s=30)
        assert (await process.health() or {})["last_datapoint"] is None
        image.symlink_to(own_plant.image_path)
        config.write_bytes(own_plant.config_path.read_bytes())
        health = await reading(process)

    assert health["database"] == "ok"


async def test_users_can_be_added_while_it_runs_and_then_sign_in(launch, tmp_path):
    async with launch("demo") as process:
        await reading(process)
        status, out, error = await run(
            "users",
            "add",
            "ada@plant.lan",
            "--role=operator",
            env=environment(tmp_path / "data", 1),
            text="a long enough secret\n",
        )
        body = {"email": "ada@plant.lan", "password": "a long enough secret"}
        signed_in = await process.post("/api/v1/auth/login", body)

    assert status == 0, error
    assert "operator" in out
    assert signed_in["username"] == "ada"


async def test_a_user_with_a_poor_password_is_refused(tmp_path):
    status, _, error = await run(
        "users", "add", "ada@plant.lan", env=environment(tmp_path, 1), text="short\n"
    )

    assert status == 1
    assert "10 characters" in error


async def test_systemd_hears_that_it_is_ready_and_that_it_lives(launch, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        heard: list[str] = []

        def hear(word: str) -> bool:
            with contextlib.suppress(BlockingIOError):
                heard.append(listener.recv(1000).decode())
            return word in heard

        given = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
        async with launch("demo", **given) as process:
            await eventually(lambda: hear("READY=1"), within_s=30)
            await eventually(lambda: hear("WATCHDOG=1"), within_s=30)
            await process.end()
            await eventually(lambda: hear("STOPPING=1"))

    assert heard.index("READY=1") < heard.index("STOPPING=1")


async def test_the_description_of_the_api_is_whole_although_docstrings_are_gone(launch):
    async with launch("demo") as process:
        await eventually(process.health, within_s=30)
        document = await process.get("/openapi.json")

    operations = [entry for path in document["paths"].values() for entry in path.values()]
    assert operations
    assert all(entry["summary"] for entry in operations)
