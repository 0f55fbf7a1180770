/**
 * The schema of the index: the same on a registry and on a user's disk. docs/schema.md describes it for readers.
 *
 * Every table but `log` and `meta` is a view of the log, made by `apply`. Rows that a reader joins by are small; the
 * manifest, which is not, has a table of its own.
 */
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';

/** "mpak" in ASCII: tells an index from any other SQLite file. */
export const APPLICATION_ID = 0x6d70616b;

const VERSION_1 = `
  -- What is true of the whole index: see meta.ts.
  CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- The log itself. A registry keeps every line; a client keeps none, only the tree's edge in meta.
  CREATE TABLE log (
    seq  INTEGER PRIMARY KEY,       -- leaf index, from 0
    line BLOB NOT NULL              -- the bytes that are hashed, without a newline
  ) STRICT;

  -- What an artifact's attestations are, as the registry verified and serves them. A registry's own; clients have none.
  CREATE TABLE attestations (
    sha256   TEXT PRIMARY KEY,      -- of the artifact
    document BLOB NOT NULL          -- JSON in GitHub's shape
  ) STRICT, WITHOUT ROWID;

  -- Artifacts that wait for their scan. A registry's own; clients have none.
  CREATE TABLE scan_queue (
    package  TEXT NOT NULL,
    version  TEXT NOT NULL,
    sha256   TEXT NOT NULL,
    request  INTEGER NOT NULL DEFAULT 1,  -- its number: the answer to an earlier one does not end it
    rescan   INTEGER NOT NULL,            -- 1: it was scanned before, and the others come first
    due      INTEGER NOT NULL,            -- not before, in milliseconds since 1970
    kills    INTEGER NOT NULL DEFAULT 0,  -- workers that it ended
    misses   INTEGER NOT NULL DEFAULT 0,  -- how often its bytes were not where they were announced
    failures INTEGER NOT NULL DEFAULT 0,  -- what else failed, for no fault of it
    PRIMARY KEY (package, version, sha256)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX scan_queue_by_due ON scan_queue (rescan, due);
  CREATE INDEX scan_queue_by_scope ON scan_queue (rescan, substr(package, 2, instr(package, '/') - 2), due);

  -- What the newest scan of an artifact said. A registry's own; clients have the entry of the log.
  CREATE TABLE scan_reports (
    package TEXT NOT NULL,
    version TEXT NOT NULL,
    sha256  TEXT NOT NULL,
    report  BLOB NOT NULL,                -- JSON, zstd
    omitted INTEGER NOT NULL,             -- findings that are left out, for its size
    PRIMARY KEY (package, version, sha256)
  ) STRICT, WITHOUT ROWID;

  -- What a registry without a log says of a package, and when it was last said: only in an index that is crawled.
  CREATE TABLE crawled (
    package     TEXT PRIMARY KEY,
    pass        INTEGER NOT NULL,         -- the last look at the whole list that saw it
    round       INTEGER NOT NULL,         -- the sync in which it was new, or its latest version was
    summary     TEXT NOT NULL,            -- SHA-256 of what was said, downloads left out
    original    TEXT,                     -- what its registry calls it; null: the same
    elsewhere   TEXT,                     -- JSON: the same server as packages of other kinds
    versions_at TEXT                      -- when all its versions were asked for; null: since its latest is new, never
  ) STRICT, WITHOUT ROWID;

  -- Versions whose manifest and artifacts are known, not only what a list says: only in an index that is crawled.
  CREATE TABLE crawled_versions (
    version_id INTEGER PRIMARY KEY REFERENCES versions (id),
    at         TEXT NOT NULL              -- when they were asked for
  ) STRICT;

  -- The digests of versions that a registry without a log listed once and does not any more: should it list them again,
  -- these stand.
  CREATE TABLE crawled_digests (
    package TEXT NOT NULL,
    version TEXT NOT NULL,
    os      TEXT NOT NULL,
    arch    TEXT NOT NULL,
    sha256  TEXT NOT NULL,
    PRIMARY KEY (package, version, os, arch)
  ) STRICT, WITHOUT ROWID;

  -- The owners of a scope, each from a position of the log on: the first seen, then whom it was transferred to.
  -- The numeric id stays when an account is renamed, and changes when its name is registered again.
  CREATE TABLE scopes (
    scope    TEXT NOT NULL,         -- lower-cased, without @
    seq      INTEGER NOT NULL,
    owner    TEXT NOT NULL,         -- as GitHub spells it
    owner_id TEXT NOT NULL,
    PRIMARY KEY (scope, seq)
  ) STRICT, WITHOUT ROWID;

  -- Scopes that nobody may announce in, or one account only.
  CREATE TABLE reservations (
    scope    TEXT PRIMARY KEY,      -- lower-cased, without @
    owner_id TEXT,                  -- null: nobody
    reason   TEXT NOT NULL,
    at       TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- A row a name, holding what lists show, taken from its latest version.
  CREATE TABLE packages (
    id                  INTEGER PRIMARY KEY,
    rank                INTEGER NOT NULL UNIQUE,   -- static rank, 1 is best: the order of postings (rank.ts)
    name                TEXT NOT NULL,             -- unique: apply looks before it adds one
    latest_id           INTEGER,                   -- of versions; null: all are revoked or yanked, and postings have none
    latest_version      TEXT,
    display_name        TEXT,
    description         TEXT,
    author_name         TEXT,
    keywords            TEXT NOT NULL DEFAULT '',  -- joined by newlines
    homepage            TEXT,
    license             TEXT,
    icon                TEXT,
    server_type         TEXT,
    repository          TEXT,                      -- of the latest version's provenance
    commit_sha          TEXT,
    certification_level INTEGER,                   -- lowest over the latest version's artifacts; null: not all certified
    published_at        TEXT NOT NULL,             -- of the latest version
    created_at          TEXT NOT NULL,             -- of the first
    name_words          INTEGER NOT NULL DEFAULT 0, -- words of its name without the scope, for the score
    text_words          INTEGER NOT NULL DEFAULT 0, -- words of its description and keywords
    deprecated_at       TEXT,                      -- when its latest version was deprecated; null: it is not
    downloads           INTEGER NOT NULL DEFAULT 0, -- counted by the registry, not in the log
    recent              INTEGER NOT NULL DEFAULT 1 -- 0: there when all were ranked (rank.ts); only where rows lie
  ) STRICT;
  -- Each holds what search reads of a row. What is recent lies together in them, not between all others: a sync writes
  -- few pages. By the name without its scope:
  CREATE INDEX packages_by_base ON packages (recent, substr(name, instr(name, '/') + 1), rank, latest_id);
  CREATE UNIQUE INDEX packages_by_name ON packages (name, rank);
  CREATE INDEX packages_by_downloads ON packages (recent, downloads DESC, name, rank);
  CREATE INDEX packages_by_published ON packages (recent, published_at DESC, name, rank);
  CREATE INDEX packages_deprecated ON packages (deprecated_at, rank) WHERE deprecated_at IS NOT NULL;

  CREATE TABLE versions (
    id             INTEGER PRIMARY KEY,
    package_id     INTEGER NOT NULL REFERENCES packages (id),
    version        TEXT NOT NULL,
    prerelease     INTEGER NOT NULL,               -- by its semver or by its release's flag
    published_at   TEXT NOT NULL,                  -- of its first artifact
    release_tag    TEXT,
    release_url    TEXT,
    publish_method TEXT NOT NULL,                  -- oidc, import
    provenance     TEXT,                           -- JSON as in API.md
    revoked        TEXT,                           -- the reason; null: not revoked
    yanked         TEXT,                           -- why its publisher took it back; null: it is not
    downloads      INTEGER NOT NULL DEFAULT 0,
    UNIQUE (package_id, version)
  ) STRICT;

  CREATE TABLE manifests (
    version_id INTEGER PRIMARY KEY REFERENCES versions (id),
    manifest   TEXT NOT NULL                       -- JSON, of the version's first artifact
  ) STRICT;

  CREATE TABLE artifacts (
    id                  INTEGER PRIMARY KEY,
    version_id          INTEGER NOT NULL REFERENCES versions (id),
    os                  TEXT NOT NULL,
    arch                TEXT NOT NULL,
    filename            TEXT NOT NULL,
    sha256              TEXT NOT NULL,
    size                INTEGER NOT NULL,          -- bytes
    url                 TEXT NOT NULL,
    attestation_sha256  TEXT,
    attestation_type    TEXT,                      -- predicate type
    certification_level INTEGER,
    state               TEXT NOT NULL DEFAULT 'available', -- or gone, changed: what was found at its url
    seq                 INTEGER NOT NULL,          -- its entry's position in the log
    UNIQUE (version_id, os, arch)
  ) STRICT;

  -- The tools of a package's latest version, in the order of its manifest.
  CREATE TABLE tools (
    package_id  INTEGER NOT NULL REFERENCES packages (id),
    position    INTEGER NOT NULL,
    name        TEXT NOT NULL,
    description TEXT,
    PRIMARY KEY (package_id, position)
  ) STRICT, WITHOUT ROWID;

  -- Every certification of an artifact; the newest (highest seq) counts.
  CREATE TABLE certifications (
    seq      INTEGER PRIMARY KEY,
    package  TEXT NOT NULL,
    version  TEXT NOT NULL,
    sha256   TEXT NOT NULL,
    level    INTEGER NOT NULL,
    controls TEXT NOT NULL,                        -- JSON: result by control id
    scanner  TEXT NOT NULL,                        -- JSON: name, version
    at       TEXT NOT NULL
  ) STRICT;
  CREATE INDEX certifications_by_sha256 ON certifications (sha256, seq);

  CREATE TABLE deprecations (
    seq        INTEGER PRIMARY KEY,
    package    TEXT NOT NULL,
    versions   TEXT NOT NULL,                      -- a semver range; * for all
    message    TEXT NOT NULL,                      -- empty: deprecated no longer
    successor  TEXT,
    provenance TEXT,                               -- JSON, of the publisher; null: the operator said so
    at         TEXT NOT NULL
  ) STRICT;
  CREATE INDEX deprecations_by_package ON deprecations (package);

  -- Kept by name: a package can be revoked before it is published, and then never appears.
  CREATE TABLE revocations (
    seq      INTEGER PRIMARY KEY,
    package  TEXT NOT NULL,
    versions TEXT NOT NULL,                        -- a semver range; * for all, those to come too
    reason   TEXT NOT NULL,
    at       TEXT NOT NULL
  ) STRICT;
  CREATE INDEX revocations_by_package ON revocations (package);

  -- The keys that the log's own rotate-key entries name.
  CREATE TABLE rotations (
    seq       INTEGER PRIMARY KEY,
    old_kid   TEXT NOT NULL,
    new_key   TEXT NOT NULL,                       -- JSON, a public JWK
    signature TEXT NOT NULL,
    at        TEXT NOT NULL
  ) STRICT;

  -- For each word the packages that hold it, by rank (posting-blocks.ts); df is the sum of counts.
  CREATE TABLE postings (
    recent INTEGER NOT NULL,                       -- 1: of ranks that are new since all were ranked
    term   TEXT NOT NULL,
    first  INTEGER NOT NULL,                       -- the lowest rank in the block
    count  INTEGER NOT NULL,                       -- packages in the block
    block  BLOB NOT NULL,
    PRIMARY KEY (recent, term, first)
  ) STRICT, WITHOUT ROWID;

  -- Which words are in postings, as a Bloom filter (word-filter.ts).
  CREATE TABLE word_filter (
    block INTEGER PRIMARY KEY,                     -- from 0
    words INTEGER NOT NULL,                        -- that changed its bits
    bits  BLOB NOT NULL                            -- 16,000
  ) STRICT;

  -- What packages are filtered and scored by, by rank (facets.ts).
  CREATE TABLE facets (
    block INTEGER PRIMARY KEY,                     -- of 256 ranks
    bytes BLOB NOT NULL                            -- seven a rank
  ) STRICT;
`;

