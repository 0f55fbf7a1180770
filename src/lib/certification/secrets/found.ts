/** A secret in a text, and how it is told without telling it. */

export interface FoundSecret {
  /** What it is: `GitHub token`. */
  readonly what: string;
  /** Offset in the text. */
  readonly start: number;
  /** The secret itself: only ever shown masked. */
  readonly value: string;
}

const LONGEST_PREFIX = 4;

/** Its first characters, which say whose token it is; none of a short one or of a password. */
export function masked({ value }: FoundSecret): string {
  const prefix = /^[A-Za-z]{2,}[-_.]?/.exec(value)?.[0] ?? '';
  return value.length < 20 ? '…' : `${prefix.slice(0, LONGEST_PREFIX)}…`;
}
