/**
 * The description of the registry's HTTP interface (OpenAPI 3.1), made of the schemas that check requests, of the schemas
 * of answers, and of the table of operations. Nothing in it is written by hand twice.
 */
import { z } from 'zod';
import type { QuerySchema } from '../routes/parameters.ts';
import { type Operation, TAGS } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import {
  componentHeaders,
  type JsonSchema,
  type OpenApiResponse,
  pointer,
  reference,
  responsesOf,
} from './responses.ts';
import { SCHEMAS, type SchemaName } from './schemas.ts';

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
      headers: componentHeaders(),
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
  const { id, summary, description, tag, query = {}, body, ranges } = operation;
  const parameters = [...pathParameters(path), ...queryParameters(query), ...rangeParameter(ranges)];
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
    responses: responsesOf(method, operation),
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
