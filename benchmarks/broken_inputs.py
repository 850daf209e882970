"""Break copies of the real files in every way that files break, and build them by command line.

    python benchmarks/broken_inputs.py ../shared/data [--only KIND]

Each case builds a broken source beside an intact one (`onc`) into a new SQLite file with
``graphrx kg build``. It holds when the command either ends with one line that names the file and
exit 3, nothing of the broken source left, or with exit 0 and the bad row among the rejects; and in
both when the intact source has all its statements, unless the broken file is a vocabulary that
every mapping depends on. Exit 1 when a case doesn't hold. The commands run in this process, which
loads formulary and vocabularies once.
"""

import argparse
import gzip
import io
import json
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from origin import write_result

import graphrx.kg.build as building
from graphrx.kg.resolution.resolver import Resolver, load_resolver
from graphrx.pipelines.cli.app import main as main_of_graphrx

# Every build of a run has the same formulary.
building.load = cache(building.load)

HUGE = b"x" * 10_000_000
BYSTANDER, BYSTANDER_SAYS = "onc", 1_150
VOCABULARIES = frozenset({"disease_ontology", "drugbank_open"})
"""What the resolver reads: without them no source can be mapped as it should be."""

Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Case:
    kind: str
    file: str
    change: Change
    raw: bool = False
    """Change the file as it lies there, packed or not."""

    @property
    def source(self) -> str:
        return self.file.partition("/")[0].partition(".")[0]


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def in_gbk(data: bytes) -> bytes:
    return data + "坏行示例\t坏行示例\n".encode("gb18030")


def without_header_word(word: bytes) -> Change:
    def change(data: bytes) -> bytes:
        head, _, rest = data.partition(b"\n")
        assert word in head, head
        return head.replace(word, b"renamed", 1) + b"\n" + rest

    return change


def with_rows(*rows: bytes) -> Change:
    return lambda data: data + (b"" if data.endswith(b"\n") else b"\n") + b"\n".join(rows) + b"\n"


def every_row_twice(data: bytes) -> bytes:
    head, _, rest = data.partition(b"\n")
    return head + b"\n" + rest + (b"" if rest.endswith(b"\n") else b"\n") + rest


def circular(child: bytes, below: bytes) -> Change:
    """Make a term a child of its own descendant."""

    def change(data: bytes) -> bytes:
        term = b"\nid: " + child + b"\n"
        assert data.count(term) == 1
        return data.replace(term, term + b"is_a: " + below + b" ! made circular\n")

    return change


def in_archive(change: Change) -> Change:
    """Change the largest member of a tar.gz that is no index."""

    def whole(data: bytes) -> bytes:
        out = io.BytesIO()
        with (
            tarfile.open(fileobj=io.BytesIO(data)) as old,
            tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as new,
        ):
            members = [member for member in old.getmembers() if member.isfile()]
            read = [member for member in members if "/_" not in member.name]
            largest = max(read, key=lambda member: member.size)
            for member in members:
                file = old.extractfile(member)
                assert file is not None
                content = file.read()
                if member is largest:
                    content = change(content)
                    member.size = len(content)
                new.addfile(member, io.BytesIO(content))
        return out.getvalue()

    return whole


