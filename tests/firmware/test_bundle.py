"""Bundles of updates: what is wrong is refused with its own words, by both who verify."""

import bz2
import functools
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.firmware.bundles import BOX, Forge, altered, entry
from webmacs_edge.firmware.bundle import make_keys, peek, read_bundle, sign, signed_by
from webmacs_edge.firmware.container import Check
from webmacs_edge.firmware.fitness import check_fit
from webmacs_edge.firmware.manifest import Manifest, Refusal, files_for
from webmacs_edge.firmware.signing_keys import check_signature, known_keys, read_key
from webmacs_edge.model.errors import InvalidError
from webmacs_updater import openssl
from webmacs_updater.checks import Place, unpack
from webmacs_updater.disk import Disk

Bad = Callable[[Forge], bytes]


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    return Forge(tmp_path_factory.mktemp("forge"))


def service_check(forge: Forge, revoked: tuple[str, ...] = ()) -> Check:
    return signed_by([forge.keys], revoked)


def helper_check(forge: Forge, revoked: tuple[str, ...] = ()) -> Check:
    keys = known_keys([forge.keys])

    def check(manifest: bytes, signatures: bytes) -> object:
        return check_signature(
            manifest, signatures, keys=keys, revoked=revoked, verify=openssl.verify
        )

    return check


both = pytest.mark.parametrize("make_check", [service_check, helper_check])


def read(content: bytes, check: Check) -> Manifest:
    manifest = read_bundle(io.BytesIO(content), check)
    check_fit(manifest, BOX)
    return manifest


def _zip(forge: Forge) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", bytes(10_000_000))
    return target.getvalue()


def _foreign_tar(forge: Forge) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.add(forge.deb, "../../etc/cron.d/x")
    return target.getvalue()


def _huge(forge: Forge) -> bytes:
    manifest = json.loads(forge.manifest())
    manifest["files"][0]["size"] = 2**40
    content = json.dumps(manifest).encode()
    parts = [entry("manifest.json", content), entry("manifest.sig", forge.signed(content))]
    return b"".join(head + body + bytes(-len(body) % 512) for head, body in parts)


def _unsigned(forge: Forge) -> bytes:
    manifest = forge.manifest()
    head, body = entry("manifest.json", manifest)
    return head + body + bytes(-len(body) % 512) + b"".join(forge.file()) + bytes(1024)


def _stream_of_zeros(forge: Forge) -> bytes:
    return altered(entry("manifest.json", b"x")[0], at_124=b"77777777777\0")


def _swapped(forge: Forge) -> bytes:
    return forge.bundle(forge.manifest(version="1.3.0"), forge.signed(forge.manifest()))


def _with(**changes: object) -> Bad:
    return lambda forge: forge.bundle(forge.manifest(**changes))


def _named(name: str, **places: bytes) -> Bad:
    def make(forge: Forge) -> bytes:
        head, body = entry(name, forge.deb.read_bytes())
        return forge.put_together((altered(head, **places), body))

    return make


def _changed_file(forge: Forge) -> bytes:
    return forge.bundle()[:-2000].replace(b"tail", b"tale") + forge.bundle()[-2000:].replace(
        b"tail", b"tale"
    )


