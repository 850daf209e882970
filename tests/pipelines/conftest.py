"""Sessions over the small graph and over the packaged one; the contracts, where they lie."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.pipelines.support import session_on
from tests.verifier.support import FORMULARY, Names, build

from graphrx.kg.formulary.loader import load
from graphrx.kg.formulary.snapshot import packaged_snapshot
from graphrx.kg.ingest import ingest
from graphrx.kg.store.sqlite import SqliteStore
from graphrx.pipelines.session import Session

CONTRACTS = Path(__file__).parents[3] / "shared" / "contracts"


def _validator(name: str) -> jsonschema.Draft202012Validator:
    path = CONTRACTS / name
    if not path.exists():
        pytest.skip(f"the contract {name} is not beside this checkout")
    return jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def result_contract() -> jsonschema.Draft202012Validator:
    return _validator("result.schema.json")


@pytest.fixture(scope="session")
def patient_contract() -> jsonschema.Draft202012Validator:
    return _validator("patient.schema.json")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return session_on(build(tmp_path_factory.mktemp("pipelines") / "graph"))


@pytest.fixture(scope="session")
def small_names(small: Session) -> Names:
    return Names(small.snapshot)


@pytest.fixture(scope="session")
def packaged() -> Session:
    return session_on(packaged_snapshot())


@pytest.fixture(scope="session")
def packaged_names(packaged: Session) -> Names:
    return Names(packaged.snapshot)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a store with the small formulary, for the command line."""
    path = tmp_path_factory.mktemp("command") / "graph.sqlite"
    with SqliteStore(path) as opened:
        ingest(opened, load(FORMULARY))
    return f"sqlite:///{path}"


def pytest_make_parametrize_id(config: Any, val: Any, argname: str) -> str | None:
    return str(val)[:40] if isinstance(val, (dict, list, tuple)) else None
