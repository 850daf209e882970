"""Downloads, from a server on this machine."""

import gc
import gzip
import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from graphrx.kg.errors import IntegrityError, NotAvailableError, UsageError
from graphrx.kg.sources import fetch, registry
from graphrx.kg.sources.fetch import Download

# requests leaves the socket of a refused answer to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

_TEXT = b"DDInterID_A,Drug_A,DDInterID_B,Drug_B,Level\n"


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "a.csv").write_bytes(_TEXT)
    handler = partial(_Silent, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()
    gc.collect()


def _serve(monkeypatch: pytest.MonkeyPatch, **files: Download) -> None:
    named = {name.replace("_", "."): download for name, download in files.items()}
    monkeypatch.setitem(fetch.DOWNLOADS, "ddinter", named)


def test_a_licence_must_be_accepted_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--accept ddinter") as caught:
        fetch.fetch("ddinter", tmp_path, accept=["sider4"])
    assert "CC-BY-NC-SA-4.0" in caught.value.message
    assert not (tmp_path / "ddinter").exists()


def test_downloads_what_is_missing_and_packs_it(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = hashlib.sha256(_TEXT).hexdigest()
    _serve(
        monkeypatch,
        a_csv_gz=Download(f"{server}/a.csv", sha256),
        b_csv=Download(f"{server}/a.csv", None),
        c_csv=Download(f"{server}/nothing.csv", None),
    )
    folder = tmp_path / "data" / "ddinter"
    folder.mkdir(parents=True)
    (folder / "c.csv").write_text("mine")
    assert fetch.fetch("ddinter", tmp_path / "data", accept=["ddinter"]) == folder
    assert gzip.decompress((folder / "a.csv.gz").read_bytes()) == _TEXT
    assert (folder / "b.csv").read_bytes() == _TEXT
    assert (folder / "c.csv").read_text() == "mine"
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv.gz", "b.csv", "c.csv"]


def test_another_checksum_keeps_nothing(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _serve(monkeypatch, a_csv=Download(f"{server}/a.csv", "0" * 64))
    with pytest.raises(IntegrityError, match="has changed"):
        fetch.fetch("ddinter", tmp_path, accept=["ddinter"])
    assert list((tmp_path / "ddinter").iterdir()) == []


def test_no_answer_is_one_line(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _serve(monkeypatch, a_csv=Download(f"{server}/nothing.csv", None))
    with pytest.raises(NotAvailableError, match="does not answer") as caught:
        fetch.fetch("ddinter", tmp_path, accept=["ddinter"])
    assert "\n" not in caught.value.message


def test_the_command_says_what_failed_and_goes_on(
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _serve(monkeypatch, a_csv=Download(f"{server}/a.csv", None))
    wanted = ["cmekg", "ddinter", "--data", str(tmp_path), "--accept", "ddinter"]
    assert fetch.main(wanted) == NotAvailableError.exit_code
    said = capsys.readouterr()
    assert said.out == f"{tmp_path / 'ddinter'}\n"
    assert said.err.count("\n") == 1
    assert (tmp_path / "ddinter" / "a.csv").read_bytes() == _TEXT


def test_what_must_be_got_by_hand_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotAvailableError, match=r"cmekg_triples\.tsv\.gz"):
        fetch.fetch("cmekg", tmp_path)


def test_every_declared_file_is_read_or_needed() -> None:
    for name in registry.SOURCES:
        files = fetch.downloads(registry.spec(name))
        if files and name != "drugbank_slim":
            assert set(files) == set(registry.spec(name).files), name
        for download in files.values():
            assert download.url.startswith("https://")
            assert download.sha256 is None or len(download.sha256) == 64
