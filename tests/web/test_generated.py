"""Requests made up from the description of the API: every operation, as everybody.

More of them by `GENERATED_EXAMPLES=200 pytest tests/web/test_generated.py`.
"""

import asyncio
import os
from collections.abc import Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import Client, Start, channels_of, make_token
from tests.web.replay.contract import STEPS
from tests.web.replay.test_replay import OldClient
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole

EXAMPLES = int(os.environ.get("GENERATED_EXAMPLES", "0"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
TIMEOUT_S = 30
ENDS_THE_LOGIN = "auth_logout"
# Whose ids the places in paths stand for, by the word before them.
_NOUNS = {
    "users": "user", "events": "event", "experiments": "experiment", "datapoints": "datapoint",
    "logging": "entry", "rules": "rule", "webhooks": "webhook", "ota": "update",
    "dashboards": "dashboard", "widgets": "widget", "plugins": "plugin", "channels": "mapping",
    "tokens": "token",
}  # fmt: skip


async def test_nothing_that_the_description_allows_breaks_the_api(
    start: Start, plant: VirtualRevPi
):
    async with start(plant, rate_limit_per_minute=1_000_000) as client:
        await channels_of(client)
        tokens = {role.value: await make_token(client, role) for role in UserRole}
        ids = await _something_of_each(client, tokens)
        document = await (await client.get("/openapi.json")).json()
        url, faults = str(client.make_url("/")).rstrip("/"), []
        for who, examples in (("admin", 3), ("operator", 1), ("viewer", 1), ("nobody", 1)):
            headers = {"Authorization": f"Bearer {tokens[who]}"} if who in tokens else {}
            campaign = Campaign(url, headers, ids, EXAMPLES or examples)
            await asyncio.to_thread(campaign.run, document)
            faults += [f"as {who}: {fault}" for fault in campaign.faults]

    assert not faults, "\n\n".join(faults)


async def _something_of_each(client: Client, tokens: Mapping[str, str]) -> dict[str, str]:
    """An id of every noun: what the replay of the contract makes and then does not delete."""
    old = OldClient(client, tokens)
    for step in STEPS:
        if step.operation[0] != "DELETE" and not step.operation[1].endswith(("/logout", "/stop")):
            _, body = await old.call(step)
            if step.keep:
                old.remember(step, body)
    return old.ids


class Campaign:
    """Requests to every operation in the name of one user; `faults` is what came of it."""

    def __init__(
        self, url: str, headers: Mapping[str, str], ids: Mapping[str, str], examples: int
    ) -> None:
        self._url, self._headers, self._ids = url, dict(headers), ids
        self._settings = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=not EXAMPLES,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        self.faults: list[str] = []

    def run(self, document: dict[str, Any]) -> None:
        """What deletes comes last, so that the others find something."""
        schema = schemathesis.openapi.from_dict(document)
        found: Any = list(schema.get_all_operations())
        operations = [one.ok() for one in found]
        for operation in sorted(operations, key=lambda one: one.method.upper() == "DELETE"):
            if operation.definition.raw["operationId"] != ENDS_THE_LOGIN:
                self._try(operation)

    def _try(self, operation: Any) -> None:
        calls = 0

        @self._settings
        @given(case=operation.as_strategy())
        def send(case: "Case[Any]") -> None:
            nonlocal calls
            calls += 1
            if calls % 2:
                self._aim(case)
            response = case.call(
                base_url=self._url, headers=self._headers, timeout=TIMEOUT_S, allow_redirects=False
            )
            case.validate_response(response, checks=CHECKS)

        try:
            send()
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 all are told at the end
            self.faults.append(f"{operation.label}: {_words(error)}")

    def _aim(self, case: "Case[Any]") -> None:
        """Name what exists in the path."""
        before = ""
        for part in case.path.split("/"):
            if part.startswith("{") and before in _NOUNS:
                case.path_parameters[part[1:-1]] = self._ids[_NOUNS[before]]
            before = part


def _words(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return " | ".join(_words(inner) for inner in error.exceptions)
    return f"{type(error).__name__}: {error}"[:1500]
