"""Triples out of Turtle and N-Quads files as a stream, a piece at a time.

Lines laid out as :mod:`graphrx.kg.rdf.write` lays them out are matched by one pattern each, twenty
times as fast; whatever looks different, and every mistake, goes to rdflib.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final

from graphrx.kg.errors import InputError, NotAvailableError
from graphrx.kg.rdf.recall import Fact
from graphrx.kg.rdf.terms import RDF

_IRI: Final = r'<([^<>"{}|^`\\\x00-\x20]+:[^<>"{}|^`\\\x00-\x20]*)>'
_STRING: Final = r'"((?:[^"\\\n\r]|\\.)*)"(?:@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^' + _IRI + ")?"
_QUAD: Final = re.compile(rf"{_IRI} {_IRI} (?:{_IRI}|{_STRING}) {_IRI} \.\n?")
_NAME: Final = r"(\w+:\w[\w-]*)"
_SUBJECT: Final = re.compile(rf"(?:{_IRI}|{_NAME})")
_PAIR: Final = re.compile(rf"    (?:{_IRI}|{_NAME}|a) (?:{_IRI}|{_NAME}|{_STRING}) ([;.])")

_PIECE: Final = 1 << 20  # characters; what one call of the parser gets, at least

# A Turtle statement ends at a dot that stands outside IRIs, strings and comments and is followed
# by white space; a dot within a name or number is not.
_TOKEN: Final = re.compile(
    r'<[^<>"{}|^`\\\s]*>'
    r'|"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?!"")(?:[^"\\\n\r]|\\.)*"'
    r"|'(?!'')(?:[^'\\\n\r]|\\.)*'"
    r"|\#[^\n\r]*[\n\r]"
    r"|(?P<end>\.(?=\s))"
    r"|(?P<open>[<\"'#])",  # begins here and does not end in what was read so far
    re.DOTALL,
)
_RDF_TYPE: Final = RDF + "type"
_PREFIX: Final = re.compile(r"prefix\s+(\w*):\s*<([^<>]*)>", re.IGNORECASE)
_DECLARATION: Final = re.compile(
    r"(?:\s|\#[^\n]*\n)*(?:@?prefix\s+[^\s:]*:|@?base)\s*<[^<>]*>\s*\.?", re.IGNORECASE
)


def facts(path: Path) -> Iterator[Fact]:
    """Iterate over the triples of a ``.ttl`` or ``.nq`` file.

    :raises NotAvailableError: rdflib is not installed.
    :raises InputError: the file is not there or not valid; the message says where.
    """
    rdflib()
    with _readable(path), path.open(encoding="utf-8", newline="") as text:
        if path.suffix == ".nq":
            yield from _quads(text, path)
        else:
            yield from _turtle(text, path)


def rdflib() -> Any:
    """Return the library.

    :raises NotAvailableError: it is not installed.
    """
    try:
        return import_module("rdflib")
    except ImportError:
        raise NotAvailableError("reading RDF needs rdflib; pip install 'graphrx[rdf]'") from None


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 ({error.reason}); export it again") from None
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror or error}") from None


def _quads(text: IO[str], path: Path) -> Iterator[Fact]:
    from rdflib.exceptions import ParserError

    pending: list[tuple[Any, Any, Any]] = []
    parser = quad_parser(pending)
    for number, line in enumerate(text, start=1):
        if simple := _QUAD.fullmatch(line):
            subject, predicate, value, string = simple.group(1, 2, 3, 4)
            yield subject, predicate, _plain(string) if value is None else value
            continue
        parser.line = line.rstrip("\r\n")
        try:
            parser.parseline()
        except ParserError as error:
            reason = " ".join(str(error).split())[:160]
            raise InputError(
                f"{path} line {number} is not N-Quads ({reason}); export it again"
            ) from None
        for fact in pending:
            yield str(fact[0]), str(fact[1]), str(fact[2])
        pending.clear()


def quad_parser(found: list[tuple[Any, Any, Any]]) -> Any:
    """Return a parser whose ``parseline()`` adds the triple of its ``line``, as rdflib's terms."""
    from rdflib.plugins.parsers.ntriples import W3CNTriplesParser, r_tail, r_wspace

    class QuadParser(W3CNTriplesParser):
        """rdflib's own fills a Dataset, which is deprecated in parts; this one hands on."""

        def parseline(self, bnode_context: Any = None) -> None:
            self.eat(r_wspace)
            if not self.line or self.line.startswith("#"):
                return
            subject = self.subject(bnode_context)
            self.eat(r_wspace)
            predicate = self.predicate()
            self.eat(r_wspace)
            value = self.object(bnode_context)
            self.eat(r_wspace)
            self.uriref() or self.nodeid(bnode_context)
            self.eat(r_tail)
            if self.line:
                from rdflib.exceptions import ParserError

                raise ParserError(f"after the full stop: {self.line}")
            found.append((subject, predicate, value))

    return QuadParser()


