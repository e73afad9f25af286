"""The file that carries an update: a plain tar, read strictly from front to back.

A tar, because any system can look into it, because it can be checked while it arrives (manifest and
signature stand first), and because nothing in it is compressed: it is as large as it says, and no
bomb. We read only what we write: each header must be, byte for byte, the one that belongs to the
file which the signed manifest names next. Names, links and paths of the file itself decide nothing.

The root helper that installs uses this very file: standard library and `manifest` only.
"""

import hashlib
from collections.abc import Callable
from typing import Protocol

from webmacs_edge.firmware.manifest import (
    MAX_FILE_BYTES,
    MAX_MANIFEST_BYTES,
    Manifest,
    PackageFile,
    Refusal,
    read_manifest,
)
from webmacs_edge.model.text import text

ENDING = ".tar"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
SIGNATURE_BYTES = 64
MAX_SIGNATURES = 4
MAX_BUNDLE_BYTES = 500 * 1024 * 1024
BLOCK = 512
_ZEROS = bytes(BLOCK)


class Sink(Protocol):
    """Where the bytes of a file go."""

    def write(self, content: bytes, /) -> object:
        """Take some."""


Check = Callable[[bytes, bytes], object]  # manifest, signatures; Refusal unless it is signed


def header(name: str, size: int) -> bytes:
    """The one header that a file of this name and size may have."""
    block = bytearray(BLOCK)
    block[0 : len(name)] = name.encode("ascii")
    block[100:124] = b"0000644\0" + b"0000000\0" * 2
    block[124:136] = b"%011o\0" % size
    block[136:148] = b"00000000000\0"
    block[148:156] = b" " * 8
    block[156:157] = b"0"
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padding(size: int) -> bytes:
    """What fills the last block of a file."""
    return bytes(-size % BLOCK)


END = _ZEROS * 2