BAD: dict[str, tuple[Bad, str, str]] = {
    "wrong key": (
        lambda it: it.bundle(None, it.signed(it.manifest(), it.other)), "key", "No key that",
    ),
    "no signature": (_unsigned, "unsigned", "not signed"),
    "empty signature": (lambda it: it.bundle(None, b""), "unsigned", "not signed"),
    "short signature": (lambda it: it.bundle(None, b"x" * 63), "unsigned", "is none"),
    "signature of another manifest": (_swapped, "key", "No key that"),
    "extra file": (
        lambda it: it.put_together(it.file(), entry("evil.sh", b"rm")), "extra", "evil.sh",
    ),
    "extra file first": (
        lambda it: it.put_together(entry("evil.sh", b"rm"), it.file()), "extra", "evil.sh",
    ),
    "extra bytes behind": (lambda it: it.bundle() + b"\0", "extra", "behind the end"),
    "bytes in the padding": (
        lambda it: it.bundle()[:-1030] + b"evil" + it.bundle()[-1026:], "extra", "hidden between",
    ),
    "path traversal": (_named("../../etc/cron.d/x"), "path", "leads elsewhere"),
    "absolute path": (_named("/etc/passwd"), "path", "leads elsewhere"),
    "path in the prefix": (
        _named("webmacs-edge_1.2.0_amd64.deb", at_345=b"/etc"), "path", "leads elsewhere",
    ),
    "symbolic link": (
        _named("webmacs-edge_1.2.0_amd64.deb", at_156=b"2", at_157=b"/etc/shadow"), "link",
        "is a link",
    ),
    "hard link": (_named("webmacs-edge_1.2.0_amd64.deb", at_156=b"1"), "link", "is a link"),
    "device": (_named("webmacs-edge_1.2.0_amd64.deb", at_156=b"3"), "link", "device"),
    "unusual header": (
        _named("webmacs-edge_1.2.0_amd64.deb", at_100=b"0006755"), "size", "not the size",
    ),
    "wrong hash": (_changed_file, "hash", "changed or damaged"),
    "older version": (_with(version="0.9.0"), "older", "older than 1.0.0"),
    "older sequence": (_with(sequence=4), "older", "older"),
    "same version": (_with(version="1.0.0"), "same", "running already"),
    "expired": (_with(expires="2026-01-01T00:00:00+00:00"), "expired", "until 2026-01-01"),
    "other system": (_with(systems=["buster"]), "os", "runs bookworm"),
    "other Python": (_with(pythons=["3.14"]), "python", "has 3.11"),
    "from too old a version": (_with(min_version="1.1.0"), "from", "Install 1.1.0 first"),
    "other product": (_with(product="teapot"), "manifest", "another product"),
    "format of the future": (_with(format=2), "manifest", "of another time"),
    "huge file": (_huge, "manifest", "too large"),
    "tar bomb": (_stream_of_zeros, "huge", "too large"),
    "zip bomb": (_zip, "unknown", "no update"),
    "gzip": (lambda it: gzip.compress(it.bundle()), "unknown", "no update"),
    "bzip2": (lambda it: bz2.compress(it.bundle() * 2)[:600].ljust(600), "unknown", "no update"),
    "foreign tar": (_foreign_tar, "path", "leads elsewhere"),
    "text": (lambda _: b"hello", "unknown", "no update"),
    "nothing": (lambda _: b"", "unknown", "no update"),
}  # fmt: skip


@both
@pytest.mark.parametrize("name", list(BAD))
def test_a_bad_bundle_is_refused_with_its_own_words(
    forge: Forge, make_check: Callable[[Forge], Check], name: str
):
    make, kind, words = BAD[name]

    with pytest.raises(Refusal) as refused:
        read(make(forge), make_check(forge))

    assert (refused.value.kind, words in str(refused.value)) == (kind, True), refused.value


def test_another_architecture_is_named(forge: Forge):
    with pytest.raises(Refusal, match="is for amd64; this box is arm64"):
        check_fit(read_bundle(io.BytesIO(forge.bundle()), service_check(forge)), BOX_ARM)


BOX_ARM = replace(BOX, arch="arm64")


