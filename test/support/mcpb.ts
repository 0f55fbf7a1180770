/** Small bundles: zip archives with a manifest, the same bytes for the same content. */
import { createHash } from 'node:crypto';
import AdmZip from 'adm-zip';

export interface BundleFile {
  /** As its manifest says. */
  readonly name: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly manifest: Record<string, unknown>;
}

const EPOCH = new Date(1980, 0, 1);

/** A bundle of a package that a stdio server could be started from. @param changes to its manifest */
export function makeBundle(
  name: string,
  version: string,
  changes: Readonly<Record<string, unknown>> = {},
  files: Readonly<Record<string, string | Buffer>> = {},
): BundleFile {
  const manifest = {
    manifest_version: '0.3',
    name,
    version,
    description: `A bundle of ${name}.`,
    author: { name: 'Acme' },
    server: {
      type: 'node',
      entry_point: 'server/index.js',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: mcpb's own placeholder
      mcp_config: { command: 'node', args: ['${__dirname}/server/index.js'] },
    },
    tools: [{ name: 'echo', description: 'Says it again.' }],
    ...changes,
  };
  const bytes = zip({
    'manifest.json': JSON.stringify(manifest, undefined, 2),
    'server/index.js': 'process.stdin.resume();\n',
    ...files,
  });
  return { name: manifest.name, bytes, sha256: sha256Of(bytes), manifest };
}

export function zip(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const archive = new AdmZip();
  for (const [name, content] of Object.entries(files)) {
    archive.addFile(name, typeof content === 'string' ? Buffer.from(content) : content);
    const entry = archive.getEntry(name);
    if (entry !== null) entry.header.time = EPOCH;
  }
  return archive.toBuffer();
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
