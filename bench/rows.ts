/** What a benchmark found: rows of ratios, each against a baseline of the same run. */

export interface Row {
  readonly measure: string;
  readonly ours: number;
  readonly baseline: number;
  readonly unit: string;
  /** The median of the rounds' ratios, which is not the ratio of the medians. */
  readonly ratio: number;
  /** At most this, or at least with `atLeast`; infinite: it is told, and nothing is asked of it. */
  readonly bar: number;
  readonly atLeast?: boolean;
  readonly pass: boolean;
}

export interface Measure {
  readonly measure: string;
  readonly ours: number;
  readonly baseline: number;
  readonly unit: string;
  /** Where it is not ours / baseline. */
  readonly ratio?: number;
  readonly bar?: number;
  readonly atLeast?: boolean;
}

/** A row, and whether it passes: a ratio that is no number does not. Without a bar nothing is asked of it. */
export function row({ bar = Number.POSITIVE_INFINITY, ...given }: Measure): Row {
  const { ours, baseline, ratio = ours / baseline, atLeast } = given;
  const pass = !Number.isFinite(bar) || (atLeast ? ratio >= bar : ratio <= bar);
  return { ...given, ratio, bar, pass };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1 + (sorted.length % 2)], sorted[middle]];
  return ((low ?? 0) + (high ?? 0)) / 2;
}

/** The row of paired rounds: ours and the baseline of the same round are at the same position. */
export function pairedRow(
  named: Pick<Measure, 'measure' | 'unit' | 'bar' | 'atLeast'>,
  ours: readonly number[],
  baseline: readonly number[],
): Row {
  const ratio = median(ours.map((value, i) => value / (baseline[i] as number)));
  return row({ ...named, ours: median(ours), baseline: median(baseline), ratio });
}

export function printRows(rows: readonly Row[]): void {
  for (const { measure, ours, baseline, unit, ratio, bar, atLeast, pass } of rows) {
    const asked = Number.isFinite(bar) ? `bar ${atLeast ? '≥' : '≤'} ${bar.toFixed(2)} ×` : 'no bar';
    const verdict = Number.isFinite(bar) ? (pass ? 'ok' : 'MISSED') : '';
    console.log(
      `${ratio.toFixed(2).padStart(6)} ×  ${asked.padEnd(13)} ${verdict.padEnd(6)}  ${measure}  ` +
        `(${ours.toFixed(1)} ${unit}; ${baseline.toFixed(1)} ${unit})`,
    );
  }
}
