/**
 * Turns what a registry without a log says into the rows and posting lists that entries of a log make, so that search and
 * show are the same. Unlike a log, such a registry may take back and rewrite what it said: rows change and go.
 *
 * What is known of a version, its artifacts above all, does not change any more: a registry that says another digest
 * later is not believed, be it that it did not list the version in between.
 */
import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import semver from 'semver';
import type { Manifest } from '../log/entry.ts';
import {
  type CrawledRow,
  type CrawlMoment,
  prepareCrawledStatements,
  type Shown,
} from './apply-crawled-sql.ts';
import { manifestColumns, type PackageRow, prepareStatements, type VersionRow } from './apply-sql.ts';
import type { CrawledDetails, CrawledPackage, CrawledVersion } from './crawled-types.ts';
import { type Document, type DocumentWords, DocumentWriter, documentOf, wordsOf } from './document.ts';
import { FacetsWriter } from './facets.ts';
import { requireCrawled } from './read-source.ts';

/** Of a package, with respect to what was known; `taken`: its name is of another server, and it is left out. */
export type CrawlChange = 'new' | 'updated' | 'same' | 'taken';

const NO_TERMS: DocumentWords['terms'] = new Map();

/** Make one for a transaction, and call `flush` before it ends. */
export class CrawledApplier {
  readonly #sql: ReturnType<typeof prepareStatements>;
  readonly #more: ReturnType<typeof prepareCrawledStatements>;
  readonly #documents: DocumentWriter;
  readonly #facets: FacetsWriter;
  readonly #filtered = new Set<number>();

  /** @throws Error when the index is of a signed log */
  constructor(db: Database.Database) {
    requireCrawled(db);
    this.#sql = prepareStatements(db);
    this.#more = prepareCrawledStatements(db);
    this.#documents = new DocumentWriter(db);
    this.#facets = new FacetsWriter(db);
  }

  /** What was known of a package before it is applied; undefined: nothing. */
  known(name: string): CrawledRow | undefined {
    return this.#more.crawled.get(name);
  }

