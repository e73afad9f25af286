"""What commissioning leaves behind: a certificate to print, and the same as a file."""

from aiohttp import hdrs, web

from webmacs_edge.history.export.plan import Options
from webmacs_edge.history.export.texts import Fields
from webmacs_edge.model.commissioning import CheckState
from webmacs_edge.model.times import from_ms, iso_z, now_ms
from webmacs_edge.web.check_rows import CheckRow, check_rows, value_text
from webmacs_edge.web.file_answer import disposition
from webmacs_edge.web.keys import STATION, USER
from webmacs_edge.web.render import render

_COLUMNS = (
    "channel", "channel_id", "module", "place", "kind", "state", "time", "person", "simulated",
    "step", "expected", "tolerance", "value", "unit", "passed", "answer", "note",
)  # fmt: skip


async def index(request: web.Request) -> web.Response:
    """Every channel with its last check, to print and sign."""
    groups = await check_rows(request.app)
    rows = [row for group in groups.values() for row in group]
    return render(
        request,
        "commissioning/certificate.html",
        groups=groups,
        total=len(rows),
        passed=sum(row.state is CheckState.passed for row in rows),
        has_simulated=any(row.last is not None and row.last.simulated for row in rows),
        value_text=value_text,
        layout=request.app[STATION].layout,
        person=request[USER].username,
    )


async def export_csv(request: web.Request) -> web.Response:
    """The last check of every channel, a line for each step."""
    fields = Fields(Options(byte_order_mark=True))
    lines = [fields.line(_COLUMNS)]
    for name, rows in (await check_rows(request.app)).items():
        for row in rows:
            lines += [fields.line(cells) for cells in _cells(fields, name, row)]
    name = f"checks_{from_ms(now_ms()):%Y-%m-%dT%H-%M-%SZ}.csv"
    return web.Response(
        text=fields.start + "".join(lines),
        content_type="text/csv",
        charset="utf-8",
        headers={hdrs.CONTENT_DISPOSITION: disposition(name)},
    )


def _cells(fields: Fields, module: str, row: CheckRow) -> list[list[str]]:
    event, last = row.event, row.last
    texts = (event.name, event.public_id, module, row.place, row.kind.value, row.state.value)
    head = [fields.text(it) for it in texts]
    if last is None:
        return [head + [""] * (len(_COLUMNS) - len(head))]
    said = [iso_z(last.at_ms), fields.text(last.actor), "yes" if last.simulated else "no"]
    found = []
    for step in row.steps:
        numbers = (step.expected, step.tolerance, step.value)
        cells = ["" if it is None else f"{it:.12g}" for it in numbers]
        result = "" if step.passed is None else ("yes" if step.passed else "no")
        texts_after = [fields.text(event.unit), result, fields.text(step.answer)]
        line = [*head, *said, fields.text(step.action), *cells, *texts_after]
        found.append([*line, fields.text(last.note)])
    return found
