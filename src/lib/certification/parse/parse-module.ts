/** A module's code, or why there is none. Never throws for what is in it; may take forever: see Pass. */
import { TooDeep } from './builder.ts';
import type { Code, Language, Unparsable } from './expression.ts';
import { parseJavascript } from './javascript.ts';
import { parsePython } from './python.ts';

/** @param text limited in size by the caller */
export function parseModule(text: string, language: Language): Code | Unparsable {
  try {
    return language === 'python' ? parsePython(text) : parseJavascript(text, language);
  } catch (error) {
    // A RangeError is the end of the parser's own stack.
    if (error instanceof TooDeep || error instanceof RangeError) return { unparsable: 'too-deep' };
    if (error instanceof SyntaxError) return { unparsable: 'syntax' };
    throw error;
  }
}
