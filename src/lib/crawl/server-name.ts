/**
 * What a server of the MCP registry is called here: its names are reverse-DNS (`io.github.owner/server`), ours are
 * `@scope/name`. docs/decisions/0022-names-of-the-mcp-registry.md has the reasons.
 *
 * - `io.github.OWNER/…` and `dev.mpak.SCOPE/…` have the scope `@owner`; every other namespace one with `--` in it, which no
 *   login of GitHub has, so nobody can take it by an account.
 * - What fits stays as it is but for its case; what does not gets the start of a hash of it behind `--`.
 *
 * A name says nothing of who built a server: for that, the owner of the repository counts on whose release its asset lies.
 */
import { createHash } from 'node:crypto';
import { type PackageName, parsePackageName } from '../bundle/name.ts';

const SERVER_NAME = /^([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)\/([A-Za-z0-9][A-Za-z0-9._-]*)$/;
const MAX_LENGTH = 200;
const MAX_SCOPE = 39;
const MAX_BASE = 80;
const SCOPE_HASH = 12;
const BASE_HASH = 8;

/** @returns undefined when it is no name of a server */
export function packageNameOf(serverName: string): PackageName | undefined {
  const [, namespace, base] = serverName.length <= MAX_LENGTH ? (SERVER_NAME.exec(serverName) ?? []) : [];
  if (namespace === undefined || base === undefined) return undefined;
  return parsePackageName(`@${scopeFor(namespace.toLowerCase())}/${baseFor(base.toLowerCase())}`);
}

function scopeFor(namespace: string): string {
  const login = /^(?:io\.github|dev\.mpak)\.([a-z0-9][a-z0-9-]*)$/.exec(namespace)?.[1];
  if (login !== undefined && login.length <= MAX_SCOPE && !login.includes('--')) return login;
  const spelled = namespace.replaceAll('.', '--');
  const isPlain = !/--|\.-|-\.|^-|-$/.test(namespace) && spelled.length <= MAX_SCOPE;
  return isPlain ? spelled : shortened(spelled, MAX_SCOPE, hashOf(namespace, SCOPE_HASH));
}

function baseFor(base: string): string {
  const spelled = base.replace(/[^a-z0-9]+/g, '-').replace(/-+$/, '');
  if (spelled === base && base.length <= MAX_BASE) return base;
  return shortened(spelled, MAX_BASE, hashOf(base, BASE_HASH));
}

/** With its hash behind it, no longer than that. */
function shortened(text: string, length: number, hash: string): string {
  const room = length - hash.length - 2;
  const start = text.replace(/^-+/, '').slice(0, room).replace(/-+$/, '');
  return start === '' ? `x--${hash}` : `${start}--${hash}`;
}

function hashOf(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
