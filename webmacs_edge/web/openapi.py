"""The OpenAPI 3.1 description of the API, made from the table of routes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel

Answer = Awaitable[web.StreamResponse]
HandlerT = TypeVar("HandlerT", bound=Callable[[web.Request], Answer])


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route takes and gives, besides its path, method and role."""

    body: type[BaseModel] | None
    query: type[BaseModel] | None
    returns: Any  # a schema, a type such as list[Schema], or a media type such as "text/csv"
    status: int
    summary: str


def operation(
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    returns: Any = None,
    status: int = 200,
) -> Callable[[HandlerT], HandlerT]:
    """Mark a handler for the description; its docstring is the summary."""

    def mark(handler: HandlerT) -> HandlerT:
        summary = (handler.__doc__ or "").strip().partition("\n")[0].rstrip(".")
        handler.operation = Operation(body, query, returns, status, summary)  # type: ignore[attr-defined] # functions carry attributes
        return handler

    return mark
