/** How an archive is refused: one error a reason, each naming the entry in a form that no terminal acts upon. */
import { type ErrorCode, MpakError } from '../errors.ts';

type Prefixed<C> = C extends `${'ARCHIVE' | 'MANIFEST'}_${string}` ? C : never;
export type RefusalCode = Prefixed<ErrorCode>;

const LONGEST_QUOTE = 120;

/** @param message a sentence */
export function refuse(code: RefusalCode, message: string, cause?: unknown): never {
  throw new MpakError(code, message, {
    hint: 'Nothing of the bundle was installed. Ask its publisher for one made by `mpak bundle pack`.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A name out of an archive, quoted and cut: it may hold anything. */
export function quote(name: string): string {
  const cut = name.length > LONGEST_QUOTE ? `${name.slice(0, LONGEST_QUOTE)}…` : name;
  return JSON.stringify(cut).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
