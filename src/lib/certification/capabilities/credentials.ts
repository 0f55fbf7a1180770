/** What a manifest says of OAuth and tokens: `oauth` and `tokens`; docs/certification.md has their shape. */
import { type JsonObject, listOf, objectOf, textOf } from '../safe-json.ts';
import { extensionOf } from './declared.ts';

export interface DeclaredScope {
  readonly scope: string;
  readonly justification: string | null;
}

export interface DeclaredTokens {
  readonly storage: Storage;
  /** Seconds. */
  readonly lifetime: number | 'unlimited';
  readonly justification: string | null;
}

const STORAGES = ['none', 'memory', 'client', 'keychain', 'file'] as const;
type Storage = (typeof STORAGES)[number];

const SHORTEST_JUSTIFICATION = 10;
const TOKEN_SETTING =
  /(?:^|[_\s-])(?:oauth|pat|token|personal[_\s-]?access)(?:$|[_\s-])|(?:access|auth|refresh)token$/i;

/** The settings that users give a token by, by their keys. */
export function tokenSettings(manifest: JsonObject): string[] {
  return Object.entries(objectOf(manifest.user_config) ?? {})
    .filter(([key, value]) => {
      const setting = objectOf(value);
      if (setting?.type !== 'string') return false;
      return (
        TOKEN_SETTING.test(key) ||
        (setting.sensitive === true && TOKEN_SETTING.test(textOf(setting.title) ?? ''))
      );
    })
    .map(([key]) => key);
}

/** @returns undefined when nothing is declared, null when it has another shape */
export function declaredScopes(manifest: JsonObject): DeclaredScope[] | null | undefined {
  const oauth = extensionOf(manifest)?.oauth;
  if (oauth === undefined) return undefined;
  const scopes = listOf(objectOf(oauth)?.scopes)?.map((each): DeclaredScope | undefined => {
    const scope = textOf(each) ?? textOf(objectOf(each)?.scope);
    return scope === undefined || scope.trim() === ''
      ? undefined
      : { scope, justification: justificationOf(objectOf(each)) };
  });
  return scopes?.every((each) => each !== undefined) ? scopes : null;
}

/** @returns undefined when nothing is declared, null when it has another shape */
export function declaredTokens(manifest: JsonObject): DeclaredTokens | null | undefined {
  const declared = extensionOf(manifest)?.tokens;
  if (declared === undefined) return undefined;
  const tokens = objectOf(declared);
  const storage = STORAGES.find((each) => each === tokens?.storage);
  const lifetime = tokens?.lifetime;
  const isLifetime =
    lifetime === 'unlimited' ||
    (typeof lifetime === 'number' && Number.isSafeInteger(lifetime) && lifetime >= 0);
  if (storage === undefined || !isLifetime) return null;
  return { storage, lifetime, justification: justificationOf(tokens) };
}

function justificationOf(declared: JsonObject | undefined): string | null {
  const text = textOf(declared?.justification)?.trim();
  return text === undefined || text.length < SHORTEST_JUSTIFICATION ? null : text;
}
