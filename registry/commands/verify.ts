import { existsSync } from 'node:fs';
import { Args } from '@oclif/core';
import type Database from 'better-sqlite3';
import { BaseCommand } from '../../src/cli/command.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { openIndexReadOnly } from '../../src/lib/index/open.ts';
import { DataFolder } from '../data-folder.ts';
import { optionalDataFlag } from '../flags.ts';
import { verifyRegistry } from '../verify.ts';

export default class Verify extends BaseCommand {
  static override summary = 'Replay the log and compare every row of the database with it.';
  static override description = 'Of a data folder, or of a file that `backup` wrote.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --data DIR',
    '<%= config.bin %> <%= command.id %> registry-2026-11-24.db',
  ];
  static override args = {
    file: Args.string({ ignoreStdin: true, description: 'File that `backup` wrote.' }),
  };
  static override flags = { data: optionalDataFlag };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Verify);
    const db = open(args.file, flags.data);
    try {
      const { size, root, differences } = verifyRegistry(db);
      if (differences.length > 0) {
        throw new MpakError(
          'REPLAY_MISMATCH',
          `The database differs from a replay of its ${size} log entries:\n${differences.map((line) => `  ${line}`).join('\n')}`,
          {
            hint: 'The log is what counts: restore the database from a backup, and find out who changed it.',
          },
        );
      }
      this.log(`Every row agrees with a replay of the ${size} log entries.`);
      this.log(`Root ${root}`);
      return { size, root, differences };
    } finally {
      db.close();
    }
  }
}

/** @throws MpakError USAGE, NOT_FOUND */
function open(file: string | undefined, data: string | undefined): Database.Database {
  if (file === undefined && data !== undefined) return new DataFolder(data).openReadOnly();
  // A folder that the environment names does not stand in the way of a file.
  const isFlag = data !== undefined && data !== process.env.MPAK_REGISTRY_DATA;
  if (file === undefined || isFlag) {
    throw new MpakError('USAGE', 'Name one of the two: a folder as --data DIR, or a backup as FILE.', {
      hint: 'See `mpak-registry verify --help`.',
    });
  }
  if (!existsSync(file)) throw new MpakError('NOT_FOUND', `There is no file ${file}.`);
  return openIndexReadOnly(file);
}
