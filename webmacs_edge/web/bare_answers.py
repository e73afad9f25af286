"""Answers to what is no proper request, or one too many: no application has seen it."""

import json
from typing import Any

from aiohttp import hdrs

from webmacs_edge.web.headers import SECURITY_HEADERS

MAX_LINE_BYTES = 8190  # of the request line, and of a header
MAX_HEADERS = 100
MAX_HEAD_BYTES = 64 * 1024  # of all headers
TOO_LARGE = 431
HEADERS = SECURITY_HEADERS | {hdrs.CACHE_CONTROL: "no-store", hdrs.SERVER: "WebMACS Edge"}
_SENTENCES = {
    400: "This is not HTTP as it should be.",
    431: f"The headers are too large: {MAX_LINE_BYTES} bytes each, {MAX_HEAD_BYTES} in all, "
    f"and {MAX_HEADERS} of them are the limit.",
    500: "Something went wrong inside.",
    503: "Too many connections are open at the same time. Please try again in some seconds.",
}
_PHRASES = {431: "Request Header Fields Too Large", 503: "Service Unavailable"}


def sentence(status: int) -> str:
    """What is wrong, as JSON."""
    return json.dumps({"detail": _SENTENCES.get(status, _SENTENCES[400])})


def bare_answer(status: int) -> bytes:
    """All of an answer that is given before aiohttp has read the question."""
    body = sentence(status).encode()
    headers: dict[str, Any] = HEADERS | {
        hdrs.CONTENT_TYPE: "application/json; charset=utf-8",
        hdrs.CONTENT_LENGTH: len(body),
        hdrs.RETRY_AFTER: 5,
        hdrs.CONNECTION: "close",
    }
    head = f"HTTP/1.1 {status} {_PHRASES[status]}\r\n"
    return (head + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode() + body
