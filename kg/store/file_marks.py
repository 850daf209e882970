"""What tells an unchanged SQLite file: inode, size and time of the file and of its log.

A file written just now could change again within the same tick of its clock, so it is let settle
first.
"""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Final

_TICK_S: Final = 0.05
_COARSE_TICK_S: Final = 2.1  # of file systems that keep whole seconds, or every other


def marks(path: Path) -> str:
    """Return what differs after every change, once the clock of the file has moved on."""
    found: list[object] = [str(path.absolute())]
    for file in (path, path.with_name(path.name + "-wal")):
        try:
            status = _settled(file)
        except OSError:
            found.append(None)
            continue
        # An empty log comes and goes with every reader.
        known = (status.st_ino, status.st_size, status.st_mtime_ns)
        found.append(known if status.st_size else None)
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def _settled(file: Path) -> os.stat_result:
    written = file.stat()
    tick = _TICK_S if written.st_mtime_ns % 1_000_000_000 else _COARSE_TICK_S
    time.sleep(min(tick, max(0.0, written.st_mtime + tick - time.time())))
    return file.stat()
