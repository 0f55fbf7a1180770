/**
 * What a scan of the registry knows that is not in the bundle: the one place where it is put together. Loaded by workers
 * alone.
 */
import type { Context } from '../../src/lib/certification/context.ts';
import { openVulnerabilityData } from '../../src/lib/vulnerabilities/lookup.ts';
import type { Order } from './order.ts';
import { scorecardOf } from './scorecard.ts';

export interface ScanContext {
  readonly context: Context;
  /** Of when the data is, by its name: goes into the log. */
  readonly sources: Readonly<Record<string, string>>;
}

/** @throws what is wrong with a source that is configured: nothing is scanned without it then */
export function scanContext(order: Order): ScanContext {
  const { provenance, attestation, scorecard } = order;
  const registry =
    provenance === null
      ? undefined
      : { owner: provenance.claims.owner, repository: provenance.repository, commit: provenance.sha };
  const { vulnerabilities, epss, kev } = known(order) ?? {};
  return {
    context: {
      registry,
      ...(attestation !== undefined && { attestation }),
      ...(scorecard !== undefined && { scorecard: scorecardOf(scorecard) }),
      approvedSources: new Map(Object.entries(order.approvedSources)),
      vulnerabilities,
      epss,
      kev,
    },
    sources: {
      ...(vulnerabilities && { osv: vulnerabilities.asOf }),
      ...(epss && { epss: epss.asOf }),
      ...(kev && { kev: kev.asOf }),
    },
  };
}

/** The database stays open until the worker ends, after its one bundle. */
function known({ vulnerabilities, maxAgeDays, at }: Order) {
  if (vulnerabilities === null) return undefined;
  const data = openVulnerabilityData(vulnerabilities, { now: new Date(at), maxAgeDays });
  if (data === undefined) throw new Error(`there is no vulnerability data at ${vulnerabilities}`);
  return data;
}
