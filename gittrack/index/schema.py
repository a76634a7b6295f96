"""The index's tables. A change here needs a new `VERSION`: an index of another one is rebuilt.

A plane is a place that holds configs: 0 is the catalogue, the others are work trees (or the HEAD of
a bare repository), of which only what the catalogue lacks is kept. `summary` is what a config's
records fold to in a plane: for plane 0 from the catalogue's records, for another from both. It
lies in the order of listings.

Every leaf of every config is a row of `param`, clustered by key, so that a condition on one key
reads one run of neighbouring rows. A key is a path with `[]` for list positions, `place` the
positions themselves. Strings are kept once, in `text`. `leaves` is NULL while
only a record of a config is known.
"""

from __future__ import annotations

VERSION = 2

TABLES = """
CREATE TABLE ref (name TEXT PRIMARY KEY, tip TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE plane (n INTEGER PRIMARY KEY, root TEXT NOT NULL UNIQUE);
INSERT INTO plane VALUES (0, 'catalogue');
CREATE TABLE folder (plane INTEGER, path TEXT, stamp TEXT NOT NULL,
  PRIMARY KEY (plane, path)) WITHOUT ROWID;
CREATE TABLE config (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, leaves INTEGER);
CREATE TABLE object (config INTEGER, plane INTEGER, PRIMARY KEY (config, plane)) WITHOUT ROWID;
CREATE TABLE record (config INTEGER, plane INTEGER, name TEXT, created_at TEXT NOT NULL,
  author TEXT NOT NULL, description TEXT, parents TEXT NOT NULL, source TEXT,
  PRIMARY KEY (config, plane, name)) WITHOUT ROWID;
CREATE TABLE summary (plane INTEGER, created_at TEXT, id TEXT, config INTEGER NOT NULL,
  author TEXT NOT NULL, description TEXT NOT NULL, parents TEXT NOT NULL, source TEXT,
  PRIMARY KEY (plane, created_at DESC, id)) WITHOUT ROWID;
CREATE TABLE damaged (plane INTEGER, path TEXT, reason TEXT NOT NULL,
  PRIMARY KEY (plane, path)) WITHOUT ROWID;
CREATE TABLE tag (n INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
CREATE TABLE tagged (tag INTEGER, config_id TEXT, number INTEGER NOT NULL, time INTEGER NOT NULL,
  author TEXT NOT NULL, PRIMARY KEY (tag, config_id)) WITHOUT ROWID;
CREATE TABLE key (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE text (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE param (key INTEGER, config INTEGER, place TEXT, kind INTEGER NOT NULL, value,
  PRIMARY KEY (key, config, place)) WITHOUT ROWID;
"""

INDEXES = """
CREATE INDEX summary_id ON summary (id);
CREATE INDEX summary_config ON summary (config);
CREATE INDEX tagged_config ON tagged (config_id);
CREATE INDEX param_text ON param (value) WHERE kind = 4;
"""

NULL, BOOLEAN, INTEGER, FLOAT, STRING, EMPTY = range(6)
"""The kinds of a leaf, as `param.kind` has them."""
