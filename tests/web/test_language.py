"""Which language a page speaks, and how numbers look in it."""

import pytest

from webmacs_edge.model.language import CURRENT, in_english
from webmacs_edge.model.text import counted, text
from webmacs_edge.web.language import accepted, languages
from webmacs_edge.web.wording import count, duration, file_size, number, short_number


@pytest.fixture
def german():
    token = CURRENT.set(languages()["de"])
    yield languages()["de"]
    CURRENT.reset(token)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr;q=0.9, de;q=0.5, en;q=0.7", "en"),
        ("DE-ch", "de"),
        ("fr, it", "en"),
        ("de;q=0", "en"),
        ("*;q=0.1, ;;q=x, de;q=abc", "en"),
        ("x" * 100_000, "en"),
    ],
)
def test_the_browser_is_answered_in_the_language_it_likes_best(header, code):
    chosen = accepted(header)

    assert chosen == code


@pytest.mark.usefixtures("german")
def test_german_numbers_have_a_comma_and_points_between_thousands():
    written = [
        *(number(-12.5, 2), number(-0.001, 2), short_number(0.5), count(18_204_331)),
        *(file_size(4_520_000), duration(100), duration(146_000)),
    ]

    assert written == ["−12,50", "0,00", "0,5", "18.204.331", "4,5 MB", "0,1 s", "2 min 26 s"]


def test_the_signs_of_a_language_are_those_of_cldr():
    dates = pytest.importorskip("babel.dates")
    numbers = pytest.importorskip("babel.numbers")

    for code, language in languages().items():
        months = dates.get_month_names("abbreviated", locale=code)
        assert language.months == tuple(months[month] for month in range(1, 13))
        assert language.decimal == numbers.get_decimal_symbol(code)
        assert language.group == numbers.get_group_symbol(code)


@pytest.mark.usefixtures("german")
def test_a_sentence_stays_english_for_programs_and_is_german_in_a_page():
    sentence = text("Save")
    around = text("{error}!", error=ValueError(sentence))

    assert str(ValueError(sentence)) == "Save"
    assert f"{sentence}." == "Speichern."
    assert sentence.__html__() == "Speichern"
    assert (around, f"{around}") == ("Save!", "Speichern!")


@pytest.mark.usefixtures("german")
def test_a_sentence_within_a_sentence_is_kept_in_english_too():
    around = text("{what}!", what=text("Save"))
    with in_english():
        told = f"{around}"

    assert (around, str(ValueError(around)), told) == ("Save!", "Save!", "Save!")
    assert f"{around}" == "Speichern!"


def test_a_counted_sentence_says_one_and_many():
    assert counted("1 day", "{days} days", 1, days="1") == "1 day"
    assert counted("1 day", "{days} days", 20, days="20") == "20 days"
