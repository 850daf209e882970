"""The one tree of errors; each is raised with one line that names the value and the remedy.

::

    GraphrxError                 root; exit code 70
     ├─ UsageError           2   the command was called wrongly
     ├─ InputError           3   a bad patient, file or name in the input
     ├─ SourceError          3   a source file (formulary, public data set) can't be read as told
     │   ├─ BaselineError        more rejected rows than the recorded baseline allows
     │   └─ SchemaError          a statement that the schema forbids
     ├─ NotAvailableError   70   a model, graph, extra or file is missing; says how to get it
     ├─ StoreError          70   a store refused or failed
     │   ├─ StoreAuthError       wrong or missing credentials
     │   ├─ StoreReadOnlyError   the store can't be written
     │   ├─ StoreFullError       the disk or database is full
     │   └─ StoreUnavailableError  no answer, or locked for too long
     └─ IntegrityError      70   a hash or a snapshot does not agree with its manifest
"""

from typing import ClassVar


class GraphrxError(Exception):
    """Root of all errors that graphrx raises on purpose.

    :param message: one line: the value that is wrong, and what to do.
    :param field: the input field it belongs to, for machine-readable results.
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """Keep the line and the field."""
        super().__init__(message)
        self.message = message
        self.field = field


class UsageError(GraphrxError):
    """The command was called wrongly; the line names the option."""

    exit_code = 2


class InputError(GraphrxError):
    """A patient, file or name in the input is wrong; correct the named field."""

    exit_code = 3


class SourceError(GraphrxError):
    """A source can't be read as told; the line names file, entry, value and remedy."""

    exit_code = 3


class BaselineError(SourceError):
    """More rows were rejected than the recorded baseline; read the rejects file."""


class SchemaError(SourceError):
    """A statement breaks the schema: unknown predicate, category or level."""


class NotAvailableError(GraphrxError):
    """Something that must be there is missing; the line says how to get it."""


class StoreError(GraphrxError):
    """A store refused or failed."""


class StoreAuthError(StoreError):
    """Credentials are wrong or missing; set those that the line names."""


class StoreReadOnlyError(StoreError):
    """The store can't be written; check the rights on the path that the line names."""


class StoreFullError(StoreError):
    """The disk or the database is full; nothing of the batch was written."""


class StoreUnavailableError(StoreError):
    """The store does not answer or stays locked; try again or check the address."""


class IntegrityError(GraphrxError):
    """A hash does not agree with its manifest; delete the named path and build it anew."""
