/** A JSON Schema of somebody else's, read as rows of parameters. It may be anything: what is no schema gives no rows. */
import {
  type Json,
  type JsonObject,
  listOf,
  objectOf,
  textOf,
} from '../../src/lib/certification/safe-json.ts';

export interface ParameterRow {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  /** As JSON; empty for none. */
  readonly fallback: string;
}

export function parameterRows(schema: Json | undefined): ParameterRow[] {
  const object = objectOf(schema);
  const properties = objectOf(object?.properties) ?? {};
  const required = new Set(listOf(object?.required) ?? []);
  return Object.entries(properties).map(([name, value]) => {
    const property: JsonObject = objectOf(value) ?? {};
    return {
      name,
      type: typeOf(property),
      required: required.has(name),
      description: textOf(property.description) ?? '',
      fallback: property.default === undefined ? '' : (JSON.stringify(property.default) ?? ''),
    };
  });
}

function typeOf(property: JsonObject): string {
  const choices = listOf(property.enum);
  if (choices !== undefined)
    return choices
      .slice(0, 20)
      .map((choice) => JSON.stringify(choice))
      .join(' | ');
  const type = textOf(property.type) ?? listOf(property.type)?.map(textOf).join(' | ') ?? '';
  const items = objectOf(property.items);
  return type === 'array' && items !== undefined ? `${textOf(items.type) ?? 'any'}[]` : type || 'any';
}
