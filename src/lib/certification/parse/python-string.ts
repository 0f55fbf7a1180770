/** What a string literal of Python stands for: its prefix, its quotes and its escapes (reference, 2.4.1). */

const LITERAL = /^([a-z]*)("""|'''|"|')([\s\S]*?)(?:\2)?$/i;
const ESCAPE = /\\(?:\r?\n|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{1,3})|([\s\S]))/gi;
const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};
const LAST_CODE_POINT = 0x10ffff;

/** Never throws: what is no escape stands for itself. */
export function stringValue(literal: string): string {
  const [, prefix = '', , content = ''] = LITERAL.exec(literal) ?? [];
  if (/r/i.test(prefix)) return content;
  return content.replace(
    ESCAPE,
    (all, hex?: string, short?: string, long?: string, octal?: string, one?: string) => {
      const digits = all.startsWith('\\U') ? (long ?? short ?? hex) : (hex ?? short ?? long);
      if (digits !== undefined) return codePoint(Number.parseInt(digits, 16), all);
      if (octal !== undefined) return codePoint(Number.parseInt(octal, 8), all);
      if (one === undefined) return '';
      if (one === '\\' || one === '"' || one === "'") return one;
      return SIMPLE[one] ?? all;
    },
  );
}

function codePoint(value: number, otherwise: string): string {
  return value <= LAST_CODE_POINT ? String.fromCodePoint(value) : otherwise;
}
