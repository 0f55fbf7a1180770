/** Settings as lines: of mpak, and of servers. */
import type { Setting } from '../lib/config/settings.ts';
import type { ShownValue } from '../lib/config/shown.ts';
import type { StoredValue } from '../lib/config/user-config.ts';
import { printableLine } from '../lib/printable.ts';
import type { Screen } from './screen.ts';
import { tableLines } from './table.ts';

const COVER = '••••';
const HEADER = ['SETTING', 'VALUE'];

/** One value, a line for each of a list. In a pipe, as it is: another program reads it. Undefined: it is covered. */
export function settingLines(value: StoredValue | null | undefined, screen: Screen): string[] {
  if (value === undefined) return [COVER];
  if (value === null) return [];
  const texts = [value].flat().map(String);
  return screen.isTTY ? texts.map(printableLine) : texts;
}

/** The settings of a server. */
export function settingRows(values: readonly ShownValue[], screen: Screen): string[] {
  return tableLines(
    HEADER,
    values.map((shown) => [printableLine(shown.key), cell(shown)]),
    screen,
  );
}

export function listRows(
  settings: readonly Setting[],
  packages: readonly { readonly package: string; readonly user_config: readonly ShownValue[] }[],
  screen: Screen,
): string[] {
  const own = settings
    .filter(({ value, set }) => set || value.length > 0)
    .map(({ key, value, set }) => [key, `${text(value)}${set ? '' : ' (default)'}`]);
  const servers = packages.flatMap(({ package: name, user_config }) =>
    user_config.map((shown) => [`${printableLine(name)} ${printableLine(shown.key)}`, cell(shown)]),
  );
  return tableLines(HEADER, [...own, ...servers], screen);
}

function cell({ value, masked }: ShownValue): string {
  return masked ? COVER : text(value);
}

function text(value: StoredValue | null): string {
  return value === null ? '' : printableLine([value].flat().map(String).join(', '));
}
