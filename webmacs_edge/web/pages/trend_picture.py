"""A picture of the chosen channels, for browsers in which the chart cannot be drawn."""

import asyncio

from aiohttp import web

from webmacs_edge.web.render import render_string
from webmacs_edge.web.run_figures import Figure, Plot, figures_of, plot_of
from webmacs_edge.web.trend_data import asked_events, asked_span


async def picture(request: web.Request) -> web.Response:
    """An SVG with a lane a channel, least to greatest and the mean, over the asked span."""
    span = asked_span(request)
    figures = await figures_of(request.app, asked_events(request), span)
    plots = await asyncio.to_thread(_plots, figures, span)
    lanes = list(zip(figures, plots, strict=True))
    svg = render_string(request, "trends/_picture.html", lanes=lanes, span=span)
    response = web.Response(text=svg, content_type="image/svg+xml", charset="utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.enable_compression()
    return response


def _plots(figures: list[Figure], span: tuple[int, int]) -> list[Plot]:
    return [
        plot_of(
            it,
            from_ms=span[0],
            to_ms=span[1],
            length_ms=span[1] - span[0],
            bounds=(it.low, it.high if it.high > it.low else it.low + 1),
        )
        for it in figures
    ]