DDINTER = "ddinter/ddinter_downloads_code_A.csv.gz"
OBO = "disease_ontology/HumanDO.obo.gz"
VOCABULARY = "drugbank_open/drugbank_vocab.csv.gz"
SIDER = "sider4/meddra_all_se.tsv.gz"
WIKIDATA = "wikidata_med/WikiMedicineData.jl.gz"
CMEKG = "cmekg/cmekg_triples.tsv.gz"
CASES = (
    *(Case("truncated gzip", file, cut, raw=True) for file in (
        DDINTER, OBO, VOCABULARY, SIDER, "hetionet/edges-5k.sif.gz", "hetionet/nodes.tsv.gz",
        WIKIDATA, CMEKG, "drugmechdb.tar.gz", "cn_medical_json.tar.gz")),
    *(Case("wrong encoding", file, in_gbk) for file in (
        DDINTER, OBO, "everycure/indications.tsv", "pharmacotherapydb/indications.tsv",
        "drugbank_slim/drugbank-slim.tsv", WIKIDATA, "ndfrt/Ndfrt-Drugbank-Mapped.csv",
        "drugcentral_rephetio/drug-to-class.tsv")),
    Case("missing column", DDINTER, without_header_word(b"Level")),
    Case("missing column", "everycure/contraindications.tsv",
         without_header_word(b"final normalized disease id")),
    Case("missing column", "pharmacotherapydb/indications.tsv", without_header_word(b"category")),
    Case("missing column", "drugbank_slim/drugbank-slim.tsv", without_header_word(b"name")),
    Case("missing column", "ndfrt/Ndfrt-Drugbank-Mapped.csv", without_header_word(b"NUI")),
    Case("missing column", VOCABULARY, without_header_word(b"Common name")),
    Case("missing column", "hetionet/edges-5k.sif.gz", without_header_word(b"metaedge")),
    Case("missing column", "drugcentral_rephetio/drug-to-class.tsv",
         without_header_word(b"class_id")),
    Case("unknown prefix", "everycure/indications.tsv",
         with_rows(b"NOPE:1\tNo such drug 1\tNOPE:2\tNo such disease 2\tNOPE:1|NOPE:2")),
    Case("unknown prefix", "pharmacotherapydb/indications.tsv",
         with_rows(b"NOPE:2\tNOPE1\tNo such disease 2\tNo such drug 1\tDM\t1\t1")),
    Case("10 MB row", "everycure/indications.tsv", with_rows(b"CHEBI:8327\t" + HUGE)),
    Case("10 MB row", DDINTER, with_rows(b"DDInter1,A,DDInter2," + HUGE + b",Major")),
    Case("10 MB row", OBO, with_rows(b"", b"[Term]", b"id: DOID:99999999", b"name: " + HUGE)),
    Case("10 MB row", SIDER, with_rows(b"CID1\tCID0\tC1\tPT\tC1\t" + HUGE)),
    Case("10 MB row", WIKIDATA, with_rows(b'{"name": "' + HUGE + b'"}')),
    Case("10 MB row", CMEKG, with_rows(HUGE + b"\tx\ty")),
    Case("10 MB row", "hetionet/nodes.tsv.gz", with_rows(b"Compound::DB99999\t" + HUGE)),
    Case("10 MB row", VOCABULARY, with_rows(b"DB99999,," + HUGE + b",,,,")),
    Case("duplicated ids", DDINTER, every_row_twice),
    Case("duplicated ids", VOCABULARY, every_row_twice),
    Case("duplicated ids", "pharmacotherapydb/indications.tsv", every_row_twice),
    Case("duplicated ids", OBO,
         with_rows(b"", b"[Term]", b"id: DOID:162", b"name: another thing of that id")),
    Case("cyclic subclass_of", OBO, circular(b"DOID:14566", b"DOID:162")),
    Case("cyclic subclass_of", OBO, circular(b"DOID:162", b"DOID:162")),
    Case("empty file", "everycure/indications.tsv", lambda _: b"", raw=True),
    Case("empty file", DDINTER, lambda _: b"", raw=True),
    Case("broken YAML in the archive", "drugmechdb.tar.gz",
         in_archive(lambda data: data[:900] + b"\n\t{: [\n" + data[900:])),
)  # fmt: skip


@cache
def resolver(data: Path) -> Resolver:
    return load_resolver(building.load(building.DATA), data)


def broken(data: Path, case: Case, folder: Path) -> None:
    """Lay out a data directory of links, with the one file changed."""
    folder.mkdir()
    for item in data.iterdir():
        if item.name != case.file.partition("/")[0]:
            (folder / item.name).symlink_to(item.resolve())
    target = folder / case.file
    target.parent.mkdir(exist_ok=True)
    for item in (data / case.file).parent.iterdir():
        if "/" in case.file and item.name != target.name:
            (target.parent / item.name).symlink_to(item.resolve())
    content = (data / case.file).read_bytes()
    if case.raw or not case.file.endswith(".gz") or case.file.endswith(".tar.gz"):
        target.write_bytes(case.change(content))
    else:
        target.write_bytes(gzip.compress(case.change(gzip.decompress(content)), 1))


