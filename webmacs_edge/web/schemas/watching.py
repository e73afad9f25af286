"""The horn and the keeping of records, on their page."""

from pydantic import BaseModel, Field, model_validator

from webmacs_edge.model.rule_definitions import Priority
from webmacs_edge.model.watching import Watching, check_watching
from webmacs_edge.web.schemas.fields import FORM

_USUAL = Watching()


class WatchingForm(BaseModel):
    """A field left empty takes its usual value; InvalidError names the one that does not fit."""

    model_config = FORM

    journal_days: int = _USUAL.journal_days
    log_days: int = _USUAL.log_days
    deliveries_days: int = _USUAL.deliveries_days
    horn_output: str = ""
    horn_value: float = Field(_USUAL.horn_value, allow_inf_nan=False)
    horn_least: Priority = _USUAL.horn_least
    horn_on_s: float = Field(_USUAL.horn_on_s, allow_inf_nan=False)
    horn_every_s: float = Field(_USUAL.horn_every_s, allow_inf_nan=False)

    @model_validator(mode="after")
    def _fits(self) -> "WatchingForm":
        check_watching(self.watching())
        return self

    def watching(self) -> Watching:
        """What was decided."""
        return Watching(**{name: getattr(self, name) for name in type(self).model_fields})
