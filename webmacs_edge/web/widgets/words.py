"""A text: what whoever stands before the plant should know."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field as Setting

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.markup import Block, blocks_of
from webmacs_edge.model.text import text
from webmacs_edge.web.widgets.kind import Field, Kind, Scene, Settings, Widget

MAX_TEXT = 4000


class Written(Settings):
    """The text with its marks."""

    text: Annotated[str, Setting(max_length=MAX_TEXT)] = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The text in blocks."""

    blocks: tuple[Block, ...]


def look(_scene: Scene, widget: Widget) -> Page:
    """The text, which never changes by itself."""
    return Page(blocks_of(widget.settings.text))


KIND = Kind(
    name=WidgetType.text,
    words=text("Text"),
    about=text("Instructions, telephone numbers, links."),
    icon="words",
    size=(3, 3),
    settings=Written,
    fields=(
        Field(
            "text",
            text("Text"),
            "area",
            text(
                "# Heading, - list, 1. numbered, **bold**, *italic*, `code`, [words](/trends). "
                "HTML is shown as it is typed."
            ),
        ),
    ),
    look=look,
)
