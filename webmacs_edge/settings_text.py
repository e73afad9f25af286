"""The settings file with every key, what it means, and its default as a comment."""

import json
import textwrap
from pathlib import Path

from webmacs_edge.config import PREFIX, Settings

WIDTH = 98
_HEAD = f"""\
Settings of WebMACS Edge (TOML). Each line that begins with "#" followed by a key shows the default;
remove the "#" to change it, then: systemctl restart webmacs-edge
The same settings can be given as variables of the environment ({PREFIX}PORT=8080), which win.
What people set on the pages of the appliance (names, limits, retention …) does not stand here.
"""


def settings_text() -> str:
    """A file that changes nothing until somebody uncomments a line of it."""
    parts = [textwrap.indent(_HEAD, "# ", lambda _: True)]
    for name, field in Settings.model_fields.items():
        about = textwrap.fill(
            field.description or "", WIDTH, initial_indent="# ", subsequent_indent="# "
        )
        parts.append(f"{about}\n#{name} = {_toml(field.get_default(call_default_factory=True))}\n")
    return "\n".join(parts)


def _toml(default: object) -> str:
    """The default as TOML writes it; JSON is the same for texts, numbers, booleans and lists."""
    if default is None:
        return '""'
    return json.dumps(str(default) if isinstance(default, Path) else default, ensure_ascii=False)
