"""Words of experiments: how one may end, its tags, the name of the next one."""

import re
from collections.abc import Iterable
from enum import StrEnum

from webmacs_edge.model.text import Text, text

MAX_TAGS = 12
MAX_TAG = 40
_LAST_NUMBER = re.compile(r"(\d{1,9})(\D*)$")


class Outcome(StrEnum):
    """How an experiment ended, as whoever ran it judges."""

    open = ""
    success = "success"
    failed = "failed"
    aborted = "aborted"
    inconclusive = "inconclusive"


OUTCOME_WORDS: dict[Outcome, Text] = {
    Outcome.open: text("Not judged yet"),
    Outcome.success: text("Success"),
    Outcome.failed: text("Failed"),
    Outcome.aborted: text("Aborted"),
    Outcome.inconclusive: text("Inconclusive"),
}


def tidy_tags(typed: str) -> str:
    """Tags as they are kept, `a, b`: each once, in the order in which they were typed.

    ValueError in words when there are too many, or one is too long.
    """
    tags = list(dict.fromkeys(tag.strip() for tag in typed.split(",") if tag.strip()))
    if len(tags) > MAX_TAGS:
        raise ValueError(text("Please use at most {most} tags.", most=MAX_TAGS))
    for tag in tags:
        if len(tag) > MAX_TAG:
            raise ValueError(
                text("The tag “{tag}…” is longer than {most} letters.", tag=tag[:20], most=MAX_TAG)
            )
    return ", ".join(tags)


def split_tags(kept: str) -> list[str]:
    """One by one."""
    return kept.split(", ") if kept else []


def next_name(name: str, taken: Iterable[str]) -> str:
    """A name for another one like it: the last number goes up, `run 7` → `run 8`."""
    known = set(taken)
    match = _LAST_NUMBER.search(name)
    if match is None:
        name, match = f"{name} 1", _LAST_NUMBER.search(f"{name} 1")
    while match is not None:
        number = str(int(match[1]) + 1).zfill(len(match[1]))
        name = f"{name[: match.start()]}{number}{match[2]}"
        if name not in known:
            break
        match = _LAST_NUMBER.search(name)
    return name
