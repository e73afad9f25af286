"""How many requests one address may send with one login in a minute."""

import math
import time
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

from webmacs_edge.model.errors import ThrottledError
from webmacs_edge.model.text import text
from webmacs_edge.web.addresses import client_address
from webmacs_edge.web.keys import SETTINGS
from webmacs_edge.web.throttle import address_key
from webmacs_edge.web.tokens import CREDENTIAL

WINDOW_S = 60.0
MAX_KEYS = 4096
_NOT_COUNTED = ("/static/", "/streams/", "/ws/", "/health", "/api/v1/ota", "/api/v1/datapoints")


@dataclass(slots=True)
class _Windows:
    number: int
    before: int = 0
    count: int = 0


class RequestLimit:
    """Counts requests by key in a sliding minute, in RAM; bounded, the longest silent go first.

    The minute slides over two fixed windows: what came in the one before counts for the part of it
    that is not past yet.
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._windows: OrderedDict[str, _Windows] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def take(self, key: str, *, now_s: float) -> None:
        """Count a request; ThrottledError, and no count, when it is one too many."""
        number, part = divmod(now_s, WINDOW_S)
        windows = self._find(key, int(number))
        left = 1 - part / WINDOW_S
        if windows.count + windows.before * left >= self._per_minute:
            wait_s = math.ceil(WINDOW_S - part)
            raise ThrottledError(
                text(
                    "More than {per_minute} requests in a minute. Please wait {wait_s} s.",
                    per_minute=self._per_minute,
                    wait_s=wait_s,
                ),
                retry_after_s=wait_s,
            )
        windows.count += 1

    def _find(self, key: str, number: int) -> _Windows:
        windows = self._windows.pop(key, None) or _Windows(number)
        if windows.number != number:
            before = windows.count if windows.number == number - 1 else 0
            windows = _Windows(number, before=before)
        self._windows[key] = windows
        if len(self._windows) > MAX_KEYS:
            self._windows.popitem(last=False)
        return windows


LIMIT = web.AppKey("request_limit", RequestLimit)


def set_up_limits(app: web.Application) -> None:
    """Give the application its count of requests; call once, after the settings are there."""
    app[LIMIT] = RequestLimit(app[SETTINGS].rate_limit_per_minute)


def limit_request(request: web.Request) -> None:
    """Count this request for its address and login; ThrottledError when it is one too many."""
    if request.path.startswith(_NOT_COUNTED):
        return
    credential = request.get(CREDENTIAL)
    key = f"{address_key(client_address(request))} {credential.key if credential else ''}"
    request.app[LIMIT].take(key, now_s=time.monotonic())
