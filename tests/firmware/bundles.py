"""Bundles for tests: good ones, and each kind of bad one."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from webmacs_edge.firmware.bundle import describe, make_keys, sign, write_bundle
from webmacs_edge.firmware.container import END, MANIFEST, SIGNATURE, header, padding
from webmacs_edge.firmware.fitness import Facts

BOX = Facts("1.0.0", "amd64", "bookworm", "3.11", now_s=1_800_000_000, sequence=5)
FIELDS = {"Package": "webmacs-edge", "Version": "1.2.0", "Architecture": "amd64"}
MORE: Mapping[str, Any] = {
    "channel": "stable",
    "min_version": "1.0.0",
    "systems": ["bookworm", "trixie"],
    "pythons": ["3.11", "3.13"],
    "schema": {"config": "0012", "history": "1"},
    "changelog": "New trends.",
}


class Forge:
    """A folder with keys and packages, in which bundles are made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = folder / "keys"
        self.keys.mkdir()
        self.secret, public = make_keys(folder, "release")
        (self.keys / public.name).write_bytes(public.read_bytes())
        self.other, _ = make_keys(folder, "other")
        self.deb = folder / "webmacs-edge_1.2.0_amd64.deb"
        self.deb.write_bytes(bytes(range(256)) * 80 + b"tail")

    def manifest(self, **changes: Any) -> bytes:
        """Of a release that fits the box; `changes` replace what stands in it."""
        fields = {**FIELDS, "Installed-Size": "100"}
        content = describe([(self.deb, fields)], sequence=9, valid_days=3650, **MORE)
        return json.dumps({**json.loads(content), **changes}).encode()

    def signed(self, manifest: bytes, secret: Path | None = None) -> bytes:
        """The signature of the release's key, or of another."""
        return sign(manifest, [(secret or self.secret).read_bytes()])

    def bundle(self, manifest: bytes | None = None, signature: bytes | None = None) -> bytes:
        """A whole one."""
        manifest = self.manifest() if manifest is None else manifest
        target = io.BytesIO()
        signature = self.signed(manifest) if signature is None else signature
        write_bundle(target, manifest, signature, folder=self.folder)
        return target.getvalue()

    def put_together(self, *parts: tuple[bytes, bytes]) -> bytes:
        """Headers and contents as given, with a signed manifest in front."""
        manifest = self.manifest()
        entries = [entry(MANIFEST, manifest), entry(SIGNATURE, self.signed(manifest)), *parts]
        return b"".join(head + body + padding(len(body)) for head, body in entries) + END

    def file(self) -> tuple[bytes, bytes]:
        """The entry that is due after the signature."""
        return entry(self.deb.name, self.deb.read_bytes())


def entry(name: str, content: bytes) -> tuple[bytes, bytes]:
    """A plain file."""
    return header(name, len(content)), content


def altered(head: bytes, **places: bytes) -> bytes:
    """A header with other bytes at `at_N`, and a checksum that is right."""
    block = bytearray(head)
    for place, content in places.items():
        at = int(place.removeprefix("at_"))
        block[at : at + len(content)] = content
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)
