/** Spans of time as an operator writes them. */
import { MpakError } from '../src/lib/errors.ts';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30m`, `24h`, `7d`, `0`. @returns milliseconds @throws MpakError USAGE */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * UNITS[unit as keyof typeof UNITS];
  if (text === '0') return 0;
  throw new MpakError('USAGE', `${JSON.stringify(text)} is not a span of time.`, {
    hint: 'Such as 30m, 24h or 7d.',
  });
}
