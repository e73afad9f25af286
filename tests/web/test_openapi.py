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


async def test_a_file_is_described_as_a_form_and_an_optional_body_as_optional(client: Client):
    paths = (await _document(client))["paths"]

    upload = paths["/api/v1/ota/upload"]["post"]
    form = upload["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file"]
    assert {"400", "409", "413", "422", "507"} <= set(upload["responses"])
    assert paths["/api/v1/ota/{public_id}/apply"]["post"]["requestBody"]["required"] is False
    assert paths["/api/v1/events"]["post"]["requestBody"]["required"] is True


async def test_a_key_of_a_query_is_never_null(client: Client):
    paths = (await _document(client))["paths"]

    for path, entry in paths.items():
        for one in entry.values():
            for parameter in one["parameters"]:
                assert "null" not in str(parameter["schema"]), f"{path}: {parameter['name']}"


async def test_every_guarded_operation_tells_the_refusals(client: Client):
    paths = (await _document(client))["paths"]

    for path, entry in paths.items():
        for method, one in entry.items():
            expected = {"429", "503"} | ({"401", "403"} if "security" in one else set())
            assert expected <= set(one["responses"]), f"{method} {path}"
            assert any(status < "4" for status in one["responses"]), f"{method} {path}"