def command(*arguments: str) -> tuple[int, Any, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main_of_graphrx(["kg", *arguments, "--format", "json"])
        except SystemExit as left:
            code = int(left.code or 0)
    return code, json.loads(out.getvalue() or "null"), err.getvalue().strip()


def outcome(data: Path, case: Case, before: dict[str, Any]) -> dict[str, Any]:
    if case.source in VOCABULARIES:
        building.load_resolver = load_resolver
    else:
        building.load_resolver = lambda _core, _data: resolver(data)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        broken(data, case, place / "data")
        url = f"sqlite:///{place}/graph.db"
        code, out, err = command(
            "build", "--store", url, "--data", str(place / "data"),
            "--only", f"{case.source},{BYSTANDER}"
        )  # fmt: skip
        message = out["error"]["message"].replace(str(place / "data"), "DIR") if code else ""
        err = err.replace(str(place / "data"), "DIR").replace(str(place), "TMP")
        report = out if code == 0 else out["error"].get("report", out.get("report")) or {}
        sources = {source["name"]: source for source in report.get("sources", ())}
        stated = {}
        if (place / "graph.db").exists():
            stated = command("stats", "--store", url)[1].get("evidence", {})
        shutil.rmtree(place, ignore_errors=True)
    rest = sum(stated.get(BYSTANDER, {}).values())
    row = {
        "kind": case.kind, "file": case.file, "exit": code, "error": message, "stderr": err,
        "rest": rest, "evidence": sum(stated.get(case.source, {}).values()),
        "before": before[case.source]["evidence"],
    }  # fmt: skip
    if code == 0:
        now, was = sources[case.source]["rejects"], before[case.source]["rejects"]
        row["rejects_more"] = {k: n - was.get(k, 0) for k, n in now.items() if n != was.get(k, 0)}
    row["holds"] = holds(case, row, sources.get(case.source, {}).get("evidence", 0))
    return row


def holds(case: Case, row: dict[str, Any], sources_say: int) -> bool:
    if row["exit"] == 3:
        many = "the baseline allows" in row["error"]  # what passed stays; the rejects are the news
        named = case.source if many else Path(case.file).name
        one_line = "\n" not in row["error"] and named in row["error"]
        intact = row["rest"] == BYSTANDER_SAYS or case.source in VOCABULARIES
        return one_line and intact and (many or row["evidence"] == 0)
    same = 0 <= row["before"] - sources_say <= sum(row["rejects_more"].values())
    silent = case.kind == "duplicated ids" or row["rejects_more"]
    return row["exit"] == 0 and row["rest"] == BYSTANDER_SAYS and same and bool(silent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", help="one kind")
    options = parser.parse_args()
    cases = [case for case in CASES if options.only in (None, case.kind)]
    snapshots = tempfile.TemporaryDirectory()
    os.environ["GRAPHRX_CACHE"] = snapshots.name
    with tempfile.TemporaryDirectory() as name:
        names = ",".join(sorted({case.source for case in cases} | {BYSTANDER}))
        code, out, err = command(
            "build", "--store", f"sqlite:///{name}/graph.db", "--data", str(options.data),
            "--only", names, "--dry-run"
        )  # fmt: skip
        assert code == 0, err
    before = {source["name"]: source for source in out["sources"]}
    rows = []
    for case in cases:
        rows.append(outcome(options.data, case, before))
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    snapshots.cleanup()
    failed = [row for row in rows if not row["holds"]]
    if options.only is not None:  # the rows of other kinds stay as they are
        path = Path(__file__).parent / "results" / "broken_inputs.json"
        known = json.loads(path.read_text("utf-8"))["rows"]
        rows = [row for row in known if row["kind"] != options.only] + rows
    hold = sum(row["holds"] for row in rows)
    write_result("broken_inputs", {"cases": len(rows), "hold": hold, "rows": rows}, data="")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
