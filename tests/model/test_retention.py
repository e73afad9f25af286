"""How long what is kept."""

from webmacs_edge.model.retention import LONG_AGO, Retention, free_spans


def test_what_is_protected_is_cut_out_of_the_past():
    assert free_spans([], before_ms=100) == [(LONG_AGO, 100)]
    assert free_spans([(10, 20), (40, 50)], before_ms=100) == [
        (LONG_AGO, 10),
        (20, 40),
        (50, 100),
    ]
    assert free_spans([(40, 60), (10, 45), (44, 50)], before_ms=100) == [
        (LONG_AGO, 10),
        (60, 100),
    ]
    assert free_spans([(90, 200), (300, 400)], before_ms=100) == [(LONG_AGO, 90)]
    assert free_spans([(90, 2**62)], before_ms=100) == [(LONG_AGO, 90)]


def test_a_channel_of_its_own_mind_is_asked_first():
    retention = Retention(90, 365, {2: 7, 3: 1000}, {2: 30})

    assert retention.raw_groups([1, 2, 3]) == {90: [1], 7: [2], 1000: [3]}
    assert retention.rollup_groups([1, 2, 3]) == {365: [1], 30: [2], 1000: [3]}


def test_without_a_number_everything_is_kept():
    assert Retention().raw_groups([1, 2]) == {}
    assert Retention(None, 30).rollup_groups([1, 2]) == {}
    assert Retention(None, None, {1: 5}).raw_groups([1, 2]) == {5: [1]}
