"""What is in the package: the same each time, and for the other architecture too."""

import hashlib
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.package.conftest import PACKAGES
from tests.package.trees import TREES, mirror
from webmacs_edge.config import RESOURCES

INCLUDED = "python3,ca-certificates,openssl,tzdata,libstdc++6"
BINFMT = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
PORT = 18123
START_LIMIT_S = 1200.0  # emulated
COMMAND = ["/usr/bin/python3", "-OO", "-I", "-S", "/usr/lib/webmacs-edge/launch.py", "demo"]


def test_the_same_source_makes_the_same_package_bit_for_bit(package: Path) -> None:
    before = hashlib.sha256(package.read_bytes()).hexdigest()
    for catalogue in RESOURCES.glob("webmacs_edge/locale/*/LC_MESSAGES/*.mo"):
        catalogue.unlink()  # so that it is compiled anew

    subprocess.run(["make", "deb"], cwd=RESOURCES, check=True, capture_output=True)  # noqa: S607

    assert hashlib.sha256(package.read_bytes()).hexdigest() == before


def test_the_package_of_the_other_architecture_serves_pages_there(tmp_path: Path) -> None:
    """Unpacked into an arm64 bookworm and run by its own Python, emulated: minutes."""
    found = sorted(PACKAGES.glob("webmacs-edge_*_arm64.deb"))
    if not BINFMT.exists() or not found:
        pytest.skip("apt-get install qemu-user-static, mount binfmt_misc, make deb ARCH=arm64")
    root = tmp_path / "root"
    _run("cp", "-a", str(_arm_tree()), str(root))  # devices as devices
    _run("dpkg-deb", "-x", str(found[-1]), str(root))
    for name in ("proc", "root", "dev"):  # of packages that are not needed otherwise
        (root / name).mkdir(exist_ok=True)
    if not (root / "dev" / "null").exists():
        os.mknod(root / "dev" / "null", 0o020666, os.makedev(1, 3))
    _run("mount", "-t", "proc", "proc", str(root / "proc"))
    settings = {
        "WEBMACS_SIMULATE": "never",  # the virtual plant's start is not waited for so long
        "WEBMACS_DATA_DIR": "/root/data", "WEBMACS_HOST": "127.0.0.1",
        "WEBMACS_PORT": str(PORT), "WEBMACS_HTTPS_PORT": "0", "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    chroot = shutil.which("chroot") or "chroot"
    process = subprocess.Popen([chroot, str(root), *COMMAND], env=settings)  # noqa: S603
    try:
        page = _page(process)
    finally:
        process.terminate()
        process.wait(60)
        _run("umount", str(root / "proc"))

    assert "Set up this appliance" in page


def _page(process: "subprocess.Popen[bytes]") -> str:
    deadline_s = time.monotonic() + START_LIMIT_S
    while True:
        assert process.poll() is None, "it ended"
        assert time.monotonic() < deadline_s, "it does not answer"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=60) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(2)


def _arm_tree() -> Path:
    """Unpacked, not configured: nothing of it runs while it is made."""
    tree = TREES / "bookworm-arm64"
    if not tree.exists():
        tree.parent.mkdir(parents=True, exist_ok=True)
        _run("mmdebstrap", "--quiet", "--arch=arm64", "--variant=extract",
             f"--include={INCLUDED}", "bookworm", str(tree), *mirror())  # fmt: skip
    return tree


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=3600)  # noqa: S603
