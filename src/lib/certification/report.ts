/** What a scan says: the same bundle, catalogue and data give the same text, byte for byte but for its time. */
import type { Level } from './catalogue.ts';
import type { ControlResult } from './control.ts';
import { compareText } from './finding.ts';

export interface Report {
  readonly catalogue: string;
  readonly scanner: { readonly name: string; readonly version: string };
  readonly bundle: {
    /** As its manifest says; null when that cannot be read. */
    readonly name: string | null;
    readonly version: string | null;
    /** Of the archive, lower-case hex; null for a folder. */
    readonly sha256: string | null;
    /** Bytes; null for a folder. */
    readonly size: number | null;
    readonly files: number;
  };
  readonly level: 0 | Level;
  /** The controls that keep it from the next level, in the order of the catalogue. */
  readonly keepsFromNext: readonly string[];
  /** In the order of the catalogue, every one of it. */
  readonly controls: readonly ControlResult[];
  /** When it was scanned: ISO 8601, UTC. */
  readonly at: string;
}

/** For the log's certify entry: result by control id. */
export function controlStatuses(report: Report): Record<string, ControlResult['status']> {
  return Object.fromEntries(report.controls.map(({ id, status }) => [id, status]));
}

/** JSON with its keys in order and no space. */
export function canonicalJson(report: Report): string {
  return JSON.stringify(report, (_key, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => compareText(one, other)))
      : value,
  );
}
