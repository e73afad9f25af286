"""Turns a posted form into a schema, or into sentences at its fields."""

from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_request import FileField
from multidict import MultiDictProxy
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text

Model = TypeVar("Model", bound=BaseModel)
Posted = MultiDictProxy[str | bytes | bytearray | FileField]

MAX_FIELDS = 2500  # a box per channel, and some more
WHOLE_FORM = ""  # the key of an error that belongs to no single field
_SENTENCES = {
    "missing": text("Please fill this in."),
    "too_long": text("Please choose {max_length} or fewer."),
    "string_too_short": text("Please use {min_length} characters or more."),
    "string_too_long": text("Please use {max_length} characters or fewer."),
    "float_parsing": text("Please write a number, such as 12.5."),
    "float_type": text("Please write a number, such as 12.5."),
    "finite_number": text("Please write a finite number, such as 12.5."),
    "int_parsing": text("Please write a whole number, such as 12."),
    "int_from_float": text("Please write a whole number, such as 12."),
    "int_type": text("Please write a whole number, such as 12."),
    "greater_than": text("Please use a number above {gt}."),
    "greater_than_equal": text("Please use {ge} or more."),
    "less_than": text("Please use a number below {lt}."),
    "less_than_equal": text("Please use {le} or less."),
    "bool_parsing": text("Please choose yes or no."),
    "enum": text("Please choose one of: {expected}."),
    "literal_error": text("Please choose one of: {expected}."),
    "string_pattern_mismatch": text("This is not in the expected form."),
}


async def read_posted(request: web.Request, *, max_fields: int = MAX_FIELDS) -> Posted:
    """The fields of a form as they came; HTTPBadRequest when it cannot be read."""
    try:
        return await request.clone(client_max_fields=max_fields).post()
    except (ValueError, LookupError, HttpProcessingError) as error:  # broken parts, odd charset
        raise web.HTTPBadRequest from error


async def read_form(
    request: web.Request, schema: type[Model]
) -> tuple[dict[str, str], Model | None, dict[str, str]]:
    """What was typed, the schema filled with it (or None), and a sentence per faulty field.

    A field left empty counts as not given; a ticked box counts as true; of several boxes of one
    name `typed` has a line each. Errors of the whole form
    stand under "". Numbers may be written with a comma and a real minus.
    """
    posted = await read_posted(request)
    typed = {name: value for name, value in posted.items() if isinstance(value, str)}
    odd = next((name for name, value in typed.items() if "\0" in value), None)
    if odd is not None:  # no database can hold it
        where = odd if odd in _names(schema) else WHOLE_FORM
        return typed, None, {where: text("Please use no control characters.")}
    given: dict[str, Any] = {
        name: _plain(schema, name, value) for name, value in typed.items() if value.strip()
    }
    for name in _lists(schema) & typed.keys():
        given[name] = [value for value in posted.getall(name) if isinstance(value, str)]
        typed[name] = "\n".join(given[name])
    try:
        return typed, schema.model_validate(given), {}
    except ValidationError as error:
        return typed, None, _errors(error, schema)
    except InvalidError as error:
        return typed, None, {error.field: str(error)}


def _errors(error: ValidationError, schema: type[BaseModel]) -> dict[str, str]:
    errors: dict[str, str] = {}
    for fault in error.errors():
        field = str(fault["loc"][0]) if fault["loc"] else WHOLE_FORM
        if fault["type"] == "extra_forbidden":
            errors[WHOLE_FORM] = text(
                "This form has no field “{field}”. Load the page again.", field=field
            )
        elif field in _names(schema):
            errors.setdefault(field, sentence_of(fault))
        else:
            errors.setdefault(WHOLE_FORM, sentence_of(fault))
    return errors


def _names(schema: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in schema.model_fields.items()}


def _lists(schema: type[BaseModel]) -> set[str]:
    """Fields that may stand in a form several times, such as ticked boxes."""
    return {
        name for name, field in schema.model_fields.items() if get_origin(field.annotation) is list
    }


def sentence_of(fault: ErrorDetails) -> str:
    """What is wrong with a field, for whoever filled in the form."""
    sentence = _SENTENCES.get(fault["type"])
    if sentence is None:
        error = fault.get("ctx", {}).get("error")  # ours, which remembers its message
        return str(error) if isinstance(error, ValueError) else fault["msg"]
    return text(sentence, **fault.get("ctx", {}))


def _plain(schema: type[BaseModel], name: str, value: str) -> str:
    """Numbers as a machine writes them; all else as typed."""
    field = schema.model_fields.get(name)
    if field is None or not _kinds(field.annotation) & {int, float}:
        return value
    return value.strip().replace("−", "-").replace(",", ".")


def _kinds(annotation: Any) -> set[Any]:
    if get_origin(annotation) in (Union, UnionType):
        return set(get_args(annotation))
    return {annotation}
