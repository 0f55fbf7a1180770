import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { findingLines } from '../../cli/findings-page.ts';
import { plural } from '../../cli/format.ts';
import { outputScreen } from '../../cli/output.ts';
import { EXIT_STATUS } from '../../lib/errors.ts';
import { errorsOf } from '../../lib/pack/finding.ts';
import { validateTarget } from '../../lib/pack/validate-target.ts';

export default class BundleValidate extends BaseCommand {
  static override summary =
    'Check what is to become a bundle, or a bundle: every problem at once, with its remedy.';
  static override description =
    'Checks the manifest by its schema and by what registries take, and that the files are there that it counts on. ' +
    'Warnings are no hindrance. Exit status: 0 no errors, 35 errors, 30 a file that is no archive that may be unpacked.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> server/ --json',
    '<%= config.bin %> <%= command.id %> echo-1.0.0.mcpb',
  ];
  static override args = {
    target: Args.string({
      ignoreStdin: true,
      description: 'A folder with a manifest.json, or a bundle.',
      default: '.',
    }),
  };

  override async run(): Promise<unknown> {
    const { args } = await this.parse(BundleValidate);
    const { name, version, findings } = validateTarget(args.target);
    const errors = errorsOf(findings).length;
    const warnings = findings.length - errors;
    for (const line of findingLines(findings, outputScreen())) this.log(line);
    if (errors > 0) process.exitCode = EXIT_STATUS.BUNDLE_INVALID;
    const what = name === undefined ? args.target : `${name} ${version}`;
    const verdict = errors > 0 ? 'cannot be published' : 'can be published';
    if (!this.jsonEnabled()) {
      this.note(`${what} ${verdict}: ${plural(errors, 'error')}, ${plural(warnings, 'warning')}.`);
    }
    return { valid: errors === 0, name, version, errors, warnings, findings };
  }
}
