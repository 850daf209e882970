"""The small graph of the verifier tests, and the packaged one."""

import pytest
from tests.verifier.support import Names, build

from graphrx.kg.formulary.snapshot import packaged_snapshot
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.verify import Verifier


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return build(tmp_path_factory.mktemp("verifier") / "graph")


@pytest.fixture(scope="session")
def verifier(snapshot: Snapshot) -> Verifier:
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
