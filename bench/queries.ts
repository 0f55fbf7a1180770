/** Queries as people and programs type them, drawn from a corpus: words of names and descriptions, beginnings, typos. */
import type { PublishEntry } from '../src/lib/log/entry.ts';

const WORD = /[\p{L}\p{N}]+/gu;

/** That many search paths, all different. */
export function searchTargets(
  published: readonly PublishEntry[],
  count: number,
  random: () => number,
): string[] {
  const targets = new Set<string>();
  while (targets.size < count) {
    const parameters = new URLSearchParams({ q: queryOf(published, random) });
    const sort = random();
    if (sort < 0.1) parameters.set('sort', 'downloads');
    else if (sort < 0.2) parameters.set('sort', 'recent');
    targets.add(`/v1/bundles/search?${parameters}`);
  }
  return [...targets];
}

function queryOf(published: readonly PublishEntry[], random: () => number): string {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)];
  const entry = pick(published) as PublishEntry;
  const name = entry.package.slice(entry.package.indexOf('/') + 1).match(WORD) ?? ['x'];
  const words = entry.manifest.description?.toLowerCase().match(WORD) ?? name;
  switch (Math.floor(random() * 5)) {
    case 0:
      return name.join(' ');
    case 1:
      return [pick(words), pick(words)].join(' ');
    case 2:
      return `${pick(name)} ${pick(['server', 'mcp', 'api', 'tools'])}`;
    case 3: {
      const text = name.join(' ');
      return text.slice(0, Math.max(3, Math.ceil(text.length * 0.7)));
    }
    default: {
      const word = pick(name) as string;
      const at = Math.floor(random() * Math.max(1, word.length - 1));
      return `${word.slice(0, at)}${word[at + 1] ?? ''}${word[at]}${word.slice(at + 2)} ${pick(words)}`;
    }
  }
}
