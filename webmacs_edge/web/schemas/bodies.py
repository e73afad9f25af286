"""Bodies and queries of programs: read, checked, and their faults in the form of the contract."""

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from webmacs_edge.model.errors import InvalidError

Model = TypeVar("Model", bound=BaseModel)

_BODY: web.RequestKey[object] = web.RequestKey("body", object)
_SECRETS = frozenset({"password", "secret"})  # fields whose content is not repeated in errors


class FaultsError(InvalidError):
    """What is wrong with a body or a query, fault by fault."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__(faults[0]["msg"])
        self.faults = faults


async def read_json(request: web.Request, *, required: bool = True) -> None:
    """Read the body, for `read_body` to look at; FaultsError when it is not JSON.

    One that is not required may be missing, or null: it is then an empty object.
    """
    raw = await request.read()
    if not required and raw.strip() in (b"", b"null"):
        raw = b"{}"
    if not raw:
        raise FaultsError([fault("missing", ["body"], "Field required")])
    try:
        request[_BODY] = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise FaultsError(
            [fault("json_invalid", ["body"], "JSON decode error") | {"ctx": {"error": str(error)}}]
        ) from error


def read_body(request: web.Request, schema: type[Model]) -> Model:
    """The body, which `read_json` has read, as this schema; FaultsError when it does not fit."""
    return _check(schema, request[_BODY], "body")


def read_query(request: web.Request, schema: type[Model]) -> Model:
    """The query as this schema, other keys ignored; FaultsError when it does not fit."""
    return _check(schema, dict(request.query), "query")


def fault(kind: str, place: list[str | int], message: str) -> dict[str, Any]:
    """One entry of the list under `detail`."""
    return {"type": kind, "loc": place, "msg": message, "input": None}


def _check(schema: type[Model], given: object, where: Literal["body", "query"]) -> Model:
    try:
        return schema.model_validate(given)
    except ValidationError as error:
        raise FaultsError(
            _faults(error, where, secret=not _SECRETS.isdisjoint(schema.model_fields))
        ) from error


def _faults(error: ValidationError, where: str, *, secret: bool) -> list[dict[str, Any]]:
    faults: list[dict[str, Any]] = json.loads(error.json(include_url=False))
    for entry in faults:
        entry["loc"] = [where, *entry["loc"]]
        if secret or isinstance(entry["input"], Mapping):
            entry["input"] = None
    return faults
