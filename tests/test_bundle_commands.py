"""`webmacs-edge bundle`, from keys to a bundle that boxes take."""

import subprocess
from pathlib import Path

import pytest

from webmacs_edge.__main__ import main

CONTROL = """Package: webmacs-edge
Version: 1.2.0
Architecture: amd64
Maintainer: x <x@example.org>
Description: x
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(CONTROL)
    share = root / "usr/share/webmacs-edge"
    share.mkdir(parents=True)
    (share / "schema.json").write_text('{"config": "0012", "history": "1"}')
    target = tmp_path / "webmacs-edge_1.2.0_amd64.deb"
    subprocess.run(["dpkg-deb", "-b", root, target], check=True, capture_output=True)  # noqa: S603, S607
    return target


def test_a_release_is_made_signed_and_verified(package: Path, capsys: pytest.CaptureFixture[str]):
    folder = package.parent
    bundle = folder / "webmacs-update-1.2.0.tar"
    make = ["bundle", "make", str(package), "--output", str(bundle), "--sequence", "7"]
    verify = ["bundle", "verify", str(bundle), "--keys", str(folder)]

    assert main(["bundle", "keygen", "release", "--folder", str(folder)]) == 0
    assert main(make) == 0
    assert main(verify) == 1  # not signed yet
    assert main(["bundle", "sign", str(bundle), "--key", str(folder / "release.key")]) == 0
    assert main(verify) == 0

    said = capsys.readouterr()
    assert "not signed: anybody may have made it" in said.err
    assert "webmacs-edge 1.2.0, stable, sequence 7" in said.out
    assert "Whole and signed" in said.out


def test_what_is_no_bundle_is_not_signed(package: Path, capsys: pytest.CaptureFixture[str]):
    main(["bundle", "keygen", "release", "--folder", str(package.parent)])
    before = package.read_bytes()

    key = str(package.parent / "release.key")
    assert main(["bundle", "sign", str(package), "--key", key]) == 1

    assert "no bundle" in capsys.readouterr().err
    assert package.read_bytes() == before
