"""Slows down whoever guesses: some tries are free, then each one costs a longer pause."""

import asyncio
import ipaddress
import math
import time
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

from webmacs_edge.model.errors import ThrottledError
from webmacs_edge.model.text import text

FREE_TRIES = 5
FORGET_AFTER_S = 900.0
MAX_KEYS = 4096
HASHES_AT_ONCE = 2  # the box has other things to do than to check guesses


@dataclass(slots=True)
class _Tries:
    count: int = 0
    next_at_s: float = 0.0
    last_s: float = 0.0


class Throttle:
    """Counts tries by key (an account, an address) in RAM; bounded, oldest forgotten first."""

    def __init__(self, *, free_tries: int = FREE_TRIES, max_pause_s: float = 60.0) -> None:
        self._free_tries = free_tries
        self._max_pause_s = max_pause_s
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tries)

    def take(self, key: str, *, now_s: float) -> None:
        """Count a try that is about to be made; ThrottledError while it is too early for one.

        Counting before the outcome is known keeps many tries at once from slipping through.
        """
        tries = self._find(key, now_s)
        if now_s < tries.next_at_s:
            wait_s = math.ceil(tries.next_at_s - now_s)
            raise ThrottledError(
                text("Too many tries. Please wait {wait_s} s, then try again.", wait_s=wait_s),
                retry_after_s=wait_s,
            )
        tries.count += 1
        tries.last_s = now_s
        beyond = tries.count - self._free_tries
        if beyond >= 0:
            tries.next_at_s = now_s + min(self._max_pause_s, 2.0 ** min(beyond, 32))

    def forgive(self, key: str) -> None:
        """The try was right: start counting afresh."""
        self._tries.pop(key, None)

    def give_back(self, key: str) -> None:
        """The last try was right; the wrong ones before it stay counted."""
        tries = self._tries.get(key)
        if tries is not None:
            tries.count -= 1
            tries.next_at_s = 0.0

    def _find(self, key: str, now_s: float) -> _Tries:
        tries = self._tries.pop(key, None)
        if tries is None or now_s > max(tries.next_at_s, tries.last_s) + FORGET_AFTER_S:
            tries = _Tries()
        self._tries[key] = tries  # the newest stands last
        if len(self._tries) > MAX_KEYS:
            self._tries.popitem(last=False)
        return tries


def address_key(address: str | None) -> str:
    """The address that counts: of IPv6 the network, since one guest may use all of its /64."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


class SignIns:
    """What slows down guessing: tries by account and by address, few hashes at once.

    Where somebody signed in to an account before, tries from there count by themselves: a guesser
    elsewhere cannot keep its owner out.
    """

    def __init__(self) -> None:
        self._accounts = Throttle(max_pause_s=60)
        self._addresses = Throttle(free_tries=10, max_pause_s=300)
        self._known: OrderedDict[str, None] = OrderedDict()
        self.hashing = asyncio.Semaphore(HASHES_AT_ONCE)

    def take(self, email: str, address: str | None) -> None:
        """Count a try; ThrottledError while it is too early for one."""
        now_s = time.monotonic()
        self._addresses.take(address_key(address), now_s=now_s)
        self._accounts.take(self._account_key(email, address), now_s=now_s)

    def forgive(self, email: str, address: str | None) -> None:
        """The try was right. The address gets back this try alone: it may guess at others."""
        self._accounts.forgive(self._account_key(email, address))
        self._addresses.give_back(address_key(address))
        self._known[_place(email, address)] = None
        self._known.move_to_end(_place(email, address))
        if len(self._known) > MAX_KEYS:
            self._known.popitem(last=False)

    def _account_key(self, email: str, address: str | None) -> str:
        place = _place(email, address)
        return place if place in self._known else email.lower()


def _place(email: str, address: str | None) -> str:
    return f"{email.lower()} {address_key(address)}"


SIGN_INS = web.AppKey("sign_ins", SignIns)


def set_up_sign_in(app: web.Application) -> None:
    """Give the application its memory of tries; call once, before it starts."""
    app[SIGN_INS] = SignIns()