@both
def test_a_bundle_cut_off_anywhere_is_refused(forge: Forge, make_check: Callable[[Forge], Check]):
    whole = forge.bundle()
    judged = functools.cache(make_check(forge))
    kinds = set()

    for percent in range(100):
        with pytest.raises(Refusal) as refused:
            read(whole[: len(whole) * percent // 100], judged)
        kinds.add(refused.value.kind)

    assert kinds == {"unknown", "truncated"}


@both
def test_a_good_bundle_is_read_in_parts_of_any_size(
    forge: Forge, make_check: Callable[[Forge], Check]
):
    manifest = read(forge.bundle(), make_check(forge))

    assert (manifest.version, manifest.sequence, manifest.channel) == ("1.2.0", 9, "stable")
    assert [it.name for it in files_for(manifest, "amd64")] == [forge.deb.name]
    beginning = peek(io.BytesIO(forge.bundle()[:3000]), make_check(forge))
    assert beginning.files == manifest.files


def test_a_bundle_is_a_tar_that_every_system_can_look_into(forge: Forge):
    with tarfile.open(fileobj=io.BytesIO(forge.bundle())) as archive:
        names = archive.getnames()

    assert names == ["manifest.json", "manifest.sig", forge.deb.name]


def test_an_older_release_is_taken_when_its_version_was_typed(forge: Forge):
    old = read_bundle(
        io.BytesIO(forge.bundle(forge.manifest(version="0.9.0", sequence=3, min_version="0.1.0"))),
        service_check(forge),
    )

    check_fit(old, BOX, allow_older="0.9.0")
    with pytest.raises(Refusal, match="older"):
        check_fit(old, BOX, allow_older="0.9.1")
    with pytest.raises(Refusal, match="forbids to go back"):
        check_fit(old, replace(BOX, floor=4), allow_older="0.9.0")


@both
def test_a_revoked_key_counts_no_more_but_a_second_signature_does(
    forge: Forge, make_check: Callable[..., Check], tmp_path: Path
):
    manifest = forge.manifest()
    both_sign = sign(manifest, [forge.secret.read_bytes(), forge.other.read_bytes()])
    gone = (known_keys([forge.keys])[0].fingerprint,)
    with pytest.raises(Refusal, match="was revoked"):
        read(forge.bundle(), make_check(forge, gone))

    new = forge.keys / "other.pub"
    new.write_bytes((forge.folder / "other.pub").read_bytes())
    try:
        read(forge.bundle(manifest, both_sign), make_check(forge, gone))
    finally:
        new.unlink()


def test_a_box_without_keys_takes_nothing(forge: Forge, tmp_path: Path):
    with pytest.raises(Refusal, match="knows no key"):
        read(forge.bundle(), signed_by([tmp_path / "none"]))


@pytest.mark.parametrize("pem", ["", "key", "-----BEGIN PUBLIC KEY-----\nAAAA\n", "-----BEGIN RSA"])
def test_what_is_no_key_is_not_read_as_one(pem: str):
    with pytest.raises(ValueError, match="no public key"):
        read_key(pem, "it")


def test_a_secret_key_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path):
    secret, public = make_keys(tmp_path, "release")

    assert secret.stat().st_mode & 0o777 == 0o600
    assert read_key(public.read_text(), "it").pem == public.read_text()
    with pytest.raises(FileExistsError):
        make_keys(tmp_path, "release")
    with pytest.raises(InvalidError, match="no private key"):
        sign(b"m", [public.read_bytes()])


@pytest.mark.parametrize("name", ["wrong hash", "expired", "path traversal", "extra bytes behind"])
def test_the_helper_leaves_nothing_of_a_bad_bundle_in_force(
    forge: Forge, tmp_path: Path, name: str
):
    disk, place = Disk(tmp_path), Place([forge.keys])

    with pytest.raises(Refusal) as refused:
        unpack(io.BytesIO(BAD[name][0](forge)), disk, place, box=BOX, verify=openssl.verify)

    assert refused.value.kind == BAD[name][1]
    left = {path.name for path in tmp_path.iterdir()}
    assert left <= {"next.deb"}  # removed by who called


def test_the_helper_unpacks_what_was_signed(forge: Forge, tmp_path: Path):
    disk, place = Disk(tmp_path), Place([forge.keys])

    unpack(io.BytesIO(forge.bundle()), disk, place, box=BOX, verify=openssl.verify)

    assert (tmp_path / "next.deb").read_bytes() == forge.deb.read_bytes()
