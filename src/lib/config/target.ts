/** What `mpak config` is asked about: a setting of mpak, or a package. */
import { type PackageName, parsePackageReference } from '../bundle/name.ts';
import { MpakError } from '../errors.ts';
import { closest } from '../index/typo.ts';
import { parseSettingKey, SETTING_KEYS, type SettingKey } from './settings.ts';

export type Target = { readonly setting: SettingKey } | { readonly package: PackageName };

/** @throws MpakError USAGE */
export function parseTarget(text: string): Target {
  const setting = parseSettingKey(text);
  if (setting !== undefined) return { setting };
  const reference = parsePackageReference(text);
  if (reference?.version !== undefined) {
    throw new MpakError('USAGE', 'Settings belong to a package, not to a version of it.', {
      hint: `Give it as ${reference.name}.`,
    });
  }
  if (reference !== undefined) return { package: reference.name };
  const guess = closest(text, SETTING_KEYS);
  throw new MpakError('USAGE', `${JSON.stringify(text)} is no setting and no package.`, {
    hint:
      guess === undefined
        ? `Give @scope/name, or one of ${SETTING_KEYS.join(', ')}.`
        : `Did you mean ${guess}?`,
  });
}