/** Each step brings an index from the version of its position to the next. Steps are never edited once released. */
export const MIGRATIONS: readonly string[] = [VERSION_1];

/**
 * Creates the schema in an empty database, or brings an older one forward, in one transaction.
 * @throws MpakError SCHEMA_NEWER, INDEX_UNREADABLE
 */
export function migrate(db: Database.Database, migrations: readonly string[] = MIGRATIONS): void {
  // What is up to date is opened while somebody else writes.
  if (readVersion(db, migrations.length) === migrations.length) return;
  db.transaction(() => {
    const version = readVersion(db, migrations.length);
    if (version === migrations.length) return;
    if (version === 0) db.pragma(`application_id = ${APPLICATION_ID}`);
    for (const step of migrations.slice(version)) db.exec(step);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

/**
 * The schema's version; 0 for an empty database.
 * @throws MpakError SCHEMA_NEWER when it is newer than ours, INDEX_UNREADABLE when it is no index of mpak
 */
export function readVersion(db: Database.Database, newest: number = MIGRATIONS.length): number {
  const version = Number(db.pragma('user_version', { simple: true }));
  const application = Number(db.pragma('application_id', { simple: true }));
  const empty = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
  if (empty && version === 0 && application === 0) return 0;
  if (application !== APPLICATION_ID || version < 1) {
    throw new MpakError('INDEX_UNREADABLE', `${db.name} is not an mpak index.`, {
      hint: 'Move the file away and run the command again.',
    });
  }
  if (version > newest) {
    throw new MpakError(
      'SCHEMA_NEWER',
      `${db.name} has schema ${version}, and this mpak knows schemas up to ${newest}.`,
      { hint: 'A newer mpak wrote it. Update mpak; the index stays as it is.' },
    );
  }
  return version;
}
