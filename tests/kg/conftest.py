"""The small formulary, as records and as a snapshot."""

from pathlib import Path

import pytest

from graphrx.kg.formulary.loader import load
from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Records
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.sqlite import SqliteStore

FORMULARY = Path(__file__).parents[1] / "fixtures" / "formulary"


@pytest.fixture(scope="session")
def small_records() -> Records:
    return load(FORMULARY)


@pytest.fixture(scope="session")
def small_snapshot(small_records: Records, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    with SqliteStore() as store:
        ingest(store, small_records)
        return freeze(store, tmp_path_factory.mktemp("graph") / "small")
