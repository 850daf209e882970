"""Download a source into a data directory: address, checksum, and a licence to accept by name.

``python -m graphrx.kg.sources.fetch NAME… --data DIR [--accept NAME]``
"""

import argparse
import gzip
import logging
import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphrx.kg.errors import GraphrxError, IntegrityError, NotAvailableError, UsageError
from graphrx.kg.sources import registry
from graphrx.kg.sources.base import SourceSpec

_RAW: Final = "https://raw.githubusercontent.com"
_DDINTER: Final = "https://ddinter.scbdd.com/static/media/download/ddinter_downloads_code_"
_SIDER: Final = f"{_RAW}/dhimmel/SIDER4/94c99c1b65217a4f6b2047b8eb8872db454cdf4e/download"
_SLIM: Final = f"{_RAW}/dhimmel/drugbank/6b9ae386d6ba4a0eca2d66d4b0337a6e90fe81f4/data"
_CLASSES: Final = f"{_RAW}/dhimmel/drugcentral/e80a0c966a53ce48650d98069b126801c2793517/rephetio"


@dataclass(frozen=True, slots=True)
class Download:
    """A file of a source.

    :param url: where it is; a file kept as ``.gz`` whose address has no such ending is packed.
    :param sha256: of what the address serves; None where that changes.
    """

    url: str
    sha256: str | None


DOWNLOADS: Final[dict[str, dict[str, Download]]] = {
    "ddinter": {
        f"ddinter_downloads_code_{letter}.csv.gz": Download(f"{_DDINTER}{letter}.csv", sha256)
        for letter, sha256 in {
            "A": "5bb75de36056f353b3788d5a8a71fb4e07f3bcfeb97537f73e53b371b556df0a",
            "B": "bfc60bff7f9a7eb26eb21cf07f4250a10df6c9cccfd4cb5066ac1fbe4aa52480",
            "D": "17ed5485a838438525315f57ec70630911a54ff95d1f25ef442e56c100ca2868",
            "H": "dc309089efd8e745144870eabe8ef36ec3ac184e93668e1cb9cb22abe44740b5",
            "L": "5a0b628a4110368c8c669a30f7c51d016130ad50ae8c3a0c49114ddb831cba08",
            "P": "ffa738f88159884ee47e2c5a77e26581a914420288959555acd4dea1a251ac9c",
            "R": "d58bf4038802bd6a4977757b64929c7496927ababf958bc6575b379ec2459a3d",
            "V": "82ceffb431e39dc69e813bd3aca3fcf96c8d5d6b61004d12ec7610c42e00b093",
        }.items()
    },
    "sider4": {
        "meddra_all_se.tsv.gz": Download(
            f"{_SIDER}/meddra_all_se.tsv.gz",
            "119b2f5319a9398da83e5fe3419889010dbacf8d3eef590251b00c025e2b3f99",
        ),
        "meddra_freq.tsv.gz": Download(
            f"{_SIDER}/meddra_freq.tsv.gz",
            "fcdfbf479c6b568dfca557a3eb2cdbe49c4a3291090999c0de0bd7092feaec7f",
        ),
    },
    "primekg": {
        "kg.csv": Download("https://dataverse.harvard.edu/api/access/datafile/6180620", None)
    },
    "drugbank_slim": {
        "drugbank-slim.tsv": Download(
            f"{_SLIM}/drugbank-slim.tsv",
            "72de0a8b93dcc9e7e0462bfe79c0ce20be0802efb2a1ccaeb08e372e2243356d",
        ),
        "pubchem-mapping.tsv": Download(
            f"{_SLIM}/pubchem-mapping.tsv",
            "c842d787d39741bd8957b2224c4899d21afa5cb353b152fdef5658467d93c292",
        ),
    },
    "drugcentral_rephetio": {
        "drug-to-class.tsv": Download(
            f"{_CLASSES}/drug-to-class.tsv",
            "9b6fb462b7c5db1265063e33403b987fa5196f06d402262cb9f8d96508791774",
        ),
        "classes.tsv": Download(
            f"{_CLASSES}/classes.tsv",
            "683ac25a986e25b46036f1f4b48cb7e0d0f2e7598baec57051f6fb0507aa3590",
        ),
    },
}
"""Sources of several files; one of a single file is described by its spec."""

