/** How severe an advisory is, as a CVSS base score: computed from its vectors, else by the word that its database uses. */
import cvss from 'ae-cvss-calculator';

/** GitHub's words and others', as the lowest score that CVSS calls so. */
const WORDS = new Map([
  ['critical', 9],
  ['high', 7],
  ['important', 7],
  ['moderate', 4],
  ['medium', 4],
  ['low', 0.1],
]);
const LONGEST_VECTOR = 512;

/** The highest of them; null when none is one. */
export function baseScore(vectors: readonly string[], word: string | undefined): number | null {
  const scores = vectors.flatMap((vector) => scoreOf(vector) ?? []);
  if (scores.length > 0) return Math.max(...scores);
  return WORDS.get(word?.toLowerCase() ?? '') ?? null;
}

/** CVSS 2, 3.0, 3.1 or 4.0; undefined for anything else, and for one with a metric missing. */
function scoreOf(vector: string): number | undefined {
  if (vector.length > LONGEST_VECTOR) return undefined;
  try {
    const scores = cvss.fromVector(vector)?.calculateScores();
    const base: unknown = (scores as { base?: unknown } | undefined)?.base;
    return typeof base === 'number' && base >= 0 && base <= 10 ? base : undefined;
  } catch {
    return undefined;
  }
}
