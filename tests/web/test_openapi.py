"""The description of the API is valid, complete and true."""

import re
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from tests.conftest import Client
from webmacs_edge.web.routes import api_routes


async def _document(client: Client) -> dict[str, Any]:
    answer = await client.get("/openapi.json")
    assert (answer.status, answer.content_type) == (200, "application/json")
    document: dict[str, Any] = await answer.json()
    return document


async def test_the_description_is_valid_openapi(client: Client):
    validate(await _document(client), cls=OpenAPIV31SpecValidator)


async def test_the_description_is_that_of_the_contract(client: Client):
    document = await _document(client)

    assert document["info"]["title"] == "WebMACS API"
    assert document["openapi"].startswith("3.1")


async def test_every_api_route_is_described_once(client: Client):
    document = await _document(client)

    described = {
        (method.upper(), path) for path, entry in document["paths"].items() for method in entry
    }
    served = {
        (route.method, re.sub(r":[^}]+", "", route.path).rstrip("/")) for route in api_routes()
    }
    assert described == served
    ids = [one["operationId"] for entry in document["paths"].values() for one in entry.values()]
    assert len(ids) == len(set(ids))


async def test_each_operation_says_what_it_does_and_who_may(client: Client):
    document = await _document(client)

    for path, entry in document["paths"].items():
        for method, one in entry.items():
            assert one["summary"], f"{method} {path}"
            public = path in ("/health", "/openapi.json", "/api/v1/auth/login") or "/sso/" in path
            assert ("security" in one) != public, f"{method} {path}"


async def test_a_field_that_may_not_be_null_has_no_null_default(client: Client):
    schemas = (await _document(client))["components"]["schemas"]

    assert "default" not in schemas["EventPatch"]["properties"]["name"]
    assert "required" not in schemas["EventPatch"]
    assert schemas["SeriesIn"]["properties"]["minutes"]["default"] == 60
