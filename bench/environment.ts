/** Where benchmarks were run: the machine, the versions of what took part, and the packages. */
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import Database from 'better-sqlite3';
import pkg from '../package.json' with { type: 'json' };
import { readRecords } from '../test/support/records.ts';
import { SEED, SIZES } from './corpus.ts';
import { defaultRecords, hasRealRecords } from './default-records.ts';

export interface Environment {
  /** As ISO 8601 has it. */
  readonly day: string;
  readonly machine: {
    readonly cores: number;
    readonly model: string;
    readonly memoryGb: number;
    readonly kernel: string;
  };
  /** By the name of what has it. */
  readonly versions: Readonly<Record<string, string>>;
  readonly corpus: {
    readonly sizes: readonly number[];
    readonly seed: number;
    readonly records: number;
    /** Whether they are all that there are, and not the sample. */
    readonly real: boolean;
  };
}

export function environment(now: Date): Environment {
  const records = readRecords(defaultRecords()).length;
  const real = hasRealRecords();
  return {
    day: now.toISOString().slice(0, 10),
    machine: {
      cores: os.availableParallelism(),
      model: os.cpus()[0]?.model.trim() ?? 'unknown',
      memoryGb: os.totalmem() / 2 ** 30,
      kernel: `${os.type()} ${os.release()}`,
    },
    versions: {
      mpak: pkg.version,
      Node: process.versions.node,
      SQLite: sqliteVersion(),
      ...toolVersion('curl', /^curl (\S+)/),
      ...toolVersion('zstd', /v(\d[\d.]*)/),
    },
    corpus: { sizes: real ? [...SIZES, records].sort((a, b) => a - b) : SIZES, seed: SEED, records, real },
  };
}

function sqliteVersion(): string {
  const db = new Database(':memory:');
  try {
    return db.prepare('SELECT sqlite_version()').pluck().get() as string;
  } finally {
    db.close();
  }
}

/** Nothing where it is not installed: then no baseline of it was measured. */
function toolVersion(tool: string, pattern: RegExp): Record<string, string> {
  const { stdout } = spawnSync(tool, ['--version'], { encoding: 'utf8' });
  const version = pattern.exec(stdout ?? '')?.[1];
  return version === undefined ? {} : { [tool]: version };
}
