"""What is said about alarms: what operators do in, how alarms stand and their journal out."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, field_validator

from webmacs_edge.model.alarm_deeds import MAX_COMMENT
from webmacs_edge.model.alarms import AlarmState, Aside, Move
from webmacs_edge.model.rule_definitions import Priority
from webmacs_edge.model.times import parse_instant
from webmacs_edge.rules.alarms import Shown
from webmacs_edge.store.alarm_journal import Asked
from webmacs_edge.web.schemas.fields import FORM, LENIENT, OUTPUT, Instant, Moment, PublicId
from webmacs_edge.web.schemas.lists import PageQuery

if TYPE_CHECKING:
    from webmacs_edge.rules.alarms import AlarmView
    from webmacs_edge.store.tables import Event

_MOST = 2000


class CommentIn(BaseModel):
    """What somebody says with it, for whoever reads the journal."""

    model_config = LENIENT | ConfigDict(str_max_length=MAX_COMMENT)

    comment: str = ""


class ShelfIn(BaseModel):
    """Until when an alarm is to be silent (7 days at most), and why."""

    model_config = LENIENT | ConfigDict(str_max_length=MAX_COMMENT)

    until: Moment
    why: str = Field(min_length=1)


class AcknowledgeIn(BaseModel):
    """Which alarms to acknowledge; left out: all that wait for it."""

    model_config = LENIENT | ConfigDict(str_max_length=MAX_COMMENT)

    rules: list[PublicId] | None = Field(None, max_length=_MOST)
    comment: str = ""


class CommentForm(BaseModel):
    """The same from a page."""

    model_config = FORM | ConfigDict(str_max_length=MAX_COMMENT)

    comment: str = ""


class AcknowledgeForm(BaseModel):
    """The alarms that a page showed, and what somebody says with them."""

    model_config = FORM | ConfigDict(str_max_length=MAX_COMMENT)

    rules: list[PublicId] = Field(default_factory=list, max_length=_MOST)
    comment: str = ""


class ShelfForm(BaseModel):
    """The same from a page; the end as people of the site write it."""

    model_config = FORM | ConfigDict(str_max_length=MAX_COMMENT)

    until: str
    why: str = Field(min_length=1)


class AlarmQuery(BaseModel):
    """Which alarms."""

    model_config = ConfigDict(defer_build=True, extra="ignore")

    state: Shown = Shown.all


class AlarmOut(BaseModel):
    """An alarm as it stands; `aside` says why it is silent, "" while it may speak."""

    model_config = OUTPUT

    rule_public_id: str
    name: str
    priority: Priority
    state: AlarmState
    aside: Aside
    active: bool = Field(description="Whether its condition holds, also while it is set aside.")
    since: Instant | None
    returned_on: Instant | None
    acknowledged_on: Instant | None
    shelved_until: Instant | None
    event_public_id: str | None
    channel: str
    value: float | None
    unit: str
    cause: str
    consequence: str
    response: str
    group: str
    first_out: bool
    latching: bool


class AlarmsOut(BaseModel):
    """Alarms, the most urgent first, and how many are told now by priority."""

    counts: dict[Priority, int]
    data: list[AlarmOut]


class HandledOut(BaseModel):
    """How many alarms it applied to."""

    status: str = "success"
    message: str
    handled: int


class JournalQuery(PageQuery):
    """Which entries; what is left out narrows nothing."""

    model_config = ConfigDict(defer_build=True, extra="ignore", populate_by_name=True)

    rule: str = Field("", max_length=100)
    move: Move | None = None
    priority: Priority | None = None
    from_: str | None = Field(None, alias="from", json_schema_extra={"format": "date-time"})
    to: str | None = Field(None, json_schema_extra={"format": "date-time"})

    @field_validator("from_", "to")
    @classmethod
    def _is_moment(cls, text: str | None) -> str | None:
        if text:
            parse_instant(text)
        return text or None

    def asked(self) -> Asked:
        """The same for the query."""
        return Asked(
            rule_public_id=self.rule,
            move=self.move or "",
            priority=self.priority or "",
            from_ms=parse_instant(self.from_) if self.from_ else None,
            to_ms=parse_instant(self.to) if self.to else None,
        )


class JournalEntryOut(BaseModel):
    """Something that happened to an alarm; `actor` is "" where it happened by itself."""

    model_config = OUTPUT

    time: Instant = Field(validation_alias="at_ms")
    rule_public_id: str
    name: str
    priority: str
    group: str = Field(validation_alias="group_name")
    move: str
    value: float | None
    unit: str
    first_out: bool
    actor: str
    user_public_id: str | None
    comment: str
    until: Instant | None = Field(validation_alias="until_ms")


def alarm_out(view: "AlarmView", event: "Event | None") -> AlarmOut:
    """An alarm with the names of its channel."""
    alarm, texts = view.alarm, view.texts
    return AlarmOut(
        rule_public_id=view.rule_id,
        name=view.name,
        priority=view.priority,
        state=alarm.state,
        aside=alarm.aside,
        active=alarm.active,
        since=view.since_ms,
        returned_on=alarm.returned_at_ms,
        acknowledged_on=alarm.acknowledged_at_ms,
        shelved_until=alarm.shelved_until_ms,
        event_public_id=event.public_id if event else None,
        channel=event.name if event else "",
        value=view.value,
        unit=event.unit if event else "",
        cause=texts.cause,
        consequence=texts.consequence,
        response=texts.response,
        group=view.group,
        first_out=view.first_out,
        latching=view.latching,
    )
