"""How far a value can be trusted."""

from enum import IntEnum

from webmacs_edge.model.text import text


class Quality(IntEnum):
    """Trust in a sample; the greater, the worse, so that `max()` of several counts."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2
    STALE = 3

    @property
    def word(self) -> str:
        """The word used in JSON, CSS and templates: good, uncertain, bad, stale."""
        return self.name.lower()


QUALITY_WORDS = {
    Quality.GOOD: text("good"),
    Quality.UNCERTAIN: text("uncertain"),
    Quality.BAD: text("bad"),
    Quality.STALE: text("stale"),
}
