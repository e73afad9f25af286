"""Action `email`: tell people. Details: `to` (addresses), `text` instead of the usual one."""

from webmacs_edge.model.rule_definitions import Action, Moment
from webmacs_edge.model.text import text
from webmacs_edge.model.words import LoggingType
from webmacs_edge.rules.actions.desk import Desk
from webmacs_edge.rules.actions.words import tell
from webmacs_edge.rules.engine import Happening


async def act(desk: Desk, happening: Happening, action: Action) -> None:
    """Put it into the mailbox; where that is not possible the log says why."""
    sentence = str(action.detail("text") or "") or tell(desk, happening)
    if action.moment is Moment.cleared and not action.detail("text"):
        sentence = text("No longer: {sentence}", sentence=sentence)
    lines = [sentence, *_texts(happening)]
    why_not = await desk.mail(str(action.detail("to") or ""), subject=sentence, lines=lines)
    if why_not:
        await desk.note(
            text(
                "The rule “{rule}” could not send an e-mail. {why_not}",
                rule=happening.rule.name,
                why_not=why_not,
            ),
            LoggingType.warning,
        )


def _texts(happening: Happening) -> list[str]:
    alarm = happening.rule.alarm
    if alarm is None:
        return []
    texts = alarm.texts
    told = (
        ("Priority", alarm.priority.value),
        ("Cause", texts.cause),
        ("What follows", texts.consequence),
        ("What to do", texts.response),
    )
    return [f"{label}: {words}" for label, words in told if words]
