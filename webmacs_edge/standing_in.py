"""A virtual plant where there is no Revolution Pi: what to try the appliance with."""

from collections.abc import Callable
from pathlib import Path

from webmacs_edge.config import Settings
from webmacs_edge.hardware.presence import is_revpi_here

FOLDER = "simulation"


def with_stand_in(
    settings: Settings, *, is_here: Callable[[Path], bool] = is_revpi_here
) -> tuple[Settings, bool]:
    """The settings to run by, and whether on a virtual plant; whatever is in doubt is not.

    What is simulated lies in a folder of its own: it never mixes with what was measured. Where
    an appliance has measured before, or the site has named its hardware or a database, there is
    none: a device that is missing is then a fault to be told.
    """
    if not _may_stand_in(settings) or is_here(settings.process_image):
        return settings, False
    return settings.model_copy(update={"data_dir": settings.data_dir / FOLDER}), True


def _may_stand_in(settings: Settings) -> bool:
    named = settings.model_fields_set & {"process_image", "config_rsc", "database_url"}
    if settings.simulate != "auto" or named or settings.output_sole_writer:
        return False
    return not (settings.data_dir / "config.db").exists()
