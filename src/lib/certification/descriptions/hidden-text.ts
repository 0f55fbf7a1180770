/**
 * What a model reads in a text and a person does not: characters that cannot be seen, that change the order of reading, or
 * that are letters of another alphabet (Unicode Technical Reports 36 and 39), and what is moved out of sight.
 */

/** Embeddings, overrides and isolates; marks belong to texts that are written from right to left. */
const BIDI_CONTROL = /[\u202a-\u202e\u2066-\u2069]/;
const DIRECTION_MARKS = /[\u200e\u200f\u061c]/g;
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;

const TAG = /[\u{e0000}-\u{e007f}]/u;
/** England, Scotland and Wales: all flags that Unicode recommends of this form. */
const FLAGS =
  /\u{1f3f4}\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}/gu;

const VARIATION = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u;
/** One behind what has variants. */
const VARIANTS =
  /(?<=[\p{Extended_Pictographic}\p{S}\p{Emoji_Modifier}#*0-9])[\ufe0e\ufe0f]|(?<=\p{Script=Han})[\ufe00-\ufe02\u{e0100}-\u{e01ef}](?![\ufe00-\ufe0f\u{e0100}-\u{e01ef}])/gu;

/** In emoji, and in scripts that are written with them. */
const JOINERS =
  /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})|(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Gujarati}]\p{M}{0,3})[\u200c\u200d](?![\u200c\u200d])/gu;
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const INVISIBLE_ALL = new RegExp(INVISIBLE, 'gu');
const SOFT_HYPHEN = /(?<=\p{L})\u00ad(?=\p{L})/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/;

const SPACES = /(?<![^\S\n])[^\S\n]{60,}(?=\S)/;
const EMPTY_LINES = 12;
/** A comment with as many words is more than an example of one. */
const COMMENT_WORDS = 4;

/** Plain ones last: each sentence begins with what has it. */
const HIDDEN: readonly (readonly [string, (text: string) => boolean])[] = [
  ['has characters that reverse the order of reading', (text) => BIDI_CONTROL.test(text)],
  ['has tag characters, which cannot be seen', (text) => TAG.test(text.replace(FLAGS, ''))],
  ['has variation selectors that vary nothing', (text) => VARIATION.test(text.replace(VARIANTS, ''))],
  ['has characters that cannot be seen', (text) => INVISIBLE.test(withoutHonest(text))],
  ['has control characters', (text) => CONTROL.test(text)],
  ['has letters that look like those of another alphabet', hasLookAlikes],
  ['has text far out of sight behind white space', hasPadding],
];

/** Why a text is not what a person sees, to follow what it is; none when it is. */
export function hiddenIn(text: string): string[] {
  return HIDDEN.filter(([, is]) => is(text)).map(([why]) => why);
}

/** A comment is shown to nobody but the model; in Markdown for people it is common. */
export function hasHiddenComment(text: string): boolean {
  const comments = text
    .split('<!--')
    .slice(1)
    .map((each) => each.split('-->', 1)[0] as string);
  comments.push(...text.split('\n').filter((line) => line.startsWith('[//]: # (')));
  return comments.some((each) => (each.slice(0, 1000).match(/\p{L}+/gu) ?? []).length >= COMMENT_WORDS);
}

function hasPadding(text: string): boolean {
  if (SPACES.test(text)) return true;
  let empty = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') empty += 1;
    else if (empty >= EMPTY_LINES) return true;
    else empty = 0;
  }
  return false;
}

function withoutHonest(text: string): string {
  const plain = text
    .replace(/^\ufeff/, '')
    .replace(FLAGS, '')
    .replace(VARIANTS, '')
    .replace(JOINERS, '')
    .replace(SOFT_HYPHEN, '');
  return RIGHT_TO_LEFT.test(plain) ? plain.replace(DIRECTION_MARKS, '') : plain;
}

/** Letters of Cyrillic, Greek and Armenian, and the Latin ones that they look like. */
const LOOK_ALIKES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    [
      '\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u04cf\u0432\u043a\u043c\u043d\u0442',
      'aceopxyijshdqwlbkmht',
    ],
    [
      '\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0425\u0423',
      'ABCEHIJKMOPSTXY',
    ],
    ['\u03b1\u03bf\u03bd\u03b9\u03ba\u03c1\u03c5\u03c7\u03b3', 'aovikpuxy'],
    [
      '\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7',
      'ABEZHIKMNOPTYX',
    ],
    ['\u0578\u057d\u0585\u0570\u0581', 'nuohg'],
  ].flatMap(([from = '', to = '']) => [...from].map((letter, index) => [letter, to[index] as string])),
);
const LATIN = /\p{Script=Latin}/u;
const OTHER =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;
const OTHERS = new RegExp(OTHER, 'gu');

function hasLookAlikes(text: string): boolean {
  if (!OTHER.test(text)) return false;
  const words = text.match(/[\p{L}\p{M}]+/gu) ?? [];
  const isForeign = (word: string) =>
    !LATIN.test(word) && (word.match(OTHERS) ?? []).some((letter) => LOOK_ALIKES[letter] === undefined);
  // A text in that script: its words stand for themselves, and an abbreviation may have their ending.
  const isInScript = words.some((word) => isForeign(word) && word.length > 2);
  return words.some((word) => {
    const others = word.match(OTHERS) ?? [];
    if (others.length === 0 || others.some((letter) => LOOK_ALIKES[letter] === undefined)) return false;
    if (LATIN.test(word)) return !(isInScript && /^[A-Z]{2,}\P{Script=Latin}{1,3}$/u.test(word));
    return !isInScript && word.length > 2 && words.some((each) => LATIN.test(each));
  });
}

/** Letters with spaces between them, and more of these between words. */
const SPACED = /(?<!\S)\S(?:[^\S\n]{1,4}\S(?!\S)){7,}/g;

/**
 * As a model understands it: without what cannot be seen, in plain letters, and with single spaces. A text with letters of
 * another alphabet has two readings: as what they look like, and as what they are.
 */
export function readingsOf(text: string): string[] {
  const visible = text
    .normalize('NFKC')
    .replace(INVISIBLE_ALL, '')
    .replace(SPACED, (spaced) => spaced.replace(/\s{2,}/g, '\n').replace(/[^\S\n]/g, ''))
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\s+/g, ' ')
    .replace(/(?<!\w)(?:\w ){5,}\w(?!\w)/g, (spaced) => spaced.replaceAll(' ', ''));
  if (!OTHER.test(visible)) return [visible];
  return [visible.replace(OTHERS, (letter) => LOOK_ALIKES[letter] ?? letter), visible];
}
