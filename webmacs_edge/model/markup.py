"""A little markdown for notes on a dashboard: it becomes words with marks, never HTML."""

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_BLOCKS = 400
_HEADING = re.compile(r"(#{1,3})\s+(.*)")
_BULLET = re.compile(r"[-*]\s+(.*)")
_NUMBERED = re.compile(r"\d{1,3}[.)]\s+(.*)")
_LINK = re.compile(r"https?://[^\s<>\"']+|/[A-Za-z0-9/_?=&.,%+~#-]*")
_MARKS = re.compile(
    r"\*\*(?P<strong>[^*]+)\*\*"
    r"|\*(?P<emphasis>[^*\s][^*]*)\*"
    r"|`(?P<code>[^`]+)`"
    r"|\[(?P<words>[^\]\[]+)\]\((?P<target>[^()\s]+)\)"
)


class Mark(StrEnum):
    """How a run of words is set off."""

    plain = "plain"
    strong = "strong"
    emphasis = "emphasis"
    code = "code"
    link = "link"


@dataclass(frozen=True, slots=True)
class Span:
    """Words that look alike; `target` only of links."""

    words: str
    mark: Mark = Mark.plain
    target: str = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (`h1` to `h3`), a paragraph (`p`), or a list (`ul`, `ol`) with a line per entry."""

    kind: str
    lines: tuple[Line, ...]


def blocks_of(source: str) -> tuple[Block, ...]:
    """The blocks of a text; what is no mark stays as it was typed."""
    found: list[Block] = []
    is_open = False  # whether the next line still belongs to the last block
    for raw in source.splitlines():
        line = raw.strip()
        if not line:
            is_open = False
            continue
        kind, words = _kind_of(line)
        if is_open and found[-1].kind == kind and not kind.startswith("h"):
            found[-1] = Block(kind, (*found[-1].lines, spans_of(words)))
        else:
            found.append(Block(kind, (spans_of(words),)))
        is_open = True
    return tuple(found[:MAX_BLOCKS])


def spans_of(line: str) -> Line:
    """The runs of one line."""
    spans, start = list[Span](), 0
    for match in _MARKS.finditer(line):
        if match.start() > start:
            spans.append(Span(line[start : match.start()]))
        spans.append(_span(match))
        start = match.end()
    if start < len(line) or not spans:
        spans.append(Span(line[start:]))
    return tuple(spans)


def _kind_of(line: str) -> tuple[str, str]:
    if heading := _HEADING.fullmatch(line):
        return f"h{len(heading[1])}", heading[2]
    if bullet := _BULLET.fullmatch(line):
        return "ul", bullet[1]
    if numbered := _NUMBERED.fullmatch(line):
        return "ol", numbered[1]
    return "p", line


def _span(match: re.Match[str]) -> Span:
    if match["target"] is not None:
        target = match["target"]
        is_safe = _LINK.fullmatch(target) and not target.startswith("//")
        return Span(match["words"], Mark.link, target) if is_safe else Span(match[0])
    mark = next(it for it in (Mark.strong, Mark.emphasis, Mark.code) if match[it.value] is not None)
    return Span(match[mark.value], mark)
