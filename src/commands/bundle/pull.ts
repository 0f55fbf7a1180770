import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { registryFlag } from '../../cli/context.ts';
import { bytes } from '../../cli/format.ts';
import { packageArgument } from '../../cli/name-argument.ts';
import { packageIndex } from '../../cli/package-index.ts';
import { ProgressLine } from '../../cli/progress.ts';
import { deprecationLine } from '../../cli/proposal-page.ts';
import { provenance } from '../../cli/provenance.ts';
import { Transfer } from '../../cli/transfer.ts';
import { askAboutUnattested, unattestedOptions } from '../../cli/unattested.ts';
import { ensureDetails } from '../../cli/unsigned.ts';
import { currentPlatform } from '../../lib/bundle/platform.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { MpakError } from '../../lib/errors.ts';
import { sourceOf } from '../../lib/index/read-source.ts';
import { askIndex } from '../../lib/install/origin.ts';
import { pull } from '../../lib/install/pull.ts';

export default class BundlePull extends BaseCommand {
  static override summary = 'Download a bundle as a file: its digest and who built it are verified.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres',
    '<%= config.bin %> <%= command.id %> @acme/postgres@1.2.0 -o postgres.mcpb --os linux --arch arm64',
  ];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      description: 'The package; a version, a range or "latest" behind another @.',
      required: true,
    }),
  };
  static override flags = {
    output: Flags.string({
      char: 'o',
      description: 'The file to write, or a folder. Default: under its own name, here.',
      helpValue: 'FILE',
    }),
    os: Flags.option({
      options: ['darwin', 'linux', 'win32', 'any'] as const,
      description: 'For this system.',
    })(),
    arch: Flags.option({ options: ['x64', 'arm64', 'any'] as const, description: 'For this processor.' })(),
    force: Flags.boolean({ description: 'Replace a file that is there.' }),
    'allow-unattested': Flags.boolean({
      description: 'Also what has no attestation: then nothing proves who built it.',
    }),
    registry: registryFlag,
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundlePull);
    if ((flags.os === undefined) !== (flags.arch === undefined)) {
      throw new MpakError('USAGE', '--os and --arch go together.', {
        hint: 'Give both, or neither for this machine.',
      });
    }
    const { store } = packageIndex(flags, packageArgument(args.name).name, (text) => this.note(text));
    const line = new ProgressLine();
    const download = new Transfer('Downloading');
    try {
      const platform = flags.os && flags.arch ? { os: flags.os, arch: flags.arch } : currentPlatform();
      await ensureDetails(store, args.name, this.config.userAgent, { all: false, platform });
      const { resolved, file, attested } = await pull({
        store,
        cache: new BundleCache(mpakHome(process.env)),
        reference: args.name,
        platform,
        output: flags.output,
        force: flags.force,
        settings: provenance(),
        userAgent: this.config.userAgent,
        now: () => new Date(),
        ...unattestedOptions({ ...flags, yes: false }),
        askUnattested: (resolved) => askAboutUnattested(resolved, askIndex(store, sourceOf)),
        onBytes: (done, total) => line.update(() => download.describe(done, total)),
        warn: (text) => this.note(text),
      });
      line.clear();
      const { name, version, artifact, deprecated } = resolved;
      this.log(file);
      this.note(`${name} ${version}, ${bytes(artifact.size)}, ${attested ? 'attested' : 'NOT attested'}`);
      if (deprecated !== null) this.note(deprecationLine(deprecated));
      return {
        name,
        version,
        platform: artifact.platform,
        file,
        sha256: artifact.sha256,
        size: artifact.size,
        attested,
        deprecated,
      };
    } finally {
      line.clear();
    }
  }
}