class BundleReader:
    """Takes a bundle in parts of any size; Refusal at the first byte that is wrong.

    `check` judges the signature before anything after it is looked at. `sink_of` says where the
    bytes of a file go, None for nowhere. What went there is proven only once `close` has returned.
    """

    def __init__(
        self, check: Check, sink_of: Callable[[PackageFile], Sink | None] = lambda _: None
    ) -> None:
        self._check, self._sink_of = check, sink_of
        self._buffer = bytearray()
        self._step: Callable[[], bool] = self._take_header
        self._small: dict[str, bytes] = {}
        self._name = ""
        self._size = self._left = 0
        self._digest = hashlib.sha256()
        self._sink: Sink | None = None
        self._done = 0
        self.taken_bytes = 0
        self.manifest: Manifest | None = None  # once its signature has been checked

    def feed(self, part: bytes) -> None:
        """Take the next bytes."""
        self.taken_bytes += len(part)
        if self.taken_bytes > MAX_BUNDLE_BYTES:
            raise Refusal("huge", text("This file is too large for an update."))
        self._buffer += part
        while self._buffer and self._step():
            pass

    def close(self) -> Manifest:
        """The manifest, now that everything it names was there; Refusal when it was not."""
        if self.manifest is None and self.taken_bytes < BLOCK:
            raise _unknown()
        if self._step != self._take_nothing or self.manifest is None:
            raise Refusal(
                "truncated", text("The update is cut off: its end is missing. Fetch it again.")
            )
        return self.manifest

    def _take_header(self) -> bool:
        if len(self._buffer) < BLOCK:
            return False
        block = self._pull(BLOCK)
        if self.manifest is not None and self._done == len(self.manifest.files):
            if block != _ZEROS:
                raise Refusal("extra", _extra(block))
            self._step = self._take_end
            return True
        self._begin(block)
        return True

    def _begin(self, block: bytes) -> None:
        """A file begins: the one that is due, or none."""
        if self.manifest is None:
            name, most = (SIGNATURE, 1024) if MANIFEST in self._small else (
                MANIFEST, MAX_MANIFEST_BYTES,
            )  # fmt: skip
            size = _size(block)
            if not _is_at_most(size, most) or block != header(name, size):
                raise _strange(block, name, most=most)
            self._step = self._take_small
        else:
            due = self.manifest.files[self._done]
            name, size = due.name, due.size
            if block != header(name, size):
                raise _strange(block, name, most=size)
            self._digest, self._sink = hashlib.sha256(), self._sink_of(due)
            self._step = self._take_content
        self._name, self._size, self._left = name, size, size

    def _take_small(self) -> bool:
        whole = self._size + -self._size % BLOCK
        if len(self._buffer) < whole:
            return False
        content = self._pull(whole)
        _check_padding(content[self._size :])
        self._small[self._name] = content[: self._size]
        if self._name == SIGNATURE:
            self._check(self._small[MANIFEST], self._small[SIGNATURE])
            self.manifest = read_manifest(self._small[MANIFEST])
        self._step = self._take_header
        return True

    def _take_content(self) -> bool:
        part = self._pull(min(self._left, len(self._buffer)))
        self._digest.update(part)
        if self._sink is not None:
            self._sink.write(part)
        self._left -= len(part)
        if not self._left:
            self._step = self._take_padding
            return self._take_padding()
        return True

    def _take_padding(self) -> bool:
        fill = -self._size % BLOCK
        if len(self._buffer) < fill:
            return False
        _check_padding(self._pull(fill))
        assert self.manifest is not None  # noqa: S101 files come after it
        due = self.manifest.files[self._done]
        if self._digest.hexdigest() != due.sha256:
            raise Refusal(
                "hash",
                text(
                    "{name} is not what was signed: it was changed or damaged. Fetch the update "
                    "again.",
                    name=due.name,
                ),
            )
        self._done += 1
        self._step = self._take_header
        return True

    def _take_end(self) -> bool:
        if len(self._buffer) < BLOCK:
            return False
        if self._pull(BLOCK) != _ZEROS:
            raise Refusal("extra", text("Something stands behind the end of this update."))
        self._step = self._take_nothing
        return True

    def _take_nothing(self) -> bool:
        raise Refusal("extra", text("Something stands behind the end of this update."))

    def _pull(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def _size(block: bytes) -> int:
    """As the header says; -1 when it is no number."""
    digits = block[124:135]
    return int(digits, 8) if digits.isdigit() and not set(digits) & set(b"89") else -1


def _is_at_most(size: int, most: int) -> bool:
    return 0 < size <= most


def _check_padding(content: bytes) -> None:
    if content.strip(b"\0"):
        raise Refusal("extra", text("Something is hidden between the files of this update."))


def _unknown() -> Refusal:
    return Refusal(
        "unknown",
        text("This file is no update of WebMACS Edge. An update ends in {ending}.", ending=ENDING),
    )


def _extra(block: bytes) -> str:
    return text(
        "The update holds {name}, which its manifest does not name.", name=repr(_name(block))
    )


def _name(block: bytes) -> str:
    return block[:100].rstrip(b"\0").decode("ascii", "replace")[:80]


_LINKS = frozenset(b"1234567")


def _strange(block: bytes, due: str, *, most: int) -> Refusal:
    """Why a header is not the one that is due."""
    name = _name(block)
    if block == _ZEROS:
        return _missing(due)
    if block[257:262] != b"ustar":
        return _unknown()
    if block[156] in _LINKS:
        return Refusal(
            "link", text("{name} in this update is a link or a device.", name=repr(name))
        )
    if "/" in name or "\\" in name or ".." in name or block[345:500].strip(b"\0"):
        return Refusal(
            "path", text("The path of {name} in this update leads elsewhere.", name=repr(name))
        )
    return _other(block, due, most=most)


def _other(block: bytes, due: str, *, most: int) -> Refusal:
    """Why a plain file is not the one that is due."""
    if _name(block) != due:
        return _missing(due) if due in (MANIFEST, SIGNATURE) else Refusal("extra", _extra(block))
    if due == SIGNATURE and _size(block) == 0:
        return _missing(due)
    if not _is_at_most(_size(block), min(most, MAX_FILE_BYTES)):
        return Refusal("huge", text("{name} in this update is too large.", name=due))
    return Refusal("size", text("{name} has not the size that was signed.", name=due))


def _missing(due: str) -> Refusal:
    if due == SIGNATURE:
        return Refusal("unsigned", text("This update is not signed: anybody may have made it."))
    return Refusal("missing", text("{name} is missing in this update.", name=due))
