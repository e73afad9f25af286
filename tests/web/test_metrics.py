"""Figures for monitoring: the text of `/metrics`, who may read it, `/health?detail`, the bus."""

import re
from pathlib import Path

import pytest

from tests.conftest import Client, app_of, sign_in_as
from tests.waiting import eventually
from webmacs_edge.history.clock import Clock
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.site_settings import SiteSettings
from webmacs_edge.web import keys
from webmacs_edge.web.exposition import (
    Distribution,
    Kind,
    Metric,
    counter,
    gauge,
    write_metrics,
)
from webmacs_edge.web.measures import _bus
from webmacs_edge.web.plant_checks import bus_checks
from webmacs_edge.web.system_facts import Facts

_DOCUMENT = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?[\d.e+-]+|NaN|[+-]Inf)")
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_OF_A_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")


def parse(text: str) -> tuple[dict[str, str], dict[tuple[str, ...], float]]:
    """Kinds by name, and samples by name and labels, as a scraper reads them."""
    kinds, samples, helped = {}, {}, set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            helped.add(line.split(" ", 3)[2])
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name in helped
            assert name not in kinds, "one metric stands in one piece"
            kinds[name] = kind
        else:
            found = _SAMPLE.fullmatch(line)
            assert found, line
            name, labels, value = found.groups()
            family = name if name in kinds else _OF_A_HISTOGRAM.sub("", name)
            assert family == list(kinds)[-1], "samples follow their own type"
            key = (name, *(f"{k}={v}" for k, v in _LABEL.findall(labels or "")))
            assert key not in samples
            samples[key] = float(value)
    return kinds, samples


def test_the_text_is_in_the_format_of_prometheus():
    text = write_metrics(
        [
            counter("scans", "Of the plant.", 7),
            gauge("share", "A part.", 0.25),
            Metric("odd", Kind.gauge, 'A "name"\nwith \\ in it.', [({"name": 'a"b\\c\nd'}, 1e-7)]),
            Distribution("late_seconds", "Late.", (0.001, 0.5), (3, 0, 2), 1.25),
            Metric("nothing", Kind.gauge, "Has no samples."),
        ]
    )

    assert text == (
        "# HELP webmacs_scans_total Of the plant.\n"
        "# TYPE webmacs_scans_total counter\n"
        "webmacs_scans_total 7\n"
        "# HELP webmacs_share A part.\n"
        "# TYPE webmacs_share gauge\n"
        "webmacs_share 0.25\n"
        '# HELP webmacs_odd A "name"\\nwith \\\\ in it.\n'
        "# TYPE webmacs_odd gauge\n"
        'webmacs_odd{name="a\\"b\\\\c\\nd"} 1e-07\n'
        "# HELP webmacs_late_seconds Late.\n"
        "# TYPE webmacs_late_seconds histogram\n"
        'webmacs_late_seconds_bucket{le="0.001"} 3\n'
        'webmacs_late_seconds_bucket{le="0.5"} 3\n'
        'webmacs_late_seconds_bucket{le="+Inf"} 5\n'
        "webmacs_late_seconds_sum 1.25\n"
        "webmacs_late_seconds_count 5\n"
    )
    parse(text)


def test_figures_of_the_bus_are_in_seconds_and_what_is_missing_is_left_out():
    kinds, samples = parse(write_metrics(_bus({"last_cycle_us": 5200, "cycles_missed": 3})))

    assert kinds == {
        "webmacs_bus_cycle_seconds": "gauge",
        "webmacs_bus_cycles_missed_total": "counter",
    }
    assert samples == {
        ("webmacs_bus_cycle_seconds",): 0.0052,
        ("webmacs_bus_cycles_missed_total",): 3,
    }


async def test_metrics_are_for_tokens_that_read_and_for_those_who_are_signed_in(client: Client):
    refused = await client.get("/metrics")
    assert refused.status == 401
    assert "sign in" in (await refused.json())["detail"]
    await sign_in_as(client, UserRole.viewer)
    made = await client.post(
        "/api/v1/tokens", json={"name": "Prometheus", "scope": "read"},
        headers={"Origin": str(client.make_url("/").origin())},
    )  # fmt: skip
    token = (await made.json())["token"]
    client.session.cookie_jar.clear()
    statistics = app_of(client)[keys.STATION].scanner.statistics
    await eventually(lambda: statistics.cycles > 3)

    answer = await client.get("/metrics", headers={"Authorization": f"Bearer {token}"})

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    kinds, samples = parse(await answer.text())
    assert samples["webmacs_device_up",] == 1
    assert samples["webmacs_scan_cycles_total",] > 3
    assert samples["webmacs_scan_interval_seconds",] == 0.1
    late = "webmacs_scan_lateness_seconds"
    assert kinds[late] == "histogram"
    assert samples[f"{late}_bucket", "le=+Inf"] == samples[f"{late}_count",] > 0
    described = set(re.findall(r"^\| `(webmacs_\w+)", _DOCUMENT, re.MULTILINE))
    assert set(kinds) <= described
    assert all("_bus_" in name or "clock" in name for name in described - set(kinds))


async def test_an_allowed_address_reads_metrics_without_a_login_and_nothing_else(start, plant):
    async with start(plant, metrics_allow=["127.0.0.0/8", "::1"]) as client:
        assert (await client.get("/metrics")).status == 200
        assert (await client.get("/api/v1/events")).status == 401
    async with start(plant, metrics_allow=["192.0.2.1"]) as client:
        assert (await client.get("/metrics")).status == 401


async def test_health_tells_more_to_those_who_are_signed_in(client: Client):
    assert (await client.get("/health?detail")).status == 401
    await sign_in_as(client, UserRole.viewer)

    detail = await (await client.get("/health?detail")).json()
    plain = await (await client.get("/health")).json()

    assert list(detail)[:5] == list(plain)
    assert detail["cycle"]["scan_hz"] == 10
    assert len(detail["cycle"]["lateness"]["counts"]) == 11
    assert detail["samples_dropped"] == 0


@pytest.mark.parametrize(
    ("bus", "word"),
    [
        ({"last_cycle_us": 5200}, "Without errors"),
        ({"cycle_duration_us": 0, "receive_errors": 2, "send_errors": 1}, "3 errors since"),
    ],
)
def test_the_system_page_shows_the_bus_where_the_driver_does(bus, word):
    [check] = bus_checks(_facts(bus))

    assert check.word.startswith(word)
    assert bus_checks(_facts({})) == ()
    values = {figure.label: figure.value for figure in check.figures}
    assert values.get("Last cycle", "5.2 ms") == "5.2 ms"
    assert values.get("Cycle, as set", "as fast as possible") == "as fast as possible"


def _facts(bus) -> Facts:
    return Facts(
        at_ms=0, failure="", answer_ms=0.0, site=SiteSettings(), wear=None, use=None, oldest=None,
        room=None, clock=Clock.UNKNOWN, memory_bytes=None, bus=bus,
    )  # fmt: skip
