import { Args, Flags } from '@oclif/core';
import {
  givenPlatform,
  outputFlag,
  PublishCommand,
  platformFlags,
  publisherFlags,
  tagFlag,
} from '../../cli/publish-command.ts';
import { MpakError } from '../../lib/errors.ts';
import { printableLine } from '../../lib/printable.ts';
import {
  ANNOUNCE_PATH,
  type AnnouncedArtifact,
  type AnnouncementBody,
  announceFiles,
  announcementOf,
  type FailedArtifact,
} from '../../lib/publish/announce.ts';
import { readBundleFile } from '../../lib/publish/bundle-file.ts';
import { findRelease } from '../../lib/publish/release.ts';

export default class BundleAnnounce extends PublishCommand {
  static override summary = 'Announce bundles of a release to the registry, from a GitHub Actions workflow.';
  static override description =
    'Asks the runner for an OIDC token, finds the release from the event, and announces each bundle with its ' +
    'platform. It tries again while GitHub does not show the asset yet, or the registry is busy. One bundle that is ' +
    'refused stops no other; the exit status is that of the first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dist/*.mcpb',
    '<%= config.bin %> <%= command.id %> tool.mcpb --os linux --arch arm64 --tag v1.2.0 --dry-run',
  ];
  static override strict = false;
  static override args = {
    file: Args.string({
      ignoreStdin: true,
      description: 'The bundles, as the release has them.',
      required: true,
    }),
  };
  static override flags = {
    ...publisherFlags,
    ...platformFlags,
    tag: tagFlag,
    'announce-url': Flags.string({
      description: 'URL to announce to, where it is not that of --registry.',
      helpValue: 'URL',
      exclusive: ['registry'],
    }),
    'github-output': outputFlag,
  };

  override async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(BundleAnnounce);
    const files = argv as string[];
    const platform = givenPlatform(flags);
    if (flags['dry-run']) {
      const release = findRelease(process.env, flags.tag);
      const requests: AnnouncementBody[] = [];
      const failed: FailedArtifact[] = [];
      for (const file of files) {
        try {
          const request = announcementOf(readBundleFile(file, platform), release);
          requests.push(request);
          this.logRequest(request);
        } catch (error) {
          if (!(error instanceof MpakError)) throw error;
          failed.push({ file, error });
          this.#report({ file, error });
        }
      }
      return { requests, failed: this.#failures(failed) };
    }
    if (flags['github-output']) this.setOutputs({ announced: 'false' });
    const client = this.publisher({
      ...flags,
      registry: registryOf(flags['announce-url']) ?? flags.registry,
    });
    const release = findRelease(process.env, flags.tag);
    const { announced, failed } = await announceFiles(files, {
      client,
      release,
      platform,
      onResult: (result) => this.#report(result),
    });
    if (failed.length === 0 && flags['github-output']) this.setOutputs({ announced: 'true' });
    return { announced, failed: this.#failures(failed) };
  }

  /** As the answer has them. The exit status is that of the first. */
  #failures(failed: readonly FailedArtifact[]): unknown[] {
    const [first] = failed;
    if (first !== undefined) process.exitCode = first.error.exitStatus;
    return failed.map(({ file, error: { code, message, hint } }) => ({
      file,
      error: { code, message, hint },
    }));
  }

  #report(result: AnnouncedArtifact | FailedArtifact): void {
    if (this.jsonEnabled()) return;
    if ('error' in result) {
      const { code, message, hint } = result.error;
      this.note(printableLine(`Error: ${result.file}: ${message} [${code}]`));
      if (hint !== undefined) this.note(printableLine(hint));
      return;
    }
    const { artifact, version, status, attested, warnings } = result;
    const done = status === 'created' ? 'is announced' : 'was announced before';
    const proof = attested === null ? '' : attested ? ', attested' : ', NOT attested';
    const subject = `${result.package} ${version} for ${artifact.os}-${artifact.arch}`;
    this.log(printableLine(`${subject} ${done} (${artifact.filename}${proof}).`));
    this.noteWarnings(subject, warnings);
  }
}

/** The registry that an announce URL belongs to. */
function registryOf(announceUrl: string | undefined): string | undefined {
  const url = announceUrl?.replace(/\/+$/, '');
  return url?.endsWith(ANNOUNCE_PATH) ? url.slice(0, -ANNOUNCE_PATH.length) : url;
}
