/** Text of others on a terminal: names and descriptions come from whoever published a package. */

// C0 and C1 controls but newline, soft hyphen, zero-width and bidi controls, line separators, tags, lone surrogates.
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is what this is for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]|[\u{e0000}-\u{e007f}]/gu;

/** Nearly all texts: they need no table of Unicode, which takes a start a while to make. */
const PLAIN = /^[ -~\n]*$/;

/** Without anything that could move the cursor, change colours, or hide or reorder text. Newlines stay. */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNPRINTABLE, '');
}

/** The same on one line, white space folded. */
export function printableLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ')).trim();
}
