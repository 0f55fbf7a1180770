/**
 * What packages are called in the MCP registry's interface, where names are reverse-DNS: `dev.mpak.<scope>/<name>`, or
 * a name of its own that a package states in its manifest under `_meta["dev.mpak/registry"].name`.
 *
 * A manifest says what its author likes, so a stated name is honoured only when
 * - it is a reverse-DNS name, and not one of `dev.mpak`: a default name always means its own package;
 * - under `io.github.<owner>` the owner is the package's scope, which is all of DNS that is known here;
 * - no package stated it before, in the order of the log. Who was first keeps it, also after a revocation: a name
 *   that people installed by must not come to mean somebody else's code.
 * Case makes no difference between names.
 */
import type Database from 'better-sqlite3';
import { type PackageName, parsePackageName, scopeOf } from '../../src/lib/bundle/name.ts';
import type { Manifest } from '../../src/lib/log/entry.ts';

/** The registry's own namespace, and where a manifest states a name. */
const OWN_NAMESPACE = 'dev.mpak';
const META_KEY = 'dev.mpak/registry';

/** As in the server.json schema, whose namespaces have at least two labels. */
const SERVER_NAME = /^(?<namespace>[a-z0-9-]+(?:\.[a-z0-9-]+)+)\/(?<name>[a-z0-9._-]+)$/;
const MAX_STATED_LENGTH = 200;

export function defaultServerName(name: string): string {
  return `${OWN_NAMESPACE}.${name.slice(1)}`;
}

/** One for an index, kept as long as it. */
const namesByIndex = new WeakMap<Database.Database, ServerNames>();

/**
 * The names of an index. The first call looks through all manifests, half a second for a million of them: a server
 * makes it before it listens.
 */
export function serverNames(db: Database.Database): ServerNames {
  const names = namesByIndex.get(db) ?? new ServerNames(db);
  namesByIndex.set(db, names);
  return names;
}

export class ServerNames {
  readonly #newestVersion: Database.Statement<[], number>;
  /** Of the manifests that mention the key, which are few: the others never leave SQLite. */
  readonly #stated: Database.Statement<
    [path: string, after: number, last: number, glob: string],
    { name: PackageName; stated: unknown }
  >;
  /** The package that a stated name, lower-cased, belongs to. */
  readonly #owners = new Map<string, PackageName>();
  /** The last version whose manifest was looked at. Their ids grow with the log. */
  #lastVersionId = 0;

  /** Reads the names that are stated so far. */
  constructor(db: Database.Database) {
    this.#newestVersion = db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM versions').pluck();
    // CROSS JOIN: the manifests come first, in their order, and only what mentions the key is joined.
    this.#stated = db.prepare(
      `SELECT p.name, m.manifest ->> ? AS stated
       FROM manifests m CROSS JOIN versions v ON v.id = m.version_id JOIN packages p ON p.id = v.package_id
       WHERE m.version_id > ? AND m.version_id <= ? AND m.manifest GLOB ?
       ORDER BY m.version_id`,
    );
    this.#refresh();
  }

  /** The name of a package's version. */
  nameOf(name: PackageName, manifest: Manifest): string {
    this.#refresh();
    const stated = statedName(manifest._meta);
    if (stated !== undefined && this.#owners.get(stated.toLowerCase()) === name) return stated;
    return defaultServerName(name);
  }

  /**
   * The package that a server name means; undefined for one that nobody has.
   * @returns `malformed` when it is neither a server name nor a package name, which is taken too
   */
  resolve(text: string): PackageName | 'malformed' | undefined {
    if (text.startsWith('@')) return parsePackageName(text) ?? 'malformed';
    const name = text.toLowerCase();
    const match = parseServerName(name);
    if (match === undefined) return 'malformed';
    if (isOwn(match.namespace)) {
      return parsePackageName(`@${match.namespace.slice(OWN_NAMESPACE.length + 1)}/${match.name}`);
    }
    this.#refresh();
    return this.#owners.get(name);
  }

  /** The packages whose stated name contains a text. */
  containing(text: string): PackageName[] {
    this.#refresh();
    const part = text.toLowerCase();
    return [...this.#owners].filter(([name]) => name.includes(part)).map(([, owner]) => owner);
  }

  /** Looks at the manifests that came since. */
  #refresh(): void {
    const last = this.#newestVersion.get() as number;
    if (last === this.#lastVersionId) return;
    const path = `$._meta."${META_KEY}".name`;
    for (const { name, stated } of this.#stated.iterate(path, this.#lastVersionId, last, `*${META_KEY}*`)) {
      if (typeof stated !== 'string' || !mayBeCalled(name, stated)) continue;
      const key = stated.toLowerCase();
      if (!this.#owners.has(key)) this.#owners.set(key, name);
    }
    this.#lastVersionId = last;
  }
}

function statedName(meta: unknown): string | undefined {
  const registry = memberOf(meta, META_KEY);
  const name = memberOf(registry, 'name');
  return typeof name === 'string' ? name : undefined;
}

function memberOf(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;
}

function mayBeCalled(name: PackageName, stated: string): boolean {
  if (stated.length > MAX_STATED_LENGTH) return false;
  const match = parseServerName(stated.toLowerCase());
  if (match === undefined || isOwn(match.namespace)) return false;
  const [top, second, owner] = match.namespace.split('.');
  return top !== 'io' || second !== 'github' || owner === scopeOf(name);
}

/** @param name lower case */
function parseServerName(name: string): { namespace: string; name: string } | undefined {
  const groups = SERVER_NAME.exec(name)?.groups;
  return groups as { namespace: string; name: string } | undefined;
}

function isOwn(namespace: string): boolean {
  return namespace === OWN_NAMESPACE || namespace.startsWith(`${OWN_NAMESPACE}.`);
}
