"""What ``check``, ``recommend`` and ``explain`` answer from: graph, policy and overrides."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphrx.pipelines.session import Session


def open_session(
    store: str | None,
    policy: str | None,
    overrides: Path | None = None,
    key: str | None = None,
) -> "Session":
    """The graph, the site's policy, and the overrides that results show."""
    from graphrx.pipelines.audit.apply import Overrides
    from graphrx.pipelines.audit.sign import load_key
    from graphrx.pipelines.policy import read_policy
    from graphrx.pipelines.session import Session

    known = Overrides() if overrides is None else Overrides.read(overrides, load_key(key))
    if known.unverified_blocks:
        sys.stderr.write(
            f"graphrx: {known.unverified_blocks} overrides of a block are not shown: their "
            "signatures can't be checked; name the key with --key or GRAPHRX_AUDIT_KEY\n"
        )
    return Session(store, None if policy is None else read_policy(policy), known)
