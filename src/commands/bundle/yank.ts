import { Args, Flags } from '@oclif/core';
import { PublishCommand, publisherFlags } from '../../cli/publish-command.ts';
import { printableLine } from '../../lib/printable.ts';
import { yank, yankOf } from '../../lib/publish/standing.ts';

export default class BundleYank extends PublishCommand {
  static override summary =
    'Take back a version of a package, from a GitHub Actions workflow of its repository.';
  static override description =
    'From their next sync on, users are passed to another version; who names this one by its number has it still, with ' +
    'the reason. It never returns: publish a new version.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres@1.2.0 --reason "It deletes rows that it should not."',
  ];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      description: 'The package, and the exact version behind another @.',
      required: true,
    }),
  };
  static override flags = {
    ...publisherFlags,
    reason: Flags.string({ description: 'What users are told.', helpValue: 'TEXT', required: true }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundleYank);
    const request = yankOf(args.name, flags.reason);
    if (flags['dry-run']) {
      this.logRequest(request);
      return { requests: [request] };
    }
    const { status, warnings } = await yank(this.publisher(flags), request);
    const { name, version } = request;
    this.log(printableLine(`${name} ${version} ${status === 'created' ? 'is' : 'was already'} yanked.`));
    this.noteWarnings(`${name} ${version}`, warnings);
    return { package: name, version, status, warnings };
  }
}
