import { Args } from '@oclif/core';
import { PublishCommand, tagFlag, waitFlag } from '../../cli/publish-command.ts';
import { printableLine } from '../../lib/printable.ts';
import { readBundleFile } from '../../lib/publish/bundle-file.ts';
import { repositoryOf } from '../../lib/publish/github-api.ts';
import { type UploadedAsset, uploadBundle } from '../../lib/publish/github-releases.ts';
import { findRelease } from '../../lib/publish/release.ts';

export default class BundleUpload extends PublishCommand {
  static override summary = 'Attach bundles to a release of GitHub, from a workflow of its repository.';
  static override description =
    'Takes the token in GITHUB_TOKEN and finds the release from the event, a draft of it too. It tries again while GitHub fails. What is there already is left as it is; ' +
    'another file of the same name is refused, never replaced.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dist/*.mcpb',
    '<%= config.bin %> <%= command.id %> tool.mcpb --tag v1.2.0',
  ];
  static override strict = false;
  static override args = {
    file: Args.string({ ignoreStdin: true, description: 'The bundles.', required: true }),
  };
  static override flags = { tag: tagFlag, wait: waitFlag };

  override async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(BundleUpload);
    const github = repositoryOf(process.env, this.config.userAgent);
    const { tag } = findRelease(process.env, flags.tag);
    const bundles = (argv as string[]).map((file) => readBundleFile(file, { os: 'any', arch: 'any' }));
    const patience = this.patience(flags.wait);
    const uploaded: UploadedAsset[] = [];
    for (const bundle of bundles) {
      const asset = await uploadBundle(github, tag, bundle, patience);
      uploaded.push(asset);
      const done = asset.status === 'uploaded' ? 'is attached to' : 'was attached already to';
      const release = `the release ${tag} of ${github.repository}`;
      this.log(printableLine(`${asset.filename} ${done} ${release}.`));
      if (asset.compared === 'size') {
        this.note('GitHub gives no digest of it: only its size was compared. The registry will read it.');
      }
    }
    return { repository: github.repository, tag, uploaded };
  }
}
