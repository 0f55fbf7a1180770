/** What a request asks for, out of its path and query: checked here, and refused with 400 that names the parameter. */
import { type PackageName, parsePackageName } from '../../src/lib/bundle/name.ts';
import { HttpError, type Request } from '../http.ts';

/** For answers that change only when somebody publishes: an intermediary may keep them for a minute. */
export const SHORT_CACHE = { 'cache-control': 'public, max-age=60' } as const;

/** Longest text that is searched for, in characters. */
const MAX_QUERY_LENGTH = 1024;

export function badRequest(message: string): HttpError {
  return new HttpError(400, 'BAD_REQUEST', message);
}

/** The package in the path: `:scope/:name`, or `:package` where the slash between them came percent-encoded. */
export function packageParameter({ params }: Pick<Request, 'params'>): PackageName {
  const text = params.package ?? `${params.scope}/${params.name}`;
  const name = parsePackageName(text);
  if (name === undefined) throw badRequest(`${JSON.stringify(text)} is not a package name like @scope/name.`);
  return name;
}

/** A query parameter; one that is empty was not given. */
function given(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}

export function textParameter(query: URLSearchParams, name: string): string | undefined {
  const text = given(query, name);
  if (text !== undefined && text.length > MAX_QUERY_LENGTH) {
    throw badRequest(`${name} has at most ${MAX_QUERY_LENGTH} characters.`);
  }
  return text;
}

export function integerParameter(
  query: URLSearchParams,
  name: string,
  range: { min: number; max: number },
): number | undefined {
  const text = given(query, name);
  if (text === undefined) return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= range.min && value <= range.max)) {
    throw badRequest(`${name} must be a whole number from ${range.min} to ${range.max}.`);
  }
  return value;
}

export function choiceParameter<const Choice extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = given(query, name);
  if (text === undefined) return undefined;
  const choice = choices.find((known) => known === text);
  if (choice === undefined) throw badRequest(`${name} must be one of ${choices.join(', ')}.`);
  return choice;
}

/** Milliseconds since 1970 of an RFC 3339 time. */
export function timeParameter(query: URLSearchParams, name: string): number | undefined {
  const text = given(query, name);
  if (text === undefined) return undefined;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.test(text);
  const time = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw badRequest(`${name} must be a time like 2026-01-31T12:00:00Z.`);
  return time;
}
