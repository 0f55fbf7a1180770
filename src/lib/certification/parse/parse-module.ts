/** A module's code, or why there is none. Never throws for what is in it. */
import { TooSlow, withinTime } from '../time-limit.ts';
import { TooDeep } from './builder.ts';
import type { Code, Language, Unparsable } from './expression.ts';
import { parseJavascript } from './javascript.ts';
import { parsePython } from './python.ts';

/**
 * @param text limited in size by the caller
 * @param milliseconds some parsers try again and again what is made to be ambiguous
 */
export function parseModule(text: string, language: Language, milliseconds: number): Code | Unparsable {
  try {
    return withinTime(milliseconds, () =>
      language === 'python' ? parsePython(text) : parseJavascript(text, language),
    );
  } catch (error) {
    if (error instanceof TooSlow) return { unparsable: 'too-slow' };
    // A RangeError is the end of the parser's own stack.
    if (error instanceof TooDeep || error instanceof RangeError) return { unparsable: 'too-deep' };
    if (error instanceof SyntaxError) return { unparsable: 'syntax' };
    throw error;
  }
}
