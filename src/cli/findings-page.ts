/** What is wrong with a bundle, as lines for people: where, what, and what to do. */
import type { Finding } from '../lib/pack/finding.ts';
import { printableLine } from '../lib/printable.ts';
import type { Screen } from './screen.ts';

export function findingLines(findings: readonly Finding[], screen: Screen): string[] {
  return findings.flatMap(({ severity, path, message, remedy }) => {
    const label = screen.style(severity === 'error' ? 'red' : 'yellow', severity);
    const lines = [`${label}  ${screen.style('bold', printableLine(path))}`, `  ${printableLine(message)}`];
    return remedy === '' ? lines : [...lines, `  ${screen.style('dim', printableLine(remedy))}`];
  });
}
