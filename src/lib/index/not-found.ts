/** The errors for packages and versions that are not in the index, with what was probably meant. */
import type Database from 'better-sqlite3';
import { MpakError } from '../errors.ts';
import { closestNames } from './search.ts';

const MAX_VERSIONS = 5;

export function unknownPackage(db: Database.Database, name: string): MpakError {
  const names = closestNames(db, name);
  return new MpakError('NOT_FOUND', `There is no package ${name} in the index.`, {
    hint:
      names.length > 0
        ? `Did you mean ${names.join(' or ')}?`
        : 'Find it with `mpak search`, or run `mpak sync`.',
  });
}

/** @param versions those that could be had instead, highest first */
export function unknownVersion(name: string, wanted: string, versions: readonly string[]): MpakError {
  const more = versions.length > MAX_VERSIONS ? ' and older ones' : '';
  return new MpakError('NOT_FOUND', `${name} has no version ${wanted}.`, {
    hint: `It has ${versions.slice(0, MAX_VERSIONS).join(', ')}${more}.`,
  });
}
