"""What is said about experiments: API input and output, and the form of the page."""

from typing import Annotated

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, StringConstraints

from webmacs_edge.model.experiments import Outcome, tidy_tags
from webmacs_edge.web.schemas.fields import FORM, LEFT_OUT, LENIENT, OUTPUT, Instant, Text
from webmacs_edge.web.schemas.lists import PageQuery

MAX_DESCRIPTION = 4000
MAX_NOTE = 500
MAX_PHASE = 100

_FORM = ConfigDict(defer_build=True, extra="forbid", str_strip_whitespace=True)

Prose = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION)]  # of several lines
Tags = Annotated[str, StringConstraints(max_length=600), AfterValidator(tidy_tags)]
Names = Annotated[str, StringConstraints(max_length=255)]


class ExperimentIn(BaseModel):
    """A new experiment; it runs from now on."""

    model_config = LENIENT

    name: Text
    description: Prose = ""
    tags: Tags = ""
    operators: Names = ""


class ExperimentPatch(BaseModel):
    """Another name, or what else is said about it; what is left out stays."""

    model_config = LENIENT

    name: Text = LEFT_OUT
    description: Prose = LEFT_OUT
    tags: Tags = LEFT_OUT
    operators: Names = LEFT_OUT
    outcome: Outcome = LEFT_OUT
    conclusion: Prose = LEFT_OUT


class ExperimentOut(BaseModel):
    """An experiment as programs see it."""

    model_config = OUTPUT

    public_id: str
    name: str
    started_on: Instant | None = Field(validation_alias=AliasChoices("started_on_ms", "started_on"))
    stopped_on: Instant | None = Field(validation_alias=AliasChoices("stopped_on_ms", "stopped_on"))
    user_public_id: str | None
    description: str = ""
    tags: str = ""
    operators: str = ""
    outcome: Outcome = Outcome.open
    conclusion: str = ""


class ExperimentQuery(PageQuery):
    """Which experiments: with a tag, with words in name, description, operators, conclusion."""

    tag: str = Field("", max_length=100)
    search: str = Field("", max_length=100)


class ExperimentForm(BaseModel):
    """What is said about an experiment on its page."""

    model_config = _FORM

    name: Text
    description: Prose = ""
    tags: Tags = ""
    operators: Names = ""


class StopForm(BaseModel):
    """How an experiment ended."""

    model_config = _FORM

    outcome: Outcome = Outcome.open
    conclusion: Prose = ""


class NoteForm(BaseModel):
    """A remark for the running experiment."""

    model_config = _FORM

    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NOTE)]


class PhaseForm(BaseModel):
    """The part of an experiment that begins now."""

    model_config = FORM

    phase: Annotated[str, StringConstraints(min_length=1, max_length=MAX_PHASE)]


class PhaseOut(BaseModel):
    """A part of an experiment as programs see it; it lasts until the next one, or the end."""

    model_config = OUTPUT

    public_id: str
    name: str
    started_on: Instant = Field(validation_alias=AliasChoices("started_on_ms", "started_on"))
    author: str


class PhaseIn(BaseModel):
    """A part that begins now."""

    model_config = LENIENT

    name: Annotated[str, StringConstraints(min_length=1, max_length=MAX_PHASE)]


class StopIn(BaseModel):
    """How it ended, if that is said; programs of 2.x send nothing."""

    model_config = LENIENT

    outcome: Outcome = Outcome.open
    conclusion: Prose = ""
