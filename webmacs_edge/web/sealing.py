"""Secrets of webhooks on their way into the store."""

from typing import Any

from aiohttp import web

from webmacs_edge.store.vault import seal
from webmacs_edge.store.webhooks import secret_purpose
from webmacs_edge.web.keys import SECRET_KEY


async def sealed(request: web.Request, values: dict[str, Any], *, public_id: str) -> dict[str, Any]:
    """The values with their secret, if they have one, sealed; an empty one is none."""
    if not values.get("secret"):
        return values | {"secret": None} if "secret" in values else values
    box_key, purpose = request.app[SECRET_KEY], secret_purpose(public_id)
    return values | {"secret": await seal(values["secret"], box_key=box_key, purpose=purpose)}
