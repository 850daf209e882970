"""The tables of the embedded store; a change of them is a new ``SCHEMA_VERSION``."""

from typing import Final

from graphrx.kg.store.terms import TABLE as TERMS_TABLE

TABLES: Final = f"""
CREATE TABLE nodes (
    n INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, id TEXT NOT NULL, category TEXT NOT NULL,
    name TEXT NOT NULL, name_zh TEXT, names TEXT NOT NULL, xrefs TEXT NOT NULL,
    attributes TEXT NOT NULL, source TEXT NOT NULL);
CREATE INDEX nodes_by_id ON nodes (id);
CREATE TABLE names (
    key TEXT NOT NULL, node INTEGER NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (key, node, position)) WITHOUT ROWID;
CREATE INDEX names_by_node ON names (node);
{TERMS_TABLE};
CREATE TABLE triples (
    n INTEGER PRIMARY KEY, subject INTEGER NOT NULL, predicate INTEGER NOT NULL,
    object INTEGER NOT NULL, qualifiers INTEGER NOT NULL,
    UNIQUE (subject, predicate, object, qualifiers));
CREATE INDEX triples_into ON triples (object, predicate);
CREATE TABLE evidence (
    triple INTEGER NOT NULL REFERENCES triples (n), key BLOB NOT NULL, source INTEGER NOT NULL,
    level INTEGER NOT NULL, agent INTEGER NOT NULL, run INTEGER, model INTEGER,
    locator TEXT NOT NULL, confidence REAL, notes TEXT, publications TEXT, document TEXT,
    span_start INTEGER, span_end INTEGER, PRIMARY KEY (triple, key)) WITHOUT ROWID;
CREATE TABLE coverage (
    drug TEXT NOT NULL, "check" TEXT NOT NULL, source TEXT NOT NULL, section TEXT NOT NULL,
    date TEXT NOT NULL, PRIMARY KEY (drug, "check", source, section, date)) WITHOUT ROWID;
CREATE TABLE sources (
    key BLOB PRIMARY KEY, id TEXT NOT NULL, title TEXT NOT NULL, version TEXT NOT NULL,
    date TEXT NOT NULL, licence TEXT NOT NULL, url TEXT NOT NULL, level TEXT NOT NULL,
    trusted INTEGER NOT NULL) WITHOUT ROWID;
"""
