"""Wall screens: their turns, and proofs that nobody else can make."""

import pytest

from webmacs_edge.model.displays import (
    Turn,
    make_proof,
    read_proof,
    turns_from_json,
    turns_of,
    turns_to_json,
)
from webmacs_edge.model.errors import InvalidError

KEY = b"k" * 32
PUBLIC_ID = "8f25195f-7457-4a51-8e6c-a56110ecb03a"


def test_a_proof_names_its_screen_and_generation():
    assert read_proof(make_proof(PUBLIC_ID, 3, KEY), KEY) == (PUBLIC_ID, 3)


@pytest.mark.parametrize(
    "proof",
    [
        "",
        "ws1",
        "ws1.a.b.c",
        f"ws1.{PUBLIC_ID}.1.",
        make_proof(PUBLIC_ID, 1, b"another key"),
        make_proof(PUBLIC_ID, 1, KEY).replace(".1.", ".2."),
        make_proof(PUBLIC_ID, 1, KEY)[:-1],
        make_proof(PUBLIC_ID, 1, KEY) + "0",
        make_proof(PUBLIC_ID, 1, KEY).replace("ws1", "ws2"),
        make_proof(PUBLIC_ID, 1, KEY).replace("8f", "é"),
        "ws1." * 1000,
    ],
)
def test_a_proof_that_we_did_not_make_is_none(proof: str):
    assert read_proof(proof, KEY) is None


def test_turns_are_read_from_the_rows_that_name_a_dashboard():
    turns = turns_of(["a", "", "b"], ["5", "7", ""])

    assert turns == [Turn("a", 5), Turn("b", 30)]
    assert turns_from_json(turns_to_json(turns)) == turns


@pytest.mark.parametrize(
    ("boards", "seconds", "why"),
    [
        ([], [], "Choose one dashboard or more."),
        (["", ""], ["5", "5"], "Choose one dashboard or more."),
        (["a", "a"], ["5", "5"], "Choose each dashboard once."),
        (["a"], ["4"], "5 to 3600 seconds"),
        (["a"], ["3601"], "5 to 3600 seconds"),
        (["a"], ["000030999"], "5 to 3600 seconds"),
        (["a"], ["-5"], "5 to 3600 seconds"),
        (["a"], ["\N{ARABIC-INDIC DIGIT FIVE}"], "5 to 3600 seconds"),
        ([str(n) for n in range(21)], ["5"] * 21, "Choose 20 dashboards at most."),
    ],
)
def test_turns_that_do_not_fit_are_refused(boards: list[str], seconds: list[str], why: str):
    with pytest.raises(InvalidError, match=why):
        turns_of(boards, seconds)
