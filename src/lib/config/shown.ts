/** Settings of a server as they are shown: secrets stay covered. */
import type { StoredValue, UserConfig } from './user-config.ts';

export interface ShownValue {
  readonly key: string;
  /** Null when it is covered. */
  readonly value: StoredValue | null;
  readonly masked: boolean;
  /** Its value is in the keychain of the system. */
  readonly keychain?: true;
}

/**
 * @param fields that the package is known to have: what none of them declares as harmless is taken for a secret
 * @param show covers nothing
 */
export function shownValues(
  values: UserConfig,
  fields: readonly { readonly key: string; readonly sensitive: boolean }[] | undefined,
  { show }: { show: boolean },
): ShownValue[] {
  return Object.entries(values).map(([key, value]) => {
    const field = fields?.find((other) => other.key === key);
    const masked = !show && (field === undefined || field.sensitive);
    return { key, value: masked ? null : value, masked };
  });
}

/**
 * Settings that are in the keychain.
 * @param values undefined: they stay covered
 */
export function shownSecrets(keys: readonly string[], values: UserConfig | undefined): ShownValue[] {
  return keys.map((key) => {
    const value = values?.[key] ?? null;
    return { key, value, masked: value === null, keychain: true };
  });
}
