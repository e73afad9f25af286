"""The list of outputs as HTML: made once for all who watch, a tile only when it looks different."""

from typing import NamedTuple

import aiohttp_jinja2
from aiohttp import web

from webmacs_edge.model.language import CURRENT
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.keys import CONTROL
from webmacs_edge.web.output_rows import OutputRow, output_groups

BEAT_MS = 500  # the list changes twice a second


class _Eyes(NamedTuple):
    """Who look alike: people of one role who read one language."""

    role: UserRole
    language: str


class OutputTiles:
    """What people of each role and language see; nothing is meant for one person alone."""

    def __init__(self) -> None:
        self._made: dict[tuple[_Eyes, str], tuple[OutputRow, str]] = {}
        self._lists: dict[_Eyes, tuple[int, str]] = {}

    def html(self, app: web.Application, role: UserRole, *, beat: int) -> str:
        """The whole list as it is in this beat."""
        eyes = _Eyes(role, CURRENT.get().code)
        known = self._lists.get(eyes)
        if known is None or known[0] != beat:
            known = self._lists[eyes] = beat, self.render(app, role)
        return known[1]

    def render(self, app: web.Application, role: UserRole) -> str:
        """The whole list as it is now."""
        groups, eyes = output_groups(app), _Eyes(role, CURRENT.get().code)
        shown = {(eyes, row.public_id) for rows in groups.values() for row in rows}
        tiles = {
            name: [self._tile(app, eyes, row) for row in rows] for name, rows in groups.items()
        }
        for key in [key for key in self._made if key[0] == eyes and key not in shown]:
            del self._made[key]
        control = app[CONTROL]
        template = aiohttp_jinja2.get_env(app).get_template("outputs/_list.html")
        return template.render(
            groups=tiles,
            locks=control.board.locks,
            held=control.locks.all_safe,
            may_operate=role.rank >= UserRole.operator.rank,
        )

    def _tile(self, app: web.Application, eyes: _Eyes, row: OutputRow) -> str:
        key, role = (eyes, row.public_id), eyes.role
        known = self._made.get(key)
        if known is not None and known[0] == row:
            return known[1]
        template = aiohttp_jinja2.get_env(app).get_template("outputs/_tile.html")
        html = template.render(
            row=row,
            may_switch=role.rank >= max(row.claim.role.rank, UserRole.operator.rank),
            may_operate=role.rank >= UserRole.operator.rank,
            may_configure=role.rank >= UserRole.admin.rank,
        )
        self._made[key] = row, html
        return html


OUTPUT_TILES = web.AppKey("output_tiles", OutputTiles)
