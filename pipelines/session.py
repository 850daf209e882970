"""What one process needs to answer: the graph, its verifier, and on demand the model."""

import gc
from functools import cached_property
from typing import TYPE_CHECKING

from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.verify import Verifier
from graphrx.pipelines.audit.apply import Overrides
from graphrx.pipelines.policy import Policy

if TYPE_CHECKING:
    from graphrx.fusion.generate import Recommender


def open_snapshot(store: str | None) -> Snapshot:
    """Snapshot of a store, or of the packaged formulary when none is named.

    :param store: store URL (``sqlite:///graph.db``, ``neo4j://host``), or None.
    """
    if store is None:
        from graphrx.kg.formulary.snapshot import packaged_snapshot

        return packaged_snapshot()
    from graphrx.pipelines.stored import stored_snapshot

    return stored_snapshot(store)


class Session:
    """One graph and what was worked out of it; serves any number of requests.

    :param policy: the site's policy, or None.
    :param overrides: what people have overridden; results show it.
    """

    policy: Policy | None = None
    overrides = Overrides()

    def __init__(
        self,
        store: str | None = None,
        policy: Policy | None = None,
        overrides: Overrides | None = None,
    ) -> None:
        """Open the graph; the verifier compiles at first use, the model loads at first use.

        :raises InputError: when the policy names what the graph does not know.
        """
        self.snapshot = open_snapshot(store)
        self.policy = policy
        self.overrides = overrides or Overrides()
        if policy is not None:
            _ = self.verifier  # a wrong name in the policy is one error, not one for each request

    @cached_property
    def verifier(self) -> Verifier:
        """The verifier over the graph, under the site's policy."""
        if self.policy is None:
            return Verifier(self.snapshot)
        from graphrx.pipelines.policing import PolicedVerifier

        return PolicedVerifier(self.snapshot, self.policy)

    @cached_property
    def recommender(self) -> "Recommender":
        """The trained model on the graph; this is where torch is first imported."""
        # torch and transformers make objects by the million here and none of them is garbage:
        # looking for it takes a tenth of a recommendation
        gc.disable()
        try:
            from graphrx.fusion.generate import load_recommender

            return load_recommender(self.snapshot)
        finally:
            gc.freeze()
            gc.enable()
