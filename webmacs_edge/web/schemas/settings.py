"""The settings of the site on their page."""

from typing import Literal

from pydantic import BaseModel, Field, model_validator

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.store.site_settings import SiteSettings, check_site_settings
from webmacs_edge.web.schemas.fields import FORM

UNIT_BYTES = {"MB": 10**6, "GB": 10**9}
MOST_UNITS = 10**9
_DEFAULTS = SiteSettings()
_FIELDS = {"history_budget_bytes": "budget"}  # where the form names it otherwise


class SettingsForm(BaseModel):
    """A field left empty takes its default. InvalidError names the field that does not fit."""

    model_config = FORM

    flush_seconds: float | None = Field(None, allow_inf_nan=False)
    retention_days: int | None = None
    rollup_days: int | None = None
    budget: float | None = Field(None, allow_inf_nan=False, ge=0, le=MOST_UNITS)
    budget_unit: Literal["MB", "GB"] = "GB"
    min_free_percent: int | None = None
    seen: str = ""  # fingerprint of what the page showed; "" changes the settings regardless
    answer: Literal["", "remove", "back"] = ""  # to the question whether older values may go

    @model_validator(mode="after")
    def _fits(self) -> "SettingsForm":
        try:
            check_site_settings(self.settings())
        except InvalidError as error:
            raise InvalidError(str(error), field=_FIELDS.get(error.field, error.field)) from error
        return self

    def settings(self) -> SiteSettings:
        """What was decided."""
        budget, free = self.budget, self.min_free_percent
        return SiteSettings(
            flush_seconds=self.flush_seconds,
            retention_days=self.retention_days,
            rollup_days=self.rollup_days,
            history_budget_bytes=(
                None if budget is None else round(budget * UNIT_BYTES[self.budget_unit])
            ),
            min_free_percent=_DEFAULTS.min_free_percent if free is None else free,
        )
