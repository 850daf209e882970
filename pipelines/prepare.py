"""``setup``: make what commands need once, so that they run without a network and at once."""

from collections.abc import Iterator

from graphrx.kg.cache import cache_dir


def prepare() -> Iterator[str]:
    """Compile the graph and the ICD-10-CM name index, and convert the model; a line for each.

    :raises NotAvailableError: when the language model can't be had.
    """
    from graphrx.kg.formulary.snapshot import packaged_snapshot
    from graphrx.kg.linking.icd10 import index_path

    snapshot = packaged_snapshot()
    yield f"graph {snapshot.sha256[:12]}: {snapshot.n_nodes} nodes, {snapshot.n_edges} edges"
    path = index_path()
    yield f"ICD-10-CM names: {path or 'not installed; only names of the graph are recognised'}"
    from graphrx.llm.whereabouts import DEFAULT_MODEL, model_sha256

    if model_sha256() is None:
        from graphrx.llm.load import load

        load(download=True)  # set-up is the one command that may fetch
    yield f"model {DEFAULT_MODEL} {(model_sha256() or '')[:12]}"
    yield f"cache {cache_dir()}"
