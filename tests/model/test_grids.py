"""Where widgets stand: nothing covers anything, whatever was asked for."""

import pytest

from webmacs_edge.model.grids import Place, arranged, closed_up, free_place, moved

A, B, C = Place(0, 0, 4, 3), Place(4, 0, 4, 3), Place(0, 3, 12, 2)


def covered(places):
    return [
        (one, other)
        for n, one in enumerate(places)
        for other in places[n + 1 :]
        if one.covers(other)
    ]


def test_widgets_of_clients_that_say_no_place_flow_like_words():
    assert arranged([Place(0, 0, 4, 3)] * 4) == [
        Place(0, 0, 4, 3), Place(4, 0, 4, 3), Place(8, 0, 4, 3), Place(0, 3, 4, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ([], []),
        ([A], [A]),
        ([A, B, C], [A, B, C]),
        ([A, Place(2, 1, 4, 1)], [A, Place(2, 3, 4, 1)]),
        ([Place(2, 1, 4, 1), A], [Place(2, 3, 4, 1), A]),
        ([Place(11, 0, 4, 30)], [Place(8, 0, 4, 12)]),
        ([Place(0, 9000, 1, 1)], [Place(0, 9000, 1, 1)]),
    ],
)
def test_what_lies_upon_another_goes_down_and_the_rest_stays(stored, shown):
    assert arranged(stored) == shown


def test_a_widget_stays_where_it_is_put_and_pushes_others_down():
    found = moved({"a": A, "b": B, "c": C}, "c", Place(0, 1, 12, 2))

    assert found == {"c": Place(0, 1, 12, 2), "a": Place(0, 3, 4, 3), "b": Place(4, 3, 4, 3)}
    assert list(found) == ["a", "b", "c"]
    assert covered(list(found.values())) == []


def test_a_hundred_widgets_in_one_place_end_below_one_another():
    found = moved({str(n): Place(3, 5, 6, 2) for n in range(100)}, "7", Place(3, 5, 6, 2))

    assert covered(list(found.values())) == []
    assert found["7"] == Place(3, 5, 6, 2)


def test_closing_gaps_lifts_every_widget_as_far_as_it_can_go():
    found = closed_up({"a": Place(0, 2, 4, 3), "b": Place(4, 9, 4, 1), "c": Place(0, 20, 12, 1)})

    assert found == {"a": Place(0, 0, 4, 3), "b": Place(4, 0, 4, 1), "c": Place(0, 3, 12, 1)}


@pytest.mark.parametrize(
    ("places", "size", "gap"),
    [
        ([], (4, 3), Place(0, 0, 4, 3)),
        ([A, B], (4, 3), Place(8, 0, 4, 3)),
        ([A, B], (5, 1), Place(0, 3, 5, 1)),
        ([A, Place(8, 0, 4, 3)], (4, 1), Place(4, 0, 4, 1)),
    ],
)
def test_a_new_widget_goes_into_the_first_gap_that_holds_it(places, size, gap):
    assert free_place(places, *size) == gap
