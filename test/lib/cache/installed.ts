/** Versions in a cache, as an installation leaves them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PackageName } from '../../../src/lib/bundle/name.ts';
import type { BundleCache } from '../../../src/lib/cache/bundle-cache.ts';
import { contentDigest, filesOnDisk } from '../../../src/lib/cache/content.ts';
import { type Receipt, writeReceipt } from '../../../src/lib/cache/receipt.ts';

export function receiptOf(name: string, version: string, changes: Partial<Receipt> = {}): Receipt {
  return {
    schema: 1,
    package: name,
    version,
    registry: 'https://registry.example.com',
    platform: { os: 'any', arch: 'any' },
    artifact: {
      filename: 'echo.mcpb',
      sha256: 'ab'.repeat(32),
      size: 100,
      url: 'https://example.com/echo.mcpb',
    },
    publisher: { owner: 'Acme', owner_id: '4711', repository: 'Acme/echo' },
    provenance: null,
    content: contentDigest([]),
    permissions: 'null',
    installed_at: '2026-05-01T12:00:00.000Z',
    ...changes,
  };
}

/** Puts a version there and makes it the one that runs. @returns its folder */
export async function putVersion(
  cache: BundleCache,
  name: PackageName,
  version: string,
  changes: Partial<Receipt> = {},
): Promise<string> {
  const folder = cache.versionFolder(name, version);
  await cache.change(name, async () => {
    mkdirSync(path.join(folder, 'server'), { recursive: true });
    writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ name, version }));
    writeFileSync(path.join(folder, 'server', 'index.js'), `// ${version}\n`);
    const content = contentDigest(filesOnDisk(folder));
    writeReceipt(cache.receiptFile(name, version), receiptOf(name, version, { content, ...changes }));
    cache.setCurrent(name, version);
  });
  return folder;
}
