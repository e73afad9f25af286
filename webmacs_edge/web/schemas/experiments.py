"""What is said about experiments: API input and output, and the form of the page."""

from pydantic import AliasChoices, BaseModel, Field

from webmacs_edge.web.schemas.fields import FORM, LEFT_OUT, LENIENT, OUTPUT, Instant, Text


class ExperimentIn(BaseModel):
    """A new experiment; it runs from now on."""

    model_config = LENIENT

    name: Text


class ExperimentPatch(BaseModel):
    """Another name, or nothing."""

    model_config = LENIENT

    name: Text = LEFT_OUT


class ExperimentOut(BaseModel):
    """An experiment as programs see it."""

    model_config = OUTPUT

    public_id: str
    name: str
    started_on: Instant | None = Field(validation_alias=AliasChoices("started_on_ms", "started_on"))
    stopped_on: Instant | None = Field(validation_alias=AliasChoices("stopped_on_ms", "stopped_on"))
    user_public_id: str | None


class ExperimentForm(BaseModel):
    """The name of an experiment on its page."""

    model_config = FORM

    name: Text
