"""Frames of a chart that is dragged, 8 channels: `python -m bench.pan`.

Chromium draws the canvas on the CPU here. What is measured: the time between two frames (as
`requestAnimationFrame` tells it) and what one frame's drawing takes of the main thread, while a
hand drags the chart to and fro for some seconds and finer values arrive.
"""

import asyncio
import math
import os

from playwright.async_api import Page

from bench.appliance import serving
from bench.chromium import browser, sign_in
from webmacs_edge.model.times import iso_z, now_ms

CHANNELS, SECONDS, STEP_S = 8, 7200, 2
BATCH = 500
DRAG = """async () => {
  const over = document.querySelector(".u-over");
  const { left, top, width } = over.getBoundingClientRect();
  const gaps = [];
  const mouse = { pointerId: 1, pointerType: "mouse", button: 0, buttons: 1, bubbles: true };
  const fire = (type, clientX) => over.dispatchEvent(
    new PointerEvent(type, { ...mouse, clientX, clientY: top + 80 }));
  over.setPointerCapture = () => {};   // a made-up pointer cannot be captured
  const frame = () => new Promise(requestAnimationFrame);
  fire("pointerdown", left + width / 2);
  let before = await frame();
  for (let n = 0; n < 300; n++) {
    fire("pointermove", left + width / 2 + Math.sin(n / 25) * width * 0.35);
    const at = await frame();
    gaps.push(at - before);
    before = at;
  }
  fire("pointerup", left + width / 2);
  return gaps;
}"""
TIMED = """() => {
  window.drawing = [];
  const real = window.requestAnimationFrame;
  window.requestAnimationFrame = (act) => real((at) => {
    const start = performance.now();
    act(at);
    window.drawing.push(performance.now() - start);
  });
}"""


async def main() -> None:
    """Print the median and the 95th percentile."""
    async with serving() as (_, address), browser() as chromium:
        context = await chromium.new_context(viewport={"width": 1280, "height": 800})
        page = await context.new_page()
        await sign_in(page, address)
        start_ms = now_ms() - SECONDS * 1000
        ids = [await _fill(page, address, number, start_ms=start_ms) for number in range(CHANNELS)]
        await page.add_init_script(f"({TIMED})()")
        from_ms, to_ms = start_ms + 1_800_000, start_ms + 5_400_000
        await page.goto(f"{address}/trends?channels={','.join(ids)}&from={from_ms}&to={to_ms}")
        await page.wait_for_selector("#chart[data-loaded]")
        await asyncio.sleep(2)
        await page.evaluate("() => { window.drawing.length = 0; }")
        measured: list[float] = await page.evaluate(DRAG)
        drawing = await page.evaluate("() => window.drawing.filter((ms) => ms > 0.3)")
    gaps = measured[5:]
    load = os.getloadavg()[0]
    print(
        f"dragging {CHANNELS} channels, 1280 x 800, {len(gaps)} frames, "
        f"load of the machine {load:.1f}:"
    )
    print(f"  between frames p50 {_at(gaps, 0.5):.1f} ms, p95 {_at(gaps, 0.95):.1f} ms")
    print(f"  drawing a frame p50 {_at(drawing, 0.5):.1f} ms, p95 {_at(drawing, 0.95):.1f} ms")


async def _fill(page: Page, address: str, number: int, *, start_ms: int) -> str:
    """A channel with a value every other second; four units, so four lanes."""
    unit = ("°C", "bar", "m³/h", "%")[number % 4]
    channel = {"name": f"Pan {number}", "unit": unit, "min_value": 0, "max_value": 100}
    made = await page.request.post(f"{address}/api/v1/events", data={**channel, "type": "sensor"})
    assert made.ok, await made.text()
    rows = (await (await page.request.get(f"{address}/api/v1/events?page_size=100")).json())["data"]
    public_id: str = next(row["public_id"] for row in rows if row["name"] == channel["name"])
    points = [
        {
            "event_public_id": public_id,
            "value": 50 + 30 * math.sin(second / (200 + 90 * number)) + second % 7,
            "timestamp": iso_z(start_ms + second * 1000),
        }
        for second in range(0, SECONDS, STEP_S)
    ]
    for first in range(0, len(points), BATCH):
        body = {"datapoints": points[first : first + BATCH]}
        answer = await page.request.post(f"{address}/api/v1/datapoints/batch", data=body)
        assert answer.ok, await answer.text()
    return public_id


def _at(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


if __name__ == "__main__":
    asyncio.run(main())
