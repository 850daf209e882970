"""Where derived files live: the compiled graph, the name index, the converted model."""

import os
import tempfile
from functools import cache
from pathlib import Path


@cache
def cache_dir() -> Path:
    """The cache folder: ``GRAPHRX_CACHE``, else ``$XDG_CACHE_HOME/graphrx``, else ``~/.cache``.

    Everything in it can be made again. Where it can't be written, a temporary folder serves.
    """
    configured = os.environ.get("GRAPHRX_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(configured) if configured else Path(base) / "graphrx"
    try:
        path.mkdir(parents=True, exist_ok=True)
        if os.access(path, os.W_OK):
            return path
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="graphrx-"))
