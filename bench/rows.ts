/** What a benchmark found: rows of ratios, each against a baseline of the same run. */

export interface Row {
  readonly measure: string;
  readonly ours: number;
  readonly baseline: number;
  readonly unit: string;
  /** The median of the rounds' ratios, which is not the ratio of the medians. */
  readonly ratio: number;
  /** At most this; infinite: it is told, and nothing is asked of it. */
  readonly bar: number;
  readonly pass: boolean;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1 + (sorted.length % 2)], sorted[middle]];
  return ((low ?? 0) + (high ?? 0)) / 2;
}

export function printRows(rows: readonly Row[]): void {
  for (const { measure, ours, baseline, unit, ratio, bar, pass } of rows) {
    const asked = Number.isFinite(bar) ? `bar ${bar.toFixed(2)} ×` : 'no bar';
    const verdict = Number.isFinite(bar) ? (pass ? 'ok' : 'MISSED') : '';
    console.log(
      `${ratio.toFixed(2).padStart(6)} ×  ${asked.padEnd(11)} ${verdict.padEnd(6)}  ${measure}  ` +
        `(${ours.toFixed(1)} ${unit}; ${baseline.toFixed(1)} ${unit})`,
    );
  }
}
