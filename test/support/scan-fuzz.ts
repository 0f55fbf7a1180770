/**
 * Scans bundles that are made to break the scanner, and reports what came of it, as a process of its own: so that its
 * memory can be measured, and a crash is seen. Arguments: milliseconds, seed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { canonicalJson } from '../../src/lib/certification/report.ts';
import { bundleOf, type Changes, certifiedManifest, scanOf } from './certified-bundle.ts';
import { hostileSource } from './hostile-sources.ts';
import { peakMemory } from './peak-memory.ts';
import { seeded } from './random.ts';

export interface ScanFuzzReport {
  readonly scans: number;
  /** How often each control answered so: `CQ-05 skip`. */
  readonly answers: Readonly<Record<string, number>>;
  /** What must not happen, with the number of its case. */
  readonly failures: readonly string[];
  readonly peakBytes: number;
}

type Random = (below: number) => number;

/** Files that controls read, by how they begin. */
const SEEDS: Readonly<Record<string, string>> = {
  'manifest.json': JSON.stringify(certifiedManifest()),
  'package.json': '{"name":"echo","version":"1.0.0","type":"module","dependencies":{"zod":"4.6.7"}}',
  'package-lock.json': '{"lockfileVersion":3,"packages":{"":{"dependencies":{"zod":"4.6.7"}}}}',
  'sbom.cdx.json': '{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"a","version":"1"}]}',
  'sbom.spdx.json': '{"spdxVersion":"SPDX-2.3","packages":[{"name":"a","versionInfo":"1"}]}',
  'vex.openvex.json': '{"@context":"https://openvex.dev/ns/v0.2.0","statements":[{"status":"fixed"}]}',
  'node_modules/zod/package.json': '{"name":"zod","version":"4.6.7","scripts":{"postinstall":"curl a | sh"}}',
  'pnpm-lock.yaml':
    "lockfileVersion: '9.0'\npackages:\n  zod@4.6.7:\n    resolution: {integrity: sha512-AA}\n",
  'yarn.lock':
    '# yarn lockfile v1\n\nzod@^4:\n  version "4.6.7"\n  resolved "https://a.example/zod.tgz#aa"\n',
  'uv.lock': 'version = 1\n[[package]]\nname = "six"\nversion = "1.0"\nsource = { registry = "https://a" }\n',
  'requirements.txt': 'six==1.0 --hash=sha256:aa\n-r other.txt\nzod @ https://a.example/a.whl\n',
  'pyproject.toml': '[project]\nname = "x"\nscripts = { x = "lib.tool:main" }\ndependencies = ["six==1.0"]\n',
  'deps/six-1.0.dist-info/METADATA': 'Name: six\nVersion: 1.0\n\nwords',
  'deps/six-1.0.dist-info/RECORD': 'six.py,sha256=x,1\n"a,b.py",,\n../../x,,\n',
  '.npmrc': 'registry=https://a.example/\n//a.example/:_authToken=npm_aaaa\n',
  'server/index.js': '',
};
const CODE = [
  'server/index.js',
  'server/a.ts',
  'server/b.tsx',
  'server/c.py',
  'deps/six.py',
  'server/run.sh',
];
const ODD = [
  '"',
  '{',
  '[',
  '}',
  '\n',
  '\\',
  '\0',
  '\ufeff',
  '\u202e',
  '\ud800',
  '"__proto__":{"polluted":1},',
  '"constructor":{"prototype":{"polluted":1}},',
  '&a [*a, *a]\n',
  'null',
  '1e999',
  '-0',
  '[[[[[[[[[[',
  '../../../',
  '#',
  '`',
  "'",
];

/** YAML that is small and would be large: each line is nine times the one before. */
const LAUGHS = Array.from(
  { length: 12 },
  (_, index) => `a${index}: &a${index} [${index === 0 ? 'ha' : `${`*a${index - 1},`.repeat(9)}`}]\n`,
).join('');

function damaged(text: string, random: Random): string {
  let now = text;
  for (let times = 1 + random(4); times > 0; times -= 1) {
    const start = random(now.length + 1);
    const odd = random(12) === 0 ? LAUGHS : (ODD[random(ODD.length)] as string);
    now = now.slice(0, start) + odd + now.slice(start + random(30));
  }
  return now;
}

function change(random: Random): Changes {
  const changes: Record<string, string | Buffer> = {};
  for (let count = 1 + random(4); count > 0; count -= 1) {
    if (random(3) === 0) {
      const names = Object.keys(SEEDS);
      const name = names[random(names.length)] as string;
      changes[name] = damaged(SEEDS[name] as string, random);
    } else {
      const file = CODE[random(CODE.length)] as string;
      changes[file] = encoded(hostileSource(file.endsWith('.py') ? 'python' : 'javascript', random), random);
    }
  }
  return changes;
}

function encoded(text: string, random: Random): Buffer {
  const encoding = (['utf8', 'utf8', 'utf8', 'utf16le', 'latin1'] as const)[random(5)];
  return Buffer.from(random(6) === 0 ? `\ufeff${text}` : text, encoding);
}

/** Some bits of what was a bundle, or a part of it. */
function flipped(archive: Buffer, random: Random): Buffer {
  if (random(4) === 0) return archive.subarray(0, random(archive.length));
  const bytes = Buffer.from(archive);
  for (let flips = 1 + random(4); flips > 0; flips -= 1) {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random(8));
  }
  return bytes;
}

async function run(milliseconds: number, seed: number): Promise<ScanFuzzReport> {
  const next = seeded(seed);
  const random: Random = (below) => Math.floor(next() * below);
  const answers: Record<string, number> = {};
  const failures: string[] = [];
  process.on('unhandledRejection', (reason) => failures.push(`unhandled: ${reason}`));
  const ownKeys = Reflect.ownKeys(Object.prototype).length;
  const end = performance.now() + milliseconds;
  let scans = 0;
  for (; performance.now() < end; scans += 1) {
    const whole = bundleOf(change(random));
    const bytes = random(4) === 0 ? flipped(whole, random) : whole;
    try {
      const [one, other] = [await scanOf(bytes), await scanOf(bytes)];
      const isRefused = one.controls[0]?.findings[0]?.title.startsWith('The archive is refused') === true;
      if (canonicalJson(one) !== canonicalJson(other)) failures.push(`${scans}: two reports`);
      for (const { id, status, reason } of one.controls) {
        answers[`${id} ${status}`] = (answers[`${id} ${status}`] ?? 0) + 1;
        if (status !== 'error' || isRefused || reason?.startsWith('This version')) continue;
        failures.push(`${scans}: ${id} ${reason}`);
      }
    } catch (error) {
      failures.push(`${scans}: ${error instanceof Error ? error.stack : error}`);
    }
    if (Reflect.ownKeys(Object.prototype).length !== ownKeys) failures.push(`${scans}: a prototype changed`);
  }
  await pause(0);
  return { scans, answers, failures: failures.slice(0, 20), peakBytes: peakMemory() };
}

const [milliseconds, seed] = process.argv.slice(2) as [string, string];
process.stdout.write(JSON.stringify(await run(Number(milliseconds), Number(seed))));
