"""A session over a given graph, and a recommender that needs no model."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from graphrx.kg.snapshot import Snapshot
from graphrx.pipelines.session import Session


def session_on(snapshot: Snapshot) -> Session:
    session = object.__new__(Session)
    session.snapshot = snapshot
    return session


@dataclass(frozen=True)
class Row:
    name: str
    node: int
    score: float


class FakeQuestion:
    """Ranks by name and proposes the drugs that it was told to propose."""

    def __init__(self, snapshot: Snapshot, proposed: Iterable[str]) -> None:
        self.snapshot = snapshot
        self.proposed = list(proposed)
        self.nodes = (0, 1, 2)

    def rank(self, candidates: Iterable[int]) -> tuple[Row, ...]:
        rows = [
            Row(self.snapshot.name(n), n, -float(len(self.snapshot.name(n)))) for n in candidates
        ]
        return tuple(sorted(rows, key=lambda row: (-row.score, row.name)))

    def generate(self, top: int, *, exclude: Iterable[int] = ()) -> Any:
        by_name = {self.snapshot.name(n): n for n in self.snapshot.nodes_of("Drug")}
        barred = set(exclude)
        names = [name for name in self.proposed if by_name[name] not in barred][:top]
        return SimpleNamespace(names=tuple(names), nodes=tuple(by_name[name] for name in names))

    def explain(self, node: int) -> tuple[Any, ...]:
        return (SimpleNamespace(id=self.snapshot.node(node).id, name=self.snapshot.name(node),
                                weight=0.5),)  # fmt: skip


class FakeRecommender:
    """Stands where the trained model would; remembers the questions."""

    def __init__(self, snapshot: Snapshot, proposed: Iterable[str] = ()) -> None:
        self.snapshot = snapshot
        self.proposed = list(proposed)
        self.asked: list[Any] = []
        self.report = SimpleNamespace(name="fake", sha256="0" * 64, adapter="none")

    def ask(self, target: int, context: Any, *, tokens: str, seed: int) -> FakeQuestion:
        self.asked.append((target, context, tokens, seed))
        return FakeQuestion(self.snapshot, self.proposed)


def with_model(snapshot: Snapshot, proposed: Iterable[str] = ()) -> Session:
    session = session_on(snapshot)
    session.__dict__["recommender"] = FakeRecommender(snapshot, proposed)
    return session
