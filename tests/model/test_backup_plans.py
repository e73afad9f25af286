"""When backups are due, and which plans cannot be."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from webmacs_edge.model.backup_plans import BackupPlan, check_plan, is_same_server
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.times import from_ms, to_ms

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("every_hours", "at", "last", "due"),
    [
        (24, "", "2026-11-23 14:00", "2026-11-24 14:00"),
        (6, "", "2026-11-23 14:00", "2026-11-23 20:00"),
        (24, "02:30", "2026-11-23 14:00", "2026-11-24 02:30"),
        (24, "02:30", "2026-11-24 02:30", "2026-11-25 02:30"),
        (24, "2:30", "2026-11-24 02:29", "2026-11-24 02:30"),
        (168, "02:30", "2026-11-24 02:31", "2026-12-01 02:30"),
        (48, "02:30", "2026-11-24 02:31", "2026-11-26 02:30"),
        (24, "02:30", "2026-03-28 02:31", "2026-03-29 03:30"),  # an hour that the clocks skip
        (24, "02:30", "2026-10-24 02:31", "2026-10-25 02:30"),  # one that they show twice
    ],
)
def test_the_next_one_is_due(every_hours: int, at: str, last: str, due: str) -> None:
    plan = BackupPlan(to="/mnt", every_hours=every_hours, at=at)

    next_ms = plan.next_ms(to_ms(datetime.fromisoformat(last).replace(tzinfo=BERLIN)), BERLIN)

    assert f"{from_ms(next_ms).astimezone(BERLIN):%Y-%m-%d %H:%M}" == due


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"to": "stick"}, "to"),
        ({"to": "ftp://nas/x"}, "to"),
        ({"to": "https://me:word@nas/x"}, "to"),
        ({"to": "s3+https://minio/bucket"}, "user"),
        ({"to": "https://[x"}, "to"),
        ({"to": "https://"}, "to"),
        ({"to": "https://nas:port/x"}, "to"),
        ({"to": "https://nas/x", "user": "a:b"}, "user"),
        ({"to": "/mnt", "at": "25:00"}, "at"),
        ({"to": "/mnt", "at": "noon"}, "at"),
        ({"to": "/mnt", "at": "02:30", "every_hours": 6}, "every_hours"),
        ({"to": "/mnt", "passphrase": "short"}, "passphrase"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        check_plan(BackupPlan(**given))

    assert refused.value.field == field


def test_a_password_is_for_one_server_alone() -> None:
    assert is_same_server("https://nas.plant.lan/a", "https://nas.plant.lan/b")
    assert not is_same_server("https://nas.plant.lan/a", "https://other.lan/a")
    assert not is_same_server("http://nas.plant.lan/a", "https://nas.plant.lan/a")
    assert not is_same_server("/mnt", "/mnt")
    assert not is_same_server("https://[x", "https://[x")
