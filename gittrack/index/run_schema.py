"""The tables of the index of runs. A change here needs a new `VERSION`: another one is rebuilt.

A run is a row of `run`, whether it is sealed (`place` is its directory in the tree of its
experiment's ref) or only in a journal still (`place` is NULL, `journal` the file's name). What
belongs to a run is clustered by run, so that a run is read, replaced and removed as one stretch of
neighbouring rows; the indexes on (key, value, run) answer conditions without touching the tables.

Times are microseconds since the epoch. A float NaN is kept as NULL: such a row says that the value
was logged, and no comparison matches it. Keys of parameters are flattened, keys joined by dots as
they are; a list as a whole is kind `LIST` (its JSON text), its scalar elements are rows of the
key with `[]` behind it, `place` telling the position (`0`, or `0,2`).
"""

from __future__ import annotations

from gittrack.index.schema import BOOLEAN, EMPTY, FLOAT, INTEGER, NULL, STRING

__all__ = ["BOOLEAN", "EMPTY", "FLOAT", "INTEGER", "LIST", "NULL", "STRING"]

VERSION = 4

LIST = 6
"""The kind of a list as a whole; the others are those of `index.schema`."""

TABLES = """
CREATE TABLE ref (name TEXT PRIMARY KEY, tip TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE experiment (n INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL, created_at TEXT, description TEXT, tags TEXT, facts TEXT, summary TEXT,
  next_number INTEGER);
CREATE TABLE run (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, experiment INTEGER NOT NULL,
  name TEXT NOT NULL, number INTEGER, trial INTEGER, status TEXT NOT NULL,
  started INTEGER NOT NULL, ended INTEGER, config TEXT, parent TEXT, head TEXT, branch TEXT,
  code TEXT, host TEXT, user TEXT, notes TEXT, place TEXT, journal TEXT, detail TEXT);
CREATE TABLE run_key (n INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL,
  UNIQUE (kind, name));
CREATE TABLE run_metric (run INTEGER, key INTEGER, value REAL, step INTEGER, objective INTEGER,
  PRIMARY KEY (run, key)) WITHOUT ROWID;
CREATE TABLE run_series (run INTEGER, key INTEGER, count INTEGER NOT NULL, first REAL,
  min REAL, min_step INTEGER, max REAL, max_step INTEGER, mean REAL,
  PRIMARY KEY (run, key)) WITHOUT ROWID;
CREATE TABLE run_param (run INTEGER, key INTEGER, place TEXT, kind INTEGER NOT NULL, value,
  PRIMARY KEY (run, key, place)) WITHOUT ROWID;
CREATE TABLE run_tag (run INTEGER, key INTEGER, value TEXT NOT NULL,
  PRIMARY KEY (run, key)) WITHOUT ROWID;
CREATE TABLE run_validation (run INTEGER, key INTEGER, passed INTEGER NOT NULL,
  violations INTEGER NOT NULL, metrics TEXT, PRIMARY KEY (run, key)) WITHOUT ROWID;
CREATE TABLE run_artifact (run INTEGER, path TEXT, size INTEGER NOT NULL, type TEXT,
  sha256 TEXT NOT NULL, store TEXT NOT NULL, PRIMARY KEY (run, path)) WITHOUT ROWID;
CREATE TABLE code (commit_id TEXT PRIMARY KEY, tree TEXT, remote TEXT, dirty INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE run_model (ref TEXT, run_id TEXT, model TEXT, version INTEGER,
  PRIMARY KEY (run_id, ref, version)) WITHOUT ROWID;
CREATE TABLE journal (name TEXT PRIMARY KEY, inode INTEGER NOT NULL, size INTEGER NOT NULL,
  run_id TEXT, end INTEGER NOT NULL, state TEXT) WITHOUT ROWID;
CREATE TABLE damaged (ref TEXT, place TEXT, reason TEXT NOT NULL,
  PRIMARY KEY (ref, place)) WITHOUT ROWID;
"""

INDEXES = """
CREATE INDEX run_started ON run (started DESC, id);
CREATE INDEX run_experiment ON run (experiment, started DESC, id);
CREATE INDEX run_parent ON run (parent) WHERE parent IS NOT NULL;
CREATE INDEX run_config ON run (config) WHERE config IS NOT NULL;
CREATE INDEX run_journal ON run (journal) WHERE journal IS NOT NULL;
CREATE INDEX metric_value ON run_metric (key, value, run);
CREATE INDEX series_key ON run_series (key, run);
CREATE INDEX param_value ON run_param (key, value, run, kind);
CREATE INDEX tag_value ON run_tag (key, value, run);
CREATE INDEX validation_key ON run_validation (key, run);
"""
