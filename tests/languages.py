"""Sentences as somebody reads them who asks in another language."""

from collections.abc import Iterator
from contextlib import contextmanager

from webmacs_edge.model.language import CURRENT
from webmacs_edge.web.language import languages

GERMAN = {"Accept-Language": "de-DE,de;q=0.9"}


@contextmanager
def in_german() -> Iterator[None]:
    token = CURRENT.set(languages()["de"])
    try:
        yield
    finally:
        CURRENT.reset(token)
