"""The OpenAPI 3.1 description of the API, made from the table of routes."""

import ast
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import Any, TypeVar, cast

from aiohttp import web
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from webmacs_edge import __version__
from webmacs_edge.web.tokens import SESSION_COOKIE

HandlerT = TypeVar("HandlerT", bound=Callable[[web.Request], Awaitable[web.StreamResponse]])

_PARAMETER = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
_REFERENCE = "#/components/schemas/{model}"
_JSON = "application/json"
_CREATED = 201
_UPLOAD = {  # one file in a form, in the field that WebMACS 2.x names
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    }
}
_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
_ERRORS = {
    "400": "The file is of another kind than is taken here.",
    "401": "Nobody is signed in, or the login has ended.",
    "403": "The role is too low, or a page of another site sent this.",
    "404": "There is nothing of this id.",
    "409": "This contradicts what is stored; `field` names the input that does.",
    "413": "This is larger than is taken here.",
    "422": "The input is not fit; `detail` lists what is wrong, fault by fault.",
    "429": "Too many requests; the next one is welcome after `Retry-After` seconds.",
    "502": "Somebody else who was asked did not answer as expected.",
    "503": "The database does not answer just now, or too much is going on.",
    "507": "The disk is full.",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route takes and gives, besides its path, method and role."""

    body: type[BaseModel] | None
    query: type[BaseModel] | None
    returns: Any  # a schema, a type such as list[Schema], or a media type such as "text/csv"
    status: int
    handler: Any  # the function as it was written; its docstring is the summary
    body_required: bool = True
    upload: bool = False  # takes a file, in the field `file` of a form
    errors: tuple[int, ...] = ()  # besides those that follow from all else


@dataclass(frozen=True, slots=True)
class _Described:
    method: str
    path: str
    handler: Any
    operation: Operation


def operation(
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    returns: Any,
    status: int = 200,
    **more: Any,
) -> Callable[[HandlerT], HandlerT]:
    """Mark a handler for the description; its docstring is the summary.

    `more`: `body_required`, `upload` and `errors` of Operation.
    """

    def mark(handler: HandlerT) -> HandlerT:
        marked = Operation(body, query, returns, status, handler, **more)
        handler.operation = marked  # type: ignore[attr-defined] # functions carry attributes
        return handler

    return mark


def _summary(handler: Callable[..., object]) -> str:
    """The first line of the docstring; out of the source where Python runs without docstrings."""
    text = handler.__doc__
    if text is None:
        module = ast.parse(dedent(inspect.getsource(handler)))
        text = ast.get_docstring(cast("ast.AsyncFunctionDef", module.body[0]))
    return (text or "").strip().partition("\n")[0]


def describe(routes: Iterable[web.AbstractRoute]) -> str:
    """The document, as JSON."""
    described = list(_described(routes))
    schemas, components = _schemas(described)
    paths: dict[str, dict[str, Any]] = {}
    for one in described:
        path = _PARAMETER.sub(r"{\1}", one.path)
        entry = paths.setdefault(path, {})[one.method.lower()] = _entry(one, schemas)
        entry["parameters"] += _query_parameters(one.operation.query, components)
    return json.dumps(_document(paths, components), ensure_ascii=False, separators=(",", ":"))


def _described(routes: Iterable[web.AbstractRoute]) -> Iterator[_Described]:
    """Marked routes, each path once: without its twin that ends in a slash."""
    for route in routes:
        marked: Operation | None = getattr(route.handler, "operation", None)
        path = route.resource.canonical if route.resource else ""
        if marked is not None and not path.endswith("/"):
            yield _Described(route.method, path, route.handler, marked)


def _schemas(described: Iterable[_Described]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """The JSON schema of every input and output, and the definitions they share."""
    inputs: list[tuple[Any, JsonSchemaMode, TypeAdapter[Any]]] = []
    for one in described:
        marked = one.operation
        kinds = ((marked.query, "validation"), (marked.body, "validation"))
        for kind, mode in (*kinds, (marked.returns, "serialization")):
            if kind is not None and not isinstance(kind, str):
                inputs.append((_key(kind), mode, TypeAdapter(kind)))  # type: ignore[arg-type] # the two words above
    found, shared = TypeAdapter.json_schemas(
        inputs, ref_template=_REFERENCE, schema_generator=_WithoutNullDefaults
    )
    return dict(found), shared.get("$defs", {})


class _WithoutNullDefaults(GenerateJsonSchema):
    """A field that may be left out but not be null has no default worth telling."""

    def default_schema(self, schema: Any) -> Any:
        inner = self.generate_inner(schema["schema"])
        if schema.get("default", ...) is None and schema["schema"]["type"] != "nullable":
            return inner
        return super().default_schema(schema)


def _key(kind: Any) -> str:
    return str(kind)


def _entry(one: _Described, schemas: dict[Any, Any]) -> dict[str, Any]:
    marked, role = one.operation, one.handler.role
    module = one.handler.__module__.rpartition(".")[2]
    entry: dict[str, Any] = {
        "operationId": f"{module}_{one.handler.__name__}",
        "summary": _summary(marked.handler).rstrip("."),
        "tags": [module],
        "parameters": _path_parameters(one.path),
        "responses": _responses(one, schemas),
    }
    if role is not None:
        entry["security"] = _SECURITY
        entry["description"] = f"Least role: {role.value}."
    if marked.body is not None:
        schema = schemas[_key(marked.body), "validation"]
        content = {_JSON: {"schema": schema}}
        entry["requestBody"] = {"required": marked.body_required, "content": content}
    if marked.upload:
        entry["requestBody"] = {"required": True, "content": _UPLOAD}
    return entry


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(path)
    ]


def _query_parameters(
    query: type[BaseModel] | None, components: Mapping[str, Any]
) -> list[dict[str, Any]]:
    if query is None:
        return []
    return [
        {"name": name, "in": "query", "required": False, "schema": _not_null(schema)}
        for name, schema in components[query.__name__]["properties"].items()
    ]


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A key of a query can be left out, but nobody can write null there."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**rest, **choices[0]}


def _responses(one: _Described, schemas: dict[Any, Any]) -> dict[str, Any]:
    marked = one.operation
    if isinstance(marked.returns, str):
        content: dict[str, Any] = {marked.returns: {}}
    else:
        content = {_JSON: {"schema": schemas[_key(marked.returns), "serialization"]}}
    responses: dict[str, Any] = {
        str(marked.status): {"description": "What was asked for.", "content": content}
    }
    error = {_JSON: {"schema": {"$ref": _REFERENCE.format(model="Error")}}}
    for status in _possible_errors(one):
        responses[status] = {"description": _ERRORS[status], "content": error}
    return responses


def _possible_errors(one: _Described) -> list[str]:
    """What can come instead, in the order of the numbers."""
    marked = one.operation
    has_body = marked.body is not None or marked.upload
    possible = {
        401: one.handler.role is not None,
        403: one.handler.role is not None or one.method != "GET",
        404: "{" in one.path,
        409: has_body and (marked.status == _CREATED or "{" in one.path),
        413: has_body,
        422: has_body or marked.query is not None,
        429: True,
        503: True,
        507: one.method != "GET",
    }
    return [str(n) for n in sorted({*marked.errors, *(n for n in possible if possible[n])})]


def _document(paths: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    detail = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]}
    error = {
        "type": "object",
        "required": ["detail"],
        "properties": {"detail": detail, "field": {"type": "string"}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "WebMACS API", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": {**components, "Error": error},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
            },
        },
    }
