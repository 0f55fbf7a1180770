/**
 * Turns log entries into rows and posting lists. A registry and its clients run the same function over the same
 * schema, so their tables are equal when their logs are.
 *
 * It never fails on what an entry says. An entry that breaks a rule a registry must keep (an artifact published
 * twice, a certification of nothing) is in the log for good, so it is passed over, the same way everywhere.
 */
import type Database from 'better-sqlite3';
import semver from 'semver';
import type {
  AssetEntry,
  CertifyEntry,
  DeprecateEntry,
  Entry,
  Manifest,
  Provenance,
  PublishEntry,
  ReserveEntry,
  RevokeEntry,
  RotateKeyEntry,
  TransferScopeEntry,
  YankEntry,
} from '../log/entry.ts';
import { manifestColumns, type PackageRow, prepareStatements, type VersionRow } from './apply-sql.ts';
import { type Document, type DocumentWords, DocumentWriter, documentOf, wordsOf } from './document.ts';
import { FacetsWriter } from './facets.ts';

/** What an entry did, for telling the user. */
export type Change =
  | {
      kind: 'new' | 'updated' | 'certified' | 'deprecated' | 'revoked' | 'yanked' | 'asset';
      package: string;
      version: string;
    }
  | { kind: 'scope'; scope: string }
  | { kind: 'key' }
  | { kind: 'none' };

const NOTHING: Change = { kind: 'none' };

/**
 * Applies entries in the order of the log. Make one for a transaction, call `apply` for each entry and `flush` before
 * the transaction ends.
 */
export class Applier {
  readonly #sql: ReturnType<typeof prepareStatements>;
  readonly #documents: DocumentWriter;
  readonly #facets: FacetsWriter;
  /** Packages of which something may have changed that they are filtered by: ids. */
  readonly #filtered = new Set<number>();
  /** What the next new rows get: nobody else writes during the transaction. */
  readonly #next: { packageId: number; rank: number; versionId: number };
  /** Most logs revoke little: while nothing is, new versions need not be looked up. */
  #anyRevocation: boolean;
  /** The same of deprecations. */
  #anyDeprecation: boolean;

  constructor(db: Database.Database) {
    this.#sql = prepareStatements(db);
    this.#documents = new DocumentWriter(db);
    this.#facets = new FacetsWriter(db);
    this.#next = this.#sql.next.get() as { packageId: number; rank: number; versionId: number };
    this.#anyRevocation = this.#sql.anyRevocation.get() !== undefined;
    this.#anyDeprecation = this.#sql.anyDeprecation.get() !== undefined;
  }

  /** @param seq the entry's position in the log, from 0 */
  apply(seq: number, entry: Entry): Change {
    switch (entry.kind) {
      case 'publish':
        return this.#publish(seq, entry);
      case 'certify':
        return this.#certify(seq, entry);
      case 'deprecate':
        return this.#deprecate(seq, entry);
      case 'revoke':
        return this.#revoke(seq, entry);
      case 'rotate-key':
        return this.#rotateKey(seq, entry);
      case 'yank':
        return this.#yank(entry);
      case 'asset':
        return this.#asset(entry);
      case 'transfer-scope':
        return this.#transferScope(seq, entry);
      case 'reserve':
        return this.#reserve(entry);
    }
  }

  /** Writes what search reads. Call it before the transaction ends. */
  flush(): void {
    this.#documents.flush();
    this.#facets.write(this.#filtered);
    this.#filtered.clear();
  }

  #publish(seq: number, entry: PublishEntry): Change {
    const sql = this.#sql;
    const known = sql.package.get(entry.package);
    const existing = known && sql.version.get(known.id, entry.version);
    if (known !== undefined) this.#filtered.add(known.id);
    if (known !== undefined && existing !== undefined) {
      // The same platform of the same version again: the first one stands.
      if (!this.#insertArtifact(seq, existing.id, entry)) return NOTHING;
      sql.refreshLevel.run(known.id);
    } else {
      const row = known ?? this.#newPackage(entry);
      const version = this.#newVersion(entry);
      const latest = row.latest_id === null ? undefined : sql.versionById.get(row.latest_id);
      if (version.revoked === null && outranks(version, latest)) {
        this.#setLatest(row, version, entry.manifest);
      } else if (known === undefined) {
        sql.insertPackage.run(row.id, row.rank, row.name, entry.at, entry.at);
      }
      this.#insertVersion(row.id, version, entry);
      this.#insertArtifact(seq, version.id, entry);
    }
    const scope = entry.package.slice(1, entry.package.indexOf('/'));
    if (entry.provenance !== null && sql.ownedScope.get(scope) === undefined) {
      const { owner, owner_id } = entry.provenance.claims;
      sql.insertScope.run(scope, seq, owner, owner_id);
    }
    return { kind: known === undefined ? 'new' : 'updated', package: entry.package, version: entry.version };
  }

