"""Keeps the process small and its pauses short; measured by `bench/start.py`."""

import ctypes
import gc
import importlib
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_M_ARENA_MAX = -8  # of mallopt(3)
_CLIENT_CONTEXTS = ("_SSL_CONTEXT_VERIFIED", "_SSL_CONTEXT_UNVERIFIED")


def share_one_heap() -> None:
    """Let all threads allocate from one heap: a heap of its own for each costs 1 MiB in all."""
    _call("mallopt", _M_ARENA_MAX, 1)


@contextmanager
def loading() -> Iterator[None]:
    """What is loaded stays: looking for garbage among it takes a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def forget_client_certificates(connector: ModuleType) -> None:
    """Drop the certificates that `aiohttp.connector` loads at import for calls we never make.

    They take 2 MiB. Whoever calls out over TLS gives a context of their own; a call without one
    is refused by the empty context left here, it does not go unverified.
    """
    for name in _CLIENT_CONTEXTS:
        if isinstance(getattr(connector, name, None), ssl.SSLContext):
            setattr(connector, name, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def import_without(name: str, unwanted: str) -> ModuleType:
    """Import the module as if `unwanted`, which it can do without, were not installed.

    PyJWT would load all of cryptography, 11 MiB, for algorithms that we do not use.
    """
    if unwanted in sys.modules:
        return importlib.import_module(name)
    sys.modules[unwanted] = None  # type: ignore[assignment] # documented: the import is refused
    try:
        return importlib.import_module(name)
    finally:
        del sys.modules[unwanted]


def settle() -> None:
    """Call once when everything has started.

    What lives now lives for ever: the collector need not look at it again, which keeps its
    pauses short. What start-up left behind goes back to the system.
    """
    gc.collect()
    gc.freeze()
    _call("malloc_trim", 0)


def _call(function: str, *arguments: int) -> None:
    try:
        getattr(ctypes.CDLL(None), function)(*arguments)
    except (OSError, AttributeError):  # not the GNU C library
        return
