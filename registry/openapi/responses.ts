/** What is said of the answers of an operation: by status, with the headers that a client acts upon. */
import type { Content, Operation } from './operation.ts';
import type { SchemaName } from './schemas.ts';

/** As JSON Schema 2020-12 has them. */
export type JsonSchema = { readonly [key: string]: unknown };

export interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
}

const ERRORS: Readonly<Record<number, string>> = {
  400: 'Something in the request is wrong; the message names it.',
  401: 'There is no token, or a bad one.',
  403: 'The token is not that of whom this belongs to.',
  404: 'There is no such thing.',
  409: 'It contradicts what is published.',
  410: 'It was there, and is revoked or taken back.',
  413: 'The body is too large.',
  414: 'The address is too long.',
  415: 'The body is not declared as JSON.',
  416: 'There is nothing in that range.',
  429: 'Too many requests; Retry-After says when to ask again.',
  500: 'The registry failed.',
  502: 'GitHub did not answer as it should.',
  503: 'The registry is busy; Retry-After says when to ask again.',
};
/** Of any operation. */
const ALWAYS = [414, 429, 500, 503];
/** What a page of descriptions need not say of each. */
export const OF_ANY_OPERATION: ReadonlySet<number> = new Set([304, ...ALWAYS]);

/** Headers that a client acts upon, by the statuses that have them; ETag see below. */
const STATUS_HEADERS: Readonly<Record<number, readonly HeaderName[]>> = {
  206: ['Content-Range'],
  302: ['Location'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

const HEADERS = {
  ETag: 'Of this answer: with If-None-Match, 304 is answered while it is the same.',
  'Content-Range': 'Which part it is.',
  Location: 'Where the artifact is.',
  'Retry-After': 'Seconds until it is worth asking again.',
} as const;
type HeaderName = keyof typeof HEADERS;

export function componentHeaders(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(HEADERS).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

export function responsesOf(
  method: string,
  { tag, answers, errors = [], volatile }: Operation,
): Record<string, OpenApiResponse> {
  const isTagged = method === 'GET' && !volatile;
  const failures = [...new Set([...errors, ...ALWAYS])].map(
    (status) => [status, failure(status, tag === 'Pages')] as const,
  );
  const responses = Object.entries(answers).map(
    ([status, [what, ...contents]]) =>
      [
        status,
        {
          description: what,
          ...headersOf([
            ...(isTagged && status === '200' ? (['ETag'] as const) : []),
            ...(STATUS_HEADERS[Number(status)] ?? []),
          ]),
          ...(contents.length > 0 && { content: contentOf(contents) }),
        },
      ] as const,
  );
  const unchanged = [
    304,
    { description: 'It is what If-None-Match names.', ...headersOf(['ETag']) },
  ] as const;
  return Object.fromEntries([...(isTagged ? [unchanged] : []), ...failures, ...responses]);
}

function contentOf(contents: readonly Content[]): Record<string, { schema: JsonSchema }> {
  return Object.fromEntries(
    contents.map((content) =>
      'schema' in content
        ? [content.type ?? 'application/json', { schema: reference(content.schema) }]
        : [content.type, { schema: {} }],
    ),
  );
}

/** @param isPage who accepts HTML by name gets it */
function failure(status: number, isPage: boolean): OpenApiResponse {
  return {
    description: ERRORS[status] as string,
    ...headersOf(STATUS_HEADERS[status] ?? []),
    content: {
      'application/json': { schema: reference('Error') },
      ...(isPage && { 'text/html': { schema: {} } }),
    },
  };
}

function headersOf(names: readonly HeaderName[]): Pick<OpenApiResponse, 'headers'> {
  if (names.length === 0) return {};
  return {
    headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
  };
}

export function reference(name: SchemaName): JsonSchema {
  return { $ref: pointer(name) };
}

export function pointer(name: string): string {
  return `#/components/schemas/${name}`;
}
