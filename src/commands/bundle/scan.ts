import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { registryFlag } from '../../cli/context.ts';
import { plural } from '../../cli/format.ts';
import { keepHeapSmall } from '../../cli/frugal.ts';
import { outputScreen } from '../../cli/output.ts';
import { scanLines } from '../../cli/scan-page.ts';
import { scanTarget, sourceFolder } from '../../cli/scan-target.ts';
import { isAsSevere, SEVERITIES } from '../../lib/certification/finding.ts';
import { sarifOf } from '../../lib/certification/sarif.ts';
import { EXIT_STATUS, MpakError } from '../../lib/errors.ts';
import { writeFileAtomic } from '../../lib/files.ts';
import { outputFile } from '../../lib/output-file.ts';

export default class BundleScan extends BaseCommand {
  static override summary =
    'Grade a bundle by the mpak Trust Framework, and say what keeps it from the next level.';
  static override description =
    'Scans the bytes of a bundle, a folder that is to become one, or a package: the version that is installed, else the ' +
    'one that the index names, downloaded and compared with its digest. Nothing of it is unpacked to the disk or run, but for --sandbox. A ' +
    'path such as ./@acme/echo is a folder, @acme/echo a package. Exit status: 0 graded, whatever the level; 37 below ' +
    '--level; 38 something as severe as --fail-on.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> echo-1.0.0.mcpb --level 2 --sarif scan.sarif',
    '<%= config.bin %> <%= command.id %> @acme/postgres --json',
  ];
  static override args = {
    target: Args.string({
      ignoreStdin: true,
      description: 'A bundle, a folder with a manifest.json, or a package, @scope/name[@version].',
      default: '.',
    }),
  };
  static override flags = {
    level: Flags.integer({ description: 'The lowest level that will do.', min: 1, max: 4 }),
    'fail-on': Flags.option({
      options: SEVERITIES,
      description: 'The lowest severity of a finding that will not do, whatever the level.',
    })(),
    sarif: Flags.string({ description: 'Also write the findings as SARIF 2.1.0.', helpValue: 'FILE' }),
    'packed-from': Flags.string({
      description: 'Folder that the bundle was packed from: paths in the SARIF file begin with it.',
      helpValue: 'DIR',
    }),
    sandbox: Flags.boolean({
      description:
        'Run the server in a sandbox and compare what it does with what it declares: on Linux, with bubblewrap.',
    }),
    scorecard: Flags.string({
      description: 'Results of OpenSSF Scorecard: a file, a folder, or a URL with {repository} in it.',
      helpValue: 'FILE|DIR|URL',
    }),
    registry: registryFlag,
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundleScan);
    keepHeapSmall();
    const { target } = args;
    if (flags.sarif === '' || flags.sarif === '-') {
      throw new MpakError('USAGE', 'SARIF is written to a file, and not to standard output.', {
        hint: 'Give a file with --sarif; ./- is a file of that name.',
      });
    }
    const sources = [target, flags.scorecard].filter((each) => each !== undefined);
    const sarifFile = flags.sarif === undefined ? undefined : outputFile(flags.sarif, sources);
    const report = await scanTarget(target, {
      registry: flags.registry,
      sandbox: flags.sandbox,
      scorecard: flags.scorecard,
      userAgent: this.config.userAgent,
      version: this.config.version,
      warn: (text) => this.note(text),
    });
    if (sarifFile !== undefined) {
      const sarif = sarifOf(report, sourceFolder(target, flags['packed-from']));
      writeFileAtomic(sarifFile, `${JSON.stringify(sarif, undefined, 2)}\n`);
    }
    this.logPage(scanLines(report, target, outputScreen()));
    const least = flags['fail-on'];
    const severe = report.controls
      .flatMap(({ findings }) => findings)
      .filter((finding) => least !== undefined && isAsSevere(finding, least));
    if (flags.level !== undefined && report.level < flags.level) {
      process.exitCode = EXIT_STATUS.BELOW_LEVEL;
      this.note(`It is L${report.level}, and L${flags.level} is asked for.`);
    } else if (severe.length > 0) {
      process.exitCode = EXIT_STATUS.FINDING_SEVERE;
      this.note(`${plural(severe.length, 'finding')} at ${least} or above.`);
    }
    return report;
  }
}
