/**
 * Who may say something of a package that is published: whoever may announce it, out of a repository that it was
 * announced from.
 */
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { type PackageName, parsePackageName, scopeOf } from '../src/lib/bundle/name.ts';
import { findPackage, type PackageRow, provenanceOf, versionRows } from '../src/lib/index/read-version.ts';
import { describeIssue, type Provenance } from '../src/lib/log/entry.ts';
import { HttpError } from './http.ts';
import { parseJson } from './json.ts';
import { requireScopeOwner } from './precedents.ts';

/** A package's name in a body. */
export const packageNameSchema = z.string().transform((text, context): PackageName => {
  const parsed = parsePackageName(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'must be @scope/name' });
  return z.NEVER;
});

/** A body that follows a schema. @throws HttpError 400 */
export function parseStatement<S extends z.ZodType>(body: Uint8Array, schema: S): z.infer<S> {
  let json: unknown;
  try {
    json = parseJson(body);
  } catch (error) {
    throw new HttpError(400, 'INVALID_JSON', `The body is not JSON: ${(error as Error).message}.`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new HttpError(400, 'BAD_REQUEST', `The body is invalid: ${describeIssue(parsed.error)}.`);
}

/** @throws HttpError 403 when the package's scope is not the token's owner */
export function requireOwnScope(name: PackageName, { claims }: Provenance): void {
  if (scopeOf(name) === claims.owner.toLowerCase()) return;
  throw new HttpError(
    403,
    'FORBIDDEN',
    `${name} belongs to the GitHub owner ${scopeOf(name)}, and the token to ${claims.owner}.`,
  );
}

/** @returns the package @throws HttpError 403 or 404 */
export function requirePublisher(
  db: Database.Database,
  name: PackageName,
  provenance: Provenance,
): PackageRow {
  requireScopeOwner(db, name, provenance);
  const row = findPackage(db, name);
  if (row === undefined) throw new HttpError(404, 'NOT_FOUND', `There is no package ${name}.`);
  const repositories = versionRows(db, row.id).map((version) => provenanceOf(version)?.repository);
  // GitHub takes a repository's name in any case.
  const own = provenance.repository.toLowerCase();
  if (repositories.some((repository) => repository?.toLowerCase() === own)) return row;
  throw new HttpError(
    403,
    'OTHER_REPOSITORY',
    `${name} was not announced from ${provenance.repository}: only a repository that it came from speaks for it.`,
  );
}
