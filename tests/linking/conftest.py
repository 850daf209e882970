"""Names are resolved against the small graph of the verifier tests."""

import pytest
from tests.verifier.support import build

from graphrx.kg.linking.resolve import Resolver


@pytest.fixture(scope="session")
def resolver(tmp_path_factory: pytest.TempPathFactory) -> Resolver:
    return Resolver(build(tmp_path_factory.mktemp("linking") / "graph"))
