"""A real Neo4j server on loopback, for tests and measurements; started, stopped and killed by pid.

Found as ``../shared/neo4j`` beside the repository, or in ``GRAPHRX_NEO4J_DIST``. Each server
has its own HOME (data, logs, settings), so nothing outlives the folder it is given.
"""

import os
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import neo4j

PASSWORD = "graphrx-test"
READY_S = 180.0
CONF = "db.tx_log.preallocate=false\ninternal.server.bolt.thread_pool_shutdown_wait_time=1s"
DIST = Path(os.environ.get("GRAPHRX_NEO4J_DIST") or Path(__file__).parents[3] / "shared" / "neo4j")


def missing() -> str | None:
    """Say why no server can be started here, or return None."""
    for script in ("neo4j-server", "neo4j-admin"):
        if not (DIST / "bin" / script).is_file():
            return f"no Neo4j: set NEO4J_URI, or put a distribution into {DIST}"
    return None


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Server:
    """One server process.

    :param home: folder of its data, made if absent.
    :param file_limit_bytes: no file of the server may grow past this (a full disk, imitated).
    :param password: ``none`` turns authentication off, and spares a new HOME a slow step.
    :param quick: compile little: a server that lives for seconds starts in half the time.
    """

    def __init__(
        self,
        home: Path,
        *,
        file_limit_bytes: int | None = None,
        password: str = PASSWORD,
        quick: bool = False,
    ) -> None:
        self.home = home
        self.password = password
        self.java = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1"} if quick else {}
        self.port = free_port()
        self.file_limit_bytes = file_limit_bytes
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    def driver(self) -> neo4j.Driver:
        return neo4j.GraphDatabase.driver(self.url, auth=("neo4j", self.password))

    def start(self, conf: str = "") -> Self:
        """Start it with more lines for ``neo4j.conf``, and wait until it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        env = os.environ | {
            "NEO4J_EXTRA_CONF": f"{CONF}\n{conf}",
            "NEO4J_HEAP": os.environ.get("NEO4J_HEAP", "768m"),
            "NEO4J_PAGECACHE": "256m",
            **self.java,
        }
        limit = self.file_limit_bytes

        def restrict() -> None:
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        with (self.home / "console.log").open("ab") as log:
            self._process = subprocess.Popen(
                [DIST / "bin" / "neo4j-server", self.home, str(self.port), self.password],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env,
                start_new_session=True, preexec_fn=restrict,
            )  # fmt: skip
        self._wait()
        return self

    def kill(self) -> None:
        """Kill -9, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Shut down in order."""
        self._end(signal.SIGTERM)

    def admin(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run ``neo4j-admin`` on the stopped server's data; return what it printed."""
        self.home.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [DIST / "bin" / "neo4j-admin", *arguments],
            env=os.environ | self.java | {"NEO4J_HOME": str(self.home)}, cwd=cwd, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        said = done.stdout + done.stderr
        if done.returncode:
            raise RuntimeError(f"neo4j-admin {' '.join(arguments)}: {said[-2000:]}")
        return said

    def check(self) -> str:
        """Run the server's own consistency check; raise when it finds anything."""
        return self.admin("database", "check", "neo4j", f"--report-path={self.home}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait(self) -> None:
        until = time.monotonic() + READY_S
        assert self._process is not None
        while self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    pass
                with self.driver() as driver:
                    driver.execute_query("RETURN 1", database_="neo4j")
            except (OSError, neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError):
                if time.monotonic() > until:
                    self.kill()
                    raise
                time.sleep(0.25)
            else:
                return
        said = (self.home / "console.log").read_text("utf-8", "replace")
        raise RuntimeError(f"Neo4j did not start: {said[-1000:]}")

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
