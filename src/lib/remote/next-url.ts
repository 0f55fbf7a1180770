/** Redirects: each must be as safe as what came before it. */
import { isLoopback } from '../config/registry-url.ts';

/** Statuses that lead elsewhere. */
export const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Where a request goes next: https, or http on this machine when it never left it.
 * @param from where it is now; at its start, who says where to begin
 * @returns undefined where it must not go
 */
export function nextUrl(from: URL, location: string): URL | undefined {
  if (!URL.canParse(location, from)) return undefined;
  const url = new URL(location, from);
  if (url.protocol === 'https:') return url;
  return url.protocol === 'http:' && isLoopback(url.hostname) && from.protocol !== 'https:' ? url : undefined;
}
