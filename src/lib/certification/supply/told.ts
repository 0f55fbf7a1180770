/** As many findings as a person reads; the rest is counted. */
import type { Finding } from '../finding.ts';

const MOST_TOLD = 50;

/** @param findings in an order that is the same for the same bundle; those that block the lowest level come first */
export function told(findings: readonly Finding[]): Finding[] {
  const worst = (blocks: Finding['blocks']) => blocks ?? Number.POSITIVE_INFINITY;
  const sorted = [...findings].sort((one, other) => {
    const [before, after] = [worst(one.blocks), worst(other.blocks)];
    return before === after ? 0 : before - after;
  });
  const rest = sorted.slice(MOST_TOLD);
  const [next] = rest;
  if (next === undefined) return sorted;
  return [
    ...sorted.slice(0, MOST_TOLD),
    {
      severity: next.severity,
      file: null,
      line: null,
      title: `And ${rest.length} more like these`,
      remedy: 'Mend those that are listed, and scan again.',
      blocks: next.blocks,
    },
  ];
}
