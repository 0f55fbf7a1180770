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

/** Base metrics with their values, by what a vector begins with: each is in it once. */
const METRICS: readonly (readonly [RegExp, string])[] = [
  [/^CVSS:3\.[01]\//, 'AV:NALP AC:LH PR:NLH UI:NR S:UC C:HLN I:HLN A:HLN'],
  [/^CVSS:4\.0\//, 'AV:NALP AC:LH AT:NP PR:NLH UI:NPA VC:HLN VI:HLN VA:HLN SC:HLN SI:HLN SA:HLN'],
  [/^(?!CVSS:)/, 'AV:LAN AC:HML Au:MSN C:NPC I:NPC A:NPC'],
];

/** The highest of them; null when none is one. */
export function baseScore(vectors: readonly string[], word: string | undefined): number | null {
  const scores = vectors.flatMap((vector) => scoreOf(vector) ?? []);
  if (scores.length > 0) return Math.max(...scores);
  return WORDS.get(word?.toLowerCase() ?? '') ?? null;
}

/** CVSS 2, 3.0, 3.1 or 4.0; undefined for anything else, and for one with a base metric missing. */
function scoreOf(vector: string): number | undefined {
  const base = baseVector(vector);
  if (base === undefined) return undefined;
  try {
    const scores = cvss.fromVector(base)?.calculateScores();
    const score: unknown = (scores as { base?: unknown } | undefined)?.base;
    return typeof score === 'number' && score >= 0 && score <= 10 ? score : undefined;
  } catch {
    return undefined;
  }
}

/** What of a vector is its base, and nothing else: the calculator prints what it does not know. */
function baseVector(vector: string): string | undefined {
  if (vector.length > LONGEST_VECTOR) return undefined;
  const [begins, metrics] = METRICS.find(([pattern]) => pattern.test(vector)) ?? [];
  if (begins === undefined || metrics === undefined) return undefined;
  const start = begins.exec(vector)?.[0] ?? '';
  const given = new Map(
    vector
      .slice(start.length)
      .split('/')
      .map((each): [string, string] => [each.split(':', 1)[0] ?? '', each.split(':')[1] ?? '']),
  );
  const parts = metrics.split(' ').map((metric) => {
    const [name = '', values = ''] = metric.split(':');
    const value = given.get(name) ?? '';
    return value.length === 1 && values.includes(value) ? `${name}:${value}` : undefined;
  });
  return parts.includes(undefined) ? undefined : `${start}${parts.join('/')}`;
}
