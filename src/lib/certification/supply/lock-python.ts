/**
 * uv.lock, pylock.toml (PEP 751), poetry.lock and Pipfile.lock: what was resolved for a Python project. requirements.txt
 * is in a file of its own.
 */
import { type Json, type JsonObject, objectOf, objectsOf, textOf } from '../safe-json.ts';
import {
  gitSource,
  isCommit,
  type LockedDependency,
  type LockedSource,
  type ReadLock,
  strengthOfAll,
} from './locked.ts';

export function readUv(lock: JsonObject): ReadLock {
  if (lock.version === undefined) return { problem: 'is no lockfile of uv' };
  return { dependencies: objectsOf(lock.package).map(uv) };
}

function uv(entry: JsonObject): LockedDependency {
  const files = [...objectsOf(entry.wheels), ...objectsOf([entry.sdist ?? null])];
  const { registry, git, url } = objectOf(entry.source) ?? {};
  const named: LockedSource =
    textOf(registry) !== undefined
      ? { kind: 'registry', index: textOf(registry), archives: urlsOf(files) }
      : textOf(git) !== undefined
        ? gitSource(textOf(git) as string)
        : textOf(url) !== undefined
          ? { kind: 'url', url: textOf(url) as string }
          : { kind: 'project' };
  return python(
    entry,
    named,
    files.map(({ hash }) => textOf(hash)),
  );
}

export function readPylock(lock: JsonObject): ReadLock {
  if (textOf(lock['lock-version']) === undefined) return { problem: 'is no pylock.toml' };
  return { dependencies: objectsOf(lock.packages).map(pylock) };
}

function pylock(entry: JsonObject): LockedDependency {
  const { vcs, archive, directory, index } = entry;
  const { url, 'commit-id': commit } = objectOf(vcs) ?? {};
  const files = objectsOf([archive ?? null, entry.sdist ?? null, ...objectsOf(entry.wheels)]);
  const source: LockedSource =
    vcs !== undefined
      ? { kind: 'git', url: textOf(url) ?? '', commit: isCommit(textOf(commit)) }
      : directory !== undefined
        ? { kind: 'project' }
        : archive !== undefined
          ? { kind: 'url', url: urlsOf(files)[0] ?? '' }
          : { kind: 'registry', index: textOf(index), archives: urlsOf(files) };
  return python(
    entry,
    source,
    files.map(({ hashes }) => strongest(objectOf(hashes) ?? {})),
  );
}

/** Any of them is enough. */
function strongest(hashes: JsonObject): string | undefined {
  const algorithm = ['sha512', 'sha384', 'sha256', 'sha1', 'md5'].find((name) => hashes[name] !== undefined);
  return algorithm === undefined ? undefined : `${algorithm}:${textOf(hashes[algorithm])}`;
}

export function readPoetry(lock: JsonObject): ReadLock {
  if (objectOf(lock.metadata) === undefined) return { problem: 'is no lockfile of poetry' };
  return { dependencies: objectsOf(lock.package).map(poetry) };
}

function poetry(entry: JsonObject): LockedDependency {
  const { type, url, resolved_reference: commit } = objectOf(entry.source) ?? {};
  const from = textOf(url) ?? '';
  const source: LockedSource =
    type === 'git'
      ? { kind: 'git', url: from, commit: isCommit(textOf(commit)) }
      : type === 'directory' || type === 'file'
        ? { kind: 'project' }
        : type === 'url'
          ? { kind: 'url', url: from }
          : { kind: 'registry', index: from || undefined, archives: [] };
  return python(
    entry,
    source,
    objectsOf(entry.files).map(({ hash }) => textOf(hash)),
  );
}

export function readPipfile(lock: JsonObject): ReadLock {
  const meta = objectOf(lock._meta);
  if (meta === undefined) return { problem: 'is no lockfile of pipenv' };
  const indexes = new Map(objectsOf(meta.sources).map(({ name, url }) => [textOf(name), textOf(url)]));
  const dependencies = [lock.default, lock.develop].flatMap((group) =>
    Object.entries(objectOf(group) ?? {}).map(([name, value]) =>
      pipfile(name, objectOf(value) ?? {}, indexes),
    ),
  );
  return { dependencies };
}

function pipfile(
  name: string,
  entry: JsonObject,
  indexes: ReadonlyMap<string | undefined, string | undefined>,
): LockedDependency {
  const { git, ref, file, path, index, hashes, version } = entry;
  const source: LockedSource =
    git !== undefined
      ? { kind: 'git', url: textOf(git) ?? '', commit: isCommit(textOf(ref)) }
      : path !== undefined
        ? { kind: 'project' }
        : file !== undefined
          ? { kind: 'url', url: textOf(file) ?? '' }
          : { kind: 'registry', index: indexes.get(textOf(index)) ?? [...indexes.values()][0], archives: [] };
  const list = Array.isArray(hashes) ? (hashes as readonly Json[]).map(textOf) : [];
  return python({ name, version: textOf(version)?.replace(/^==/, '') }, source, list);
}

function python(
  { name, version }: JsonObject,
  source: LockedSource,
  hashes: readonly (string | undefined)[],
): LockedDependency {
  return {
    type: 'pypi',
    name: textOf(name) ?? '',
    version: textOf(version),
    folder: undefined,
    hashed: source.kind === 'project' ? 'yes' : strengthOfAll(hashes),
    source,
  };
}

function urlsOf(files: readonly JsonObject[]): string[] {
  return files.flatMap(({ url }) => textOf(url) ?? []);
}
