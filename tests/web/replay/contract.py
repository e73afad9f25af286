"""contract.md §1, operation by operation, in an order in which one client can call them all.

`{event}` and the like stand for ids that earlier steps remembered. What the contract marks as a
defect is written here as it is done right.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.web.replay.shapes import (
    DASHBOARD,
    DATAPOINT,
    DELIVERY,
    EVENT,
    EXPERIMENT,
    FIRMWARE,
    HEALTH,
    LOG_ENTRY,
    MAPPING,
    NEW_TOKEN,
    PACKAGE,
    PLUGIN,
    PLUGIN_META,
    RULE,
    STATUS,
    TOKEN,
    UPDATE_CHECK,
    USER,
    WEBHOOK,
    WIDGET,
    OneOf,
    page_of,
)

P, V, O, A = None, "viewer", "operator", "admin"  # noqa: E741 as the contract writes them
V1 = "/api/v1"
PDF = {"file": ("letter.pdf", b"%PDF")}


@dataclass(frozen=True)
class Step:
    """One operation: the least role that may, what is sent, what is answered.

    `keep`: the name under which the id of the answer is remembered; in a list it is the id of the
    row whose `find` is so.
    """

    role: str | None
    call: str
    body: Any = None
    status: int | tuple[int, ...] = 200
    shape: Any = None  # None: not JSON, or an error
    keep: str = ""
    find: dict[str, Any] = field(default_factory=dict)
    file: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def operation(self) -> tuple[str, str]:
        """Method and path as the contract names them."""
        method, _, path = self.call.partition(" ")
        return method, path.partition("?")[0]


_ERROR = {"detail": str}
_NAMED = {"name": "Replayed"}
_RANGE = {"min_value": "-5", "max_value": 1e2, "unit": "°C", "type": "sensor"}
_IN = {"channel_id": "ai1", "channel_name": "AI 1", "direction": "input", "unit": "V"}

STEPS: tuple[Step, ...] = (
    Step(P, "GET /health", shape=HEALTH),
    # 1.1 auth
    Step(
        P,
        f"POST {V1}/auth/login",
        {"email": "operator@plant.lan", "password": "fluidised bed 7"},
        shape={**STATUS, "access_token": str, "public_id": str, "username": str},
        keep="me",
    ),
    Step(V, f"GET {V1}/auth/me", shape=USER),
    # 1.2 sso, switched off
    Step(
        P,
        f"GET {V1}/auth/sso/config",
        shape={"enabled": bool, "provider_name": OneOf(""), "authorize_url": OneOf("")},
    ),
    Step(P, f"GET {V1}/auth/sso/authorize", status=404, shape=_ERROR),
    Step(P, f"GET {V1}/auth/sso/callback?code=c&state=s", status=(400, 404), shape=_ERROR),
    Step(P, f"POST {V1}/auth/sso/exchange", {"code": "used"}, (400, 404), _ERROR),
    # 1.3 users
    Step(
        A,
        f"POST {V1}/users",
        {"email": "New@Plant.LAN", "username": "newcomer", "password": "gas burner 12"},
        201,
        STATUS,
    ),
    Step(A, f"GET {V1}/users", shape=page_of(USER), keep="user", find={"username": "newcomer"}),
    Step(A, f"GET {V1}/users/{{user}}", shape=USER),
    Step(A, f"PUT {V1}/users/{{user}}", {"username": "newer", "email": None}, shape=STATUS),
    Step(A, f"DELETE {V1}/users/{{user}}", shape=STATUS),
    # 1.4 events
    Step(O, f"POST {V1}/events", {**_NAMED, **_RANGE}, 201, STATUS),
    Step(V, f"GET {V1}/events?page_size=100", shape=page_of(EVENT), keep="event", find=_NAMED),
    Step(V, f"GET {V1}/events/{{event}}", shape=EVENT),
    Step(O, f"PUT {V1}/events/{{event}}", {}, shape=STATUS),
    # 1.5 experiments, while one runs values come in
    Step(O, f"POST {V1}/experiments", _NAMED, 201, STATUS),
    Step(V, f"GET {V1}/experiments", shape=page_of(EXPERIMENT), keep="experiment", find=_NAMED),
    Step(V, f"GET {V1}/experiments/{{experiment}}", shape=EXPERIMENT),
    Step(O, f"PUT {V1}/experiments/{{experiment}}", {"name": "Again"}, shape=STATUS),
    # 1.6 datapoints
    Step(O, f"POST {V1}/datapoints", {"value": "7", "event_public_id": "{event}"}, 201, STATUS),
    Step(
        O,
        f"POST {V1}/datapoints/batch",
        {"datapoints": [{"value": 1e1, "event_public_id": "{event}"}]},
        201,
        STATUS,
    ),
    Step(V, f"GET {V1}/datapoints/latest", shape=[DATAPOINT]),
    Step(
        V,
        f"POST {V1}/datapoints/series",
        {"event_public_ids": ["{event}", "none"], "minutes": 5, "max_points": 300},
        shape={"{event}": [DATAPOINT], "none": [DATAPOINT]},
    ),
    Step(V, f"GET {V1}/datapoints", shape=page_of(DATAPOINT), keep="datapoint"),
    Step(V, f"GET {V1}/datapoints/{{datapoint}}", shape=DATAPOINT),
    Step(O, f"DELETE {V1}/datapoints/{{datapoint}}", shape=STATUS),
    Step(O, f"PUT {V1}/experiments/{{experiment}}/stop", shape=STATUS),
    Step(V, f"GET {V1}/experiments/{{experiment}}/export/csv"),
    Step(O, f"DELETE {V1}/experiments/{{experiment}}", shape=STATUS),
    # 1.7 logging
    Step(O, f"POST {V1}/logging", {"content": "Replayed"}, 201, STATUS),
    Step(
        V, f"GET {V1}/logging", shape=page_of(LOG_ENTRY), keep="entry", find={"content": "Replayed"}
    ),
    Step(V, f"GET {V1}/logging/{{entry}}", shape=LOG_ENTRY),
    Step(O, f"PUT {V1}/logging/{{entry}}", {"status_type": "read"}, shape=STATUS),
    # 1.8 rules
    Step(
        O,
        f"POST {V1}/rules",
        {
            **_NAMED,
            "event_public_id": "{event}",
            "operator": "between",
            "threshold": 1,
            "threshold_high": "2",
            "action_type": "log",
        },
        201,
        STATUS,
    ),
    Step(O, f"GET {V1}/rules", shape=page_of(RULE), keep="rule", find=_NAMED),
    Step(O, f"GET {V1}/rules/{{rule}}", shape=RULE),
    Step(O, f"PUT {V1}/rules/{{rule}}", {"cooldown_seconds": 0}, shape=STATUS),
    Step(O, f"DELETE {V1}/rules/{{rule}}", shape=STATUS),
    # 1.9 webhooks
    Step(
        A,
        f"POST {V1}/webhooks",
        {"url": "http://pc7.plant.lan/in", "secret": "s", "events": ["experiment.started"]},
        201,
        STATUS,
    ),
    Step(A, f"GET {V1}/webhooks", shape=page_of(WEBHOOK), keep="webhook"),
    Step(A, f"GET {V1}/webhooks/{{webhook}}", shape=WEBHOOK),
    Step(A, f"PUT {V1}/webhooks/{{webhook}}", {"enabled": False}, shape=STATUS),
    Step(A, f"GET {V1}/webhooks/{{webhook}}/deliveries?status=failed", shape=page_of(DELIVERY)),
    Step(A, f"DELETE {V1}/webhooks/{{webhook}}", shape=STATUS),
    # 1.10 ota; what installs is a signed package, so that apply and rollback change nothing
    Step(A, f"POST {V1}/ota", {"version": "99.0.0"}, 201, STATUS),
    Step(A, f"GET {V1}/ota", shape=page_of(FIRMWARE), keep="update"),
    Step(V, f"GET {V1}/ota/check", shape=UPDATE_CHECK),
    Step(A, f"GET {V1}/ota/{{update}}", shape=FIRMWARE),
    Step(A, f"POST {V1}/ota/{{update}}/apply", status=409, shape=_ERROR),
    Step(A, f"POST {V1}/ota/{{update}}/rollback", status=409, shape=_ERROR),
    Step(A, f"DELETE {V1}/ota/{{update}}", shape=STATUS),
    Step(A, f"POST {V1}/ota/upload", status=400, shape=_ERROR, file=PDF),
    # 1.11 dashboards
    Step(O, f"POST {V1}/dashboards", _NAMED, 201, DASHBOARD, keep="dashboard"),
    Step(V, f"GET {V1}/dashboards", shape=page_of(DASHBOARD)),
    Step(O, f"PUT {V1}/dashboards/{{dashboard}}", {"is_global": 1}, shape=STATUS),
    Step(V, f"GET {V1}/dashboards/{{dashboard}}", shape=DASHBOARD),
    Step(
        O,
        f"POST {V1}/dashboards/{{dashboard}}/widgets",
        {"widget_type": "gauge", "title": "T", "event_public_id": "{event}"},
        201,
        WIDGET,
        keep="widget",
    ),
    Step(O, f"PUT {V1}/dashboards/{{dashboard}}/widgets/{{widget}}", {"w": 6}, shape=STATUS),
    Step(O, f"DELETE {V1}/dashboards/{{dashboard}}/widgets/{{widget}}", shape=STATUS),
    Step(O, f"DELETE {V1}/dashboards/{{dashboard}}", shape=STATUS),
    # 1.12 plugins
    Step(V, f"GET {V1}/plugins/available", shape=[PLUGIN_META]),
    Step(V, f"GET {V1}/plugins/packages", shape=[PACKAGE]),
    Step(A, f"POST {V1}/plugins/packages/upload", status=(400, 403, 409), shape=_ERROR, file=PDF),
    Step(A, f"DELETE {V1}/plugins/packages/{{none}}", status=404, shape=_ERROR),
    Step(
        A,
        f"POST {V1}/plugins",
        {"plugin_id": "simulated", "instance_name": "Replayed", "demo_mode": True},
        201,
        STATUS,
    ),
    Step(
        V,
        f"GET {V1}/plugins",
        shape=page_of(PLUGIN),
        keep="plugin",
        find={"instance_name": "Replayed"},
    ),
    Step(V, f"GET {V1}/plugins/{{plugin}}", shape=PLUGIN),
    Step(A, f"PUT {V1}/plugins/{{plugin}}", {"demo_mode": False}, shape=STATUS),
    Step(A, f"POST {V1}/plugins/{{plugin}}/channels", _IN, 201, STATUS),
    Step(
        V,
        f"GET {V1}/plugins/{{plugin}}/channels",
        shape=[MAPPING],
        keep="mapping",
        find={"channel_id": "ai1"},
    ),
    Step(
        A,
        f"PUT {V1}/plugins/{{plugin}}/channels/{{mapping}}",
        {"event_public_id": "{event}"},
        shape=STATUS,
    ),
    Step(A, f"DELETE {V1}/plugins/{{plugin}}/channels/{{mapping}}", shape=STATUS),
    Step(A, f"DELETE {V1}/plugins/{{plugin}}", shape=STATUS),
    # 1.13 tokens
    Step(V, f"POST {V1}/tokens", _NAMED, 201, NEW_TOKEN, keep="token"),
    Step(V, f"GET {V1}/tokens", shape=page_of(TOKEN)),
    Step(V, f"DELETE {V1}/tokens/{{token}}", shape=STATUS),
    # 1.4 and 1.1 once more
    Step(O, f"DELETE {V1}/events/{{event}}", shape=STATUS),
    Step(V, f"POST {V1}/auth/logout", shape=STATUS),
)
