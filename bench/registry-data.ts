/** Data folders of registries of any size, made through the code that a registry appends with. */
import { createHash } from 'node:crypto';
import semver from 'semver';
import { DataFolder } from '../registry/data-folder.ts';
import { append } from '../src/lib/index/append.ts';
import { encodeEntry, type PublishEntry } from '../src/lib/log/entry.ts';

/** Lines of one transaction: memory stays bounded. */
const BATCH = 100_000;

const PLATFORMS = [
  ['any', 'any'],
  ['linux', 'x64'],
  ['linux', 'arm64'],
  ['darwin', 'arm64'],
  ['win32', 'x64'],
] as const satisfies readonly (readonly [PublishEntry['artifact']['os'], PublishEntry['artifact']['arch']])[];

/** A registry's folder with these entries in its log. */
export function writeRegistry(folder: string, entries: Iterable<PublishEntry>): void {
  const data = new DataFolder(folder);
  const db = data.open();
  try {
    const rest = Iterator.from(entries);
    for (let batch = takeFrom(rest, BATCH); batch.length > 0; batch = takeFrom(rest, BATCH)) {
      // As an import does: what was made here need not be parsed again.
      const parsed = new Map(batch.map((entry) => [encodeEntry(entry), { entry }]));
      const parse = (line: Uint8Array) => parsed.get(line) as { entry: PublishEntry };
      db.transaction(() => append(db, parsed.keys(), { keepLines: true, parse })).immediate();
    }
    db.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
}

/** Every package in two versions for five platforms each: ten entries a package. */
export function* released(packages: readonly PublishEntry[]): Generator<PublishEntry> {
  yield* packages;
  for (const entry of packages) {
    const next = semver.inc(entry.version, 'patch') as string;
    for (const version of [entry.version, next]) {
      for (const [os, arch] of PLATFORMS) {
        if (version === entry.version && os === 'any') continue;
        yield build(entry, version, os, arch);
      }
    }
  }
}

function build(
  entry: PublishEntry,
  version: string,
  os: PublishEntry['artifact']['os'],
  arch: PublishEntry['artifact']['arch'],
): PublishEntry {
  const sha256 = createHash('sha256').update(`${entry.package}@${version} ${os} ${arch}`).digest('hex');
  const url = `https://example.com/${sha256}.mcpb`;
  return {
    ...entry,
    version,
    manifest: { ...entry.manifest, version },
    artifact: { ...entry.artifact, os, arch, sha256, url },
  };
}

function takeFrom<T>(source: Iterator<T>, most: number): T[] {
  const taken: T[] = [];
  while (taken.length < most) {
    const { done, value } = source.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}
