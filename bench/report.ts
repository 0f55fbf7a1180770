/** The table of a run of all benchmarks, and bench/RESULTS.md around it. */
import type { Environment } from './environment.ts';
import type { Row } from './rows.ts';

/** What one benchmark gave: its rows, or why it has none. */
export interface Outcome {
  readonly name: string;
  readonly rows: readonly Row[];
  /** What it ended with before it was done. */
  readonly failure?: string;
}

const HEAD = ['measure', 'ours', 'baseline', 'ratio', 'bar', 'pass'];
/** Numbers stand to the right. */
const RIGHT = [false, true, true, true, true, false];
const MAX_FAILURE = 120;

/** Whether every benchmark was run to its end and no bar is missed. */
export function allPass(outcomes: readonly Outcome[]): boolean {
  return outcomes.every(({ rows, failure }) => failure === undefined && rows.every(({ pass }) => pass));
}

/** One table, in Markdown that is also read as it is. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const cells = outcomes.flatMap(({ name, rows, failure }) => [
    ...rows.map(cellsOf),
    ...(failure === undefined ? [] : [[`${name}: ${reasonOf(failure)}`, '', '', '', '', 'FAILED']]),
  ]);
  const lines = [HEAD, ...cells].map((line) => line.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => [...(line[column] ?? '')].length)));
  const written = (line: readonly string[]) =>
    `| ${line.map((cell, column) => padded(cell, widths[column] as number, RIGHT[column] === true)).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (RIGHT[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  const [head, ...body] = lines.map(written);
  return `${[head, rule, ...body].join('\n')}\n`;
}

/** The text of bench/RESULTS.md. */
export function reportOf(outcomes: readonly Outcome[], environment: Environment): string {
  const { day, machine, versions, corpus } = environment;
  const missed = outcomes.flatMap(({ rows }) => rows).filter(({ pass }) => !pass).length;
  const failed = outcomes.filter(({ failure }) => failure !== undefined).length;
  return [
    '# Results',
    '',
    `Written by \`npm run bench\` on ${day}. Each number is measured in the same run as its baseline; a ratio is the`,
    'median of the ratios of its rounds, where it has rounds. No bar: it is told, and nothing is asked of it.',
    '',
    tableOf(outcomes),
    `${counted(missed, 'bar')} missed, ${counted(failed, 'benchmark')} failed.`,
    '',
    '## Measured on',
    '',
    `- ${counted(machine.cores, 'core')}, ${machine.model}, ${machine.memoryGb.toFixed(0)} GB of memory, ${machine.kernel}`,
    `- ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `- corpora of ${corpus.sizes.map((size) => size.toLocaleString('en-US')).join(', ')} packages: ` +
      `${corpus.records.toLocaleString('en-US')} records, ` +
      `${corpus.real ? 'the real ones' : 'the sample in the repository, as the real ones were not there'}, ` +
      `then ones made of their parts with the seed ${corpus.seed}`,
    '',
  ].join('\n');
}

function cellsOf({ measure, ours, baseline, unit, ratio, bar, atLeast, pass }: Row): string[] {
  const asked = Number.isFinite(bar);
  return [
    measure,
    `${number(ours)} ${unit}`,
    `${number(baseline)} ${unit}`,
    `${number(ratio)} ×`,
    asked ? `${atLeast ? '≥' : '≤'} ${number(bar)} ×` : 'none',
    asked ? (pass ? 'yes' : 'NO') : '',
  ];
}

/** Three digits or more of it: 0.0123, 1.23, 12.3, 1,234. */
function number(value: number): string {
  if (!Number.isFinite(value)) return '?';
  const size = Math.abs(value);
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 4;
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function padded(cell: string, width: number, right: boolean): string {
  const space = ' '.repeat(width - [...cell].length);
  return right ? space + cell : cell + space;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Its first line, without the places of the machine it was run on. */
function reasonOf(failure: string): string {
  const [line = ''] = failure.trim().split(/\r?\n/);
  const told = line.replace(
    /file:\/\/\S+|(?<![\w.:/-])(?:[A-Za-z]:)?[\\/][\w.@+~-]+(?:[\\/][\w.@+~-]*)+/g,
    '…',
  );
  return told.length > MAX_FAILURE ? `${told.slice(0, MAX_FAILURE)}…` : told;
}
