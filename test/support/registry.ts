/** The real registry as a process of its own, on a free port. */
import type { ChildProcess } from 'node:child_process';
import { startCommand } from './cli.ts';
import type { LocalGitHub } from './github.ts';
import type { BundleFile } from './mcpb.ts';

export interface StartOptions {
  readonly data: string;
  readonly github?: LocalGitHub;
  readonly args?: readonly string[];
  /** Default: a free one. */
  readonly port?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it scans what is announced: the log grows by itself then. Default: it does not. */
  readonly scan?: boolean;
}

export class RegistryProcess {
  readonly url: string;
  /** Of its signing key. */
  readonly fingerprint: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  readonly #stderr: () => string;

  constructor(child: ChildProcess, stdout: string, closed: Promise<number | null>, stderr: () => string) {
    this.#child = child;
    this.#closed = closed;
    this.#stderr = stderr;
    this.url = /^Listening +(\S+)$/m.exec(stdout)?.[1] ?? '';
    this.fingerprint = /SHA256:\S+/.exec(stdout)?.[0] ?? '';
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** What it logged: a JSON object a line. */
  get log(): string {
    return this.#stderr();
  }

  /** Asks it to end with SIGTERM. @returns its exit status */
  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#closed;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

export async function startRegistry(options: StartOptions): Promise<RegistryProcess> {
  const { data, github, args = [], port = '0', environment = {}, scan = false } = options;
  const upstream = github === undefined ? [] : ['--github-api', github.api, '--oidc-issuer', github.issuer];
  const child = startCommand(
    'mpak-registry',
    ['serve', '--data', data, '--port', port, ...(scan ? [] : ['--no-scan']), ...upstream, ...args],
    environment,
  );
  let stderr = '';
  let stdout = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (/^Listening +\S+\n/m.test(stdout)) {
        resolve(new RegistryProcess(child, stdout, closed, () => stderr));
      }
    });
    closed.then((status) => reject(new Error(`the registry ended with status ${status}: ${stderr}`)));
  });
}

/** An announcement's body for a bundle. */
export function announcement(
  bundle: BundleFile,
  changes: Readonly<Record<string, unknown>> = {},
  artifact: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const { name, version } = bundle.manifest;
  return {
    name,
    version,
    manifest: bundle.manifest,
    release_tag: `v${version}`,
    prerelease: false,
    artifact: {
      filename: 'echo.mcpb',
      os: 'any',
      arch: 'any',
      sha256: bundle.sha256,
      size: bundle.bytes.length,
      ...artifact,
    },
    ...changes,
  };
}

export interface AnnounceAnswer {
  readonly status: number;
  readonly json: {
    readonly status?: string;
    readonly total_artifacts?: number;
    readonly error?: { readonly code: string; readonly message: string };
    readonly [field: string]: unknown;
  };
}

export async function postAnnouncement(
  registryUrl: string,
  token: string | undefined,
  body: unknown,
): Promise<AnnounceAnswer> {
  const response = await fetch(`${registryUrl}/v1/bundles/announce`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as AnnounceAnswer['json'] };
}

/** Entries in the log. */
export async function logSize(registryUrl: string): Promise<number> {
  const health = (await (await fetch(`${registryUrl}/health`)).json()) as { size: number };
  return health.size;
}
