/** Where a list goes on: opaque to clients, and refused unless it is one that was given out. */
import { badRequest } from './parameters.ts';

/** @param position where the next page starts; what it means is the list's own affair */
export function encodeCursor(kind: string, position: string): string {
  return Buffer.from(`${kind}:${position}`).toString('base64url');
}

/** The position of a list of that kind; undefined at its start. @throws HttpError 400 */
export function cursorParameter(
  query: URLSearchParams,
  kind: string,
  isPosition: (text: string) => boolean,
): string | undefined {
  const cursor = query.get('cursor') || undefined;
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const position = text.slice(kind.length + 1);
  if (encodeCursor(kind, position) !== cursor || !isPosition(position)) {
    throw badRequest('cursor is none that this list gave out.');
  }
  return position;
}
