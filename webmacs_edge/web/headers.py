"""Headers that every answer carries, and those for other origins."""

from aiohttp import hdrs, web

from webmacs_edge.web.doors import came_by_https
from webmacs_edge.web.keys import CERTIFICATE, SETTINGS

# Everything comes from this box; nothing inline, nothing framed.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# A front end built with Vue sets styles in its elements; it loads nothing from elsewhere either.
SPA_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "font-src 'self'",
        "object-src 'none'",
        "form-action 'self'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_METHODS = "DELETE, GET, OPTIONS, PATCH, POST, PUT"
_PREFLIGHT_S = 600
_STRICT_S = 180 * 24 * 3600


def cors_headers(request: web.Request) -> dict[str, str]:
    """What lets a page of another origin read the answer; empty unless the settings name it."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None or origin not in request.app[SETTINGS].cors_origins:
        return {}
    headers: dict[str, str] = {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
        hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS: "true",
    }
    if request.method == hdrs.METH_OPTIONS:
        asked = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "")
        headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = _METHODS
        headers[hdrs.ACCESS_CONTROL_MAX_AGE] = str(_PREFLIGHT_S)
        if asked:
            headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = asked
    return headers


def transport_headers(request: web.Request) -> dict[str, str]:
    """What keeps a browser on HTTPS.

    Not with a certificate that this box made: browsers then let nobody pass their warning, and the
    next such certificate would lock people out. Not where plain HTTP is allowed: it would stop.
    """
    keeper = request.app.get(CERTIFICATE)
    is_strict = request.app[SETTINGS].http != "allow" and came_by_https(request)
    if not is_strict or keeper is None or not keeper.is_ready or keeper.is_own:
        return {}
    return {"Strict-Transport-Security": f"max-age={_STRICT_S}"}
