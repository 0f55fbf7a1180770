/** The lockfiles that count: of each folder, the first that the tools of an ecosystem ask for. */
import { parse as parseToml } from 'smol-toml';
import type { ScannedBundle } from '../bundle.ts';
import { type LockfileName, lockfilesOf } from '../dependency-files.ts';
import { type JsonObject, objectOf, type ReadJson, readJson, safeJson } from '../safe-json.ts';
import { decode } from '../text.ts';
import { readNpm } from './lock-npm.ts';
import { readBun, readPnpm } from './lock-pnpm.ts';
import { readPipfile, readPoetry, readPylock, readUv } from './lock-python.ts';
import { readRequirements } from './lock-requirements.ts';
import { isYarnClassic, readYarnBerry, readYarnClassic } from './lock-yarn.ts';
import { type LockedDependency, MOST_LOCKED, type ReadLock } from './locked.ts';
import { parseYaml } from './yaml.ts';

export interface Lockfile {
  readonly path: string;
  /** That it is in, with a slash at the end; empty at the root. */
  readonly folder: string;
  readonly type: LockedDependency['type'];
  readonly lock: ReadLock;
}

const MIB = 1024 * 1024;
const MAX_JSON_BYTES = 32 * MIB;
/** YAML and TOML take up to 50 times as long as JSON, and as much memory. */
const MAX_TEXT_BYTES = 8 * MIB;

const PYTHON: ReadonlySet<LockfileName> = new Set([
  'uv.lock',
  'pylock.toml',
  'poetry.lock',
  'Pipfile.lock',
  'requirements.txt',
]);

/** Asked once for a bundle, by several controls: none of them waits again for what took too long. */
const known = new WeakMap<ScannedBundle, Map<string, Lockfile>>();

export function readLockfiles(bundle: ScannedBundle): readonly Lockfile[] {
  const found = known.get(bundle) ?? new Map<string, Lockfile>();
  known.set(bundle, found);
  for (const { name, file } of lockfilesOf(bundle)) {
    const folder = file.path.slice(0, -name.length);
    const type = PYTHON.has(name) ? 'pypi' : 'npm';
    const place = `${type}:${folder}`;
    if (found.has(place)) continue;
    const lockfile = { path: file.path, folder, type } as const;
    found.set(place, { ...lockfile, lock: { problem: 'takes too long to be read' } });
    found.set(place, { ...lockfile, lock: read(name, file.size, () => bundle.read(file.path)) });
  }
  return [...found.values()];
}

function read(name: LockfileName, size: number, bytes: () => Buffer): ReadLock {
  const most = name.endsWith('.json') || name === 'Pipfile.lock' ? MAX_JSON_BYTES : MAX_TEXT_BYTES;
  if (size > most) return { problem: `is larger than ${most} bytes` };
  const lock = parse(name, bytes());
  if ('problem' in lock || lock.dependencies.length <= MOST_LOCKED) return lock;
  return { problem: `locks more than ${MOST_LOCKED} packages` };
}

function parse(name: LockfileName, bytes: Buffer): ReadLock {
  switch (name) {
    case 'npm-shrinkwrap.json':
    case 'package-lock.json':
      return of(readJson(bytes, MAX_JSON_BYTES), readNpm);
    case 'yarn.lock': {
      const text = decode(bytes);
      return isYarnClassic(text) ? readYarnClassic(text) : of(yaml(text), readYarnBerry);
    }
    case 'pnpm-lock.yaml':
      return of(yaml(decode(bytes)), readPnpm);
    case 'bun.lock':
      return of(yaml(decode(bytes)), readBun);
    case 'uv.lock':
      return of(toml(decode(bytes)), readUv);
    case 'pylock.toml':
      return of(toml(decode(bytes)), readPylock);
    case 'poetry.lock':
      return of(toml(decode(bytes)), readPoetry);
    case 'Pipfile.lock':
      return of(readJson(bytes, MAX_JSON_BYTES), readPipfile);
    case 'requirements.txt':
      return readRequirements(decode(bytes));
  }
}

function of(value: ReadJson, reader: (json: JsonObject) => ReadLock): ReadLock {
  if ('problem' in value) return value;
  const json = objectOf(value.json);
  return json === undefined ? { problem: 'is no object' } : reader(json);
}

function yaml(text: string): ReadJson {
  return safely('YAML', () => parseYaml(text));
}

function toml(text: string): ReadJson {
  return safely('TOML', () => parseToml(text));
}

/** What a parser throws is what is wrong with the text, be it an end of the stack. */
function safely(format: string, parsed: () => unknown): ReadJson {
  try {
    return safeJson(parsed());
  } catch {
    return { problem: `is not ${format} that can be read` };
  }
}
