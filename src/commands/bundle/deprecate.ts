import { Args, Flags } from '@oclif/core';
import { PublishCommand, publisherFlags } from '../../cli/publish-command.ts';
import { printableLine } from '../../lib/printable.ts';
import { deprecate, deprecationOf } from '../../lib/publish/standing.ts';

export default class BundleDeprecate extends PublishCommand {
  static override summary =
    'Deprecate versions of a package, from a GitHub Actions workflow of its repository.';
  static override description =
    'Users are told the message, and what to use instead. The versions stay installable for now.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres@^1 --message "Version 1 gets no more fixes."',
    '<%= config.bin %> <%= command.id %> @acme/postgres --message "Renamed." --successor @acme/sql',
  ];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      description: 'The package; a version or a range of them behind another @. Default: all versions.',
      required: true,
    }),
  };
  static override flags = {
    ...publisherFlags,
    message: Flags.string({ description: 'What users are told.', helpValue: 'TEXT', required: true }),
    successor: Flags.string({ description: 'The package to use instead.', helpValue: '@SCOPE/NAME' }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundleDeprecate);
    const request = deprecationOf(args.name, { message: flags.message, successor: flags.successor });
    if (flags['dry-run']) {
      this.logRequest(request);
      return { requests: [request] };
    }
    const { status, warnings } = await deprecate(this.publisher(flags), request);
    const { name, versions } = request;
    const subject = `${name} ${versions}`;
    this.log(printableLine(`${subject} ${status === 'created' ? 'is' : 'was already'} deprecated.`));
    this.noteWarnings(subject, warnings);
    return { package: name, versions, status, warnings };
  }
}