  /** A package that has no row yet. */
  #newPackage(entry: PublishEntry): PackageRow {
    const { packageId, rank } = this.#next;
    this.#next.packageId += 1;
    this.#next.rank += 1;
    this.#filtered.add(packageId);
    return { id: packageId, rank, name: entry.package, latest_id: null, created_at: entry.at };
  }

  /** A version that has no row yet. */
  #newVersion(entry: PublishEntry): VersionRow {
    const id = this.#next.versionId;
    this.#next.versionId += 1;
    return {
      id,
      version: entry.version,
      prerelease: entry.prerelease || semver.prerelease(entry.version) !== null ? 1 : 0,
      published_at: entry.at,
      provenance: entry.provenance === null ? null : JSON.stringify(entry.provenance),
      revoked: this.#revocationOf(entry.package, entry.version),
      yanked: null,
    };
  }

  #insertVersion(packageId: number, version: VersionRow, entry: PublishEntry): void {
    this.#sql.insertVersion.run({
      ...version,
      packageId,
      releaseTag: entry.release?.tag ?? null,
      releaseUrl: entry.release?.url ?? null,
      publishMethod: entry.provenance === null ? 'import' : 'oidc',
    });
    this.#sql.insertManifest.run(version.id, JSON.stringify(entry.manifest));
  }

  /** False when the version has one for that platform. */
  #insertArtifact(seq: number, versionId: number, { artifact, attestation }: PublishEntry): boolean {
    const inserted = this.#sql.insertArtifact.run(
      versionId,
      artifact.os,
      artifact.arch,
      artifact.filename,
      artifact.sha256,
      artifact.size,
      artifact.url,
      attestation?.sha256 ?? null,
      attestation?.predicateType ?? null,
      seq,
    );
    return inserted.changes === 1;
  }

  #certify(seq: number, entry: CertifyEntry): Change {
    const sql = this.#sql;
    const row = sql.package.get(entry.package);
    if (row === undefined) return NOTHING;
    this.#filtered.add(row.id);
    const changed = sql.setArtifactLevel.run(entry.level, row.id, entry.version, entry.sha256);
    if (changed.changes === 0) return NOTHING;
    sql.insertCertification.run({
      seq,
      package: entry.package,
      version: entry.version,
      sha256: entry.sha256,
      level: entry.level,
      controls: JSON.stringify(entry.controls),
      scanner: JSON.stringify(entry.scanner),
      at: entry.at,
    });
    sql.refreshLevel.run(row.id);
    return { kind: 'certified', package: entry.package, version: entry.version };
  }

  #deprecate(seq: number, entry: DeprecateEntry): Change {
    const { successor, provenance } = entry;
    this.#sql.insertDeprecation.run(
      seq,
      entry.package,
      entry.versions,
      entry.message,
      successor ?? null,
      provenance === undefined ? null : JSON.stringify(provenance),
      entry.at,
    );
    this.#anyDeprecation = true;
    const row = this.#sql.package.get(entry.package);
    if (row === undefined) return NOTHING;
    const latest = row.latest_id === null ? undefined : this.#sql.versionById.get(row.latest_id);
    if (latest !== undefined) this.#refreshDeprecation(row, latest);
    return { kind: 'deprecated', package: entry.package, version: entry.versions };
  }

  #revoke(seq: number, entry: RevokeEntry): Change {
    const sql = this.#sql;
    sql.insertRevocation.run(seq, entry.package, entry.versions, entry.reason, entry.at);
    this.#anyRevocation = true;
    const row = sql.package.get(entry.package);
    if (row === undefined) return NOTHING;
    for (const { id, version } of sql.versions.all(row.id)) {
      if (covers(entry.versions, version)) sql.setRevoked.run(entry.reason, id);
    }
    this.#chooseLatest(row);
    return { kind: 'revoked', package: entry.package, version: entry.versions };
  }

  /** Only what is there: a version that is yet to come is taken back by not publishing it. */
  #yank(entry: YankEntry): Change {
    const sql = this.#sql;
    const row = sql.package.get(entry.package);
    const version = row && sql.version.get(row.id, entry.version);
    if (row === undefined || version === undefined) return NOTHING;
    if (sql.setYanked.run(entry.reason, version.id).changes === 0) return NOTHING;
    this.#chooseLatest(row);
    return { kind: 'yanked', package: entry.package, version: entry.version };
  }

  #asset(entry: AssetEntry): Change {
    const row = this.#sql.package.get(entry.package);
    if (row === undefined) return NOTHING;
    const changed = this.#sql.setAssetState.run(entry.state, row.id, entry.version, entry.sha256);
    if (changed.changes === 0) return NOTHING;
    return { kind: 'asset', package: entry.package, version: entry.version };
  }

  #transferScope(seq: number, { scope, owner, owner_id }: TransferScopeEntry): Change {
    this.#sql.insertScope.run(scope, seq, owner, owner_id);
    return { kind: 'scope', scope };
  }

  #reserve({ scope, reserved, owner_id, reason, at }: ReserveEntry): Change {
    if (reserved) this.#sql.reserveScope.run(scope, owner_id, reason, at);
    else this.#sql.freeScope.run(scope);
    return { kind: 'scope', scope };
  }

  #rotateKey(seq: number, entry: RotateKeyEntry): Change {
    const { kty, crv, x } = entry.new_key;
    const key = JSON.stringify({ kty, crv, x });
    this.#sql.insertRotation.run(seq, entry.old_kid, key, entry.signature, entry.at);
    return { kind: 'key' };
  }

  /** The reason of the newest revocation that covers a version, or null. */
  #revocationOf(name: string, version: string): string | null {
    if (!this.#anyRevocation) return null;
    for (const revocation of this.#sql.revocations.all(name)) {
      if (covers(revocation.versions, version)) return revocation.reason;
    }
    return null;
  }

  /** When the latest version was deprecated, for search. */
  #refreshDeprecation(row: PackageRow, { version }: VersionRow): void {
    if (!this.#anyDeprecation) return;
    const decisive = decisiveDeprecation(this.#sql.deprecations.all(row.name), version);
    this.#sql.setDeprecated.run(decisive && decisive.message !== '' ? decisive.at : null, row.id);
  }

  /** Chooses the latest of the versions that are left, after one was revoked or yanked. */
  #chooseLatest(row: PackageRow): void {
    const sql = this.#sql;
    this.#filtered.add(row.id);
    let latest: VersionRow | undefined;
    for (const version of sql.versions.all(row.id)) {
      if (version.revoked === null && version.yanked === null && outranks(version, latest)) latest = version;
    }
    if (latest?.id === row.latest_id) return;
    if (latest !== undefined) {
      this.#setLatest(row, latest, JSON.parse(sql.manifest.get(latest.id) as string) as Manifest);
      sql.refreshLevel.run(row.id);
    } else if (row.latest_id !== null) {
      this.#documents.change(row.rank, this.#wordsOf(row).terms, new Map());
      sql.deleteTools.run(row.id);
      sql.clearLatest.run(row.id);
    }
  }

  /** Takes the package's row, tools and words from a version; the package's row may be new, the version's to come. */
  #setLatest(row: PackageRow, version: VersionRow, manifest: Manifest): void {
    const sql = this.#sql;
    const provenance =
      version.provenance === null ? undefined : (JSON.parse(version.provenance) as Provenance);
    const before = row.latest_id === null ? undefined : this.#wordsOf(row);
    if (before !== undefined) sql.deleteTools.run(row.id);
    const document = documentOf(row.name, manifest);
    const words = wordsOf(document);
    sql.setLatest.run({
      ...row,
      ...document,
      nameWords: words.name,
      textWords: words.text,
      versionId: version.id,
      version: version.version,
      ...manifestColumns(manifest),
      repository: provenance?.repository ?? null,
      commitSha: provenance?.sha ?? null,
      publishedAt: version.published_at,
    });
    for (const [position, tool] of document.tools.entries()) {
      sql.insertTool.run(row.id, position, tool.name, tool.description);
    }
    this.#documents.change(row.rank, before?.terms ?? new Map(), words.terms);
    this.#refreshDeprecation(row, version);
  }

  /** The words of a package, as the tables are now. */
  #wordsOf(row: PackageRow): DocumentWords {
    const text = this.#sql.documentText.get(row.id) as Omit<Document, 'tools'>;
    return wordsOf({ ...text, tools: this.#sql.tools.all(row.id) });
  }
}

/** Whether a range of a revocation or deprecation covers a version; prereleases count as inside. */
export function covers(range: string, version: string): boolean {
  return semver.satisfies(version, range, { includePrerelease: true });
}

/**
 * The statement that decides about a version: the operator's newest while it deprecates, which no publisher takes back,
 * else the newest of all.
 * @param statements of one package, newest first
 */
export function decisiveDeprecation<
  R extends { readonly versions: string; readonly message: string; readonly by_publisher: boolean | number },
>(statements: readonly R[], version: string): R | undefined {
  const covering = statements.filter(({ versions }) => covers(versions, version));
  const operators = covering.find(({ by_publisher }) => !by_publisher);
  return operators !== undefined && operators.message !== '' ? operators : covering[0];
}

/** Whether a version comes before the best so far: a release before a prerelease, then the higher one. */
function outranks(version: VersionRow, best: VersionRow | undefined): boolean {
  if (best === undefined) return true;
  if (version.prerelease !== best.prerelease) return version.prerelease < best.prerelease;
  return semver.gt(version.version, best.version);
}
