/**
 * Builds `mpak` and `mpak-registry` as single executables: everything in one file, Node too.
 *
 *     npm run build:binaries [-- --target linux-x64 ...] [--out DIR] [--release DIR]
 *
 * For each target, <out>/<target>/ holds both. A release has them compressed, each with what is in it, CycloneDX. Without a target, all of them are built. Only those for the platform of this
 * machine get a code cache, and are stripped: docs/binaries.md.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import pkg from '../package.json' with { type: 'json' };
import { ADDON_ASSET, KEYRING_ASSET } from '../src/binary/assets.ts';
import { LogServer } from '../test/support/log-server.ts';
import { readRecords, recordsToEntries } from '../test/support/records.ts';
import { SAMPLE_REGISTRY, writeIndex, writeInstalled } from '../test/support/sample-home.ts';
import { billOf } from './bill.ts';
import { bundle, PROGRAMS, type Program } from './bundle.ts';
import { keyringPackage } from './keyring.ts';
import { nodeBinary, pinnedFile, TARGETS, type Target } from './node-binary.ts';
import { hostTarget, makeExecutable, type SeaOptions } from './sea.ts';

const ROOT = path.join(import.meta.dirname, '..');
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'mpak-node');
/** The packages' version: every target's is the same. */
const NODE_VERSION = pkg.devDependencies.node;

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true, default: TARGETS },
    out: { type: 'string', default: path.join(ROOT, 'dist', 'binaries') },
    release: { type: 'string' },
  },
});
const home = mkdtempSync(path.join(os.tmpdir(), 'mpak-home-'));
const registry = await LogServer.start();
try {
  for (const target of values.target) {
    if (!isTarget(target)) throw new Error(`there is no target ${target}: ${TARGETS.join(', ')}`);
    const node = nodeBinary(target, NODE_VERSION, CACHE);
    for (const program of Object.keys(PROGRAMS) as Program[]) {
      const suffix = target.startsWith('win') ? '.exe' : '';
      const output = path.join(values.out, target, `${program}${suffix}`);
      mkdirSync(path.dirname(output), { recursive: true });
      rmSync(output, { force: true });
      const chunks = await bundle({ programs: [program], executable: true });
      await makeExecutable({
        program,
        chunks,
        target,
        node,
        addons: {
          [ADDON_ASSET]: path.join(
            ROOT,
            'node_modules/better-sqlite3/prebuilds',
            `${addonName(target)}.node`,
          ),
          ...(program === 'mpak' && { [KEYRING_ASSET]: pinnedFile(keyringPackage(target), CACHE) }),
        },
        output,
        warmUp: target === hostTarget() ? await warmUp(program) : undefined,
      });
      report(output);
      if (values.release !== undefined) {
        mkdirSync(values.release, { recursive: true });
        const name = path.join(values.release, `${program}-${target}`);
        writeFileSync(`${name}${suffix}.gz`, gzipSync(readFileSync(output), { level: 9 }));
        writeFileSync(`${name}.cdx.json`, billOf(program, target, chunks));
        report(`${name}${suffix}.gz`);
      }
    }
  }
} finally {
  await registry.close();
  rmSync(home, { recursive: true, force: true });
}

function report(file: string): void {
  process.stdout.write(`${file}  ${(statSync(file).size / 1e6).toFixed(1)} MB\n`);
}

function isTarget(name: string): name is Target {
  return TARGETS.some((target) => target === name);
}

function addonName(target: Target): string {
  return target.replace(/^win-/, 'win32-');
}

/** What must start fast, as users do it; the most common one last, when nothing of it is compiled for another. */
async function warmUp(program: Program): Promise<SeaOptions['warmUp']> {
  const env = {
    ...process.env,
    HOME: home,
    MPAK_HOME: home,
    MPAK_REGISTRY_URL: SAMPLE_REGISTRY,
    MPAK_NO_UPDATE_CHECK: '1',
    NO_COLOR: '1',
  };
  const records = readRecords(new URL('../test/fixtures/records.ndjson.gz', import.meta.url));
  const entries = recordsToEntries(records).slice(0, 500);
  if (program === 'mpak-registry') {
    const file = path.join(home, 'entries.ndjson');
    const data = path.join(home, 'registry');
    writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    return { lines: [['--version'], ['import', file, '--data', data], ['verify', '--data', data]], env };
  }
  writeIndex(home, entries);
  await writeInstalled(home, '@acme/warm-up', 'process.exit(0);');
  registry.append(...entries.slice(0, -100));
  registry.makeSnapshot();
  registry.append(...entries.slice(-100));
  // The first takes the snapshot and pages, the second finds nothing new.
  const sync = ['sync', '--registry', registry.url.href];
  return {
    lines: [['--version'], sync, sync, ['bundle', 'search', 'postgres'], ['run', '@acme/warm-up']],
    env,
  };
}
