/**
 * Lists that an operator keeps in files, beside the log: reserved scopes, and names that are allowed though they look
 * like others. Read at the start, and again when the operator says so; a file that is wrong then changes nothing.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parsePackageName } from '../src/lib/bundle/name.ts';
import { MpakError } from '../src/lib/errors.ts';
import { accountId, describeIssue, scopeName } from '../src/lib/log/entry.ts';
import type { ReservedScope } from './rules/reserved-scopes.ts';

const reservedScope = z.strictObject({
  scope: scopeName,
  owner_id: accountId.nullable().default(null),
  reason: z.string().min(1).max(4096),
});

export interface ListFiles {
  /** A JSON array, or a JSON object a line: `{"scope", "owner_id", "reason"}`. */
  readonly reservedScopes?: string | undefined;
  /** A name a line, `@scope/name` or `@scope`; what follows # is a remark. */
  readonly allowedNames?: string | undefined;
}

export class OperatorLists {
  readonly #files: ListFiles;
  #reserved: ReadonlyMap<string, ReservedScope> = new Map();
  #allowed: ReadonlySet<string> = new Set();

  /** @throws MpakError USAGE when a file cannot be read, or a line of it means nothing */
  constructor(files: ListFiles) {
    this.#files = files;
    this.reload();
  }

  get reservedScopes(): ReadonlyMap<string, ReservedScope> {
    return this.#reserved;
  }

  get allowedNames(): ReadonlySet<string> {
    return this.#allowed;
  }

  /** Both, or neither. @throws MpakError USAGE; the lists are as before then */
  reload(): void {
    const { reservedScopes, allowedNames } = this.#files;
    const reserved = reservedScopes === undefined ? new Map() : readReservedScopes(reservedScopes);
    const allowed = allowedNames === undefined ? new Set<string>() : readAllowedNames(allowedNames);
    this.#reserved = reserved;
    this.#allowed = allowed;
  }
}

function readReservedScopes(file: string): Map<string, ReservedScope> {
  const text = read(file);
  const records = text.trimStart().startsWith('[')
    ? wholeArray(file, text)
    : text
        .split('\n')
        .flatMap((line, index) =>
          line.trim() === ''
            ? []
            : [{ where: `line ${index + 1}`, json: parseJson(file, `line ${index + 1}`, line) }],
        );
  return new Map(
    records.map(({ where, json }) => {
      const parsed = reservedScope.safeParse(json);
      if (!parsed.success) throw wrong(file, where, describeIssue(parsed.error));
      const { scope, owner_id, reason } = parsed.data;
      return [scope, { owner_id, reason }];
    }),
  );
}

function wholeArray(file: string, text: string): { where: string; json: unknown }[] {
  const json = parseJson(file, 'the whole', text) as unknown[];
  return json.map((record, index) => ({ where: `element ${index + 1}`, json: record }));
}

function parseJson(file: string, where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong(file, where, 'is not JSON');
  }
}

function readAllowedNames(file: string): Set<string> {
  const names = new Set<string>();
  for (const [index, line] of read(file).split('\n').entries()) {
    const name = line.replace(/#.*$/, '').trim();
    if (name === '') continue;
    const isScope = name.startsWith('@') && scopeName.safeParse(name.slice(1)).success;
    if (!isScope && parsePackageName(name) !== name) {
      throw wrong(file, `line ${index + 1}`, 'must be @scope/name or @scope, in lower case');
    }
    names.add(name);
  }
  return names;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new MpakError('USAGE', `${file} cannot be read: ${(error as Error).message}.`, {
      hint: 'It is a list of the operator: name the right file, or leave the flag out.',
      cause: error,
    });
  }
}

function wrong(file: string, where: string, what: string): MpakError {
  return new MpakError('USAGE', `${file}, ${where}: ${what}.`, {
    hint: 'docs/operating.md shows what such a file looks like.',
  });
}
