"""Puts the locked libraries of one Debian architecture into one folder, for several Pythons.

    vendor.py check                   whether every library has its wheels, without fetching them
    vendor.py fetch  --arch arm64     wheels from the index into debian/wheels (needs a network)
    vendor.py unpack --arch arm64 --to DIR     the same wheels, merged into one folder (offline)

Nothing is emulated. Compiled modules carry the interpreter in their file name, so one folder
serves several CPythons; any other file that differs between two of them stops the build.
"""

import argparse
import filecmp
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK = HERE.parent / "requirements" / "package.txt"
PYTHONS = ("3.11", "3.13")  # bookworm, trixie
NEWEST_GLIBC = 36  # of bookworm: 2.36
OLDEST_GLIBC = 17
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
OLD_TAGS = {"amd64": ("manylinux_2_12_x86_64", "manylinux2010_x86_64", "manylinux_2_5_x86_64",
                      "manylinux1_x86_64")}  # fmt: skip
# Never read at run time. Headers and sources are for whoever compiles against the library.
NEEDLESS_FOLDERS = ("tests", "testing", "_examples", "f2py", "distutils")
NEEDLESS_ENDINGS = (".pyx", ".pxd", ".pxi", ".c", ".h", ".pyi", ".a", ".f90", ".pth")
DIFFERING = ("numpy/__config__.py",)  # how the wheel was built; either tells enough
NEEDLESS_FILES = ("RECORD", "REQUESTED", "INSTALLER", "direct_url.json")


def main() -> None:
    """Fetch or unpack."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("task", choices=("check", "fetch", "unpack"))
    parser.add_argument("--arch", choices=sorted(MACHINES))
    parser.add_argument("--wheels", type=Path, default=HERE / "wheels")
    parser.add_argument("--to", type=Path)
    options = parser.parse_args()
    if options.task == "check":
        check(options.wheels)
    elif options.arch is None:
        parser.error("--arch is missing")
    elif options.task == "fetch":
        fetch(options.arch, options.wheels)
    else:
        unpack(options.arch, options.wheels, options.to)


def check(wheels: Path) -> None:
    """Stop unless each locked library has a wheel for each Python and machine that we serve.

    Wheels that were fetched suffice and need no network; of others the index is asked for the name.
    """
    for arch in MACHINES:
        for python in PYTHONS:
            found, target = wheels / f"{arch}-{python}", _target(arch, python)
            plan = ["--dry-run", "--ignore-installed", "--target", "/nonexistent"]
            try:
                _pip("install", *plan, "--no-index", "--find-links", found, *target, quiet=True)
            except subprocess.CalledProcessError:
                _pip("install", *plan, "--find-links", found, *target)
            print(f"{arch}, Python {python}: every library has its wheel")  # noqa: T201


def fetch(arch: str, wheels: Path) -> None:
    """Get every locked wheel for each Python; one that is missing stops the build."""
    for python in PYTHONS:
        folder = wheels / f"{arch}-{python}"
        folder.mkdir(parents=True, exist_ok=True)
        wanted = ["--dest", folder, "--find-links", folder, *_target(arch, python)]
        try:
            _pip("download", "--no-index", *wanted, quiet=True)  # what was fetched before suffices
        except subprocess.CalledProcessError:
            _pip("download", *wanted)


def unpack(arch: str, wheels: Path, to: Path) -> None:
    """Merge the wheels of every Python into the folder `to`."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for python in PYTHONS:
        with tempfile.TemporaryDirectory() as folder:
            found = wheels / f"{arch}-{python}"
            _pip("install", "--no-index", "--no-compile", "--find-links", found,
                 "--target", folder, *_target(arch, python))  # fmt: skip
            shutil.rmtree(Path(folder, "bin"), ignore_errors=True)
            differing = list(_merge(Path(folder), to))
        if differing:
            sys.exit("These files differ between the Pythons:\n  " + "\n  ".join(differing))
    _prune(to)


def _pip(task: str, *arguments: object, quiet: bool = False) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", task]
    options = ["--no-deps", "--require-hashes", "--requirement", LOCK, *arguments]
    heard = subprocess.DEVNULL if quiet else None
    subprocess.run(  # noqa: S603 # our own arguments
        [*command, *map(str, options)], check=True, stdout=heard, stderr=heard
    )


def _target(arch: str, python: str) -> Sequence[str]:
    machine = MACHINES[arch]
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(NEWEST_GLIBC, OLDEST_GLIBC, -1)]
    tags += [f"manylinux_2_17_{machine}", f"manylinux2014_{machine}", *OLD_TAGS.get(arch, ())]
    platforms = [part for tag in tags for part in ("--platform", tag)]
    return ["--only-binary=:all:", "--implementation", "cp", "--python-version", python, *platforms]


def _merge(source: Path, to: Path) -> Iterator[str]:
    """Copy what is missing; yields what is there and differs."""
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        place = file.relative_to(source)
        copy = to / place
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        elif not _may_differ(place) and not filecmp.cmp(file, copy, shallow=False):
            yield str(place)


def _may_differ(place: Path) -> bool:
    """In .dist-info the tag of the wheel is named, which differs by nature."""
    return place.parts[0].endswith(".dist-info") or place.as_posix() in DIFFERING


def _is_needless(file: Path) -> bool:
    compiled_test = file.suffix == ".so" and file.name.partition(".")[0].endswith("_tests")
    return compiled_test or file.name in NEEDLESS_FILES or file.suffix in NEEDLESS_ENDINGS


def _prune(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and path.parent != folder and path.name in NEEDLESS_FOLDERS:
            shutil.rmtree(path)
        elif path.is_file() and _is_needless(path):
            path.unlink()
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == "__main__":
    main()
