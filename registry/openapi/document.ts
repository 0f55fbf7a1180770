/**
 * The description of the registry's HTTP interface (OpenAPI 3.1), made of the schemas that check requests, of the schemas
 * of answers, and of the table of operations. Nothing in it is written by hand twice.
 */
import { z } from 'zod';
import type { QuerySchema } from '../routes/parameters.ts';
import { type Content, type Operation, TAGS } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { SCHEMAS, type SchemaName } from './schemas.ts';

/** As JSON Schema 2020-12 has them. */
export type JsonSchema = { readonly [key: string]: unknown };

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly [key: string]: unknown };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>>;
  };
  readonly security: readonly object[];
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
}

/** Requests of the registry, as it takes them: what is transformed afterwards is described by what comes in. */
const REQUESTS: ReadonlySet<SchemaName> = new Set(['Announcement', 'Deprecation', 'Yank']);

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  scope: 'With its `@`.',
  name: 'Without the scope; of a server, in full where no namespace stands before it.',
  namespace: "Of a server's name, before its slash.",
  version: 'As it was published, or `latest`.',
  digest: '`sha256:` and the hex digest of the artifact.',
  page: 'From 0.',
  seq: 'Position in the log, from 0.',
  part: 'From 0.',
  file: 'As the pages name it.',
};

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

export interface DocumentOptions {
  /** Where clients reach the registry. */
  readonly publicUrl: string;
  /** Of the program. */
  readonly version: string;
  /** Whether pages for people are served. */
  readonly pages: boolean;
}

export function openApiDocument({ publicUrl, version, pages }: DocumentOptions): OpenApi {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const [key, operation] of Object.entries(OPERATIONS)) {
    if (operation.tag === 'Pages' && !pages) continue;
    const [method, path] = key.split(' ') as [string, string];
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(method, path, operation) };
  }
  const tags = Object.entries(TAGS).filter(([name]) => pages || name !== 'Pages');
  return {
    openapi: '3.1.1',
    info: {
      title: 'mpak registry',
      version,
      summary: 'A registry of MCP server bundles over a signed log.',
      description:
        'Answers are JSON; times are ISO 8601 UTC, sizes bytes, digests SHA-256 in lower-case hex. Answers to GET have an ' +
        'ETag where they may be kept, and HEAD is answered as GET without the body. Failures of pages are pages for who ' +
        'accepts text/html. New fields may come.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
    tags: tags.map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: componentSchemas(),
      headers: Object.fromEntries(
        Object.entries(HEADERS).map(([name, description]) => [
          name,
          { description, schema: { type: 'string' } },
        ]),
      ),
      securitySchemes: {
        githubActions: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An OIDC token of GitHub Actions, for the audience that `/v1/registry` names.',
        },
      },
    },
  };
}

/** The path of an operation, of a route's in find-my-way's syntax: a package's two spellings are one. */
export function operationPath(routePath: string): string {
  return routePath
    .replace(/:package\(.*?\$\)/, ':scope/:name')
    .replace(/\(\^.*?\$\)/g, '')
    .replace(/:(\w+)/g, '{$1}');
}

function describe(method: string, path: string, operation: Operation): OpenApiOperation {
  const {
    id,
    summary,
    description,
    tag,
    query = {},
    body,
    answers,
    errors = [],
    volatile,
    ranges,
  } = operation;
  const parameters = [...pathParameters(path), ...queryParameters(query), ...rangeParameter(ranges)];
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
  return {
    operationId: id,
    summary,
    ...(description && { description }),
    tags: [tag],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: reference(body) } } },
    }),
    security: body ? [{ githubActions: [] }] : [],
    responses: Object.fromEntries([...(isTagged ? [unchanged] : []), ...failures, ...responses]),
  };
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

function rangeParameter(description: string | undefined): OpenApiParameter[] {
  if (description === undefined) return [];
  return [{ name: 'Range', in: 'header', required: false, description, schema: { type: 'string' } }];
}

function pathParameters(path: string): OpenApiParameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name as string,
    in: 'path',
    required: true,
    description: PATH_PARAMETERS[name as string] as string,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: QuerySchema): OpenApiParameter[] {
  return Object.entries(query).map(([name, schema]) => {
    const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
    const { $schema: _dialect, description, ...rest } = json as JsonSchema;
    return {
      name,
      in: 'query',
      required: false,
      ...(typeof description === 'string' && { description }),
      schema: rest,
    };
  });
}

function reference(name: SchemaName): JsonSchema {
  return { $ref: pointer(name) };
}

function pointer(name: string): string {
  return `#/components/schemas/${name}`;
}

function componentSchemas(): Record<string, JsonSchema> {
  const converted = (io: 'input' | 'output') => {
    const registry = z.registry<{ id: string }>();
    for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
    return z.toJSONSchema(registry, { io, uri: pointer, unrepresentable: 'any' }).schemas;
  };
  const [input, output] = [converted('input'), converted('output')];
  return Object.fromEntries(
    (Object.keys(SCHEMAS) as SchemaName[]).map((name) => {
      const {
        $schema: _dialect,
        $id: _id,
        ...schema
      } = (REQUESTS.has(name) ? input : output)[name] as JsonSchema;
      return [name, open(schema) as JsonSchema];
    }),
  );
}

/** Answers may have further fields one day: a client that was generated today is not to fail then. */
function open(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(open);
  if (schema === null || typeof schema !== 'object') return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(key === 'additionalProperties' && value === false))
      .map(([key, value]) => [key, open(value)]),
  );
}
