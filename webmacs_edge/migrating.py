"""What the command `migrate` does."""

from collections.abc import Callable

from webmacs_edge.config import Settings
from webmacs_edge.opening import bring_up_to_date
from webmacs_edge.store.datadir import hold_data_dir

Say = Callable[[str], None]


async def run_migrate(settings: Settings, *, say: Say) -> int:
    """Bring the nouns' database to the newest schema, without serving."""
    with hold_data_dir(settings.data_dir):
        before, after = await bring_up_to_date(settings)
    if before == after:
        say(f"The database is at the newest revision, {after}.")
    else:
        say(f"The database was brought from revision {before or 'nothing'} to {after}.")
    return 0
