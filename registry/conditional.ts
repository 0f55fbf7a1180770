/** Conditional requests: what a client already has (RFC 9110 section 13). */

/** Whether If-None-Match names the tag, by weak comparison (section 13.1.2). */
export function matchesTag(condition: string | undefined, etag: string | undefined): boolean {
  if (condition === undefined || etag === undefined) return false;
  if (condition.trim() === '*') return true;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return condition.split(',').some((tag) => opaque(tag) === opaque(etag));
}
