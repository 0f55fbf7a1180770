/**
 * Words whose letters are of scripts that are never written together (RG-02): a Latin word with a Cyrillic letter in it
 * reads as another word than it is. Names are ASCII by their grammar; titles and tools are not. Which scripts go
 * together is UTS 39's "highly restrictive" level.
 */
import type { Announcement } from '../announcement.ts';
import { HttpError } from '../http.ts';

/** Scripts whose letters are mistaken for each other's, or for Latin ones. */
const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['Cherokee', /\p{Script=Cherokee}/u],
  ['Coptic', /\p{Script=Coptic}/u],
  ['Lisu', /\p{Script=Lisu}/u],
  ['Georgian', /\p{Script=Georgian}/u],
];

/** Not seen, or they change the order in which what is around them is read. */
const HIDDEN = /[\p{Cc}\p{Cf}\u{115f}\u{1160}\u{3164}\u{ffa0}]/u;
/** Joiners change what is seen within emoji, and in scripts that are written with them. */
const JOINERS =
  /(?<=\p{Extended_Pictographic}\u{fe0f}?)\u{200d}(?=\p{Extended_Pictographic})|(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Malayalam}\p{Script=Sinhala}][\p{M}]*)[\u{200c}\u{200d}]/gu;

/** @throws HttpError 400 CONFUSABLE_TEXT */
export function requireReadableNames({ manifest }: Pick<Announcement, 'manifest'>): void {
  const names: readonly (readonly [string, string])[] = [
    ...(manifest.display_name === undefined ? [] : [['display_name', manifest.display_name] as const]),
    ...(manifest.tools ?? []).map(({ name }, index) => [`tools.${index}.name`, name] as const),
  ];
  for (const [path, text] of names) {
    const reason = confusionIn(text);
    if (reason === undefined) continue;
    throw new HttpError(400, 'CONFUSABLE_TEXT', `manifest.${path} ${reason}.`);
  }
}

/** Why a text is not what it looks like, to end a sentence; undefined when it is. */
export function confusionIn(text: string): string | undefined {
  if (HIDDEN.test(text.replace(JOINERS, ''))) return 'has characters that cannot be seen';
  for (const word of text.match(/[\p{L}\p{M}]+/gu) ?? []) {
    const found = SCRIPTS.filter(([, script]) => script.test(word)).map(([name]) => name);
    if (found.length > 1) return `mixes ${found.join(' and ')} letters in one word`;
  }
  return undefined;
}
