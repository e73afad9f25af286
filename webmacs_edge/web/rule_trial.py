"""Dry runs: when a rule would have fired in the past, from what was recorded."""

import asyncio
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from aiohttp import web

from webmacs_edge.history.chunks import Samples
from webmacs_edge.model.errors import BusyError
from webmacs_edge.model.rule_definitions import RuleDefinition, Watch
from webmacs_edge.model.rule_texts import Said, as_columns, read_more
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, now_ms
from webmacs_edge.rules.dry_run import DryRun, play, quiet
from webmacs_edge.rules.looking import company_of
from webmacs_edge.rules.reading import NeedsLook, StoredRule, define
from webmacs_edge.rules.verdicts import NO_TURNS, Recorded, Turns, turns_of
from webmacs_edge.store.experiments import FOREVER_MS, experiments_between
from webmacs_edge.web.keys import DATABASE, HISTORY, RULES, STATION
from webmacs_edge.web.rule_rows import rule_names

MOST_DAYS = 30
MOST_SAMPLES = 3_000_000  # of one channel, in memory one channel at a time
WINDOW_WARM_UP_MS = 3600_000  # read before the span, for rates and what holds at its start
_Judged = dict[tuple[str, int], Turns]  # by rule and place of its condition
_COLUMNS = tuple(it.name for it in fields(StoredRule) if it.name not in {"public_id", "more"})


@dataclass(frozen=True, slots=True)
class Trial:
    """A dry run, and over which time it really went. `samples`: how many were looked at."""

    run: DryRun
    from_ms: int
    to_ms: int
    samples: int
    is_shortened: bool  # there were too many samples for all of the time
    along: tuple[str, ...]  # names of the rules that it looks at, which were played along
    resting: tuple[str, ...]  # names of those that were taken as not holding


async def try_rule(
    app: web.Application, said: Said, *, public_id: str = "", days: int = MOST_DAYS
) -> Trial | NeedsLook:
    """Play the rule as written over the last days; NeedsLook when it cannot be played."""
    rule = definition_of(app, said, public_id)
    if isinstance(rule, NeedsLook):
        return rule
    slot = app[RULES].trying
    if slot.locked():
        raise BusyError(text("Another dry run is under way. Try again in a moment."))
    async with slot:
        return await _try(app, rule, days=min(max(1, days), MOST_DAYS))


def definition_of(
    app: web.Application, said: Said, public_id: str = ""
) -> RuleDefinition | NeedsLook:
    """The rule as written, ready for the engine, or what is missing."""
    columns = as_columns(said, channel=str(said["conditions"][0].get("event_public_id") or ""))
    stored: dict[str, Any] = {name: columns[name] for name in _COLUMNS}

    def key_of(channel: str) -> int | None:
        event = app[STATION].event_by_public_id(channel)
        return event.id if event else None

    others = [it.definition.id for it in app[RULES].engine.machines()]
    more = read_more(columns["more_json"])
    return define(StoredRule(public_id=public_id, more=more, **stored), key_of, other_rules=others)


async def _try(app: web.Application, rule: RuleDefinition, *, days: int) -> Trial:
    at_work = {it.definition.id: it.definition for it in app[RULES].engine.machines()}
    company = company_of(rule, at_work.get)
    rules = (*(quiet(it) for it in company.rules), rule)
    to_ms = now_ms()
    asked_ms = to_ms - days * DAY_MS
    keys = sorted({key for it in rules for key in it.keys})
    span_ms = await _affordable(app, keys, (asked_ms, to_ms)), to_ms
    judged, samples = await _judge_all(app, rules, keys, span_ms=span_ms)
    played: dict[str, Turns] = {}
    complete = True
    for it in rules:
        run = await _play(app, it, judged, span_ms=span_ms, others=played)
        played[it.id] = run.held
        complete = complete and run.complete
    names = rule_names(app)
    return Trial(
        replace(run, complete=complete),
        *span_ms,
        samples,
        is_shortened=span_ms[0] > asked_ms,
        along=tuple(it.name for it in company.rules),
        resting=tuple(names.get(it, it) for it in company.resting),
    )


