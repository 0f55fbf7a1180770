/** A job of GitHub Actions on this machine: the environment that a runner gives to its steps, and the files in it. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { finished, type Result, startCommand } from './cli.ts';
import type { LocalGitHub } from './github.ts';

export interface JobOptions {
  /** A folder for everything of the job. */
  readonly folder: string;
  readonly github: LocalGitHub;
  /** `Owner/repo`. */
  readonly repository: string;
  /** Of the release that was published. */
  readonly tag: string;
  readonly prerelease?: boolean;
  /** `push` of the tag, in place of the event of a release. */
  readonly event?: 'release' | 'push';
  readonly environment?: Readonly<Record<string, string>>;
}

export class Job {
  readonly environment: Record<string, string>;
  /** What is checked out there: GITHUB_WORKSPACE. */
  readonly workspace: string;
  readonly #temp: string;

  constructor(options: JobOptions) {
    const { github, repository, tag, event = 'release', prerelease = false } = options;
    const folder = mkdtempSync(path.join(options.folder, 'job-'));
    this.workspace = path.join(folder, 'workspace');
    this.#temp = path.join(folder, 'temp');
    // Of all jobs, so that each finds mpak compiled: nothing else is kept there.
    const mpakHome = path.join(options.folder, 'mpak');
    for (const made of [this.workspace, this.#temp, path.join(folder, 'home'), mpakHome]) {
      mkdirSync(made, { recursive: true });
    }
    const eventFile = path.join(folder, 'event.json');
    const payload =
      event === 'release' ? { action: 'published', release: { tag_name: tag, prerelease } } : { ref: tag };
    writeFileSync(eventFile, JSON.stringify(payload));
    this.environment = {
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_API_URL: github.api,
      GITHUB_SERVER_URL: github.url,
      GITHUB_REPOSITORY: repository,
      GITHUB_EVENT_NAME: event,
      GITHUB_SHA: 'c'.repeat(40),
      GITHUB_EVENT_PATH: eventFile,
      GITHUB_REF: `refs/tags/${tag}`,
      GITHUB_REF_NAME: tag,
      GITHUB_REF_TYPE: 'tag',
      GITHUB_WORKSPACE: this.workspace,
      RUNNER_TEMP: this.#temp,
      HOME: path.join(folder, 'home'),
      MPAK_HOME: mpakHome,
      ...github.startJob(repository),
      ...options.environment,
    };
  }

  /** Runs mpak as a step of the job. @returns what it printed, and the outputs that it set */
  async mpak(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Result & { readonly outputs: Readonly<Record<string, string>> }> {
    const file = this.newFile('output');
    const result = await finished(
      startCommand('mpak', args, { ...this.environment, GITHUB_OUTPUT: file, ...environment }),
    );
    return { ...result, outputs: readOutputs(file) };
  }

  /** An empty file, as a runner makes for each step. */
  newFile(name: string): string {
    const file = path.join(mkdtempSync(path.join(this.#temp, 'step-')), name);
    writeFileSync(file, '');
    return file;
  }
}

/** Outputs of a step as a runner reads them: `name=value`, or `name<<delimiter` and lines up to the delimiter. */
export function readOutputs(file: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = readFileSync(file, 'utf8').split('\n');
  while (lines.length > 0) {
    const line = lines.shift() as string;
    if (line === '') continue;
    const block = /^([^=<]+)<<(.+)$/.exec(line);
    if (block === null) {
      const [name = '', ...rest] = line.split('=');
      outputs[name] = rest.join('=');
      continue;
    }
    const [, name = '', delimiter = ''] = block;
    const end = lines.indexOf(delimiter);
    if (end === -1) throw new Error(`the output ${name} never ends`);
    outputs[name] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n');
  }
  return outputs;
}
