/** A quick look at two names before their distance is computed: which characters they have. */

/** How many characters, of those that the two have at all, only one of them has. */
export function differingLetters(one: string, other: string): number {
  let count = 0;
  for (let rest = lettersOf(one) ^ lettersOf(other); rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** Which characters a name has, as bits. */
function lettersOf(name: string): number {
  let bits = 0;
  for (let i = 0; i < name.length; i += 1) bits |= 1 << (name.charCodeAt(i) & 31);
  return bits;
}
