"""Minimal Debian trees that boot; `python -m tests.package.trees SUITE` makes one ahead of time."""

import shutil
import subprocess
import sys
from pathlib import Path

from webmacs_edge.config import RESOURCES

TREES = RESOURCES / "build" / "trees"
INCLUDED = "systemd,systemd-sysv,dbus,python3,ca-certificates,openssl,tzdata,libstdc++6"


def make_tree(suite: str) -> Path:
    """The folder of the tree; made once."""
    folder = TREES / suite
    if not folder.exists():
        draft = folder.with_suffix(".new")  # half of a tree, where somebody ended us, is no tree
        shutil.rmtree(draft, ignore_errors=True)
        draft.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(  # noqa: S603 # our own arguments
            ["mmdebstrap",  # noqa: S607 # of Debian
             "--quiet", "--variant=minbase", f"--include={INCLUDED}",
             "--customize-hook=: > $1/etc/machine-id", suite, draft, *mirror()],
            check=True,
        )  # fmt: skip
        draft.rename(folder)
    return folder


def mirror() -> list[str]:
    """Where this machine gets its Debian from, for mmdebstrap."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
    addresses = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    plain = [line for line in addresses.stdout.splitlines() if "security" not in line]
    return plain[:1]


if __name__ == "__main__":
    make_tree(sys.argv[1])