async def _judge_all(
    app: web.Application,
    rules: Sequence[RuleDefinition],
    keys: Sequence[int],
    *,
    span_ms: tuple[int, int],
) -> tuple[_Judged, int]:
    """Every condition on channels, one channel in memory at a time."""
    judged: _Judged = {}
    samples = 0
    for key in keys:
        recorded = await _read(app, key, (span_ms[0] - WINDOW_WARM_UP_MS, span_ms[1]))
        samples += recorded.times.size
        judged |= await asyncio.to_thread(_judge, rules, recorded, key=key, span_ms=span_ms)
    return judged, samples


async def _play(
    app: web.Application,
    rule: RuleDefinition,
    judged: _Judged,
    *,
    span_ms: tuple[int, int],
    others: Mapping[str, Turns],
) -> DryRun:
    places = range(len(rule.conditions))
    turns = [judged.get((rule.id, place), NO_TURNS) for place in places]
    opening = await _Opening.over(app, rule, span_ms)
    return await asyncio.to_thread(
        play, rule, turns, span_ms=span_ms, is_open=opening.is_open, looks=opening.edges,
        others=others,
    )  # fmt: skip


async def _affordable(app: web.Application, keys: Sequence[int], span_ms: tuple[int, int]) -> int:
    """The start of the time for which no channel has more samples than fit into memory."""
    from_ms, to_ms = span_ms
    for key in keys:
        count = await app[HISTORY].estimate([key], from_ms, to_ms)
        if count > MOST_SAMPLES:
            from_ms = to_ms - int((to_ms - from_ms) * MOST_SAMPLES / count)
    return from_ms


async def _read(app: web.Application, key: int, span_ms: tuple[int, int]) -> Recorded:
    parts: list[Samples] = []
    async with aclosing(app[HISTORY].recorded(key, *span_ms)) as batches:
        async for part in batches:
            parts.append(part)
    if not parts:
        return Recorded(np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8))
    return await asyncio.to_thread(
        lambda: Recorded(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    )


def _judge(
    rules: Sequence[RuleDefinition], recorded: Recorded, *, key: int, span_ms: tuple[int, int]
) -> _Judged:
    return {
        (rule.id, place): turns_of(it, recorded, span_ms=span_ms)
        for rule in rules
        for place, it in enumerate(rule.conditions)
        if it.watch is not Watch.rule and it.key == key
    }


@dataclass(frozen=True, slots=True)
class _Opening:
    """When the schedule, and experiments if the rule asks for one, let it look."""

    rules: Any
    starts: Sequence[int]
    ends: Sequence[int]
    edges: Sequence[int]  # at which it has to look because an experiment began or ended

    @classmethod
    async def over(
        cls, app: web.Application, rule: RuleDefinition, span_ms: tuple[int, int]
    ) -> "_Opening":
        from_ms, to_ms = span_ms
        if not rule.only_in_experiment:
            return cls(app[RULES], (), (), ())
        async with app[DATABASE].read() as session:
            rows = await experiments_between(session, from_ms=from_ms, to_ms=to_ms)
        starts = [row.started_on_ms for row in rows]
        ends = [row.stopped_on_ms or FOREVER_MS for row in rows]
        edges = sorted(it for it in (*starts, *ends) if from_ms < it < to_ms)
        return cls(app[RULES], starts, ends, edges)

    def is_open(self, rule: RuleDefinition, at_ms: int) -> bool:
        if not self.rules.is_within(rule, at_ms):
            return False
        if not rule.only_in_experiment:
            return True
        place = bisect_right(self.starts, at_ms) - 1
        return place >= 0 and at_ms < self.ends[place]
