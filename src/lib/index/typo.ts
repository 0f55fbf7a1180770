/** How far two words are apart, counted in typing mistakes. */

/**
 * The number of single mistakes between two words: a letter left out, added, replaced, or swapped with its neighbour
 * (Damerau-Levenshtein, optimal string alignment: no stretch is edited twice). Letters are code points.
 * @param limit what is farther is not measured, and Infinity is returned
 */
export function editDistance(from: string, to: string, limit = Number.POSITIVE_INFINITY): number {
  const a = [...from];
  const b = [...to];
  if (Math.abs(a.length - b.length) > limit) return Number.POSITIVE_INFINITY;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of a.entries()) {
    const row = [i + 1];
    for (const [j, other] of b.entries()) {
      let cost = Math.min(
        at(previous, j + 1) + 1,
        at(row, j) + 1,
        at(previous, j) + (letter === other ? 0 : 1),
      );
      if (i > 0 && j > 0 && letter === b[j - 1] && a[i - 1] === other) {
        cost = Math.min(cost, at(beforePrevious, j - 1) + 1);
      }
      row.push(cost);
    }
    if (Math.min(...row) > limit) return Number.POSITIVE_INFINITY;
    beforePrevious = previous;
    previous = row;
  }
  const distance = at(previous, b.length);
  return distance <= limit ? distance : Number.POSITIVE_INFINITY;
}

/** The candidate that was probably meant: the nearest within one mistake in three letters; undefined for none. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let limit = Math.max(1, Math.floor([...word].length / 3));
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate, limit);
    if (distance > limit || (nearest !== undefined && distance === limit)) continue;
    nearest = candidate;
    limit = distance;
  }
  return nearest;
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
