"""Headers that every answer carries, and those for other origins."""

from aiohttp import hdrs, web

from webmacs_edge.web.keys import SETTINGS

# Everything comes from this box; nothing inline, nothing framed.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_METHODS = "DELETE, GET, OPTIONS, PATCH, POST, PUT"
_PREFLIGHT_S = 600


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
