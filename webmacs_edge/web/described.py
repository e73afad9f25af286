"""The description of the API: made once when it is asked for first, and read for its page."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from webmacs_edge.web.openapi import describe

DESCRIPTION: "web.AppKey[dict[str, str]]" = web.AppKey("description", dict)
_JSON = "application/json"
_BOUNDS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} character(s)",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {} entries",
}


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a body, or one key of a query or path."""

    name: str
    kind: str  # in words
    place: str  # path | query | body
    required: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation, as the page shows it."""

    method: str
    path: str
    summary: str
    role: str  # "" for everybody
    inputs: list[Input]
    answers: list[tuple[str, str]]  # status and what it means
    returns: str


async def description(app: web.Application) -> str:
    """The OpenAPI document as JSON."""
    made = app[DESCRIPTION]
    if not made:
        made["json"] = await asyncio.to_thread(describe, app.router.routes())
    return made["json"]


def entries_by_tag(document: str) -> dict[str, list[Entry]]:
    """All operations, by what they are about."""
    told: dict[str, Any] = json.loads(document)
    schemas = told["components"]["schemas"]
    groups: dict[str, list[Entry]] = {}
    for path, methods in told["paths"].items():
        for method, one in methods.items():
            entry = _entry(f"{method.upper()} {path}", one, schemas)
            groups.setdefault(one["tags"][0], []).append(entry)
    return groups


def _entry(call: str, one: Mapping[str, Any], schemas: Mapping[str, Any]) -> Entry:
    method, _, path = call.partition(" ")
    answers = [(status, told["description"]) for status, told in one["responses"].items()]
    content = one["responses"][answers[0][0]]["content"]
    returns = (
        _kind(content[_JSON].get("schema", {}), schemas)
        if _JSON in content
        else next(iter(content))
    )
    return Entry(
        method=method,
        path=path,
        summary=one["summary"],
        role=one.get("description", "").removeprefix("Least role: ").removesuffix("."),
        inputs=[*_parameters(one, schemas), *_fields(one, schemas)],
        answers=answers,
        returns=returns,
    )


def _parameters(one: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[Input]:
    for told in one["parameters"]:
        yield Input(told["name"], _kind(told["schema"], schemas), told["in"], told["required"])


def _fields(one: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[Input]:
    for content in one.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        whole = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        required = whole.get("required", ())
        for name, told in whole.get("properties", {}).items():
            yield Input(name, _kind(told, schemas), "body", name in required)


def _kind(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        words = " | ".join(schemas[name].get("enum", [name]))
    elif "anyOf" in schema:
        words = " or ".join(_kind(choice, schemas) for choice in schema["anyOf"])
    elif schema.get("type") == "array":
        words = f"list of {_kind(schema.get('items', {}), schemas)}"
    else:
        words = str(schema.get("format") or schema.get("type") or "anything")
    bounds = [text.format(schema[name]) for name, text in _BOUNDS.items() if name in schema]
    default = schema.get("default")
    defaults = [] if default is None else [f"default {json.dumps(default)}"]
    return ", ".join([words, *bounds, *defaults])