def _turtle(text: IO[str], path: Path) -> Iterator[Fact]:
    from rdflib import Graph
    from rdflib.exceptions import ParserError
    from rdflib.plugins.parsers.notation3 import BadSyntax

    prefixes = ""
    for line, piece, declared in _pieces(text):
        prefixes += declared
        if (simple := _simple(piece[len(declared) - 1 :], prefixes)) is not None:
            yield from simple
            continue
        graph = Graph()
        try:
            graph.parse(data=prefixes + piece, format="turtle")
        except (BadSyntax, ParserError, ValueError, IndexError) as error:
            reason = " ".join(str(getattr(error, "_why", error)).split())[:160]
            raise InputError(
                f"{path}: not Turtle in or after line {line} ({reason}); export it again"
            ) from None
        for subject in sorted(set(map(str, graph.subjects()))):
            yield from _of(graph, subject)


def _simple(piece: str, prefixes: str) -> list[Fact] | None:
    """Return the triples of a piece in our layout; None when it is in another."""
    known = dict(_PREFIX.findall(prefixes))
    found: list[Fact] = []
    subject: str | None = None
    try:
        for line in piece.split("\n"):
            if subject is None:
                if not line:
                    continue
                start = _SUBJECT.fullmatch(line)
                if start is None:
                    return None
                subject = start[1] or _whole(start[2], known)
            else:
                pair = _PAIR.fullmatch(line)
                if pair is None:
                    return None
                iri, name, value, value_name, string, _, stop = pair.groups()
                predicate = iri or (_whole(name, known) if name else _RDF_TYPE)
                if value is None:
                    value = _whole(value_name, known) if value_name else _plain(string)
                found.append((subject, predicate, value))
                if stop == ".":
                    subject = None
    except KeyError:  # a prefix that rdflib will complain about
        return None
    return found if subject is None else None


def _whole(name: str, known: dict[str, str]) -> str:
    prefix, _, local = name.partition(":")
    return known[prefix] + local


def _plain(string: str) -> str:
    if "\\" not in string:
        return string
    from rdflib.compat import decodeUnicodeEscape

    decoded: str = decodeUnicodeEscape(string)
    return decoded


def _of(graph: Any, subject: str) -> Iterator[Fact]:
    from rdflib import URIRef

    for predicate, value in graph.predicate_objects(URIRef(subject)):
        yield subject, str(predicate), str(value)


def _pieces(text: IO[str]) -> Iterator[tuple[int, str, str]]:
    """Cut Turtle into pieces of whole statements: (first line, text, prefixes declared in it)."""
    rest, line = "", 1
    while True:
        read = text.read(_PIECE)
        whole = rest + read
        # Without more to come, all that is left is the last piece.
        end = _last_end(whole) if read else len(whole)
        piece, rest = whole[:end], whole[end:]
        if piece.strip():
            at = 0
            while declaration := _DECLARATION.match(piece, at):
                at = declaration.end()
            yield line, piece, piece[:at] + "\n"
        line += piece.count("\n")
        if not read:
            return


def _last_end(text: str) -> int:
    """Return where the last whole statement ends; 0 when there is none."""
    end = 0
    for token in _TOKEN.finditer(text):
        if token["open"]:
            break
        if token["end"]:
            end = token.end()
    return end
