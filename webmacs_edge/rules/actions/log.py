"""Action `log`: an entry on the Log page. Details: `text` instead of the usual one, `level`."""

from webmacs_edge.model.rule_definitions import Action, Moment
from webmacs_edge.model.text import text
from webmacs_edge.model.words import LoggingType
from webmacs_edge.rules.actions.desk import Desk
from webmacs_edge.rules.actions.words import tell
from webmacs_edge.rules.engine import Happening


async def act(desk: Desk, happening: Happening, action: Action) -> None:
    """Write the entry: a warning when the rule begins to hold, a note when it ends."""
    words = str(action.detail("text") or "") or tell(desk, happening)
    usual = LoggingType.warning if action.moment is Moment.raised else LoggingType.info
    if action.moment is Moment.cleared and not action.detail("text"):
        words = text("No longer: {sentence}", sentence=words)
    await desk.note(words, LoggingType(str(action.detail("level") or usual)))
