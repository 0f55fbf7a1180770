/** What a scan asks of the outside, as it is configured: put together here and nowhere else. */
import type { Context } from '../lib/certification/context.ts';

export interface ScanContext {
  readonly context: Context;
  /** To be called when the scan is done. */
  close(): void;
}

/** @param known of this bundle: who announced it and who proved to have built it */
export async function scanContext(known: Pick<Context, 'attestation' | 'registry'>): Promise<ScanContext> {
  // Every other source joins here: vulnerability data with EPSS and KEV, approved sources, Scorecard, sandbox, rebuild.
  return { context: { ...known }, close: () => undefined };
}
