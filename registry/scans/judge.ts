/** A worker's work: scans one bundle, and makes a report of bounded size. Loaded by workers alone. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { canonicalJson, type Report } from '../../src/lib/certification/report.ts';
import { scanArchive } from '../../src/lib/certification/scan.ts';
import { SCAN_REPORT_BYTES } from '../limits.ts';
import { type ScanContext, scanContext } from './context.ts';
import type { Order } from './order.ts';
import type { WorkerAnswer } from './verdict.ts';

/** Findings that each control keeps, until the report fits. The worst come first. */
const KEPT_FINDINGS = [Number.POSITIVE_INFINITY, 1_000, 100, 10, 1, 0];

/**
 * @param version of this program
 * @param onReady called before the bundle is opened
 * @returns a failure when it is none of the bundle's
 * @throws what no bundle should be able to cause
 */
export async function judgeBundle(order: Order, version: string, onReady: () => void): Promise<WorkerAnswer> {
  let opened: ScanContext;
  let archive: Buffer;
  try {
    opened = scanContext(order);
    onReady();
    archive = readFileSync(order.file);
  } catch (error) {
    return { failure: (error as Error).message };
  }
  if (createHash('sha256').update(archive).digest('hex') !== order.sha256) {
    return { failure: 'the file that was downloaded is another now' };
  }
  const scanner = { name: 'mpak', version };
  const report = await scanArchive(archive, {
    scanner,
    at: new Date(order.at),
    context: opened.context,
  });
  return { ...fitted(report), sources: opened.sources };
}

/** @returns the report as canonical JSON, with as many findings as fit */
export function fitted(report: Report, maxBytes: number = SCAN_REPORT_BYTES) {
  const found = countFindings(report);
  for (const kept of KEPT_FINDINGS) {
    const controls = report.controls.map((each) => ({ ...each, findings: each.findings.slice(0, kept) }));
    const shorter = { ...report, controls };
    const text = canonicalJson(shorter);
    if (Buffer.byteLength(text) <= maxBytes) return { report: text, omitted: found - countFindings(shorter) };
  }
  throw new Error('A report without findings is too large.');
}

function countFindings({ controls }: Report): number {
  return controls.reduce((sum, { findings }) => sum + findings.length, 0);
}
