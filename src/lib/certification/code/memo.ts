/** What was found out about a name, since the same few names are called again and again. */

const MOST = 20_000;
/** A name may be as long as its file. */
const LONGEST = 200;

/** @param judge the same for the same name each time */
export function memo<T>(judge: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    if (name.length > LONGEST) return judge(name);
    if (known.has(name)) return known.get(name) as T;
    if (known.size >= MOST) known.clear();
    const judged = judge(name);
    known.set(name, judged);
    return judged;
  };
}

/** Whether any of the patterns matches a name. */
export function anyOf(...patterns: readonly RegExp[]): (name: string) => boolean {
  return memo((name) => patterns.some((pattern) => pattern.test(name)));
}
