"""A virtual plant beside the installed appliance, as a Revolution Pi has it: a process image that
goes on living while programs that use it come and go."""

import threading
from types import TracebackType
from typing import Self

from tests.package.box import Box
from webmacs_edge.hardware.pictory import parse_layout
from webmacs_edge.hardware.simulator.rig import rig_text

CONFIG, IMAGE = "/etc/plant/config.rsc", "/dev/shm/plant/image"  # noqa: S108 inside a box
SETTINGS = {"WEBMACS_PROCESS_IMAGE": IMAGE, "WEBMACS_CONFIG_RSC": CONFIG}
_LOOK_S = 0.02
_UNIT = f"""[Service]
User=webmacs-edge
ExecStartPre=/bin/mkdir -p /dev/shm/plant
ExecStart=/usr/bin/python3 -I -S /usr/lib/webmacs-edge/launch.py \\
    --module webmacs_edge.hardware.simulator --image={IMAGE} --config={CONFIG}
"""


def start_plant(box: Box) -> None:
    """Beside the package that is installed there; then the appliance finds it at its start."""
    for place, words in ((CONFIG, rig_text()), ("/etc/systemd/system/plant.service", _UNIT)):
        file = box.root / place.lstrip("/")
        file.parent.mkdir(exist_ok=True)
        file.write_text(words)
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "start", "plant")
    box.run("sh", "-c", f"for i in $(seq 200); do [ -s {IMAGE} ] && exit; sleep 0.1; done; exit 1")
    box.run("systemctl", "restart", "webmacs-edge")


class Watcher:
    """Looks at words of the image all the time, and tells what each was, in turn."""

    def __init__(self, box: Box, *names: str) -> None:
        points = parse_layout(rig_text(), CONFIG).points
        self._offsets = {it.name: it.address for it in points if it.name in names}
        assert len(self._offsets) == len(names)
        self.seen: dict[str, list[int]] = {name: [] for name in names}
        self._image = box.inside(IMAGE)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        with self._image.open("rb") as image:
            while not self._is_over.wait(_LOOK_S):
                image.seek(0)
                content = image.read()
                for name, at in self._offsets.items():
                    word = int.from_bytes(content[at : at + 2], "little")
                    if self.seen[name][-1:] != [word]:
                        self.seen[name].append(word)
