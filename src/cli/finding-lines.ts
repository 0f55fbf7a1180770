/** What a look at this machine has found, as lines. */
import type { Finding } from '../lib/finding.ts';
import { printableLine } from '../lib/printable.ts';
import type { Screen, Style } from './screen.ts';

const STYLES: Readonly<Record<Finding['state'], Style>> = { ok: 'green', warn: 'yellow', fail: 'red' };

export function findingLines(findings: readonly Finding[], { style }: Screen): string[] {
  return findings.map(({ check, state, message, hint }) => {
    const fix = hint === null ? '' : `  → ${printableLine(hint)}`;
    return `${style(STYLES[state], state.padEnd(5))} ${printableLine(check)}: ${printableLine(message)}${fix}`;
  });
}
