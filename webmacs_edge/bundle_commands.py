"""`webmacs-edge bundle`: for whoever releases this software."""

import argparse
import io
import json
import subprocess
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from webmacs_edge.firmware.bundle import (
    SHIPPED_KEYS,
    SITE_KEYS,
    describe,
    make_keys,
    read_bundle,
    read_raw,
    sign,
    signed_by,
    write_bundle,
    write_signed,
)
from webmacs_edge.firmware.container import SIGNATURE_BYTES
from webmacs_edge.firmware.manifest import CHANNELS, PRODUCT, Manifest
from webmacs_edge.firmware.signing_keys import known_keys, read_key
from webmacs_edge.model.errors import InvalidError

SYSTEMS, PYTHONS = ("bookworm", "trixie"), ("3.11", "3.13")
SCHEMA = "./usr/share/webmacs-edge/schema.json"
VALID_DAYS = 730
_FIELDS = ("Package", "Version", "Architecture", "Installed-Size")

Say = Callable[[str], None]


def add_bundle(commands: Any, does: Callable[[argparse.Namespace], int]) -> None:
    """The words of this command."""
    parser = commands.add_parser("bundle", help="make, sign and verify updates (for releases)")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    keygen = actions.add_parser("keygen", help="make a pair of keys: NAME.key and NAME.pub")
    keygen.add_argument("name")
    keygen.add_argument("--folder", type=Path, default=Path())
    keygen.set_defaults(action=_keygen)
    _add_make(actions)
    signed = actions.add_parser("sign", help="add signatures to a bundle")
    signed.add_argument("bundle", type=Path)
    signed.add_argument("--key", type=Path, action="append", required=True, metavar="FILE")
    signed.set_defaults(action=_sign)
    verify = actions.add_parser("verify", help="check that a bundle is whole and signed")
    verify.add_argument("bundle", type=Path)
    verify.add_argument("--keys", type=Path, metavar="FOLDER", help="default: those of this box")
    verify.set_defaults(action=_verify)
    parser.set_defaults(command=does)


def run_bundle(options: argparse.Namespace, *, say: Say) -> int:
    """Do what was asked; InvalidError or Refusal says what is wrong."""
    action: Callable[[argparse.Namespace, Say], None] = options.action
    action(options, say)
    return 0


def _add_make(actions: Any) -> None:
    made = actions.add_parser("make", help="put packages together; signed when a key is given")
    add = made.add_argument
    add("packages", type=Path, nargs="+", metavar="DEB", help="of one version")
    add("--output", type=Path, required=True, metavar="FILE.tar")
    add("--sequence", type=int, required=True, help="higher than that of every release before")
    add("--floor", type=int, default=0, help="no release below it may be gone back to")
    add("--channel", choices=CHANNELS, default=CHANNELS[0])
    add("--valid-days", type=int, default=VALID_DAYS)
    add("--min-version", default="0.0.0", help="the oldest version to come from")
    add("--changelog", type=Path, metavar="FILE", help="text that people read before they install")
    add("--key", type=Path, action="append", default=[], metavar="FILE", help="private, PEM")
    add("--add-key", type=Path, action="append", default=[], metavar="FILE", help="public, PEM")
    add("--revoke", action="append", default=[], metavar="FINGERPRINT")
    made.set_defaults(action=_make)


def _keygen(options: argparse.Namespace, say: Say) -> None:
    secret, public = make_keys(options.folder, options.name)
    key = read_key(public.read_text(encoding="ascii"), options.name)
    say(f"{secret}: keep it secret and off this machine. {public}: goes into debian/keys/.")
    say(f"Fingerprint: {key.fingerprint}")


def _make(options: argparse.Namespace, say: Say) -> None:
    packages = [(path, _fields(path)) for path in options.packages]
    folders = {path.resolve().parent for path in options.packages}
    if len(folders) != 1:
        raise InvalidError("All packages of a bundle must lie in one folder.")
    changelog = options.changelog.read_text(encoding="utf-8") if options.changelog else ""
    manifest = describe(
        packages,
        sequence=options.sequence,
        valid_days=options.valid_days,
        floor=options.floor,
        channel=options.channel,
        min_version=options.min_version,
        systems=SYSTEMS,
        pythons=PYTHONS,
        schema=_schema(packages),
        changelog=changelog[:20_000],
        keys={
            "add": [path.read_text(encoding="ascii") for path in options.add_key],
            "revoke": options.revoke,
        },
    )
    signatures = sign(manifest, [it.read_bytes() for it in options.key]) if options.key else b""
    with options.output.open("wb") as target:
        write_bundle(target, manifest, signatures, folder=folders.pop())
    say(f"{options.output}: {'signed' if signatures else 'not signed yet'}.")


def _sign(options: argparse.Namespace, say: Say) -> None:
    fresh = options.bundle.with_suffix(".new")
    with options.bundle.open("rb") as source, fresh.open("wb") as target:
        manifest, before = read_raw(source)
        signatures = before + sign(manifest, [it.read_bytes() for it in options.key])
        write_signed(source, target, manifest, signatures=signatures)
    fresh.replace(options.bundle)
    say(f"{options.bundle}: {len(signatures) // SIGNATURE_BYTES} signature(s).")


def _verify(options: argparse.Namespace, say: Say) -> None:
    folders = [options.keys] if options.keys else [SHIPPED_KEYS, SITE_KEYS]
    with options.bundle.open("rb") as file:
        manifest = read_bundle(file, signed_by(folders))
    _tell(manifest, say)
    say(f"Whole and signed; {len(known_keys(folders))} key(s) are known.")


def _tell(manifest: Manifest, say: Say) -> None:
    say(f"{PRODUCT} {manifest.version}, {manifest.channel}, sequence {manifest.sequence}")
    for it in manifest.files:
        say(f"  {it.name}  {it.size} bytes  {it.sha256}")


def _fields(package: Path) -> Mapping[str, str]:
    said = _dpkg_deb("-f", str(package), *_FIELDS).decode()
    return dict(line.split(": ", 1) for line in said.splitlines())


def _schema(packages: Sequence[tuple[Path, Mapping[str, str]]]) -> Mapping[str, str]:
    """As the package of the appliance says: the same for every architecture."""
    for path, fields in packages:
        if fields["Package"] == PRODUCT:
            content = io.BytesIO(_dpkg_deb("--fsys-tarfile", str(path)))
            with tarfile.open(fileobj=content) as archive:
                file = archive.extractfile(SCHEMA)
                found: Mapping[str, str] = json.loads(file.read()) if file else {}
                return found
    raise InvalidError(f"None of these is the package {PRODUCT}.")


def _dpkg_deb(*arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 our own arguments
            ["dpkg-deb", *arguments],  # noqa: S607 of Debian
            capture_output=True,
            timeout=120,
            check=True,
        )
    except FileNotFoundError as error:
        raise InvalidError("Making bundles needs dpkg-deb. Install: dpkg") from error
    except subprocess.CalledProcessError as error:
        raise InvalidError(error.stderr.decode(errors="replace").strip()) from error
    return done.stdout
