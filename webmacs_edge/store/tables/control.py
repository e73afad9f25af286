"""Outputs that may be commanded, interlocks, and what holds them."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webmacs_edge.model.text import recalled
from webmacs_edge.store.tables.base import Base, new_owner, new_public_id


class Output(Base):
    """The claim on an output: what it may be asked for. Without one a channel is only read."""

    __tablename__ = "outputs"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_public_id: Mapped[str] = mapped_column(ForeignKey("events.public_id"), unique=True)
    safe_value: Mapped[float]
    min_value: Mapped[float]
    max_value: Mapped[float]
    rate_per_s: Mapped[float | None]
    min_on_s: Mapped[float] = mapped_column(default=0.0)
    min_off_s: Mapped[float] = mapped_column(default=0.0)
    max_on_s: Mapped[float | None]
    role: Mapped[str] = mapped_column(String(20))  # least role that may command it
    needs_confirmation: Mapped[bool] = mapped_column(default=False)
    during_update: Mapped[str] = mapped_column(String(20))  # safe | hold
    holds: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str] = mapped_column(String(100), default="")
    place: Mapped[str] = mapped_column(String(300), default="")  # in the image, when confirmed
    created_on_ms: Mapped[int]
    user_public_id: Mapped[str | None] = new_owner()


class Interlock(Base):
    """Conditions on channels that forbid outputs or force them safe."""

    __tablename__ = "interlocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    name: Mapped[str] = mapped_column(String(255), unique=True)
    action: Mapped[str] = mapped_column(String(20))  # forbid | force_safe
    outputs_json: Mapped[str] = mapped_column(Text)  # public ids of channels
    conditions_json: Mapped[str] = mapped_column(Text)
    needs_all: Mapped[bool] = mapped_column(default=False)
    is_latching: Mapped[bool] = mapped_column(default=False)
    delay_s: Mapped[float] = mapped_column(default=0.0)
    enabled: Mapped[bool] = mapped_column(default=True)
    latched: Mapped[str] = mapped_column(Text, default="")  # why it tripped; "" when reset
    created_on_ms: Mapped[int]
    user_public_id: Mapped[str | None] = new_owner()
    latched_json: Mapped[str | None] = mapped_column(Text)  # the same, for other languages

    @property
    def why_latched(self) -> str:
        """Why it tripped, as a sentence that can be said in other languages; "" when reset."""
        return recalled(self.latched, self.latched_json)


class OutputHold(Base):
    """What keeps all outputs safe until somebody releases them; outlives a restart."""

    __tablename__ = "output_holds"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(String(500))
    at_ms: Mapped[int]
    words_json: Mapped[str | None] = mapped_column(Text)  # the same, for other languages


class InterlockTrip(Base):
    """An interlock tripped, cleared or was reset; outlives the interlock."""

    __tablename__ = "interlock_trips"

    id: Mapped[int] = mapped_column(primary_key=True)
    at_ms: Mapped[int]
    interlock_public_id: Mapped[str] = mapped_column(String(100), index=True)
    name: Mapped[str] = mapped_column(String(255))  # then
    move: Mapped[str] = mapped_column(String(20))  # tripped | cleared | reset
    cause: Mapped[str] = mapped_column(Text, default="")  # the values that it saw
    actor: Mapped[str] = mapped_column(String(255), default="")  # who reset it
    cause_json: Mapped[str | None] = mapped_column(Text)  # the cause, for other languages

    @property
    def why(self) -> str:
        """The cause as pages show it, in the language of who reads."""
        return recalled(self.cause, self.cause_json)


class ChannelCheck(Base):
    """A channel was checked from the terminal to the screen; outlives the channel."""

    __tablename__ = "channel_checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = new_public_id()
    event_public_id: Mapped[str] = mapped_column(String(100), index=True)
    name: Mapped[str] = mapped_column(String(255))  # of the channel, then
    at_ms: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))  # digital | analogue | output
    steps_json: Mapped[str] = mapped_column(Text)  # what was expected and what was read
    passed: Mapped[bool]
    simulated: Mapped[bool] = mapped_column(default=False)  # on the virtual plant
    note: Mapped[str] = mapped_column(String(500), default="")
    place: Mapped[str] = mapped_column(String(300), default="")
    fingerprint: Mapped[str] = mapped_column(String(100))  # of place and scaling, then
    actor: Mapped[str] = mapped_column(String(255))
    user_public_id: Mapped[str | None] = mapped_column(String(100))
