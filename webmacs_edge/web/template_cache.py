"""Compiled templates, kept on the disk: to compile them all takes seconds on a small box."""

import asyncio
import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(FileSystemBytecodeCache):
    """One directory of them per release; a disk that refuses costs time, nothing else."""

    def __init__(self, directory: Path, templates: Path) -> None:
        self.place = directory / _fingerprint(templates)
        super().__init__(str(self.place))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take the compiled template, if it is there and whole."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, if the disk lets us."""
        with suppress(OSError):
            self.place.mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)

    def count(self) -> int:
        """How many are there."""
        return sum(1 for _ in self.place.glob("*.cache"))

    def drop_others(self) -> None:
        """Remove those of other releases."""
        with suppress(OSError):
            for other in self.place.parent.iterdir():
                if other != self.place:
                    shutil.rmtree(other, ignore_errors=True)


class Compiler:
    """Compiles in the background what nobody has asked for yet, so that no visitor waits for it."""

    name = "templates"

    def __init__(self, env: Environment, cache: CompiledTemplates) -> None:
        self._env, self._cache = env, cache

    async def run(self) -> None:
        """Compile each template once per release, then rest until cancelled."""
        names = self._env.list_templates()
        if await asyncio.to_thread(self._cache.count) < len(names):
            for name in names:
                await asyncio.to_thread(self._env.get_template, name)
            await asyncio.to_thread(self._cache.drop_others)
            if self._env.cache is not None:
                self._env.cache.clear()  # most are never asked for; the disk has them now
        await asyncio.Event().wait()


def _fingerprint(templates: Path) -> str:
    """Changes with any template."""
    whole = hashlib.sha256()
    for file in sorted(templates.rglob("*.html")):
        whole.update(file.relative_to(templates).as_posix().encode() + b"\0")
        whole.update(file.read_bytes() + b"\0")
    return whole.hexdigest()[:16]
