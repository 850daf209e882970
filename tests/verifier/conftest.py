"""The small graph of the verifier tests, and the packaged one."""

import pytest
from syrupy import snapshot as pinned  # noqa: F401  (a fixture; `snapshot` is a graph here)
from tests.verifier.support import Names, build

from graphrx.kg.formulary.snapshot import packaged_snapshot
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.verify import Verifier


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return build(tmp_path_factory.mktemp("verifier") / "graph")


@pytest.fixture
def verifier(snapshot: Snapshot) -> Verifier:
    """A new one for each test, so that each test runs all of the code that it rests on."""
    return Verifier(snapshot)


@pytest.fixture(scope="session")
def names(snapshot: Snapshot) -> Names:
    return Names(snapshot)


@pytest.fixture(scope="session")
def packaged() -> Verifier:
    return Verifier(packaged_snapshot())


@pytest.fixture(scope="session")
def packaged_names(packaged: Verifier) -> Names:
    return Names(packaged.snapshot)
