/** JSON from outside: parsed with a limit on its nesting, so that no later walk over it can run out of stack. */
import { isDeeperThan } from '../src/lib/log/depth.ts';
import { MAX_ENTRY_DEPTH } from '../src/lib/log/entry.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws SyntaxError or TypeError when the bytes are not JSON in UTF-8, RangeError when it is nested too deeply */
export function parseJson(bytes: Uint8Array): unknown {
  const value: unknown = JSON.parse(utf8.decode(bytes));
  if (isDeeperThan(value, MAX_ENTRY_DEPTH)) {
    throw new RangeError(`nested deeper than ${MAX_ENTRY_DEPTH} levels`);
  }
  return value;
}
