/** Whether the schema of a tool's input says what it takes: a zod shape or object, or JSON Schema. */

import { bindingOf, constantOf } from '../parse/constants.ts';
import type { Code, Expression } from '../parse/expression.ts';
import { namesOf } from '../parse/names.ts';
import { entriesOf, valuesOf } from './values.ts';

export interface ReadSchema {
  readonly untyped: string | null;
  readonly imported: string | null;
  readonly isSeen: boolean;
  /** Whether it takes anything. */
  readonly hasInput: boolean;
}

const OBJECTS = /^(?:object|strictObject|looseObject|interface)$/;
const CONVERSIONS = /(?:^|\.)(?:zodToJsonSchema|toJSONSchema|toJsonSchema|zodSchemaToJson)$/;
const JSON_SCHEMA_KEYS = new Set(['type', 'properties', '$schema', '$ref', 'anyOf', 'oneOf', 'allOf']);
const JSON_TYPES =
  /^(?:type|enum|const|\$ref|\$dynamicRef|anyOf|oneOf|allOf|not|if|properties|items|prefixItems|pattern|format)$/;

const UNSEEN: ReadSchema = { untyped: null, imported: null, isSeen: false, hasInput: true };
const TYPED: ReadSchema = { untyped: null, imported: null, isSeen: true, hasInput: true };
const NOTHING: ReadSchema = { untyped: null, imported: null, isSeen: true, hasInput: false };

export function readSchema(code: Code, schema: Expression, depth = 0): ReadSchema {
  const [value, ...others] = valuesOf(schema);
  if (value === undefined || depth > 6) return UNSEEN;
  if (others.length > 0) {
    const read = [value, ...others].map((each) => readSchema(code, each, depth + 1));
    return read.find(({ untyped }) => untyped !== null) ?? (read[0] as ReadSchema);
  }
  switch (value.kind) {
    case 'entries':
      return isJsonSchema(value) ? readJsonSchema(code, value) : readShape(code, value, depth);
    case 'call':
      return readCall(code, value, depth);
    case 'member':
      // Schema.shape
      return readSchema(code, value.object, depth + 1);
    case 'name':
      return readName(value);
    default:
      return UNSEEN;
  }
}

function readName({ name, scope }: Extract<Expression, { kind: 'name' }>): ReadSchema {
  if (name === 'undefined') return NOTHING;
  const imported = bindingOf(name, scope)?.imported;
  if (imported === undefined || imported === null) return UNSEEN;
  return { ...TYPED, imported: imported.member };
}

type Entries = Extract<Expression, { kind: 'entries' }>;
type Call = Extract<Expression, { kind: 'call' }>;

function isJsonSchema({ entries }: Entries): boolean {
  return entries.some(({ key, value }) => {
    if (key === null || !JSON_SCHEMA_KEYS.has(key)) return false;
    return key !== 'type' || constantOf(value) !== undefined;
  });
}

function readJsonSchema(code: Code, schema: Entries): ReadSchema {
  const properties = entriesOf(code, schema, 'properties');
  const found = properties.flatMap((each) => valuesOf(each));
  const inner = found.flatMap((each) => (each.kind === 'entries' ? each.entries : []));
  for (const { key, value } of inner) {
    if (key !== null && isAnything(value))
      return { ...TYPED, untyped: `its parameter ${JSON.stringify(key)} has no type` };
  }
  const isElsewhere = schema.entries.some(
    ({ key }) => key === null || /^(?:\$ref|anyOf|oneOf|allOf)$/.test(key),
  );
  const isOpaque = found.some((each) => each.kind !== 'entries');
  if (inner.length > 0 || isElsewhere || isOpaque) return TYPED;
  const [additional] = entriesOf(code, schema, 'additionalProperties');
  if (additional !== undefined && (constantOf(additional) === true || isAnything(additional))) {
    return { ...TYPED, untyped: 'its schema names no property and takes any' };
  }
  return NOTHING;
}

/** A schema of JSON Schema that everything matches. */
function isAnything(schema: Expression): boolean {
  return valuesOf(schema).some((value) => {
    if (value.kind === 'literal') return value.value === true;
    return value.kind === 'entries' && !value.entries.some(({ key }) => key === null || JSON_TYPES.test(key));
  });
}

/** `{ path: z.string() }` */
function readShape(code: Code, shape: Entries, depth: number): ReadSchema {
  for (const { key, value } of shape.entries) {
    if (key === null) {
      const spread = readSchema(code, value, depth + 1);
      if (spread.untyped !== null) return spread;
    } else if (isAny(value))
      return { ...TYPED, untyped: `its parameter ${JSON.stringify(key)} may be anything` };
  }
  return shape.entries.length === 0 ? NOTHING : TYPED;
}

/** `z.object({ … }).strict()`, `z.any()`, `zodToJsonSchema(schema)`. */
function readCall(code: Code, call: Call, depth: number): ReadSchema {
  if (isAny(call)) return { ...TYPED, untyped: 'its input may be anything' };
  const [first] = call.args;
  if (first !== undefined && namesOf(call.callee).some((name) => CONVERSIONS.test(name))) {
    return readSchema(code, first.value, depth + 1);
  }
  const { callee } = call;
  if (callee.kind !== 'member') return TYPED;
  if (OBJECTS.test(callee.property ?? '') && callee.object.kind !== 'call') {
    if (first === undefined) return NOTHING;
    return readSchema(code, first.value, depth + 1);
  }
  const inner = valuesOf(callee.object).find((each) => each.kind === 'call');
  return inner === undefined ? TYPED : readSchema(code, inner, depth + 1);
}

/** What zod made: a property of what describes tools, and is none. */
export function isZod(expression: Expression): boolean {
  return valuesOf(expression).some(
    (value) => value.kind === 'call' && namesOf(value).some((name) => /^(?:zod|z)\b/.test(name)),
  );
}

/** `z.any()`, whatever is called on it: `.optional()`, `.describe(…)`. */
export function isAny(expression: Expression): boolean {
  return valuesOf(expression).some((value) => {
    let each = value;
    for (let depth = 0; depth < 20 && each.kind === 'call'; depth += 1) {
      const { callee }: Call = each;
      if (callee.kind === 'member' && callee.object.kind === 'call') {
        each = callee.object;
        continue;
      }
      return namesOf(callee).some((name) =>
        /^(?:zod|z)\b.*\.(?:any|unknown)$|^(?:zod|z)\.(?:any|unknown)$/.test(name),
      );
    }
    return false;
  });
}
