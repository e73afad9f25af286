"""What people are told of the clock."""

from tests.conftest import Client, app_of
from tests.languages import in_german
from tests.waiting import eventually
from webmacs_edge.model.clock_marks import ClockEvent, ClockMark
from webmacs_edge.model.text import say
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.annotations import ALL, newest_annotations, update_annotation
from webmacs_edge.store.clock_marks import list_clock_marks
from webmacs_edge.store.tables import User
from webmacs_edge.web import keys


async def test_a_clock_that_was_set_stands_in_the_log_and_beside_the_values(viewer: Client):
    app, at_ms = app_of(viewer), now_ms()
    mark = ClockMark(ClockEvent.set, at_ms, -7_200_000)
    clock = app[keys.HISTORY].recorder.clock
    await eventually(lambda: not clock.news)
    clock.news.extend([mark, ClockMark(ClockEvent.held, at_ms)])  # it was never free

    await eventually(lambda: not clock.news, what="it was written down")

    async with app[keys.DATABASE].read() as session:
        assert await list_clock_marks(session) == [mark]
        [note] = await newest_annotations(session, ALL, limit=10)
    assert (note.at_ms, note.author) == (at_ms, "WebMACS Edge")
    assert note.text == "The clock was set back by 2 h; stamps repeat."
    assert note.text in await (await viewer.get("/log")).text()
    with in_german():
        assert (
            say(note.told) == "Die Uhr wurde um 2 h zurückgestellt; Zeitstempel wiederholen sich."
        )

    def correct(session):
        admin, values = User(role=UserRole.admin), {"text": "Battery changed"}
        return update_annotation(session, note.public_id, user=admin, values=values)

    corrected = await app[keys.DATABASE].write(correct)
    assert corrected.told == "Battery changed"
