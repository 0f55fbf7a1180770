/** Texts about tools, prompts and resources, in the manifest and in other JSON. */
import type { Json } from '../safe-json.ts';

export interface Described {
  /** Where in the file: `tools.0.description`. */
  readonly where: string;
  readonly text: string;
  /** Whether models read it, and not people alone. */
  readonly isForModel: boolean;
}

const MOST = 20_000;
const FOR_MODEL = /^(?:tools|prompts|resources|_meta|user_config)\b/;

/** Every text and key, however deep. */
export function describedIn(json: Json | undefined, where = ''): Described[] {
  const found: Described[] = [];
  const go = (value: Json | undefined, at: string) => {
    if (found.length >= MOST) return;
    if (typeof value === 'string') found.push({ where: at, text: value, isForModel: FOR_MODEL.test(at) });
    else if (Array.isArray(value))
      for (const [index, each] of value.entries()) go(each, join(at, String(index)));
    else if (value !== null && typeof value === 'object') {
      for (const [key, each] of Object.entries(value)) {
        found.push({ where: join(at, 'key'), text: key, isForModel: FOR_MODEL.test(at) });
        go(each, join(at, /^[\w$-]{1,40}$/.test(key) ? key : 'key'));
      }
    }
  };
  go(json, where);
  return found;
}

function join(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`;
}
