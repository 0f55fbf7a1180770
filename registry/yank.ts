/** POST /v1/bundles/yank: a publisher takes one version back. */
import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { PackageName } from '../src/lib/bundle/name.ts';
import { append } from '../src/lib/index/append.ts';
import { resolveVersion } from '../src/lib/index/read-version.ts';
import { encodeEntry, version, type YankEntry } from '../src/lib/log/entry.ts';
import { HttpError } from './http.ts';
import { packageNameSchema, parseStatement, requireOwnScope, requirePublisher } from './publisher.ts';
import type { StatementRequest, StatementServices } from './statement.ts';
import { writeTransaction } from './write.ts';

export const yankSchema = z.object({
  name: packageNameSchema,
  version,
  reason: z.string().trim().min(1).max(4096),
});

export interface Yanked {
  readonly package: string;
  readonly version: string;
  readonly status: 'created' | 'updated';
}

/** @throws HttpError 400, 401, 403, 404, 429 or 503; the log has not grown then */
export async function yank(request: StatementRequest, services: StatementServices): Promise<Yanked> {
  const provenance = await services.tokens.verify(request.authorization);
  const { name, version: yanked, reason } = parseStatement(request.body, yankSchema);
  requireOwnScope(name, provenance);
  await services.admitOwner(provenance.claims.owner_id);
  const at = services.now().toISOString();
  const entry: YankEntry = { kind: 'yank', package: name, version: yanked, reason, provenance, at };
  const { db, turns, onGrown } = services;
  const status = await turns.take(provenance.claims.owner_id, request.signal, () =>
    writeTransaction(db, () => appendYank(db, entry, name)),
  );
  if (status === 'created') onGrown();
  return { package: name, version: yanked, status };
}

function appendYank(db: Database.Database, entry: YankEntry, name: PackageName): Yanked['status'] {
  requirePublisher(db, name, entry.provenance);
  const found = resolveVersion(db, name, entry.version);
  if (found === undefined) {
    throw new HttpError(404, 'NOT_FOUND', `${name} has no version ${entry.version}.`);
  }
  if (found.yanked !== null) return 'updated';
  append(db, [encodeEntry(entry)], { keepLines: true });
  return 'created';
}