_HASHES: Final = {
    "disease_ontology": "e39e5f2052001c1c586fcbc16cab4746b584c386c455d28c17dfa1377d868cb2",
    "pharmacotherapydb": "bc956b0092fab88975a07932b89382a0ed593d3d21df23395440cfd9a067a917",
}
"""Of what a spec's address serves, where the spec does not say."""


def downloads(spec: SourceSpec) -> dict[str, Download]:
    """Return the files of a source that can be downloaded; none: it has to be done by hand."""
    if spec.name in DOWNLOADS:
        return DOWNLOADS[spec.name]
    served = spec.url.rpartition("/")[2]
    if len(spec.files) == 1 and spec.files[0] in (served, f"{served}.gz"):
        sha256 = spec.sha256 or _HASHES.get(spec.name)
        return {spec.files[0]: Download(spec.url, sha256)}
    return {}


def fetch(name: str, data_dir: Path, *, accept: Collection[str] = ()) -> Path:
    """Download the files of a source that are not there yet, and return their folder.

    :param accept: names of sources whose non-commercial licence the user accepts.
    :raises UsageError: there is no such source, or its licence is not accepted.
    :raises NotAvailableError: it must be downloaded by hand, or the address does not answer.
    :raises IntegrityError: what was downloaded has another checksum.
    """
    spec = registry.spec(name)
    if spec.noncommercial and name not in accept:
        raise UsageError(
            f"source {name} is under {spec.licence}; read it at {spec.url} and accept it with "
            f"--accept {name}"
        )
    files = downloads(spec)
    if not files:
        raise NotAvailableError(
            f"source {name} has no address for its files; get {', '.join(spec.files)} from "
            f"{spec.url} and put them into {data_dir / name}"
        )
    folder = data_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, download in files.items():
        if not (folder / file).is_file():
            _retrieve(download, folder / file)
    return folder


def _retrieve(download: Download, target: Path) -> None:
    # pooch loads an HTTP library, which reading local copies does not need.
    import pooch
    import requests

    served = target.with_name(f"{target.name}.part")
    known = f"sha256:{download.sha256}" if download.sha256 else None
    try:
        with _quiet(pooch.get_logger()):
            pooch.retrieve(download.url, known, fname=served.name, path=served.parent)
    except ValueError as error:
        raise IntegrityError(
            f"{download.url} has changed: its sha256 is not {download.sha256}; nothing was kept"
        ) from error
    except (requests.RequestException, OSError) as error:
        raise NotAvailableError(
            f"{download.url} does not answer ({type(error).__name__}); try again, or put the file "
            f"at {target}"
        ) from error
    if target.suffix == ".gz" and not download.url.endswith(".gz"):
        packed = served.with_suffix(".gz.tmp")
        with served.open("rb") as plain, gzip.open(packed, "wb") as file:
            shutil.copyfileobj(plain, file)
        packed.replace(target)
        served.unlink()
    else:
        served.replace(target)


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep pooch from writing to stderr; the caller tells what went wrong."""
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def main(argv: Sequence[str] | None = None) -> int:
    """Download the named sources; return 0, or the exit code of the first error."""
    parser = argparse.ArgumentParser(description="Download sources of the graph.")
    parser.add_argument("names", nargs="+", metavar="NAME", help="of a source")
    parser.add_argument("--data", type=Path, required=True, help="directory to put them in")
    parser.add_argument(
        "--accept", action="append", default=[], metavar="NAME",
        help="accept the non-commercial licence of this source",
    )  # fmt: skip
    options = parser.parse_args(argv)
    code = 0
    for name in options.names:
        try:
            sys.stdout.write(f"{fetch(name, options.data, accept=options.accept)}\n")
        except GraphrxError as error:
            sys.stderr.write(f"{error.message}\n")
            code = code or error.exit_code
    return code


if __name__ == "__main__":
    sys.exit(main())
