import { Args } from '@oclif/core';
import { bytes } from '../../cli/format.ts';
import { outputFlag, PublishCommand } from '../../cli/publish-command.ts';
import { printableLine } from '../../lib/printable.ts';
import { readBundleFile } from '../../lib/publish/bundle-file.ts';

export default class BundleInspect extends PublishCommand {
  static override summary =
    'Say what a bundle file would be announced as: package, version, platform, digest.';
  static override description =
    'Checks the archive and its manifest as everybody will who installs it. Uses no network.';
  static override examples = ['<%= config.bin %> <%= command.id %> postgres-1.2.0.mcpb'];
  static override args = {
    file: Args.string({ ignoreStdin: true, description: 'The bundle.', required: true }),
  };
  static override flags = { 'github-output': outputFlag };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundleInspect);
    const { file, filename, name, version, platform, sha256, size } = readBundleFile(args.file, {});
    if (flags['github-output']) {
      this.setOutputs({
        'bundle-path': file,
        'bundle-name': filename,
        'bundle-size': String(size),
        'bundle-sha256': sha256,
      });
    }
    this.log(printableLine(`${name} ${version} for ${platform.os}-${platform.arch}, ${bytes(size)}`));
    this.log(`sha256 ${sha256}`);
    return { file, package: name, version, platform, size, sha256 };
  }
}
