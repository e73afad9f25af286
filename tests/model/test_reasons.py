"""Why values are doubted: noticed when it begins, whatever flutters."""

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.reasons import ReasonWatch
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.text import text

BREAK = text("Wire break")


def scan(at_ms, reasons):
    """Two channels, 7 and 8; those with a reason are bad."""
    qualities = tuple(Quality.BAD if place in reasons else Quality.GOOD for place in (0, 1))
    return Scan(at_ms, at_ms * 1_000_000, (7, 8), (1.0, 2.0), qualities, reasons=reasons)


def looks(*scans):
    """What is noticed in these scans, one after the other."""
    watch = ReasonWatch()
    return [(it.at_ms, it.key, it.words) for one in scans for it in watch.look(one)]


def test_a_reason_is_noticed_once_when_it_begins():
    found = looks(
        scan(0, {}), scan(100, {1: BREAK}), scan(200, {1: BREAK}), scan(300, {0: BREAK, 1: BREAK})
    )

    assert found == [(100, 8, BREAK), (300, 7, BREAK)]


def test_another_reason_is_noticed_and_one_that_flutters_once_a_minute():
    flutter = [scan(at, {1: BREAK} if at // 100 % 2 else {}) for at in range(0, 130_000, 100)]

    assert [at for at, *_ in looks(*flutter)] == [100, 60_100, 120_100]
    assert looks(scan(0, {1: BREAK}), scan(100, {1: "Over range"}))[1:] == [(100, 8, "Over range")]


def test_a_number_in_the_sentence_makes_it_no_other_reason():
    late = [scan(at, {0: text("Silent for {s} s", s=at // 1000)}) for at in range(0, 9000, 500)]

    assert len(looks(*late)) == 1
