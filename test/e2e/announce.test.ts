import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Job, type JobOptions } from '../support/actions-runner.ts';
import { mpak } from '../support/cli.ts';
import { LocalGitHub } from '../support/github.ts';
import { type BundleFile, makeBundle } from '../support/mcpb.ts';
import { PublisherServer } from '../support/publisher-server.ts';
import { logSize, type RegistryProcess, startRegistry } from '../support/registry.ts';

/** A registry on this machine has no domain that mpak.dev could be above. */
const AUDIENCE = { MPAK_OIDC_AUDIENCE: 'https://mpak.dev' };

describe('mpak bundle announce', () => {
  let folder = '';
  let github: LocalGitHub;
  let registry: RegistryProcess;
  let number = 0;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-test-'));
    github = await LocalGitHub.start();
    registry = await startRegistry({ data: path.join(folder, 'registry'), github });
  });
  after(async () => {
    expect(await registry.stop()).to.equal(0);
    await github.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  /** A job of a repository of its own, whose package is named like it. */
  function newJob(options: Partial<JobOptions> = {}): Job & { readonly package: string } {
    number += 1;
    const repository = `Acme/tool-${number}`;
    github.createRelease('Acme', `tool-${number}`, 'v1.0.0');
    const environment = { MPAK_REGISTRY_URL: registry.url, ...AUDIENCE, ...options.environment };
    const job = new Job({ folder, github, repository, tag: 'v1.0.0', ...options, environment });
    return Object.assign(job, { package: `@acme/tool-${number}` });
  }
  /** Writes a bundle into the job's workspace. */
  function write(job: Job, filename: string, bundle: BundleFile): string {
    const file = path.join(job.workspace, filename);
    writeFileSync(file, bundle.bytes);
    return file;
  }
  /** And attaches it to the release. */
  function release(job: Job, filename: string, bundle: BundleFile): string {
    const [owner = '', repo = ''] = (job.environment.GITHUB_REPOSITORY ?? '').split('/');
    github.addAsset(owner, repo, 'v1.0.0', filename, bundle.bytes);
    return write(job, filename, bundle);
  }
  // biome-ignore lint/suspicious/noExplicitAny: whatever it printed
  const parse = (text: string): any => JSON.parse(text);

  it('announces each bundle of the release, each with its platform', async () => {
    const job = newJob();
    const any = makeBundle(job.package, '1.0.0');
    const mac = makeBundle(job.package, '1.0.0', { compatibility: { platforms: ['darwin'] } });
    const files = [release(job, 'any.mcpb', any), release(job, 'mac.mcpb', mac)];
    const result = await job.mpak(['bundle', 'announce', ...files, '--json', '--github-output']);
    expect(result.status, result.stderr).to.equal(0);
    const artifact = (filename: string, os: string, { sha256, bytes }: BundleFile) => ({
      filename,
      os,
      arch: 'any',
      sha256,
      size: bytes.length,
    });
    const { announced, failed } = parse(result.stdout);
    expect(failed).to.deep.equal([]);
    expect(announced).to.deep.equal([
      {
        file: files[0],
        package: job.package,
        version: '1.0.0',
        artifact: artifact('any.mcpb', 'any', any),
        status: 'created',
        attested: announced[0].attested,
        warnings: announced[0].warnings,
      },
      {
        file: files[1],
        package: job.package,
        version: '1.0.0',
        artifact: artifact('mac.mcpb', 'darwin', mac),
        status: 'created',
        attested: announced[1].attested,
        warnings: announced[1].warnings,
      },
    ]);
    expect(result.outputs).to.deep.equal({ announced: 'true' });
    const shown = await (await fetch(`${registry.url}/v1/bundles/${job.package}/versions/1.0.0`)).json();
    const { artifacts } = shown as { artifacts: { platform: unknown }[] };
    expect(artifacts.map(({ platform }) => platform)).to.have.deep.members([
      { os: 'any', arch: 'any' },
      { os: 'darwin', arch: 'any' },
    ]);
  });

  it('says the same again when it runs again, and the log does not grow', async () => {
    const job = newJob({ event: 'push' });
    const file = release(job, 'tool.mcpb', makeBundle(job.package, '1.0.0'));
    const args = ['bundle', 'announce', file, '--os', 'linux', '--arch', 'arm64'];
    const first = await job.mpak(args);
    expect(first.stdout).to.include(`${job.package} 1.0.0 for linux-arm64 is announced (tool.mcpb`);
    const size = await logSize(registry.url);
    const second = await job.mpak(args);
    expect(second.stdout).to.include(`${job.package} 1.0.0 for linux-arm64 was announced before (tool.mcpb`);
    expect([first.status, second.status]).to.deep.equal([0, 0]);
    expect(await logSize(registry.url)).to.equal(size);
  });

  it('waits until GitHub shows the asset', async () => {
    const job = newJob();
    const bundle = makeBundle(job.package, '1.0.0');
    const file = write(job, 'tool.mcpb', bundle);
    const tag = '/api/v3/repos/Acme/tool-'.concat(String(number), '/releases/tags/v1.0.0');
    const running = job.mpak(['bundle', 'announce', file]);
    while (!github.requests.includes(`GET ${tag}`)) await new Promise((resolve) => setTimeout(resolve, 20));
    release(job, 'tool.mcpb', bundle);
    const { status, stdout, stderr } = await running;
    expect(status, stderr).to.equal(0);
    expect(stdout).to.include('is announced');
  });

  it('goes on when one is refused, and ends with the status of the first that was', async () => {
    const job = newJob();
    const broken = write(job, 'broken.mcpb', {
      ...makeBundle(job.package, '1.0.0'),
      bytes: Buffer.from('PK'),
    });
    const foreign = release(job, 'foreign.mcpb', makeBundle('@other/tool', '1.0.0'));
    const fine = release(job, 'fine.mcpb', makeBundle(job.package, '1.0.0'));
    const result = await job.mpak(['bundle', 'announce', foreign, broken, fine, '--json', '--github-output']);
    expect(result.status).to.equal(54);
    const { announced, failed } = parse(result.stdout);
    expect(announced).to.have.lengthOf(1);
    expect(announced[0].file).to.equal(fine);
    expect(failed).to.have.lengthOf(2);
    expect([failed[0].file, failed[0].error.code]).to.deep.equal([foreign, 'PUBLISH_REFUSED']);
    expect([failed[1].file, failed[1].error.code]).to.deep.equal([broken, 'ARCHIVE_NOT_ZIP']);
    expect(failed[0].error.message).to.include('FORBIDDEN');
    expect(result.outputs).to.deep.equal({ announced: 'false' });
    const told = await job.mpak(['bundle', 'announce', broken, foreign]);
    expect(told.status).to.equal(30);
    expect(told.stdout).to.equal('');
    expect(told.stderr).to.include('[ARCHIVE_NOT_ZIP]').and.to.include('[PUBLISH_REFUSED]');
  });

  it('sends a registry elsewhere no token for mpak.dev', async () => {
    const job = newJob({ environment: { MPAK_OIDC_AUDIENCE: '' } });
    const file = release(job, 'tool.mcpb', makeBundle(job.package, '1.0.0'));
    const asked = github.audiences.length;
    const result = await job.mpak(['bundle', 'announce', file]);
    expect(result.status).to.equal(52);
    expect(result.stderr).to.include('127.0.0.1').and.to.include('https://mpak.dev');
    expect(github.audiences.length).to.equal(asked);
    expect((await job.mpak(['bundle', 'announce', file, '--audience', 'https://mpak.dev'])).status).to.equal(
      0,
    );
  });

  it('announces to the URL that publishers know, too', async () => {
    const job = newJob({ environment: { MPAK_REGISTRY_URL: '' } });
    const file = release(job, 'tool.mcpb', makeBundle(job.package, '1.0.0'));
    const url = `${registry.url}/v1/bundles/announce`;
    const result = await job.mpak(['bundle', 'announce', file, '--announce-url', url]);
    expect(result.status, result.stderr).to.equal(0);
  });

  it('shows nobody its token', async () => {
    const server = await PublisherServer.start();
    try {
      const quote = ({ authorization }: IncomingHttpHeaders) => `got ${authorization}`;
      const job = newJob({ environment: { MPAK_REGISTRY_URL: server.url, MPAK_DEBUG: '1' } });
      const file = write(job, 'tool.mcpb', makeBundle(job.package, '1.0.0'));
      for (const [answer, expected, ...args] of [
        [401, 53],
        [400, 54, '--json'],
        [200, 0],
        [200, 0, '--json'],
      ] as const) {
        const json = (headers: IncomingHttpHeaders) => {
          const word = { code: 'X', message: quote(headers) };
          return answer === 200 ? { status: 'created', warnings: [word] } : { error: word };
        };
        server.answers = [{ status: answer, json }];
        const { status, stdout, stderr } = await job.mpak(['bundle', 'announce', file, ...args]);
        expect(status, stderr).to.equal(expected);
        // The runner keeps what it is told to hide: it does not show these lines.
        const masked = [...stderr.matchAll(/^::add-mask::(.+)$/gm)].map(([, token = '']) => token);
        const shown = stdout + stderr.replace(/^::add-mask::.+$/gm, '');
        expect(shown).to.include('got Bearer ***');
        const secrets = [
          job.environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN,
          ...server.posts.map(({ headers }) => headers.authorization?.replace('Bearer ', '')),
        ];
        expect(secrets.length).to.be.greaterThan(1);
        expect(secrets).to.include.members(masked);
        expect(masked.length).to.equal(answer === 401 ? 2 : 1);
        for (const secret of secrets) expect(shown).to.not.include(secret);
      }
    } finally {
      await server.close();
    }
  });

  it('lets a hostile registry and a hostile file name give the runner no command', async () => {
    const server = await PublisherServer.start();
    try {
      const words = 'No.\n::add-path::/tmp/evil\r\n##[add-path]/tmp/evil';
      const job = newJob({ environment: { MPAK_REGISTRY_URL: server.url } });
      const file = write(job, '##[error]x.mcpb', makeBundle(job.package, '1.0.0'));
      const refusal = { status: 409, json: { error: { code: words, message: words } } };
      const warnings = [{ code: words, message: words }];
      const warning = { status: 200, json: { status: 'created', attested: false, warnings } };
      for (const [answer, ...args] of [
        [refusal],
        [refusal, '--json'],
        [warning],
        [warning, '--json'],
        [warning, '--dry-run'],
      ] as const) {
        server.answers = [answer];
        const { stdout, stderr } = await job.mpak(['bundle', 'announce', file, ...args]);
        expect(stdout + stderr).to.not.match(/^\s*::(?!add-mask::ey[\w.-]+$)|##\[/m);
        expect(stdout + stderr).to.include('error]x');
      }
    } finally {
      await server.close();
    }
  });

  it('passes on what the registry warns of, and that nothing is attested', async () => {
    const server = await PublisherServer.start();
    try {
      const warnings = [{ code: 'TOOL_REMOVED', message: 'The tool "x" is gone in a patch release.' }];
      server.answers = [{ status: 200, json: { status: 'created', attested: false, warnings } }];
      const job = newJob({ environment: { MPAK_REGISTRY_URL: server.url } });
      const file = write(job, 'tool.mcpb', makeBundle(job.package, '1.0.0'));
      const told = await job.mpak(['bundle', 'announce', file]);
      expect(told.stdout).to.include('NOT attested');
      expect(told.stderr).to.include('The tool "x" is gone in a patch release. (TOOL_REMOVED)');
      const { announced } = parse((await job.mpak(['bundle', 'announce', file, '--json'])).stdout);
      expect(announced[0]?.warnings).to.deep.equal(warnings);
      expect(announced[0]?.attested).to.equal(false);
    } finally {
      await server.close();
    }
  });

  it('prints the request and asks for no token with --dry-run, outside of a workflow too', async () => {
    const job = newJob();
    const bundle = makeBundle(job.package, '1.0.0-rc.1');
    const file = write(job, 'tool.mcpb', bundle);
    const asked = github.audiences.length;
    const result = await mpak(folder, ['bundle', 'announce', file, '--dry-run', '--tag', 'v1.0.0-rc.1']);
    expect(result.status, result.stderr).to.equal(0);
    expect(parse(result.stdout)).to.deep.equal({
      name: job.package,
      version: '1.0.0-rc.1',
      manifest: bundle.manifest,
      release_tag: 'v1.0.0-rc.1',
      prerelease: true,
      artifact: {
        filename: 'tool.mcpb',
        os: 'any',
        arch: 'any',
        sha256: bundle.sha256,
        size: bundle.bytes.length,
      },
    });
    expect(github.audiences.length).to.equal(asked);
  });

  it('says what the workflow lacks', async () => {
    const job = newJob();
    const file = write(job, 'tool.mcpb', makeBundle(job.package, '1.0.0'));
    const outside = await mpak(folder, ['bundle', 'announce', file, '--tag', 'v1']);
    expect(outside.status).to.equal(51);
    expect(outside.stderr).to.include('GitHub Actions alone');
    const forbidden = await job.mpak(['bundle', 'announce', file], { ACTIONS_ID_TOKEN_REQUEST_URL: '' });
    expect(forbidden.status).to.equal(51);
    expect(forbidden.stderr).to.include('permissions: id-token: write');
    const unknown = { GITHUB_EVENT_NAME: 'push', GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' };
    expect((await job.mpak(['bundle', 'announce', file], unknown)).status).to.equal(56);
    const outputs = await job.mpak(['bundle', 'announce', file, '--github-output'], { GITHUB_OUTPUT: '' });
    expect(outputs.status).to.equal(2);
  });

  it('prints a request a line, and names those files that have none', async () => {
    const job = newJob();
    const fine = ['a.mcpb', 'b.mcpb'].map((name) => write(job, name, makeBundle(job.package, '1.0.0')));
    const junk = write(job, 'junk.mcpb', { ...makeBundle(job.package, '1.0.0'), bytes: Buffer.from('PK') });
    const args = ['bundle', 'announce', junk, ...fine, '--dry-run', '--tag', 'v1', '--os', 'linux'];
    const told = await mpak(folder, args);
    expect(told.status).to.equal(30);
    const lines = told.stdout.trimEnd().split('\n').map(parse);
    expect(lines.map(({ artifact }) => [artifact.filename, artifact.os, artifact.arch])).to.deep.equal([
      ['a.mcpb', 'linux', 'any'],
      ['b.mcpb', 'linux', 'any'],
    ]);
    expect(told.stderr).to.include('junk.mcpb').and.to.include('[ARCHIVE_NOT_ZIP]');
    const answer = await mpak(folder, [...args, '--json']);
    expect(answer.status).to.equal(30);
    const { requests, failed } = parse(answer.stdout);
    expect(requests).to.deep.equal(lines);
    expect(failed[0].error.code).to.equal('ARCHIVE_NOT_ZIP');
  });

  it('refuses one processor on any system, as pack does', async () => {
    const job = newJob();
    const file = write(job, 'tool.mcpb', makeBundle(job.package, '1.0.0'));
    const args = ['bundle', 'announce', file, '--os', 'any', '--arch', 'x64', '--tag', 'v1', '--dry-run'];
    const { status, stdout, stderr } = await mpak(folder, args);
    expect([status, stdout]).to.deep.equal([2, '']);
    expect(stderr).to.include('cannot be for x64 on any system');
  });
});
