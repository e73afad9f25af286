"""A client of WebMACS 2.x calls every operation of the contract against the whole appliance."""

import io
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aiohttp import ClientResponse, FormData

from tests.conftest import Client, make_token
from tests.web.replay.contract import STEPS, Step
from tests.web.replay.shapes import misfit
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.routes import api_routes

OPERATIONS = 79  # on 48 paths, as the document of 2.x counted
_PLACE = re.compile(r"\{[^{}]+\}")
# (method, path) of what another slice still has to bring; must be empty in the end.
NOT_YET: frozenset[tuple[str, str]] = frozenset()


def _bare(path: str) -> str:
    return _PLACE.sub("{}", path).rstrip("/")


def _served() -> dict[tuple[str, str], str | None]:
    """The least role by method and path."""
    return {
        (route.method, _bare(route.path)): route.handler.role  # type: ignore[union-attr] # set by requires()
        for route in api_routes()
    }


def test_the_replay_knows_every_operation_of_the_contract_once():
    known = [(method, _bare(path)) for method, path in (step.operation for step in STEPS)]

    assert len(known) == len(set(known)) == OPERATIONS
    assert len({path for _, path in known}) == 48


def test_every_operation_is_served_to_the_role_of_the_contract():
    served = _served()

    wrong = {
        step.call: served.get((method, _bare(path)), "missing")
        for step in STEPS
        for method, path in [step.operation]
        if (method, _bare(path)) not in NOT_YET
        and served.get((method, _bare(path)), "missing") != step.role
    }
    # One's own profile may be read and changed; of others only by administrators (W51).
    own = {f"{method} /api/v1/users/{{user}}" for method in ("GET", "PUT")}
    assert {call: role for call, role in wrong.items() if call not in own} == {}
    assert not NOT_YET & set(served)


def _filled(body: Any, ids: Mapping[str, str]) -> Any:
    """The body with ids in the place of their names."""
    if isinstance(body, str):
        return _PLACE.sub(lambda place: ids.get(place[0][1:-1], place[0]), body)
    if isinstance(body, list):
        return [_filled(item, ids) for item in body]
    if isinstance(body, dict):
        return {_filled(name, ids): _filled(value, ids) for name, value in body.items()}
    return body


class OldClient:
    """Sends what programs written for 2.x send: a bearer token, `_t` on every GET."""

    def __init__(self, client: Client, tokens: Mapping[str, str]) -> None:
        self._client, self._tokens = client, tokens
        self.ids: dict[str, str] = {"none": "none"}

    async def call(self, step: Step) -> tuple[ClientResponse, Any]:
        method, _, path = _filled(step.call, self.ids).partition(" ")
        headers = {"Authorization": f"Bearer {self._tokens[step.role]}"} if step.role else {}
        given: dict[str, Any] = {"headers": headers, "allow_redirects": False}
        if method == "GET":
            path += f"{'&' if '?' in path else '?'}_t=1763900000000"
        if step.file:
            given["data"] = _form(step.file)
        elif step.body is not None:
            given["json"] = {**_filled(step.body, self.ids), "unknown_key": 1}
        answer = await self._client.request(method, path, **given)
        return answer, await answer.json() if answer.content_type == "application/json" else None

    def remember(self, step: Step, body: Any) -> None:
        """The id that later steps name."""
        rows = body.get("data", [body]) if isinstance(body, dict) else body
        found = (
            row for row in rows if all(row.get(name) == value for name, value in step.find.items())
        )
        self.ids[step.keep] = next(found)["public_id"]


def _form(file: Mapping[str, tuple[str, bytes]]) -> FormData:
    form = FormData()
    for field, (name, content) in file.items():
        form.add_field(field, io.BytesIO(content), filename=name)
    return form


async def test_a_client_of_2x_is_answered_as_ever(client: Client):
    tokens = {role.value: await make_token(client, role) for role in UserRole}
    old, faults = OldClient(client, tokens), []
    for step in STEPS:
        method, path = step.operation
        if (method, _bare(path)) in NOT_YET:
            continue
        answer, body = await old.call(step)
        fault = _fault(step, answer, body, old.ids)
        if fault:
            faults.append(f"{step.call}: {fault}")
        elif step.keep:
            old.remember(step, body)

    assert faults == []


def _fault(step: Step, answer: ClientResponse, body: Any, ids: Mapping[str, str]) -> str:
    expected = step.status if isinstance(step.status, tuple) else (step.status,)
    if answer.status not in expected:
        return f"answered {answer.status}: {str(body)[:200]}"
    if UUID(answer.headers["x-request-id"]).version != 4:
        return "no request id"
    return "" if step.shape is None else misfit(_filled(step.shape, ids), body)
