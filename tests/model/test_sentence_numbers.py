"""Numbers in sentences take the decimal sign of who reads them; what is kept stays English."""

from webmacs_edge.model.language import CURRENT
from webmacs_edge.model.text import text
from webmacs_edge.web.language import languages


def test_a_number_in_a_sentence_has_the_decimal_sign_of_who_reads_it():
    sentence = text("Choose up to {longest_s:g} seconds, or leave it empty for no limit.",
                    longest_s=2.5)  # fmt: skip
    token = CURRENT.set(languages()["de"])
    try:
        assert "2,5" in f"{sentence}"
        assert "2.5" in str(sentence)
    finally:
        CURRENT.reset(token)
