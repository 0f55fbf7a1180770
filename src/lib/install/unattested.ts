/**
 * What is done about a bundle that nothing proves: docs/provenance.md. Its digest and the archive guard hold in any case,
 * and so does that what was attested once stays so.
 */
import { rememberedAttested } from '../cache/attested.ts';
import type { BundleCache } from '../cache/bundle-cache.ts';
import { isAllowed, type UnattestedPolicy } from '../config/policy.ts';
import { MpakError } from '../errors.ts';
import { attestedVersion } from '../index/read-attested.ts';
import type { IndexStore } from '../sync/store.ts';
import { askIndex } from './origin.ts';
import type { Resolved } from './resolve.ts';

/**
 * `standing`: the configuration accepts it; `wished`: the user does so for this once, and whatever else needs agreement still
 * does; `ask`: somebody has to be asked, whom nothing that was said beforehand answers for.
 */
export type Acceptance = 'standing' | 'wished' | 'ask';

/**
 * @param options.wished `--allow-unattested`
 * @param options.interactive somebody can be asked
 * @param options.yes nothing is to be asked
 * @returns undefined when it is refused
 */
export function acceptanceOf(
  name: string,
  options: {
    readonly policy: UnattestedPolicy;
    readonly wished: boolean;
    readonly interactive: boolean;
    readonly yes: boolean;
  },
): Acceptance | undefined {
  const { policy, wished, interactive, yes } = options;
  if (policy.unattested === 'deny') return undefined;
  if (policy.unattested === 'allow' || isAllowed(name, policy.allowUnattested)) return 'standing';
  if (wished) return 'wished';
  return interactive && !yes ? 'ask' : undefined;
}

/** The error for what is not accepted. */
export function refusedUnattested(
  { source, name, version, artifact }: Resolved,
  { unattested }: UnattestedPolicy,
): MpakError {
  const from =
    source === 'signed' ? '' : `, lies on ${new URL(artifact.url).host}, and its registry signs nothing`;
  const message = `Nothing says who built ${name} ${version}: it has no attestation${from}`;
  if (unattested === 'deny') {
    return new MpakError('ATTESTATION_MISSING', `${message}, and policy.unattested is deny.`, {
      hint: 'Nothing was installed. No flag goes before that policy: `mpak config unset policy.unattested` does.',
    });
  }
  return new MpakError('ATTESTATION_MISSING', `${message}.`, {
    hint:
      'To have it all the same, whoever built it, add `--allow-unattested`; or once for all: ' +
      `\`mpak config set policy.allowUnattested ${name}\`.`,
  });
}

/**
 * A package of a registry that had attestations and has none any more: somebody may have taken the registry over, or
 * stripped what it serves. Judged by what is installed from there, by what was proven on this machine before, and by what
 * its index says of versions that came before this one.
 * @throws MpakError ATTESTATION_LOST, CACHE_DAMAGED
 */
export function refuseLost(cache: BundleCache, store: IndexStore, resolved: Resolved): void {
  const { name, version, artifact } = resolved;
  const installed = cache
    .versions(name)
    .find(({ receipt }) => receipt.registry === store.label && receipt.provenance !== null);
  const indexed = askIndex(store, (db) => attestedVersion(db, name, artifact.seq));
  const remembered = rememberedAttested(cache, name, store.label);
  const before =
    installed !== undefined
      ? `${installed.version}, which is installed, was proven by one`
      : indexed === version
        ? 'its registry says that it has one, which nobody serves'
        : indexed !== undefined
          ? `${indexed} has one`
          : remembered && `${remembered} was proven by one on this machine`;
  if (before === undefined) return;
  throw new MpakError(
    'ATTESTATION_LOST',
    `${name} ${version} has no attestation, and ${before}: what was attested once stays so.`,
    {
      hint: `Nothing was installed, and no policy or flag changes that. Ask its publisher, by another way than ${store.label}.`,
    },
  );
}
