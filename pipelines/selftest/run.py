"""Run the golden cases that ship with the package, against any graph.

Each case says what a patient and an order must come to. The packaged formulary has to give
exactly that; a larger graph may say more, but never less, and may block nothing that must pass.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graphrx.kg.errors import GraphrxError, IntegrityError
from graphrx.kg.verifier.verdict import ORDER
from graphrx.pipelines.check import check
from graphrx.pipelines.envelope import Json
from graphrx.pipelines.selftest.files import shipped_files
from graphrx.pipelines.session import Session

CASES: Final = Path(__file__).parent / "cases.yaml"
MEANING: Final = (
    "A pass says that the files are those that were shipped, and that the verifier and this graph "
    "still give the known answers to these cases. It does not say that the graph is complete, or "
    "that it is right about any other patient."
)


@dataclass(frozen=True, slots=True)
class Case:
    """One golden case.

    :param verdict: of the whole order.
    :param kinds: findings that must be there: ``kind`` or ``kind level``.
    :param silent: findings that must not be there.
    """

    name: str
    patient: Mapping[str, Any]
    drugs: tuple[str, ...]
    verdict: str
    kinds: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


def read_cases(path: Path = CASES) -> tuple[Case, ...]:
    """Read the golden cases.

    :raises IntegrityError: the file is damaged, or a case says nothing that could fail.
    """
    from graphrx.kg.formulary.yamlio import parse

    try:
        data = parse(path.read_text(encoding="utf-8"))
        cases = tuple(_case(row, data["bases"]) for row in data["cases"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise IntegrityError(f"{path} is damaged ({error}); install graphrx anew") from error
    if len({case.name for case in cases}) < len(cases):
        raise IntegrityError(f"{path} names a case twice; install graphrx anew")
    return cases


def _case(row: Mapping[str, Any], bases: Mapping[str, Any]) -> Case:
    known = {"case", "base", "patient", "drugs", "verdict", "kinds", "silent"}
    if row.keys() - known or row["verdict"] not in ORDER:
        raise ValueError(f"case {row['case']!r} has a key or a verdict that is not known")
    return Case(
        row["case"], _numbers({**bases[row["base"]], **row["patient"]}), tuple(row["drugs"]),
        row["verdict"], tuple(row.get("kinds") or ()), tuple(row.get("silent") or ()),
    )  # fmt: skip


def _numbers(value: Any) -> Any:
    """Decimal numbers of laboratory values; this YAML keeps all but whole numbers as text."""
    if isinstance(value, dict):
        return {key: float(item) if key == "value" else _numbers(item)
                for key, item in value.items()}  # fmt: skip
    return value


def selftest(store: str | None, cases: tuple[Case, ...] | None = None) -> Json:
    """Run the golden cases and look whether the files are whole.

    :param store: store URL, or None for the packaged formulary, whose answers must be exact.
    :returns: ``ok``, ``graph``, ``files``, ``cases`` with a row for each failure, ``meaning``.
    """
    began = time.perf_counter()
    session = Session(store)
    problems = list(_integrity(session))
    files = shipped_files()
    problems += files.problems
    cases = read_cases() if cases is None else cases
    failures = [
        {"case": case.name, "drugs": list(case.drugs), "problems": found}
        for case in cases
        if (found := list(judge(session, case, exact=store is None)))
    ]
    return {
        "ok": not (problems or failures),
        "graph": {"store": store or "packaged formulary", "sha256": session.snapshot.sha256,
                  "built": session.snapshot.built},
        "files": {"compared": files.compared, "with": files.record},
        "problems": problems,
        "cases": {"run": len(cases), "failed": len(failures), "failures": failures},
        "seconds": round(time.perf_counter() - began, 3),
        "meaning": MEANING,
    }  # fmt: skip


def _integrity(session: Session) -> Iterator[str]:
    try:
        session.snapshot.verify()
    except (IntegrityError, OSError) as error:
        yield str(error)


def judge(session: Session, case: Case, *, exact: bool) -> Iterator[str]:
    """Say everything in which the answer to a case is not as told; an error is one such thing.

    :param exact: the verdict must be the very one; else it may be stricter, short of a block.
    """
    try:
        result = check(session, dict(case.patient), list(case.drugs))
    except GraphrxError as error:
        yield f"error: {error.message}"
        return
    verdict = result["status"]
    found = [finding for item in result["items"] for finding in item["findings"]]
    if _is_wrong(verdict, case.verdict, exact=exact):
        said = "; ".join(f"{f['kind']} {f['level']} {f['object']}" for f in found) or "no finding"
        yield f"expected {case.verdict}, got {verdict} ({said})"
    for words in case.kinds:
        if not any(_fits(words, finding) for finding in found):
            yield f"no finding of {words}"
    if exact or case.verdict == "pass":
        for words in case.silent:
            for finding in found:
                if _fits(words, finding) and (exact or finding["verdict"] == "block"):
                    yield f"unwanted {words}: {finding['object']}"


def _is_wrong(verdict: str, expected: str, *, exact: bool) -> bool:
    if exact:
        return verdict != expected
    return ORDER[verdict] < ORDER[expected] or (verdict == "block") != (expected == "block")


def _fits(words: str, finding: Json) -> bool:
    kind, _, level = words.partition(" ")
    return finding["kind"] == kind and level in ("", finding["level"])


def lines(report: Json) -> Iterator[str]:
    """The report for people: a line for each thing that is wrong, then the summary."""
    for problem in report["problems"]:
        yield f"FAIL  {problem}"
    for row in report["cases"]["failures"]:
        yield f"FAIL  {row['case']} [{', '.join(row['drugs'])}]: {'; '.join(row['problems'])}"
    graph, files, cases = report["graph"], report["files"], report["cases"]
    yield f"graph {graph['store']}, sha256 {graph['sha256']}, built {graph['built']}"
    yield f"files compared: {files['compared']} ({files['with']})"
    word = "PASS" if report["ok"] else "FAIL"
    yield f"{word}  {cases['run'] - cases['failed']} of {cases['run']} golden cases as expected"
    yield report["meaning"]
