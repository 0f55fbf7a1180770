/**
 * The text that code spells without saying it: joined, turned around or decoded from constants, as nobody does but to hide
 * the name of a module, a function or a path. Methods are known by their own names, whatever they are called on.
 */
import { bindingOf, constantOf } from './constants.ts';
import type { Call, Expression } from './expression.ts';

type Spelled = string | number | boolean | null | readonly string[] | undefined;

const MAX_STEPS = 200;
const LONGEST = 10_000;

/** @returns undefined when it is not made of constants alone, or in another way */
export function spelledOf(expression: Expression): ReturnType<typeof constantOf> {
  if (expression.kind === 'call' && makeOf(expression) === undefined) return undefined;
  const constant = constantOf(expression);
  if (constant !== undefined || expression.kind === 'literal') return constant;
  const value = spell(expression, { left: MAX_STEPS });
  return Array.isArray(value) ? undefined : (value as ReturnType<typeof constantOf>);
}

function spell(expression: Expression, steps: { left: number }): Spelled {
  steps.left -= 1;
  if (steps.left < 0) return undefined;
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string' && expression.value.length > LONGEST
        ? undefined
        : expression.value;
    case 'name': {
      const binding = bindingOf(expression.name, expression.scope);
      const [value] = binding?.values ?? [];
      const isFixed = binding?.isParameter === false && binding.values.length === 1;
      return isFixed && value !== undefined ? spell(value, steps) : undefined;
    }
    case 'text':
      return textOf(expression.parts, '', steps);
    case 'list':
      return listOf(expression.items, steps);
    case 'member': {
      const list = spell(expression.object, steps);
      const index = expression.property ?? (expression.key === null ? null : spell(expression.key, steps));
      return Array.isArray(list) || typeof list === 'string' ? list[Number(index ?? Number.NaN)] : undefined;
    }
    case 'call':
      return called(expression, steps);
    default:
      return undefined;
  }
}

function listOf(items: readonly Expression[], steps: { left: number }): readonly string[] | undefined {
  const texts: string[] = [];
  for (const item of items) {
    const value = spell(item, steps);
    if (value === undefined || Array.isArray(value)) return undefined;
    texts.push(String(value));
  }
  return texts;
}

function textOf(parts: readonly Expression[], between: string, steps: { left: number }): string | undefined {
  const text = listOf(parts, steps)?.join(between);
  return text !== undefined && text.length <= LONGEST ? text : undefined;
}

/** What its method makes of what it is called on and of what it is given. */
function called(call: Call, steps: { left: number }): Spelled {
  const { callee, args } = call;
  const made = makeOf(call);
  if (made === undefined) return undefined;
  const object = callee.kind === 'member' ? spell(callee.object, steps) : undefined;
  const given = args.map(({ value }) => spell(value, steps));
  const value = made(object, given);
  return typeof value === 'string' && value.length > LONGEST ? undefined : value;
}

function makeOf({ callee }: Call): Make | undefined {
  const method = callee.kind === 'member' ? callee.property : callee.kind === 'name' ? callee.name : null;
  return method === null ? undefined : MAKES.get(method);
}

type Make = (object: Spelled, given: readonly Spelled[]) => Spelled;

const same: Make = (object, [first]) => object ?? first;
const decoding =
  (encoding: BufferEncoding): Make =>
  (_object, [text]) =>
    typeof text === 'string' ? Buffer.from(text, encoding).toString() : undefined;
const characters: Make = (_object, codes) =>
  codes.every((each) => typeof each === 'number') ? String.fromCharCode(...codes) : undefined;

/** By the method, or the function. */
const MAKES: ReadonlyMap<string, Make> = new Map(
  Object.entries<Make>({
    // Of a list in JavaScript, of what goes between in Python.
    join: (object, [given = ',']) => {
      if (Array.isArray(object) && typeof given === 'string') return object.join(given);
      return typeof object === 'string' && Array.isArray(given) ? given.join(object) : undefined;
    },
    reverse: (object) => (Array.isArray(object) ? object.toReversed() : undefined),
    split: (object, [separator]) =>
      typeof object === 'string' && typeof separator === 'string' ? object.split(separator) : undefined,
    concat: (object, given) =>
      typeof object === 'string' && given.every((each) => typeof each === 'string')
        ? object.concat(...given)
        : undefined,
    replace: (object, [from, to]) =>
      typeof object === 'string' && typeof from === 'string' && typeof to === 'string'
        ? object.replace(from, () => to)
        : undefined,
    toLowerCase: (object) => (typeof object === 'string' ? object.toLowerCase() : undefined),
    lower: (object) => (typeof object === 'string' ? object.toLowerCase() : undefined),
    toString: same,
    decode: (object, [text, encoding]) => {
      if (typeof text === 'string' && /^rot_?13$/.test(String(encoding))) return rot13(text);
      return object;
    },
    trim: same,
    strip: same,
    String: same,
    str: same,
    from: (_object, [text, encoding = 'utf8']) => {
      if (typeof text !== 'string' || !/^(?:base64(?:url)?|hex|utf-?8|latin1)$/.test(String(encoding)))
        return Array.isArray(text) ? text : undefined;
      return Buffer.from(text, encoding as BufferEncoding).toString();
    },
    atob: decoding('base64'),
    b64decode: decoding('base64'),
    urlsafe_b64decode: decoding('base64url'),
    fromhex: decoding('hex'),
    unhexlify: decoding('hex'),
    fromCharCode: characters,
    fromCodePoint: characters,
    chr: characters,
  }),
);

function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const first = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
  });
}
