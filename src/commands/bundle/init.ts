import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { answersTo } from '../../cli/draft-answers.ts';
import { writeFileAtomic } from '../../lib/files.ts';
import { SERVER_TYPES } from '../../lib/index/bundle-types.ts';
import { isInteractive } from '../../lib/launch/ask.ts';
import { draftManifest, writeDraft } from '../../lib/pack/draft.ts';

export default class BundleInit extends BaseCommand {
  static override summary = 'Write the first manifest.json of a server, from what its project says already.';
  static override description =
    'Reads package.json, pyproject.toml, Cargo.toml or go.mod, and .git/config for the scope; asks for the rest on a ' +
    'terminal.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> server --yes --name @acme/echo',
  ];
  static override args = {
    directory: Args.string({ ignoreStdin: true, description: "The server's folder.", default: '.' }),
  };
  static override flags = {
    yes: Flags.boolean({ char: 'y', description: 'Ask nothing; take what the project says.' }),
    force: Flags.boolean({ description: 'Replace a manifest.json that is there.' }),
    name: Flags.string({ description: 'Name of the package.', helpValue: '@SCOPE/NAME' }),
    version: Flags.string({ description: 'Its version.', helpValue: '0.1.0' }),
    description: Flags.string({ description: 'What it does, in a sentence.' }),
    author: Flags.string({ description: "The author's name." }),
    type: Flags.option({
      options: SERVER_TYPES,
      description: 'Type of the server.',
    })(),
    'entry-point': Flags.string({ description: 'The file that is started.', helpValue: 'PATH' }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundleInit);
    const { name, version, description, author, type, 'entry-point': entryPoint } = flags;
    const draft = draftManifest(args.directory, flags.force);
    const given = { name, version, description, author, type, entryPoint };
    const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const terminal = { input: process.stdin, output: process.stderr };
    const asked = !flags.yes && isInteractive(terminal) ? terminal : undefined;
    const manifest = writeDraft(draft.project, await answersTo(draft.questions, chosen, asked));
    writeFileAtomic(draft.file, manifest);
    this.log(draft.file);
    if (!this.jsonEnabled()) {
      this.note('Declare its tools and permissions in it, then: mpak bundle validate, mpak bundle pack.');
    }
    return { file: draft.file, manifest: JSON.parse(manifest) };
  }
}
