/** What the commands of a publisher share: flags, the way to the registry, and outputs of a step. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Flags } from '@oclif/core';
import { MpakError } from '../lib/errors.ts';
import type { Platform } from '../lib/index/bundle-types.ts';
import type { Architecture, OperatingSystem } from '../lib/log/entry.ts';
import { printableLine } from '../lib/printable.ts';
import { tokenEndpoint } from '../lib/publish/actions-environment.ts';
import { type Clock, Patience } from '../lib/publish/patience.ts';
import { PublisherClient } from '../lib/publish/publisher-client.ts';
import type { Warning } from '../lib/publish/registry-answer.ts';
import { BaseCommand } from './command.ts';
import { chosenRegistries, registryFlag } from './context.ts';
import { writeOutputs } from './step-outputs.ts';
import { inertJson } from './workflow-commands.ts';

export const waitFlag = Flags.integer({
  description: 'How long to go on trying in total, in seconds.',
  helpValue: 'SECONDS',
  min: 0,
  max: 3600,
  default: 300,
});

export const publisherFlags = {
  registry: registryFlag,
  audience: Flags.string({
    description:
      'For whom the registry may have a token. Default: MPAK_OIDC_AUDIENCE, then whom it asks for, if that is itself.',
    helpValue: 'AUDIENCE',
  }),
  wait: waitFlag,
  'dry-run': Flags.boolean({ description: 'Print the request, and send nothing.' }),
};

export const platformFlags = {
  os: Flags.option({
    options: ['darwin', 'linux', 'win32', 'any'] as const,
    description: 'The system that the bundles are for. Default: detected.',
  })(),
  arch: Flags.option({
    options: ['x64', 'arm64', 'any'] as const,
    description: 'The processor that the bundles are for. Default: detected.',
  })(),
};

export const tagFlag = Flags.string({
  description: 'Tag of the release. Default: that of the event.',
  helpValue: 'TAG',
});

export const outputFlag = Flags.boolean({ description: 'Set outputs of the workflow step, too.' });

/** What was given of the platform. */
export function givenPlatform({
  os,
  arch,
}: {
  readonly os: OperatingSystem | undefined;
  readonly arch: Architecture | undefined;
}): Partial<Platform> {
  return { ...(os !== undefined && { os }), ...(arch !== undefined && { arch }) };
}

const clock: Clock = { now: () => new Date(), sleep: (ms) => sleep(ms) };

export abstract class PublishCommand extends BaseCommand {
  /** What would be sent, on one line: several requests are JSON lines. */
  protected logRequest(request: unknown): void {
    this.log(printableLine(inertJson(JSON.stringify(request))));
  }

  protected noteWarnings(subject: string, warnings: readonly Warning[]): void {
    for (const { code, message } of warnings) {
      this.note(printableLine(`Warning: ${subject}: ${message} (${code})`));
    }
  }

  /** The way to the registry. @throws MpakError NOT_IN_ACTIONS, USAGE */
  protected publisher(flags: {
    readonly registry: string | undefined;
    readonly audience: string | undefined;
    readonly wait: number;
  }): PublisherClient {
    return new PublisherClient({
      registry: chosenRegistries(flags).registries[0].url,
      endpoint: tokenEndpoint(process.env),
      audience: flags.audience ?? (process.env.MPAK_OIDC_AUDIENCE || undefined),
      userAgent: this.config.userAgent,
      clock,
      patience: this.patience(flags.wait),
      onToken: maskToken,
    });
  }

  protected patience(seconds: number): Patience {
    return new Patience(seconds * 1000, clock);
  }

  /** Outputs of the step. @throws MpakError USAGE outside of a workflow, IO_FAILED */
  protected setOutputs(outputs: Readonly<Record<string, string>>): void {
    const { GITHUB_OUTPUT } = process.env;
    if (!GITHUB_OUTPUT) {
      throw new MpakError('USAGE', 'GITHUB_OUTPUT is not set: there is no step to set outputs of.', {
        hint: 'Leave --github-output out.',
      });
    }
    writeOutputs(GITHUB_OUTPUT, outputs);
  }
}

/**
 * The runner hides a text that it is told of, in the log of the whole job, and reads commands of both streams
 * (actions/runner, ScriptHandler.cs): stdout stays the answer. Outside of Actions no token is had.
 */
function maskToken(token: string): void {
  process.stderr.write(`::add-mask::${token}\n`);
}
