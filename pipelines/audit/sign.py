"""Signatures of the site: HMAC-SHA256 with a key that a file holds."""

import hashlib
import hmac
from pathlib import Path
from typing import Final

from graphrx.kg.errors import InputError
from graphrx.pipelines.audit.record import Record

MIN_BYTES: Final = 16
"""Shortest key in bytes; 32 random ones are better (``openssl rand -hex 32``)."""


def load_key(path: str | None) -> bytes | None:
    """The site's key, without the white space at its ends; None where no file is named.

    :raises InputError: when the file can't be read or its key is too short.
    """
    if not path:
        return None
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise InputError(f"key file {path}: can't be read ({error.strerror})") from None
    if len(key) < MIN_BYTES:
        raise InputError(
            f"key file {path}: {len(key)} bytes are too few; write one with: openssl rand -hex 32"
        )
    return key


def signature(record: Record, key: bytes) -> str:
    """The signature that a record should carry."""
    return hmac.new(key, record.signed_text, hashlib.sha256).hexdigest()


def is_signed(record: Record, key: bytes) -> bool:
    """True when the record carries a signature of this key."""
    return hmac.compare_digest(record.signature or "", signature(record, key))
