/**
 * The OpenSSF Scorecard of the repository that a bundle was announced from. The server asks for it: a worker, which reads
 * what is hostile, asks nobody.
 */
import type { ScorecardSource, VerifiedProvenance } from '../../src/lib/certification/context.ts';
import type { Provenance } from '../../src/lib/log/entry.ts';
import type { Order } from './order.ts';

/** A report is for everybody, and where a registry asks is its own business. */
const UNAVAILABLE = 'The registry could not get the Scorecard of the repository.';

/**
 * @param isLast what cannot be had now is not waited for any more
 * @returns undefined for what nobody announced @throws Error with what is wrong, when it is worth asking again
 */
export async function announcedScorecard(
  source: ScorecardSource,
  provenance: Provenance | null,
  attestation: VerifiedProvenance | null | undefined,
  isLast: boolean,
): Promise<Order['scorecard']> {
  if (provenance === null) return undefined;
  // Its attestation names the host as well.
  const url = URL.parse(attestation?.sourceRepository ?? `https://github.com/${provenance.repository}`);
  if (url === null) return undefined;
  const repository = url.hostname + url.pathname;
  const answer = await source.of(repository);
  if (answer === null) return { repository, answer };
  if ('unavailable' in answer) {
    if (!isLast) throw new Error(answer.unavailable);
    return { repository, answer: { unavailable: UNAVAILABLE } };
  }
  return { repository, answer: { score: answer.score, checks: Object.fromEntries(answer.checks) } };
}

/** As a worker is told of it: of any other repository there is none, whatever a manifest names. */
export function scorecardOf({ repository, answer }: NonNullable<Order['scorecard']>): ScorecardSource {
  return {
    of(asked) {
      if (asked.toLowerCase() !== repository.toLowerCase() || answer === null) return null;
      return 'unavailable' in answer ? answer : { ...answer, checks: new Map(Object.entries(answer.checks)) };
    },
  };
}
