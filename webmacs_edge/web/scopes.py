"""What API tokens may be used for: the scopes that each route takes, beside its role.

A person who signed in is not bound by scopes; a token may never do more than its owner.
"""

from collections.abc import Set as AbstractSet

from aiohttp import hdrs

from webmacs_edge.model.words import TokenScope

READING: AbstractSet[TokenScope] = frozenset({TokenScope.read, TokenScope.full})
TELEMETRY: AbstractSet[TokenScope] = frozenset({TokenScope.telemetry, TokenScope.full})
WRITING: AbstractSet[TokenScope] = frozenset({TokenScope.full})
ANY: AbstractSet[TokenScope] = frozenset(TokenScope)
PERSONS: AbstractSet[TokenScope] = frozenset()  # no token at all

_V1 = "/api/v1"
_READS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})

# What differs from: who reads needs a scope that reads, who changes something the full one.
ROUTES = {
    (hdrs.METH_POST, f"{_V1}/datapoints/series"): READING,
    (hdrs.METH_POST, f"{_V1}/datapoints"): TELEMETRY,
    (hdrs.METH_POST, f"{_V1}/datapoints/batch"): TELEMETRY,
    (hdrs.METH_POST, f"{_V1}/logging"): TELEMETRY,
    (hdrs.METH_GET, f"{_V1}/auth/me"): ANY,
    (hdrs.METH_POST, f"{_V1}/auth/logout"): ANY,
    (hdrs.METH_GET, f"{_V1}/events"): ANY,
    (hdrs.METH_GET, f"{_V1}/events/{{public_id}}"): ANY,
    (hdrs.METH_GET, f"{_V1}/datapoints/latest"): ANY,
    (hdrs.METH_GET, f"{_V1}/plugins"): ANY,
    (hdrs.METH_GET, f"{_V1}/plugins/{{public_id}}"): ANY,
    (hdrs.METH_GET, f"{_V1}/plugins/{{public_id}}/channels"): ANY,
    (hdrs.METH_POST, "/export"): READING,
    (hdrs.METH_POST, "/export/file"): READING,
    (hdrs.METH_POST, "/export/cancel/{job}"): READING,
}
# Accounts are for people who signed in: a token that leaked must not make itself at home.
_ACCOUNT_PAGES = ("/account", "/users")
_ACCOUNT_API = (f"{_V1}/users", f"{_V1}/tokens")


def scopes_of(method: str, path: str) -> AbstractSet[TokenScope]:
    """The scopes that this route takes; `path` is as in the table of routes."""
    path = path.rstrip("/") or "/"
    reads = method in _READS
    if _is_below(path, _ACCOUNT_PAGES) or (_is_below(path, _ACCOUNT_API) and not reads):
        return PERSONS
    return ROUTES.get((method, path), READING if reads else WRITING)


def _is_below(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in roots)
