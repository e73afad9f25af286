"""JSON answers from schemas."""

from hashlib import blake2b
from typing import Any, cast

from aiohttp import hdrs, web
from pydantic import BaseModel

from webmacs_edge.store.pages import Page
from webmacs_edge.web.schemas.lists import PageOut, StatusOut

_TOTAL = "X-Total-Count"


def answer(content: BaseModel, *, status: int = 200) -> web.Response:
    """The schema as JSON."""
    return answer_text(content.model_dump_json(), status=status)


def answer_text(text: str, *, status: int = 200) -> web.Response:
    """JSON that is written already."""
    return web.Response(text=text, status=status, content_type="application/json")


def answer_page(page: Page[Any], row: type[BaseModel]) -> web.Response:
    """The envelope of a paged list with each row as `row`."""
    data = [row.model_validate(found) for found in page.rows]
    return answer_rows(Page(page.page, page.page_size, page.total, data))


def answer_rows(page: Page[Any]) -> web.Response:
    """The envelope of a paged list whose rows are schemas already; the total in a header too."""
    envelope = PageOut[Any](
        page=page.page, page_size=page.page_size, total=page.total, data=page.rows
    )
    response = answer(envelope)
    response.headers[_TOTAL] = str(page.total)
    return response


def answer_page_text(rows: str, *, page: int, page_size: int, total: int) -> web.Response:
    """The same of rows that are written as JSON already."""
    envelope = f'{{"page":{page},"page_size":{page_size},"total":{total},"data":{rows}}}'
    response = answer_text(envelope)
    response.headers[_TOTAL] = str(total)
    return response


def answer_page_unless_known(
    request: web.Request, page: Page[Any], row: type[BaseModel]
) -> web.Response:
    """The envelope of a paged list; 304 where the one who asks has it."""
    envelope = answer_page(page, row)
    response = answer_unless_known(request, cast("bytes", envelope.body))
    response.headers[_TOTAL] = envelope.headers[_TOTAL]
    return response


def answer_unless_known(request: web.Request, body: bytes) -> web.Response:
    """JSON that is written already; 304 where the one who asks has it (If-None-Match)."""
    tag = blake2b(body, digest_size=12).hexdigest()
    known = {etag.value for etag in request.if_none_match or ()}
    if tag in known:
        response = web.Response(status=304)
    else:
        response = web.Response(body=body, content_type="application/json", charset="utf-8")
    response.etag = tag
    response.headers[hdrs.CACHE_CONTROL] = "private, no-cache"
    return response


def done(message: str, *, status: int = 200) -> web.Response:
    """A change was made and is stored."""
    return answer(StatusOut(message=message), status=status)
