"""The formulary that ships: no problems, no loose ends."""

from graphrx.kg.formulary.loader import DATA, problems
from graphrx.kg.formulary.snapshot import packaged_snapshot


def test_no_problems() -> None:
    assert problems(DATA) == []


def test_nothing_is_left_out() -> None:
    snapshot = packaged_snapshot()
    snapshot.verify()
    assert (snapshot.counts["dangling"], snapshot.counts["violations"]) == (0, 0)
    assert all(source.trusted for source in snapshot.sources)
