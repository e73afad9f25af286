"""JSON answers from schemas."""

from typing import Any

from aiohttp import web
from pydantic import BaseModel

from webmacs_edge.store.pages import Page
from webmacs_edge.web.schemas.lists import PageOut, StatusOut


def answer(content: BaseModel, *, status: int = 200) -> web.Response:
    """The schema as JSON."""
    return answer_text(content.model_dump_json(), status=status)


def answer_text(text: str, *, status: int = 200) -> web.Response:
    """JSON that is written already."""
    return web.Response(text=text, status=status, content_type="application/json")


def answer_page(page: Page[Any], row: type[BaseModel]) -> web.Response:
    """The envelope of a paged list with each row as `row`."""
    data = [row.model_validate(found) for found in page.rows]
    envelope = PageOut[Any](page=page.page, page_size=page.page_size, total=page.total, data=data)
    return answer(envelope)


def done(message: str, *, status: int = 200) -> web.Response:
    """A change was made and is stored."""
    return answer(StatusOut(message=message), status=status)
