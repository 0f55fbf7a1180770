import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { readArchive } from '../../src/lib/bundle/archive.ts';
import { LINUX_X64, machO } from '../lib/pack/binaries.ts';
import { Job, type JobOptions } from '../support/actions-runner.ts';
import { type ActionRun, runAction } from '../support/composite-action.ts';
import { makeBundle, sha256Of } from '../support/mcpb.ts';
import { logSize } from '../support/registry.ts';
import { World } from '../support/world.ts';

const ACTION = path.join(import.meta.dirname, '../../action/action.yml');
const TAG = 'v1.0.0';
const PUBLISHED = [
  'Set up Node',
  'Install mpak',
  'Set up Python',
  'Pack',
  'Scan',
  'Attest',
  'Upload',
  'Announce',
];
const DARWIN_ARM64 = machO(0x0100000c);

describe('the action', () => {
  let folder = '';
  let world: World;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-test-'));
    world = await World.start(folder);
  });
  after(async () => {
    await world.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  /** A job of a workflow that runs when a release is published. */
  function newJob(repository: string, options: Partial<JobOptions> = {}): Job {
    const environment = {
      MPAK_REGISTRY_URL: world.registry.url,
      MPAK_OIDC_AUDIENCE: 'https://mpak.dev',
      ...options.environment,
    };
    return new Job({ folder, github: world.github, repository, tag: TAG, ...options, environment });
  }

  /** Runs the action; what it uses does to the outside what it does on GitHub. */
  function run(job: Job, inputs: Readonly<Record<string, string>> = {}): Promise<ActionRun> {
    const nothing = async () => ({});
    return runAction(ACTION, {
      job,
      inputs,
      used: {
        'actions/setup-node': nothing,
        // What a range was resolved to: no version that mpak takes as it is.
        'actions/setup-python': async () => ({ 'python-version': '3.14.0-rc.2' }),
        'astral-sh/setup-uv': nothing,
        'actions/attest-build-provenance': async (given) => {
          expect(given['subject-name']).to.match(/^[\w.-]+\.mcpb$/);
          const digest = /^sha256:([0-9a-f]{64})$/.exec(given['subject-digest'] ?? '')?.[1] ?? '';
          const token = await world.github.issueToken(job.environment.GITHUB_REPOSITORY ?? '');
          await world.attest(digest, token);
          return {};
        },
      },
    });
  }

  function release(repository: string): void {
    const [owner = '', repo = ''] = repository.split('/');
    world.github.createRelease(owner, repo, TAG);
  }

  /** Downloads it as a machine of that platform would. @returns its sha256 */
  async function pulled(name: string, platform: string): Promise<string> {
    const [system = '', arch = ''] = platform.split('-');
    const file = path.join(mkdtempSync(path.join(folder, 'pull-')), 'pulled.mcpb');
    const result = await world.mpak('bundle', 'pull', name, '--os', system, '--arch', arch, '-o', file);
    if (result.status !== 0) return `status ${result.status}`;
    expect(result.stderr).to.match(/, attested/);
    return sha256Of(readFileSync(file));
  }

  /** What is checked out: a server and its manifest. */
  function checkOut(
    job: Job,
    name: string,
    server: object,
    files: Readonly<Record<string, string | Buffer>>,
  ): void {
    const manifest = {
      manifest_version: '0.3',
      name,
      version: '1.0.0',
      description: 'Says it again.',
      author: { name: 'Acme' },
      license: 'MIT',
      server,
      tools: [{ name: 'echo', description: 'Says it again.' }],
    };
    const all = { 'manifest.json': JSON.stringify(manifest), ...files };
    for (const [file, content] of Object.entries(all)) {
      const target = path.join(job.workspace, 'server', file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, content, { mode: file.startsWith('bin/') ? 0o755 : 0o644 });
    }
  }

  const SERVERS = {
    node: {
      server: {
        type: 'node',
        entry_point: 'index.js',
        mcp_config: { command: 'node', args: ['\u0024{__dirname}/index.js'] },
      },
      files: () => ({ 'index.js': 'process.stdin.resume();\n' }),
    },
    python: {
      server: {
        type: 'python',
        entry_point: 'main.py',
        mcp_config: { command: 'python', args: ['\u0024{__dirname}/main.py'] },
      },
      files: () => ({
        'main.py': 'import sys\nsys.stdin.read()\n',
        'pyproject.toml': '[project]\nname = "tool"\n',
      }),
    },
    binary: {
      server: {
        type: 'binary',
        entry_point: 'bin/tool',
        mcp_config: { command: '\u0024{__dirname}/bin/tool' },
      },
      files: (platform: string) => ({ 'bin/tool': platform.startsWith('darwin') ? DARWIN_ARM64 : LINUX_X64 }),
    },
  } as const;

  for (const [type, { server, files }] of Object.entries(SERVERS)) {
    it(`publishes a ${type} bundle for two platforms, and each machine gets its own`, async function () {
      this.timeout(90_000);
      const [repository, name] = [`Acme/${type}-tool`, `@acme/${type}-tool`];
      release(repository);
      // A binary says what it is for; the others are told.
      const universal = type === 'node' ? ['any-any'] : [];
      const runs = new Map<string, ActionRun>();
      for (const platform of ['linux-x64', 'darwin-arm64', ...universal]) {
        const job = newJob(repository);
        checkOut(job, name, server, { ...files(platform), 'built-for.txt': platform });
        const [system = '', arch = ''] = platform.split('-');
        const told = type === 'binary' ? {} : { 'platform-os': system, 'platform-arch': arch };
        const output = '{name}-{version}-{os}-{arch}.mcpb';
        const result = await run(job, { directory: 'server', output, ...told });
        expect(result.status, result.stdout + result.stderr).to.equal(0);
        expect(result.ran).to.deep.equal(
          PUBLISHED.filter((step) => type === 'python' || step !== 'Set up Python'),
        );
        expect(result.outputs.announced).to.equal('true');
        const packed = readArchive(readFileSync(result.outputs['bundle-path'] ?? '')).manifest;
        expect(JSON.stringify(packed)).to.include(`"source":{"commit":"${job.environment.GITHUB_SHA}"}`);
        // While it packs, the runner obeys nothing that is printed, and afterwards it does again.
        expect(result.stdout).to.match(/^::stop-commands::([0-9a-f-]{36})\n(.*\n)*::\1::$/m);
        const bytes = readFileSync(path.resolve(job.workspace, result.outputs['bundle-path'] ?? ''));
        expect(result.outputs['bundle-size']).to.equal(String(bytes.length));
        expect(result.outputs['bundle-sha256']).to.equal(sha256Of(bytes));
        expect(result.outputs['bundle-path']).to.include(platform);
        runs.set(platform, result);
      }
      world.newUser();
      const synced = await world.mpak('sync');
      expect(synced.status, synced.stderr).to.equal(0);
      const published = (platform: string) => runs.get(platform)?.outputs['bundle-sha256'];
      expect(await pulled(name, 'linux-x64')).to.equal(published('linux-x64'));
      expect(await pulled(name, 'darwin-arm64')).to.equal(published('darwin-arm64'));
      // No other machine gets what is for another platform.
      expect(await pulled(name, 'win32-x64')).to.equal(published('any-any') ?? 'status 3');
      expect(new Set([...runs.values()].map(({ outputs }) => outputs['bundle-sha256'])).size).to.equal(
        runs.size,
      );
    });
  }

  it('runs again without a change when a job is repeated', async function () {
    this.timeout(60_000);
    release('Acme/again');
    const runs: ActionRun[] = [];
    for (const _ of [1, 2]) {
      const job = newJob('Acme/again', { event: 'push' });
      checkOut(job, '@acme/again', SERVERS.node.server, SERVERS.node.files());
      runs.push(await run(job, { directory: 'server' }));
    }
    expect(runs.map(({ status }) => status)).to.deep.equal([0, 0]);
    expect(runs[1]?.outputs['bundle-sha256']).to.equal(runs[0]?.outputs['bundle-sha256']);
    expect(runs[1]?.stdout).to.include('was attached already').and.to.include('was announced before');
  });

  /** A job with a bundle that is built already. */
  function builtJob(repository: string, name: string, options: Partial<JobOptions> = {}): Job {
    const job = newJob(repository, options);
    writeFileSync(path.join(job.workspace, 'built.mcpb'), makeBundle(name, '1.0.0').bytes);
    return job;
  }

  it('publishes a bundle that is built already, and packs none', async () => {
    release('Acme/built');
    const result = await run(builtJob('Acme/built', '@acme/built'), { 'bundle-path': 'built.mcpb' });
    expect(result.status, result.stdout + result.stderr).to.equal(0);
    expect(result.ran).to.deep.equal(PUBLISHED.filter((name) => name !== 'Set up Python'));
    expect(result.outputs['bundle-path']).to.equal('built.mcpb');
  });

  it('fails the job when the bundle is not announced, or warns when that is allowed', async () => {
    release('Acme/foreign');
    const before = await logSize(world.registry.url);
    const inputs = { 'bundle-path': 'built.mcpb' };
    const required = await run(builtJob('Acme/foreign', '@other/foreign'), inputs);
    expect(required.status).to.equal(54);
    expect(required.stderr).to.include('FORBIDDEN');
    expect(required.outputs.announced).to.equal('false');
    const job = builtJob('Acme/foreign', '@other/foreign');
    const allowed = await run(job, { ...inputs, 'announce-required': 'false' });
    expect(allowed.status).to.equal(0);
    expect(allowed.outputs.announced).to.equal('false');
    expect(allowed.stdout).to.match(/^::warning title=Not announced::/m);
    expect(await logSize(world.registry.url)).to.equal(before);
  });

  it('publishes nothing from a branch', async () => {
    const branch = { GITHUB_EVENT_NAME: 'push', GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' };
    const job = builtJob('Acme/branch', '@acme/branch', { environment: branch });
    const result = await run(job, { 'bundle-path': 'built.mcpb', announce: 'false' });
    expect(result.status, result.stderr).to.equal(0);
    expect(result.ran).to.deep.equal(['Set up Node', 'Install mpak', 'Pack', 'Scan']);
    expect(result.outputs.announced).to.equal('false');
    expect((await run(job, { 'bundle-path': 'built.mcpb' })).status).to.equal(56);
  });

  it('publishes nothing of a bundle below scan-level, and leaves what was found as SARIF', async () => {
    release('Acme/low');
    const before = await logSize(world.registry.url);
    const job = newJob('Acme/low');
    checkOut(job, '@acme/low', SERVERS.node.server, SERVERS.node.files());
    const low = await run(job, { directory: 'server', 'scan-level': '4' });
    expect(low.status, low.stdout + low.stderr).to.equal(37);
    expect(low.ran.at(-1)).to.equal('Scan');
    const { runs } = JSON.parse(readFileSync(low.outputs['scan-sarif'] ?? '', 'utf8'));
    const places = runs[0].results.map(
      (result: { locations: [{ physicalLocation: { artifactLocation: { uri: string } } }] }) =>
        result.locations[0].physicalLocation.artifactLocation.uri,
    );
    // By the checkout, and not by the bundle.
    expect(places).to.include('server/manifest.json');
    expect(await logSize(world.registry.url)).to.equal(before);
  });

  it('scans nothing when it is told so', async () => {
    release('Acme/unscanned');
    const job = builtJob('Acme/unscanned', '@acme/unscanned');
    const result = await run(job, { 'bundle-path': 'built.mcpb', scan: 'false', 'scan-level': '4' });
    expect([result.status, result.outputs['scan-sarif']]).to.deep.equal([0, '']);
    expect(result.ran).to.include('Announce').and.not.include('Scan');
  });

  it('sets up uv for a server whose dependencies are locked in uv.lock, and for no other', async () => {
    const job = newJob('Acme/locked');
    mkdirSync(path.join(job.workspace, 'server'));
    writeFileSync(path.join(job.workspace, 'server/uv.lock'), '');
    const locked = await run(job, { directory: 'server' });
    // It is no server yet.
    expect(locked.status).to.be.greaterThan(0);
    expect(locked.ran).to.include('Set up uv');
    expect((await run(job)).ran).to.not.include('Set up uv');
  });

  it('says that it was told to build nothing', async () => {
    const result = await run(newJob('Acme/none'), { build: 'false' });
    expect(result.status).to.equal(2);
    expect(result.stderr).to.include('bundle-path');
  });

  it('takes inputs for what they are, and runs nothing that is written in them', async function () {
    this.timeout(60_000);
    for (const hostile of ['$(touch pwned)', '"; touch pwned; "', '--help', 'a\nb=c']) {
      for (const inputs of [{ 'bundle-path': hostile }, { directory: hostile, output: hostile }]) {
        const job = newJob('Acme/hostile');
        const result = await run(job, inputs);
        expect(result.status, JSON.stringify(inputs)).to.be.greaterThan(0);
        expect(result.ran).to.not.include('Attest');
        expect(readdirSync(job.workspace), JSON.stringify(inputs)).to.deep.equal([]);
      }
    }
  });
});
