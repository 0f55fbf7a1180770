/** A home of mpak as a user has it after a sync and an installation, made without either: for measuring starts. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PackageName } from '../../src/lib/bundle/name.ts';
import { BundleCache } from '../../src/lib/cache/bundle-cache.ts';
import { contentDigest, filesOnDisk } from '../../src/lib/cache/content.ts';
import { writeReceipt } from '../../src/lib/cache/receipt.ts';
import { append } from '../../src/lib/index/append.ts';
import { readEdge } from '../../src/lib/index/meta.ts';
import { openIndex } from '../../src/lib/index/open.ts';
import { rerank } from '../../src/lib/index/rank.ts';
import { signCheckpoint } from '../../src/lib/log/checkpoint.ts';
import { type Checkpoint, PAGE_SIZE } from '../../src/lib/log/checkpoint-form.ts';
import { encodeEntry, type PublishEntry } from '../../src/lib/log/entry.ts';
import { type PrivateKey, publicKey } from '../../src/lib/log/key.ts';
import { type Edge, encodePeaks } from '../../src/lib/log/tree.ts';
import { IndexStore } from '../../src/lib/sync/store.ts';
import { rootOf, type Trust, writeTrust } from '../../src/lib/sync/trust.ts';

export const SAMPLE_REGISTRY = 'https://registry.example.com';

/** The index of that registry, with these entries. */
export function writeIndex(home: string, entries: readonly PublishEntry[]): void {
  const store = new IndexStore(home, new URL(SAMPLE_REGISTRY));
  store.create();
  const file = store.newIndexFile();
  const db = openIndex(file);
  try {
    db.transaction(() => {
      append(db, entries.map(encodeEntry), { keepLines: false });
      rerank(db);
    })();
    // As a snapshot is: ranked, and without gaps.
    db.exec('VACUUM');
    db.pragma('wal_checkpoint(TRUNCATE)');
    writeTrust(store.trustFile, trustIn(readEdge(db)));
  } finally {
    db.close();
  }
  store.switchTo(file);
}

/** As a sync of a moment ago leaves it. */
function trustIn(edge: Edge): Trust {
  const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as unknown as PrivateKey;
  const origin = new URL(SAMPLE_REGISTRY).host;
  const { size } = edge;
  const root = rootOf(edge);
  const [issued_at, expires_at] = [0, 3_600_000].map((after) => new Date(Date.now() + after).toISOString());
  const checkpoint = signCheckpoint(
    { origin, size, root, issued_at, expires_at, page_size: PAGE_SIZE, snapshot: null } as Checkpoint,
    key,
  );
  const peaks = Buffer.from(encodePeaks(edge)).toString('base64');
  const synced_at = issued_at as string;
  return { origin, keys: [publicKey(key)], size, root, peaks, checkpoint, etag: `"${size}"`, synced_at };
}

/** An installed bundle whose server is that script. @returns the script's file */
export async function writeInstalled(home: string, packageName: string, server: string): Promise<string> {
  const name = packageName as PackageName;
  const version = '1.0.0';
  const cache = new BundleCache(home);
  const folder = cache.versionFolder(name, version);
  const file = path.join(folder, 'server', 'index.js');
  await cache.change(name, async () => {
    mkdirSync(path.join(folder, 'server'), { recursive: true });
    writeFileSync(file, server);
    writeFileSync(
      path.join(folder, 'manifest.json'),
      JSON.stringify({
        manifest_version: '0.3',
        name,
        version,
        description: 'A server to measure with.',
        author: { name: 'Acme' },
        server: {
          type: 'node',
          entry_point: 'server/index.js',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: mcpb's own placeholder
          mcp_config: { command: 'node', args: ['${__dirname}/server/index.js'] },
        },
        compatibility: { runtimes: { node: '>=18' } },
      }),
    );
    writeReceipt(cache.receiptFile(name, version), {
      schema: 1,
      package: name,
      version,
      registry: SAMPLE_REGISTRY,
      platform: { os: 'any', arch: 'any' },
      artifact: { filename: 'a.mcpb', sha256: 'ab'.repeat(32), size: 1, url: 'https://example.com/a.mcpb' },
      publisher: { owner: 'Acme', owner_id: '1', repository: 'Acme/a' },
      provenance: null,
      content: contentDigest(filesOnDisk(folder)),
      permissions: 'null',
      installed_at: '2026-05-01T12:00:00.000Z',
    });
    cache.setCurrent(name, version);
  });
  return file;
}
