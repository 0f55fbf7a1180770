/** yarn.lock: a format of its own in version 1, YAML since. https://yarnpkg.com/configuration/yarnrc, `__metadata`. */
import { type JsonObject, objectOf, textOf } from '../safe-json.ts';
import {
  gitSource,
  type LockedDependency,
  type LockedSource,
  MOST_LOCKED,
  type ReadLock,
  strengthOf,
} from './locked.ts';

export function isYarnClassic(text: string): boolean {
  return /^# yarn lockfile v1\r?$/m.test(text.slice(0, 1000));
}

/** Descriptors at the margin, what they became below them. What is nested deeper says what is asked for: left out. */
export function readYarnClassic(text: string): ReadLock {
  const dependencies: LockedDependency[] = [];
  let open: { descriptor: string; fields: Map<string, string> } | undefined;
  const close = () => {
    if (open !== undefined) dependencies.push(classic(open.descriptor, open.fields));
  };
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (!line.startsWith(' ')) {
      close();
      if (!line.endsWith(':')) return { problem: 'is no lockfile of yarn' };
      open = { descriptor: unquoted(line.slice(0, -1).split(/,\s*/)[0] as string), fields: new Map() };
    } else {
      const [, key, value] = /^ {2}"?(version|resolved|integrity)"? (\S.*)$/.exec(line) ?? [];
      if (key !== undefined && value !== undefined) open?.fields.set(key, unquoted(value));
    }
    if (dependencies.length > MOST_LOCKED) return { problem: `locks more than ${MOST_LOCKED} packages` };
  }
  close();
  return { dependencies };
}

function classic(descriptor: string, fields: ReadonlyMap<string, string>): LockedDependency {
  const { name, range } = split(descriptor);
  const resolved = fields.get('resolved');
  const integrity = fields.get('integrity');
  const source = classicSource(range, resolved);
  return {
    type: 'npm',
    name: aliased(range) ?? name,
    version: fields.get('version'),
    folder: undefined,
    hashed: source.kind === 'project' ? 'yes' : classicStrength(integrity, resolved),
    source,
  };
}

function classicSource(range: string, resolved: string | undefined): LockedSource {
  if (resolved === undefined)
    return /^(?:file|link|portal|\.)/.test(range) ? { kind: 'project' } : { kind: 'registry', archives: [] };
  if (/^git[+:@]|^ssh:|\.git(?:#|$)/.test(resolved)) return gitSource(resolved);
  if (/^https?:/.test(range)) return { kind: 'url', url: resolved };
  return { kind: 'registry', archives: [resolved.replace(/#.*$/, '')] };
}

/** Before it had integrity, yarn wrote a SHA-1 behind the URL. */
function classicStrength(integrity: string | undefined, resolved = ''): LockedDependency['hashed'] {
  if (integrity !== undefined) return strengthOf(integrity);
  return /#[\da-f]{40}$/.test(resolved) ? 'weak' : 'no';
}

export function readYarnBerry(lock: JsonObject): ReadLock {
  if (objectOf(lock.__metadata) === undefined) return { problem: 'is no lockfile of yarn' };
  const dependencies = Object.entries(lock).flatMap(([descriptor, value]) => {
    const entry = descriptor === '__metadata' ? undefined : objectOf(value);
    return entry === undefined ? [] : [berry(entry)];
  });
  return { dependencies };
}

function berry(entry: JsonObject): LockedDependency {
  const { name, range } = split(textOf(entry.resolution) ?? '');
  const source = berrySource(range);
  const checksum = textOf(entry.checksum)?.split('/').at(-1) ?? '';
  return {
    type: 'npm',
    name,
    version: textOf(entry.version),
    folder: undefined,
    hashed: source.kind === 'project' || /^[\da-f]{128}$/.test(checksum) ? 'yes' : 'no',
    source,
  };
}

function berrySource(reference: string): LockedSource {
  if (/^(?:workspace|link|portal|file):/.test(reference)) return { kind: 'project' };
  // A patch of the project's own, over what it patches.
  if (reference.startsWith('patch:')) return { kind: 'registry', archives: [] };
  const archive = /^npm:.*::__archiveUrl=([^&]+)/.exec(reference)?.[1];
  if (archive !== undefined) return { kind: 'registry', archives: [decodeURIComponent(archive)] };
  if (reference.startsWith('npm:')) return { kind: 'registry', archives: [] };
  if (/^git[+:@]|^ssh:|\.git#|#commit=/.test(reference)) return gitSource(reference);
  return { kind: 'url', url: reference };
}

/** `@scope/name@range`. */
function split(descriptor: string): { name: string; range: string } {
  const at = descriptor.indexOf('@', 1);
  return at === -1
    ? { name: descriptor, range: '' }
    : { name: descriptor.slice(0, at), range: descriptor.slice(at + 1) };
}

/** `npm:other@^1`: what is installed under another name. */
function aliased(range: string): string | undefined {
  return range.startsWith('npm:') ? split(range.slice('npm:'.length)).name : undefined;
}

function unquoted(text: string): string {
  return text.trim().replace(/^"(.*)"$/, '$1');
}
