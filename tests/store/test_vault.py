"""Secrets are stored sealed, for this box and this place alone."""

import subprocess
import sys

import pytest

from webmacs_edge.model.box_keys import derive_key
from webmacs_edge.store.vault import SealedElsewhereError, is_sealed, seal, unseal

KEY = b"k" * 32
PLACE = "webhooks.secret abc"


@pytest.mark.parametrize("text", ["", "hunter2", "ключ 🔑", "x" * 10_000])
async def test_what_was_sealed_is_read_again(text: str):
    sealed = await seal(text, box_key=KEY, purpose=PLACE)

    assert is_sealed(sealed)
    assert await unseal(sealed, box_key=KEY, purpose=PLACE) == text


async def test_the_same_secret_is_never_sealed_the_same_way_twice():
    first = await seal("hunter2", box_key=KEY, purpose=PLACE)

    assert first != await seal("hunter2", box_key=KEY, purpose=PLACE)
    assert "hunter2" not in first


async def test_another_box_and_another_place_cannot_open_it():
    sealed = await seal("hunter2", box_key=KEY, purpose=PLACE)

    for key, place in ((b"x" * 32, PLACE), (KEY, "webhooks.secret xyz")):
        with pytest.raises(SealedElsewhereError, match="Enter it again"):
            await unseal(sealed, box_key=key, purpose=place)


@pytest.mark.parametrize("text", ["", "hunter2", "sealed:1:", "sealed:1:AAAA", "sealed:1:%%", "é"])
async def test_what_was_never_sealed_is_not_taken_for_a_secret(text: str):
    with pytest.raises(SealedElsewhereError):
        await unseal(text, box_key=KEY, purpose=PLACE)


async def test_a_changed_character_is_noticed():
    sealed = await seal("hunter2", box_key=KEY, purpose=PLACE)

    for at in range(len("sealed:1:"), len(sealed), 7):
        swapped = "A" if sealed[at] != "A" else "B"
        with pytest.raises(SealedElsewhereError):
            await unseal(sealed[:at] + swapped + sealed[at + 1 :], box_key=KEY, purpose=PLACE)


def test_keys_for_different_purposes_have_nothing_in_common():
    keys = {derive_key(KEY, purpose) for purpose in ("a", "b", "secrets at rest", "audit trail")}

    assert {len(key) for key in keys} == {32}
    assert len(keys) == 4
    assert derive_key(KEY, "a") == derive_key(KEY, "a")


def test_the_cipher_is_not_loaded_until_there_is_a_secret():
    program = "import sys, webmacs_edge.store.vault; sys.exit('cryptography' in sys.modules)"

    ended = subprocess.run([sys.executable, "-c", program], check=False)  # noqa: S603 our own words

    assert ended.returncode == 0
