/** JSON from outside: parsed with a limit on its nesting, so that no later walk over it can run out of stack. */
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

function isDeeperThan(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (levels === 0) return true;
  return Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}
