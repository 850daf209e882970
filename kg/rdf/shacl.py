"""Check an export against the shapes that ship with the package (``shapes.ttl``)."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from graphrx.kg.errors import NotAvailableError
from graphrx.kg.rdf.parse import quad_parser

SHAPES: Final = Path(__file__).with_name("shapes.ttl")


@dataclass(frozen=True, slots=True)
class ShapeReport:
    """Whether a file conforms, and what does not, one line each."""

    conforms: bool
    problems: tuple[str, ...]


def check_shapes(path: Path) -> ShapeReport:
    """Validate a Turtle or N-Quads file; it is read whole, so this is for samples.

    :raises NotAvailableError: pyshacl is not installed.
    """
    try:
        pyshacl: Any = import_module("pyshacl")
        rdflib: Any = import_module("rdflib")
    except ImportError:
        raise NotAvailableError(
            "checking shapes needs pyshacl; pip install 'graphrx[rdf]'"
        ) from None
    graph = rdflib.Graph()
    if path.suffix == ".nq":  # checked as the union of its graphs
        found: list[Any] = []
        parser = quad_parser(found)
        with path.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                parser.line = line.rstrip("\n")
                parser.parseline()
        for triple in found:
            graph.add(triple)
    else:
        graph.parse(path, format="turtle")
    shapes = rdflib.Graph().parse(SHAPES, format="turtle")
    conforms, report, _ = pyshacl.validate(graph, shacl_graph=shapes)
    shacl = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    problems = sorted(
        f"{report.value(result, shacl.focusNode)}: {report.value(result, shacl.resultPath)}: "
        f"{report.value(result, shacl.resultMessage)}"
        for result in report.subjects(rdflib.RDF.type, shacl.ValidationResult)
    )
    return ShapeReport(bool(conforms), tuple(problems))
