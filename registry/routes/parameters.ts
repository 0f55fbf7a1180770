/** What a request asks for, out of its path and query: checked here, and refused with 400 that names the parameter. */
import { z } from 'zod';
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

/** Parameters of a query by their name: each takes the text as it came, and says what is wrong with it. */
export type QuerySchema = Readonly<Record<string, z.ZodType<unknown, string>>>;

export type QueryOf<S extends QuerySchema> = { [Name in keyof S]?: z.output<S[Name]> };

/** What a query gives; a parameter that is empty was not given. @throws HttpError 400 that names the parameter */
export function readQuery<S extends QuerySchema>(query: URLSearchParams, schema: S): QueryOf<S> {
  const read: Record<string, unknown> = {};
  for (const name in schema) {
    const text = query.get(name);
    if (text === null || text === '') continue;
    const parsed = (schema[name] as z.ZodType<unknown, string>).safeParse(text);
    if (!parsed.success) throw badRequest(`${name} ${parsed.error.issues[0]?.message}.`);
    read[name] = parsed.data;
  }
  return read as QueryOf<S>;
}

export const textQuery = z.string().max(MAX_QUERY_LENGTH, `has at most ${MAX_QUERY_LENGTH} characters`);

export function integerQuery(range: { readonly min: number; readonly max: number }) {
  const wrong = `must be a whole number from ${range.min} to ${range.max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, wrong)
    .transform(Number)
    .pipe(z.int(wrong).min(range.min, wrong).max(range.max, wrong));
}

export function choiceQuery<const Choices extends readonly string[]>(choices: Choices) {
  return z.enum(choices, `must be one of ${choices.join(', ')}`) as z.ZodType<Choices[number], string>;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

/** Milliseconds since 1970 of an RFC 3339 time. */
export const timeQuery = z
  .string()
  .refine(
    (text) => TIME.test(text) && !Number.isNaN(Date.parse(text)),
    'must be a time like 2026-01-31T12:00:00Z',
  )
  .transform((text) => Date.parse(text))
  .meta({ type: 'string', format: 'date-time' });
