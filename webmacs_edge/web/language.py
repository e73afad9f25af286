"""In which language a page speaks: templates and sentences of ours are translated here."""

from typing import Any

from jinja2 import Environment

from webmacs_edge.model.text import Text


def set_up_language(env: Environment) -> None:
    """Give templates `_`, `ngettext` and `{% trans %}`, and translate each `Text` they print."""
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # of the extension
    env.finalize = in_language


def gettext(message: str) -> str:
    """The message in the language of this page."""
    return message


def ngettext(one: str, many: str, number: int) -> str:
    """The message for that many of something."""
    return one if number == 1 else many


def in_language(value: Any) -> Any:
    """A sentence of ours in the language of this page; anything else as it is."""
    if not isinstance(value, Text):
        return value
    return gettext(value.message).format(**value.values) if value.values else gettext(value.message)
