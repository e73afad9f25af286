"""Programs that regulate leave a number in the audit trail, people each command."""

import asyncio
from dataclasses import replace

import pytest

from webmacs_edge.control import crowds
from webmacs_edge.control.crowds import Crowds
from webmacs_edge.control.journal import Journal
from webmacs_edge.control.orders import Happening
from webmacs_edge.control.tidings import Tidings
from webmacs_edge.model.actors import Actor
from webmacs_edge.model.words import LoggingType, UserRole
from webmacs_edge.service import finish, running

ADA = Actor(name="ada", role=UserRole.operator, via="session", user_public_id="u-1")
MOST = crowds.TOLD_ONE_BY_ONE


def command(value: float, *, output: str = "o-1", actor: Actor = ADA) -> Happening:
    return Happening(1, "", actor=actor, public_id=output, said={"value": value})


def test_few_commands_are_told_one_by_one():
    found = Crowds().thin([command(n) for n in range(MOST)], now_s=0.0)

    assert [it.said["value"] for it in found] == list(range(MOST))


def test_of_many_the_others_are_told_as_a_number_when_their_minute_is_over():
    crowd = Crowds()

    told = crowd.thin([command(float(n)) for n in range(MOST + 5)], now_s=0.0)
    early = crowd.summaries(now_s=59.0)
    [late] = crowd.summaries(now_s=60.0)

    assert (len(told), early) == (MOST, [])
    assert late.said == {
        "and_more": 5, "last": {"value": MOST + 4.0}, "least": MOST, "greatest": MOST + 4.0,
    }  # fmt: skip
    assert crowd.summaries(now_s=1000.0, is_last=True) == []


def test_the_next_minute_begins_anew():
    crowd = Crowds()
    crowd.thin([command(1.0)] * (MOST + 1), now_s=0.0)
    crowd.summaries(now_s=60.0)

    assert len(crowd.thin([command(2.0)], now_s=60.0)) == 1


def test_outputs_and_askers_and_refusals_are_counted_apart():
    crowd = Crowds()
    crowd.thin([command(1.0)] * (MOST + 1), now_s=0.0)
    other = replace(ADA, via="token PLC")

    told = [
        command(1.0, output="o-2"),
        command(1.0, actor=other),
        replace(command(1.0), is_refused=True),
    ]

    assert crowd.thin(told, now_s=0.0) == told


def test_what_the_operator_must_read_is_never_counted():
    trip = Happening(1, "“Heater” was forced to its safe value.", LoggingType.error, actor=ADA)

    assert Crowds().thin([trip] * 50, now_s=0.0) == [trip] * 50


async def test_what_was_counted_is_told_on_the_way_out():
    tidings, written = Tidings(), list[Happening]()

    async def write(happening: Happening) -> None:
        written.append(happening)

    journal = Journal(tidings, write)
    for number in range(MOST + 3):
        tidings.add(command(float(number)))

    await journal.flush()
    before = len(written)
    await journal.flush(is_last=True)

    assert (before, len(written)) == (MOST, MOST + 1)
    assert written[-1].said["and_more"] == 3


async def test_what_was_being_told_when_we_are_told_to_stop_is_told_once():
    tidings, written = Tidings(), list[Happening]()
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def commit(happening: Happening) -> None:
        begun.set()
        await goes_on.wait()
        written.append(happening)

    journal = Journal(tidings, lambda it: finish(commit(it)))  # as the database does it
    tidings.add(command(1.0))
    async with running(journal, pytest.fail):
        await begun.wait()
        asyncio.get_running_loop().call_soon(goes_on.set)  # after we were told to stop

    assert len(written) == 1
