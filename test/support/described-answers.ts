/** Whether an answer is one that /openapi.json describes: its status, its type, and its body, which has no field more. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { HttpError } from '../../registry/http.ts';
import { openApiDocument, operationPath } from '../../registry/openapi/document.ts';
import { Router } from '../../registry/router.ts';
import { routes } from '../../registry/routes.ts';

export interface SeenAnswer {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  /** Content-Type; empty for none. */
  readonly type: string;
  /** Parsed; undefined for one that is no JSON, or was not kept. */
  readonly json?: unknown;
}

/** Answered by the server, before any operation is. */
const OF_ANY_PATH: ReadonlySet<number> = new Set([404, 405, 413, 414]);

const router = new Router(routes);
const document = openApiDocument({ publicUrl: 'https://registry.test', version: '0.0.0', pages: true });
const validators = new Map<string, ValidateFunction>();
let compiler: Ajv2020 | undefined;

/** The operation of a request; undefined where there is none. */
export function describedOperation(method: string, target: string) {
  try {
    const { route } = router.find(method, target);
    const key = operationPath(route.path);
    return { key, operation: document.paths[key]?.[route.method.toLowerCase()] };
  } catch (error) {
    if (error instanceof HttpError) return undefined;
    throw error;
  }
}

/** @returns what is not as it is described; undefined when all is */
export function undescribed({ method, target, status, type, json }: SeenAnswer): string | undefined {
  const what = `${method} ${target.slice(0, 200)} answered ${status}`;
  const found = describedOperation(method, target);
  if (found !== undefined && found.operation === undefined) return `${what}, and is not described`;
  // Said of what is known already.
  if (status === 304) return method === 'GET' || method === 'HEAD' ? undefined : `${what} to no read`;
  const media = type.split(';')[0]?.trim() ?? '';
  if (status >= 400 && media === 'text/html') return undefined;
  const response = found?.operation?.responses[String(status)];
  if (response === undefined) {
    if (found !== undefined && !OF_ANY_PATH.has(status)) return `${what}, a status that is not described`;
    return invalid('#/components/schemas/Error', json, what, method);
  }
  const { content } = response;
  if (content === undefined) return media === '' || status === 302 ? undefined : `${what} with ${media}`;
  const described = content[media];
  if (described === undefined) return `${what} as ${media || 'nothing'}, a type that is not described`;
  const reference = described.schema?.$ref;
  return typeof reference === 'string' ? invalid(reference, json, what, method) : undefined;
}

function invalid(reference: string, json: unknown, what: string, method: string): string | undefined {
  if (json === undefined || method === 'HEAD') return undefined;
  const validate = validatorOf(reference);
  if (validate(json)) return undefined;
  const problems = validate.errors?.map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  return `${what}, which is no ${reference.slice(reference.lastIndexOf('/') + 1)}: ${problems?.join('; ')}`;
}

function validatorOf(reference: string): ValidateFunction {
  let validate = validators.get(reference);
  if (validate === undefined) {
    if (compiler === undefined) {
      compiler = new Ajv2020({ strict: false });
      addFormats.default(compiler);
    }
    validate = compiler.compile({ $ref: reference, components: closed(document.components) as object });
    validators.set(reference, validate);
  }
  return validate;
}

/** Objects have the fields that are described, and no other one. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)] as const);
  const isObject = Object.hasOwn(schema, 'properties') && (schema as { type?: unknown }).type === 'object';
  return { ...(isObject && { additionalProperties: false }), ...Object.fromEntries(entries) };
}
