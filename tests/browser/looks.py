"""What is wrong with a page as it stands in the browser: axe, its width, targets too small."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from playwright.async_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Rows like those before them are left out: the tenth takes axe as long as the first.
ALIKE = ["tbody tr:nth-child(n + 5)", ".channel:nth-child(n + 5)", ".tick:nth-of-type(n + 4)"]
_RUN = """async ([part, alike, only]) => {
  const options = {runOnly: only, resultTypes: ["violations"], selectors: false, preload: false};
  const place = part ? {include: [part], exclude: alike} : document;
  const found = await axe.run(place, options);
  const places = it => it.nodes.slice(0, 3).map(node => node.html).join(" | ");
  return found.violations.map(it => `${it.id}: ${places(it)}`);
}"""
_FITS = """() => {
  const found = [], root = document.documentElement;
  if (root.scrollWidth > root.clientWidth)
    found.push(`wider than the window: ${root.scrollWidth}`);
  if (!document.title || root.lang.length !== 2) found.push("no title or language");
  if (document.querySelectorAll("main h1").length !== 1) found.push("not one heading");
  const inText = el => el.matches("a") && getComputedStyle(el).display === "inline"
    && el.closest("p, li, dd, td, small, label, h3");
  const named = el => `${el.tagName.toLowerCase()} “${el.textContent.trim().slice(0, 30)}”`;
  const hands = ":is(main, header, .nav) :is(a, button, select, summary, textarea, .input)";
  for (const el of document.querySelectorAll(hands)) {
    const box = el.getBoundingClientRect();
    if (box.width < 2 || el.closest(".visually-hidden, .skip")) continue;
    if (getComputedStyle(el, "::after").position === "absolute") continue;  // it covers more
    if (box.height < 43.5 && !inText(el)) found.push(`only ${box.height} px high: ${named(el)}`);
  }
  return [...new Set(found)].slice(0, 5);
}"""


@cache
def axe() -> str:
    """The library, run in the page by the browser's own hand: the page allows no foreign script."""
    directory = Path(__file__).parent / "vendor"
    return next(directory.glob("axe-*.min.js")).read_text(encoding="utf-8")


async def faults_of(page: Page, part: str = "", rules: Sequence[str] = LEVELS) -> list[str]:
    """What axe finds in this part of the page, by these rules or by all of WCAG 2.2 AA."""
    if not await page.evaluate("() => Boolean(window.axe)"):
        await page.evaluate(axe())
    found: list[str] = await page.evaluate(_RUN, [part, ALIKE, list(rules)])
    return found


async def misfits_of(page: Page) -> list[str]:
    """What is too wide for the window, or too small for a finger."""
    found: list[str] = await page.evaluate(_FITS)
    return found