  /** `updated` when its latest version is another one. */
  apply(crawled: CrawledPackage, { pass, round }: CrawlMoment): CrawlChange {
    const { name, downloads } = crawled;
    const known = this.#more.crawled.get(name);
    if (known !== undefined && known.original !== crawled.original) return 'taken';
    const summary = summaryOf(crawled);
    if (known?.summary === summary) {
      this.#more.see.run(pass, name);
      const changed = this.#more.setDownloads.get(downloads, name, downloads);
      if (changed !== undefined) this.#filtered.add(changed);
      return 'same';
    }
    const row = this.#sql.package.get(name) ?? this.#newPackage(crawled);
    const before = row.latest_id === null ? undefined : this.#sql.versionById.get(row.latest_id);
    const version = this.#version(row, crawled, crawled.manifest);
    const change =
      known === undefined
        ? 'new'
        : before?.version !== version.version || before.published_at !== version.published_at
          ? 'updated'
          : 'same';
    this.#more.write.run({
      package: name,
      pass,
      round: change === 'same' ? (known?.round ?? round) : round,
      summary,
      original: crawled.original,
      elsewhere: crawled.elsewhere.length === 0 ? null : JSON.stringify(crawled.elsewhere),
    });
    if (change !== 'same') this.#more.forgetVersionList.run(name);
    if (crawled.artifacts !== undefined) this.#writeArtifacts(version.id, crawled.artifacts);
    this.#setLatest(row, version, crawled);
    return change;
  }

  /** All versions of a package: those that are not among them are gone. @param at when they were asked for */
  applyVersions(name: string, versions: readonly CrawledVersion[], at: string): void {
    const row = this.#sql.package.get(name);
    if (row === undefined) return;
    const listed = new Set(versions.map(({ version }) => version));
    for (const version of versions) {
      const known = this.#sql.version.get(row.id, version.version);
      if (known === undefined) this.#insertVersion(row.id, version, { name, version: version.version });
      else this.#more.touchVersion.run(version.downloads, known.id);
    }
    for (const known of this.#sql.versions.all(row.id)) {
      if (!listed.has(known.version) && known.id !== row.latest_id) this.#removeVersion(known.id);
    }
    this.#more.setVersionList.run(at, name);
  }

  /** All that is known of a version. What was known of it stays as it was. */
  applyDetails(name: string, details: CrawledDetails, at: string): void {
    const row = this.#sql.package.get(name);
    if (row === undefined) return;
    const version = this.#version(row, details, details.manifest);
    if (this.#more.hasDetails.get(version.id) !== undefined) return;
    // Before the texts that its words are taken away by change.
    const isLatest = version.id === row.latest_id;
    const { release, provenance, manifest } = details;
    this.#more.setDetails.run(
      release?.tag ?? null,
      release?.url ?? null,
      provenance === null ? null : JSON.stringify(provenance),
      version.id,
    );
    this.#more.setManifest.run(version.id, JSON.stringify(manifest));
    this.#writeArtifacts(version.id, details.artifacts);
    this.#more.addDetails.run(version.id, at);
    if (isLatest) {
      const shown = this.#more.shown.get(row.id) as Shown;
      this.#setLatest(row, version, { ...shown, manifest });
    }
    this.#filtered.add(row.id);
  }

  /** A version besides the latest, with what is known of it. */
  applyOther(name: string, other: CrawledPackage): void {
    const row = this.#sql.package.get(name);
    if (row === undefined || this.#more.crawled.get(name)?.original !== other.original) return;
    const { id } = this.#version(row, other, other.manifest);
    this.#writeArtifacts(id, other.artifacts ?? []);
  }

  /** What was found in an artifact, whose registry says neither its size nor its manifest. */
  applyArchive(name: string, { version, sha256, size, manifest }: ReadArchive, at: string): void {
    const row = this.#sql.package.get(name);
    const known = row && this.#sql.version.get(row.id, version);
    if (row === undefined || known === undefined) return;
    this.#more.setSize.run(size, known.id, sha256);
    if (this.#more.hasDetails.get(known.id) !== undefined) return;
    this.#more.setManifest.run(known.id, JSON.stringify(manifest));
    this.#more.addDetails.run(known.id, at);
    if (known.id !== row.latest_id) return;
    this.#setLatest(row, known, { ...(this.#more.shown.get(row.id) as Shown), manifest });
  }

  /** Takes a package out of the index. */
  remove(name: string): void {
    const row = this.#sql.package.get(name);
    this.#more.forget.run(name);
    if (row === undefined) return;
    if (row.latest_id !== null) this.#documents.change(row.rank, this.#wordsOf(row).terms, NO_TERMS);
    this.#sql.deleteTools.run(row.id);
    this.#sql.clearLatest.run(row.id);
    // Its rank may become another's: nothing of it stays where ranks are looked up.
    this.#documents.flush();
    this.#facets.write([row.id]);
    this.#filtered.delete(row.id);
    for (const { id } of this.#sql.versions.all(row.id)) this.#removeVersion(id);
    this.#more.deletePackage.run(row.id);
  }

  /** Writes what search reads. */
  flush(): void {
    this.#documents.flush();
    this.#facets.write(this.#filtered);
    this.#filtered.clear();
  }

  #newPackage({ name, published_at }: CrawledPackage): PackageRow {
    const { packageId, rank } = this.#sql.next.get() as { packageId: number; rank: number };
    this.#sql.insertPackage.run(packageId, rank, name, published_at, published_at);
    return { id: packageId, rank, name, latest_id: null, created_at: published_at };
  }

  /** The row of a version, new when there is none; its manifest is this one unless its own is known. */
  #version(row: PackageRow, said: CrawledVersion, manifest: Manifest): VersionRow {
    const known = this.#sql.version.get(row.id, said.version);
    if (known === undefined) {
      this.#insertVersion(row.id, said, manifest);
    } else {
      this.#more.redateVersion.run(said.published_at, said.downloads, known.id);
      if (this.#more.hasDetails.get(known.id) === undefined)
        this.#more.setManifest.run(known.id, JSON.stringify(manifest));
    }
    return this.#sql.version.get(row.id, said.version) as VersionRow;
  }

  #insertVersion(packageId: number, { version, published_at }: CrawledVersion, manifest: Manifest): void {
    const { versionId } = this.#sql.next.get() as { versionId: number };
    this.#sql.insertVersion.run({
      id: versionId,
      packageId,
      version,
      prerelease: semver.prerelease(version) === null ? 0 : 1,
      published_at,
      releaseTag: null,
      releaseUrl: null,
      publishMethod: 'crawl',
      provenance: null,
      revoked: null,
    });
    this.#sql.insertManifest.run(versionId, JSON.stringify(manifest));
  }

  /** The first digest of a platform stands. */
  #writeArtifacts(versionId: number, artifacts: CrawledDetails['artifacts']): void {
    for (const { platform, filename, sha256, size, url } of artifacts) {
      const { os, arch } = platform;
      const first = this.#more.firstDigest.get(versionId, os, arch) ?? sha256;
      this.#sql.insertArtifact.run(versionId, os, arch, filename, first, size, url, null, null, 0);
    }
  }

  #removeVersion(id: number): void {
    this.#more.keepDigests.run(id);
    for (const statement of this.#more.deleteVersion) statement.run(id);
  }

  #setLatest(row: PackageRow, version: VersionRow, said: Shown & { readonly manifest: Manifest }): void {
    const sql = this.#sql;
    this.#filtered.add(row.id);
    const before = row.latest_id === null ? NO_TERMS : this.#wordsOf(row).terms;
    sql.deleteTools.run(row.id);
    const hasDetails = this.#more.hasDetails.get(version.id) !== undefined;
    const manifest = hasDetails
      ? (JSON.parse(sql.manifest.get(version.id) as string) as Manifest)
      : said.manifest;
    const original = this.#more.crawled.get(row.name)?.original;
    // What its registry calls it is found as well.
    const document = documentOf(row.name, manifest, original ? [original] : []);
    const words = wordsOf(document);
    sql.setLatest.run({
      ...row,
      ...document,
      nameWords: words.name,
      textWords: words.text,
      versionId: version.id,
      version: version.version,
      ...manifestColumns(manifest),
      repository: said.repository,
      commitSha: said.commit_sha,
      publishedAt: version.published_at,
    });
    this.#more.setShown.run(said.certification_level, said.downloads, row.id);
    for (const [position, tool] of document.tools.entries()) {
      sql.insertTool.run(row.id, position, tool.name, tool.description);
    }
    this.#documents.change(row.rank, before, words.terms);
  }

  #wordsOf(row: PackageRow): DocumentWords {
    const text = this.#sql.documentText.get(row.id) as Omit<Document, 'tools'>;
    return wordsOf({ ...text, tools: this.#sql.tools.all(row.id) });
  }
}

export interface ReadArchive {
  readonly version: string;
  readonly sha256: string;
  readonly size: number;
  readonly manifest: Manifest;
}

function summaryOf({ downloads, ...said }: CrawledPackage): string {
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url');
}
