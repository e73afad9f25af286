"""Whether a release is for this box, and not an older one; pure rules.

The root helper that installs uses this very file: standard library and `manifest` only.
"""

from dataclasses import dataclass, field
from datetime import datetime

from webmacs_edge.firmware.manifest import PRODUCT, Manifest, Refusal, files_for, numbers
from webmacs_edge.model.text import text


@dataclass(frozen=True, slots=True)
class Facts:
    """The box that an update would be installed on."""

    version: str
    arch: str
    system: str  # such as bookworm
    python: str  # such as 3.11
    now_s: int
    sequence: int = 0  # of the newest release that was ever installed here
    floor: int = 0
    revoked: frozenset[str] = field(default_factory=frozenset)


def check_fit(manifest: Manifest, box: Facts, *, allow_older: str = "") -> None:
    """Refusal when the release is not for this box, or not any more.

    `allow_older`: the version that somebody typed, to go back to an older release on purpose.
    """
    _check_time(manifest, box)
    _check_place(manifest, box)
    if manifest.sequence < box.floor:
        raise Refusal(
            "floor",
            text(
                "Version {version} has a fault for which a later release forbids to go back to it.",
                version=manifest.version,
            ),
        )
    if manifest.version == box.version:
        raise Refusal("same", text("Version {version} is running already.", version=box.version))
    if _is_older(manifest, box) and allow_older != manifest.version:
        raise Refusal(
            "older",
            text(
                "Version {version} is older than {current}, which is installed. To go back on "
                "purpose, type the version.",
                version=manifest.version,
                current=box.version,
            ),
        )
    if (numbers(box.version) or ()) < (numbers(manifest.min_version) or ()):
        raise Refusal(
            "from",
            text(
                "Version {version} needs {needed} or later to come from; {current} is installed. "
                "Install {needed} first.",
                version=manifest.version,
                needed=manifest.min_version,
                current=box.version,
            ),
        )


def _is_older(manifest: Manifest, box: Facts) -> bool:
    is_lower = (numbers(manifest.version) or ()) < (numbers(box.version) or ())
    return is_lower or manifest.sequence < box.sequence


def _check_time(manifest: Manifest, box: Facts) -> None:
    if box.now_s > manifest.expires_s:
        raise Refusal(
            "expired",
            text(
                "This update could be installed until {day}. Get a newer one, or look at the clock "
                "of this box.",
                day=_day(manifest.expires_s),
            ),
        )


def _check_place(manifest: Manifest, box: Facts) -> None:
    if not any(it.package == PRODUCT for it in files_for(manifest, box.arch)):
        raise Refusal(
            "arch",
            text(
                "This update is for {these}; this box is {this}.",
                these=", ".join(sorted({it.arch for it in manifest.files} - {"all"})),
                this=box.arch,
            ),
        )
    if box.system not in manifest.systems:
        raise Refusal(
            "os",
            text(
                "This update is for the systems {these}; this box runs {this}.",
                these=", ".join(manifest.systems),
                this=box.system or text("an unknown one"),
            ),
        )
    if box.python not in manifest.pythons:
        raise Refusal(
            "python",
            text(
                "This update needs Python {these}; this box has {this}.",
                these=" / ".join(manifest.pythons),
                this=box.python,
            ),
        )


def _day(at_s: int) -> str:
    return datetime.fromtimestamp(at_s).strftime("%Y-%m-%d")  # noqa: DTZ006 the box's own day
