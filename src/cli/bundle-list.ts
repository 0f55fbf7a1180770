/** Search results as lines: columns that fit a terminal; piped, tab-separated and whole, for other programs. */
import { styleText } from 'node:util';
import stringWidth from 'string-width';
import type { Bundle } from '../lib/index/bundle-types.ts';
import { pad, truncate } from './format.ts';
import { printableLine } from './printable.ts';

const MIN_DESCRIPTION_WIDTH = 20;

export function bundleLines(bundles: readonly Bundle[], stream: NodeJS.WriteStream): string[] {
  const rows = bundles.map((bundle) => ({
    name: bundle.name,
    version: bundle.latest_version,
    type: printableLine(bundle.server_type ?? '') || '-',
    level: bundle.certification_level === null ? '-' : `L${bundle.certification_level}`,
    description: printableLine(bundle.description ?? ''),
  }));
  if (!stream.isTTY) {
    return rows.map((row) => [row.name, row.version, row.type, row.level, row.description].join('\t'));
  }
  if (rows.length === 0) return [];
  const widest = (values: string[]) => Math.max(...values.map((value) => stringWidth(value)));
  const total = stream.columns || 80;
  const name = Math.min(widest(rows.map((row) => row.name)), Math.max(20, Math.floor(total * 0.45)));
  const version = Math.min(widest(['VERSION', ...rows.map((row) => row.version)]), 14);
  const type = Math.min(widest(['TYPE', ...rows.map((row) => row.type)]), 8);
  const description = total - name - version - type - 'LEVEL'.length - 8;
  const line = (cells: [string, string, string, string, string]) => {
    const [first, second, third, fourth, fifth] = cells;
    const columns = [
      pad(truncate(first, name), name),
      pad(truncate(second, version), version),
      pad(truncate(third, type), type),
    ];
    columns.push(pad(fourth, 'LEVEL'.length));
    if (description >= MIN_DESCRIPTION_WIDTH) columns.push(truncate(fifth, description));
    return columns;
  };
  const style = (format: 'bold' | 'dim', text: string) => styleText(format, text, { stream });
  const header = line(['NAME', 'VERSION', 'TYPE', 'LEVEL', 'DESCRIPTION']).join('  ').trimEnd();
  return [
    style('dim', header),
    ...rows.map((row) => {
      const [first, ...rest] = line([row.name, row.version, row.type, row.level, row.description]);
      return [style('bold', first as string), ...rest].join('  ').trimEnd();
    }),
  ];
}
