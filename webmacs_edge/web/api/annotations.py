"""Annotations for programs: remarks that people leave beside the values."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.annotations import (
    Asked,
    create_annotation,
    delete_annotation,
    get_annotation,
    list_annotations,
    update_annotation,
)
from webmacs_edge.web.api.answers import answer, answer_page, done
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.annotations import (
    AnnotationIn,
    AnnotationOut,
    AnnotationPatch,
    AnnotationQuery,
)
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.lists import PageOut, StatusOut
from webmacs_edge.web.writing import write


@operation(query=AnnotationQuery, returns=PageOut[AnnotationOut])
async def index(request: web.Request) -> web.Response:
    """List the annotations, newest first."""
    given = read_query(request, AnnotationQuery)
    asked = Asked(**given.model_dump(exclude={"page", "page_size"}))
    async with request.app[DATABASE].read() as session:
        page = await list_annotations(session, asked, page=given.page, page_size=given.page_size)
    return answer_page(page, AnnotationOut)


@operation(body=AnnotationIn, returns=AnnotationOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Leave a remark at a moment."""
    values, user, at_ms = read_body(request, AnnotationIn).model_dump(), request[USER], now_ms()
    made = await write(
        request,
        lambda session: create_annotation(session, user=user, at_ms=at_ms, values=values),
    )
    return answer(AnnotationOut.model_validate(made), status=201)


@operation(returns=AnnotationOut)
async def show(request: web.Request) -> web.Response:
    """One annotation."""
    async with request.app[DATABASE].read() as session:
        found = await get_annotation(session, request.match_info["public_id"])
    return answer(AnnotationOut.model_validate(found))


@operation(body=AnnotationPatch, returns=AnnotationOut)
async def update(request: web.Request) -> web.Response:
    """Change one's own annotation."""
    values = read_body(request, AnnotationPatch).model_dump(exclude_unset=True)
    public_id, user = request.match_info["public_id"], request[USER]
    changed = await write(
        request, lambda session: update_annotation(session, public_id, user=user, values=values)
    )
    return answer(AnnotationOut.model_validate(changed))


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Remove one's own annotation."""
    public_id, user = request.match_info["public_id"], request[USER]
    await write(request, lambda session: delete_annotation(session, public_id, user=user))
    return done("The annotation was removed.")
