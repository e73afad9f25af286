"""Sealed streams: opened by their passphrase, and by it alone, and only as a whole."""

import pytest

from webmacs_edge.backup.sealing import MAGIC, PIECE_BYTES, seal, unseal
from webmacs_edge.model.errors import InvalidError

WORDS = "correct horse battery"


def _sealed(content: bytes) -> bytes:
    return b"".join(seal([content], WORDS))


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 200_000])
def test_what_was_sealed_comes_back_however_it_is_cut_up(size):
    content = bytes(at * 7 % 251 for at in range(size))
    sealed = _sealed(content)

    for length in (7001, PIECE_BYTES, 4 * PIECE_BYTES):
        cut = [sealed[at : at + length] for at in range(0, len(sealed), length)]
        assert b"".join(unseal(cut, WORDS)) == content


def test_another_passphrase_opens_nothing():
    with pytest.raises(InvalidError, match="The passphrase is wrong"):
        b"".join(unseal([_sealed(b"secret")], "wrong horse battery"))


def test_pieces_that_are_changed_moved_or_missing_are_noticed():
    head_size = _sealed(b"").index(b"\n", len(MAGIC)) + 1
    sealed = _sealed(bytes(3 * PIECE_BYTES))
    piece = PIECE_BYTES + 16
    one, two = (sealed[head_size + n * piece : head_size + (n + 1) * piece] for n in (0, 1))
    flipped = bytearray(sealed)
    flipped[-20] ^= 1
    salted = bytearray(sealed)
    salted[salted.index(b"salt") + 9] ^= 1
    forged = (
        bytes(flipped),
        bytes(salted),
        sealed[:head_size] + two + one + sealed[head_size + 2 * piece :],
        sealed[: head_size + piece] + sealed[head_size + 2 * piece :],
        sealed[: head_size + 2 * piece],
        sealed[:head_size],
        sealed + b"\0",
    )

    assert b"".join(unseal([sealed], WORDS)) == bytes(3 * PIECE_BYTES)
    for wrong in forged:
        with pytest.raises(InvalidError):
            b"".join(unseal([wrong], WORDS))


@pytest.mark.parametrize("n", ["1048576", "32767", "0", "-1", '"a"'])
def test_a_head_that_asks_for_too_much_work_is_refused(n):
    head = MAGIC + f'{{"kdf":"scrypt","n":{n},"r":8,"p":1,"salt":"{"00" * 16}"}}\n'.encode()

    with pytest.raises(InvalidError):
        b"".join(unseal([head + bytes(100)], WORDS))
