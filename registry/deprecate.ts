/** POST /v1/bundles/deprecate: a publisher advises against versions of a package, or takes that back. */
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { append } from '../src/lib/index/append.ts';
import { covers } from '../src/lib/index/apply.ts';
import { findPackage, versionRows } from '../src/lib/index/read-version.ts';
import { type DeprecateEntry, encodeEntry, type Provenance, range } from '../src/lib/log/entry.ts';
import { says } from './deprecation.ts';
import { HttpError } from './http.ts';
import { packageNameSchema, parseStatement, requireOwnScope, requirePublisher } from './publisher.ts';
import type { StatementRequest, StatementServices } from './statement.ts';
import { isExplicitRange } from './version-range.ts';
import { writeTransaction } from './write.ts';

export const deprecationSchema = z.object({
  name: packageNameSchema,
  versions: range.refine(isExplicitRange, 'must be a version, a range or "*", and not blank'),
  /** Empty: they are deprecated no longer. */
  message: z.string().max(4096),
  successor: packageNameSchema.optional(),
});

export interface Deprecated {
  readonly package: string;
  readonly versions: string;
  readonly status: 'created' | 'updated';
}

/** @throws HttpError 400, 401, 403, 404, 429 or 503; the log has not grown then */
export async function deprecate(request: StatementRequest, services: StatementServices): Promise<Deprecated> {
  const provenance = await services.tokens.verify(request.authorization);
  const { name, versions, message, successor } = parseStatement(request.body, deprecationSchema);
  requireOwnScope(name, provenance);
  await services.admitOwner(provenance.claims.owner_id);
  const entry: DeprecateEntry = {
    kind: 'deprecate',
    package: name,
    versions,
    message,
    ...(successor === undefined ? {} : { successor }),
    provenance,
    at: services.now().toISOString(),
  };
  const { db, turns, onGrown } = services;
  const status = await turns.take(provenance.claims.owner_id, request.signal, () =>
    writeTransaction(db, () => appendDeprecation(db, entry, provenance)),
  );
  if (status === 'created') onGrown();
  return { package: name, versions, status };
}

function appendDeprecation(
  db: Database.Database,
  entry: DeprecateEntry,
  provenance: Provenance,
): Deprecated['status'] {
  const { package: name, versions, successor } = entry;
  const row = requirePublisher(db, name as z.infer<typeof packageNameSchema>, provenance);
  if (!versionRows(db, row.id).some(({ version }) => covers(versions, version))) {
    throw new HttpError(404, 'NOT_FOUND', `${name} has no version in ${JSON.stringify(versions)}.`);
  }
  if (successor !== undefined && (successor === name || findPackage(db, successor) === undefined)) {
    throw new HttpError(
      400,
      'BAD_REQUEST',
      successor === name
        ? 'A package does not succeed itself.'
        : `There is no package ${successor}: whoever takes that name later would be recommended.`,
    );
  }
  if (says(db, entry)) return 'updated';
  append(db, [encodeEntry(entry)], { keepLines: true });
  return 'created';
}
