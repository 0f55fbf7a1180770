/**
 * What a scan of the registry knows that is not in the bundle: the one place where it is put together. Loaded by workers
 * alone.
 */
import type { Context } from '../../src/lib/certification/context.ts';
import type { Order } from './order.ts';

export interface ScanContext {
  readonly context: Context;
  /** Of when the data is, by its name: goes into the log. */
  readonly sources: Readonly<Record<string, string>>;
}

/** @throws what is wrong with a source that is configured: nothing is scanned without it then */
export function scanContext({ provenance }: Order): ScanContext {
  const registry =
    provenance === null
      ? undefined
      : { owner: provenance.claims.owner, repository: provenance.repository, commit: provenance.sha };
  // Sources go here, each with its `asOf` in `sources`: known vulnerabilities out of the order's database, the
  // attestation that was kept when the bundle was announced, approved sources.
  return { context: { registry }, sources: {} };
}
