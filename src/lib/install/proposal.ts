/** What is about to be installed, in the words that a user decides by; and whether anybody has to decide. */
import { scopeOf } from '../bundle/name.ts';
import type { Installed } from '../cache/bundle-cache.ts';
import type { Receipt } from '../cache/receipt.ts';
import { type ConsentPolicy, isAllowed } from '../config/policy.ts';
import type { ArtifactCertification } from '../index/read-artifact-certification.ts';
import type { IndexSource } from '../index/read-source.ts';
import type { Verified } from '../provenance/verify.ts';
import type { ScanFinding } from '../remote/scan-client.ts';
import type { Resolved } from './resolve.ts';
import type { Acceptance } from './unattested.ts';

export interface Proposal {
  /** URL of the registry whose index names it. */
  readonly registry: string;
  /** What that index is made of. */
  readonly source: IndexSource;
  readonly resolved: Resolved;
  readonly tools: readonly { readonly name: string; readonly description?: string | undefined }[];
  /** What the manifest says the server may do, by kind; null when it says nothing. */
  readonly permissions: Readonly<Record<string, unknown>> | null;
  /** Of this artifact; null when the registry has not judged it. */
  readonly certification: ArtifactCertification | null;
  /** What the registry found in it, worst first; null when it does not say. */
  readonly findings: readonly ScanFinding[] | null;
  /** Null: nothing proves who built it, and the user wants it all the same. */
  readonly verified: Verified | null;
  /** The version that runs now, or the highest that is here; undefined at the first installation. */
  readonly current: Installed | undefined;
}

/** Why somebody has to agree. */
export type Concern = 'first' | 'unattested' | 'owner' | 'registry' | 'publisher' | 'permissions';

export type Decision = 'proceed' | 'ask' | 'refuse';

/** What speaks for asking: nothing does for an update by the same publisher that wants no more than before. */
export function concernsOf(proposal: Proposal): Concern[] {
  const { registry, resolved, permissions, verified, current } = proposal;
  const concerns: Concern[] = [];
  if (verified === null) concerns.push('unattested');
  if (current === undefined) {
    if (isOfAnother(proposal)) concerns.push('owner');
    return [...concerns, 'first'];
  }
  // The same name somewhere else may be somebody else's.
  if (current.receipt.registry !== registry) concerns.push('registry');
  if (!isSame(current.receipt.publisher, publisherOf(resolved, verified))) concerns.push('publisher');
  const before: unknown = JSON.parse(current.receipt.permissions);
  // What is not declared any more is not limited any more.
  const isUndeclared = permissions === null && before !== null;
  if (isUndeclared || addsPermission(before, permissions)) concerns.push('permissions');
  return concerns;
}

/** Who published it: whom its attestation proves; without one, whom the registry names; null when it names nobody. */
export function publisherOf({ provenance }: Resolved, verified: Verified | null): Receipt['publisher'] {
  const { owner, owner_id, repository } = verified?.signer ?? {};
  if (owner && owner_id && repository) return { owner, owner_id, repository };
  if (provenance === null) return null;
  const { claims } = provenance;
  return { owner: claims.owner, owner_id: claims.owner_id, repository: provenance.repository };
}

/**
 * In the MCP registry a name proves nothing of who built a server: docs/decisions/0022-names-of-the-mcp-registry.md. Everywhere
 * else the owner of the scope must have.
 */
function isOfAnother({ source, resolved, verified }: Proposal): boolean {
  if (source !== 'mcp' || verified === null) return false;
  return verified.signer.owner?.toLowerCase() !== scopeOf(resolved.name);
}

function isSame(before: Receipt['publisher'], now: Receipt['publisher']): boolean {
  if (before === null || now === null) return before === now;
  return before.owner_id === now.owner_id && before.repository.toLowerCase() === now.repository.toLowerCase();
}

/** What a manifest says its server may do; null when it says nothing. */
export function permissionsOf(manifest: object | undefined): Proposal['permissions'] {
  const { _meta } = (manifest ?? {}) as { _meta?: { 'org.mpaktrust'?: { permissions?: unknown } } };
  const permissions = _meta?.['org.mpaktrust']?.permissions;
  return permissions !== null && typeof permissions === 'object'
    ? (permissions as Record<string, unknown>)
    : null;
}

/**
 * @param options.interactive somebody can be asked
 * @param options.yes everything was agreed to beforehand
 * @param options.unattested how what nothing proves was accepted
 */
export function decide(
  name: string,
  found: readonly Concern[],
  options: {
    readonly interactive: boolean;
    readonly yes: boolean;
    readonly policy: ConsentPolicy;
    readonly unattested: Acceptance;
  },
): Decision {
  const { interactive, yes, policy, unattested } = options;
  // To agree to a package is not to agree that nothing proves it.
  if (unattested === 'ask' && found.includes('unattested')) return interactive ? 'ask' : 'refuse';
  const concerns = found.filter((concern) => concern !== 'unattested' || unattested === 'wished');
  // The allow list is of names, and whose a name is depends on the registry; that of a scope, on who built it.
  const allow = concerns.includes('owner') ? policy.allow.filter((listed) => listed === name) : policy.allow;
  const isListed = isAllowed(name, allow) && !concerns.includes('registry');
  if (yes || isListed) return 'proceed';
  if (policy.consent === 'default') {
    // How AI clients start a server: named explicitly, and proven to be its publisher's.
    const serious = concerns.filter((concern) => concern !== 'first');
    if (concerns.length === 0 || (!interactive && serious.length === 0)) return 'proceed';
  }
  return interactive ? 'ask' : 'refuse';
}

/** Whether anything is there now that was not, or is not the same as before. Less is no concern. */
export function addsPermission(before: unknown, now: unknown): boolean {
  if (now === null || now === undefined || now === false) return false;
  if (Array.isArray(now)) {
    const known = new Set(Array.isArray(before) ? before.map((value) => JSON.stringify(value)) : []);
    return now.some((value) => !known.has(JSON.stringify(value)));
  }
  if (typeof now === 'object') {
    const known = (before !== null && typeof before === 'object' ? before : {}) as Record<string, unknown>;
    return Object.entries(now).some(([key, value]) =>
      addsPermission(Object.hasOwn(known, key) ? known[key] : null, value),
    );
  }
  return now !== 'none' && before !== now;
}
