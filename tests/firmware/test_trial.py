"""How long a new version may take: its own time counts, not that of the old one or of dpkg."""

import pytest

from webmacs_updater.trial import Trial

ILL = "It does not answer."


@pytest.mark.parametrize(
    ("looks", "ended"),
    [
        # Seconds after the asking, when its newest process began (-9: still the old one), why.
        ([(0, -9, ""), (20, -9, ILL), (29, 28, ILL), (72, 28, ""), (77, 28, "")], ""),
        ([(29, 28, ILL), (72, 28, ""), (74, 28, ILL)], ILL),  # well for too short a time
        ([(29, 28, ILL), (72, 28, ILL), (73.1, 28, ILL)], ILL),
        ([(1, 0, ILL), (30, 29, ILL), (45, 44, ILL)], ILL),  # a crash gives it no more time
        ([(1, 0, ""), (4, 0, ILL), (6, 0, ""), (10, 0, ""), (11, 0, "")], ""),
        ([(0, -9, ""), (89, -9, ""), (90, -9, "")], "was not started within 90 s"),
    ],
)
def test_its_time_runs_from_its_first_process(looks, ended: str):
    asked_s = 1000.0
    trial = Trial("2.0.0", asked_s=asked_s)
    *before, last = [
        trial.look(asked_s + at_s, begun_s=asked_s + begun_s, why=why)
        for at_s, begun_s, why in looks
    ]

    assert before == [None] * len(before)
    assert last is not None
    assert last.startswith(ended) or ended in last
    assert bool(last) == bool(ended)
