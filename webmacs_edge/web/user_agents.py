"""What to call the program behind a User-Agent header: enough to know one's own browser again."""

from webmacs_edge.model.text import text

_BROWSERS = (  # the first that is named; most claim to be others as well
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_LONGEST = 40


def program_of(user_agent: str) -> str:
    """`Firefox on Linux`, or how a program calls itself."""
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if browser and system:
        return text("{browser} on {system}", browser=browser, system=system)
    return browser or user_agent.partition(" ")[0][:_LONGEST] or text("An unnamed program")


def _first(words: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in words if mark in user_agent), "")
