import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { DataFolder } from '../data-folder.ts';
import { dataFlag } from '../flags.ts';
import { importFile } from '../import.ts';

export default class Import extends BaseCommand {
  static override summary = 'Append publish entries from a file, all of them or none.';
  static override description =
    'A line is a publish entry of the log as JSON; provenance and attestation may be null. Artifacts that are in the ' +
    'log already are skipped. A server on the same folder may keep running.';
  static override examples = ['<%= config.bin %> <%= command.id %> entries.ndjson --data DIR'];
  static override args = {
    file: Args.string({ ignoreStdin: true, description: 'File of entries, one a line.', required: true }),
  };
  static override flags = { data: dataFlag };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Import);
    const db = new DataFolder(flags.data).open();
    try {
      const started = performance.now();
      const report = await importFile(db, args.file);
      const seconds = (performance.now() - started) / 1000;
      const { imported, skipped, size } = report;
      this.log(`Imported ${imported} entries in ${seconds.toFixed(1)} s; ${skipped} were there already.`);
      this.log(`The log has ${size} entries.`);
      return report;
    } finally {
      db.close();
    }
  }
}
