import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import { BundlesServer } from '../support/bundles-server.ts';
import { finished, type Result, startCommand } from '../support/cli.ts';
import { publishEntries } from '../support/entries.ts';
import { HiddenIndex } from '../support/hidden-index.ts';
import { indexOf } from '../support/index-of.ts';
import { World } from '../support/world.ts';

const folder = sharedFolder();
let world: World;
let registry: HiddenIndex;

async function mpak(status: number, ...args: string[]): Promise<Result> {
  const environment = { ...world.environment, MPAK_REGISTRY_URL: registry.url };
  const result = await finished(startCommand('mpak', args, environment));
  const said = `${result.stdout}${result.stderr}`;
  expect(result.status, said).to.equal(status);
  expect(said).to.not.match(/^ {4}at |INTERNAL|failed in a way/m);
  return result;
}

before(async function () {
  this.timeout(30_000);
  world = await World.start(folder());
  await world.publish('@acme/echo', '1.0.0');
  await world.publish('@acme/echo', '1.1.0');
  await world.publish('@acme/other', '1.0.0');
});
after(() => world.stop());
beforeEach(async () => {
  world.newUser();
  registry = await HiddenIndex.start(world.registry.url);
});
afterEach(() => registry.close());

describe('mpak with a registry that has no log', () => {
  it('says that its index is unsigned, wherever it is made or shown', async () => {
    const synced = await mpak(0, 'sync');
    expect(synced.stderr).to.include('is unsigned');
    expect(synced.stdout).to.include('2 packages');
    expect((await mpak(0, 'index', 'status')).stdout).to.include('signed    no');
    const status = JSON.parse((await mpak(0, 'index', 'status', '--json')).stdout);
    expect(status).to.include({ signed: false, source: 'bundles', packages: 2 });
    const shown = await mpak(0, 'bundle', 'show', '@acme/echo');
    expect(shown.stderr).to.include('is unsigned');
    expect(shown.stdout).to.include('unsigned').and.include('1.0.0').and.not.include('published by');
    expect(JSON.parse((await mpak(0, 'bundle', 'show', '@acme/echo', '--json')).stdout)).to.include({
      signed: false,
    });
    const environment = { ...world.environment, MPAK_REGISTRY_URL: registry.url };
    const doctor = await finished(startCommand('mpak', ['doctor', '--json'], environment));
    expect(doctor.stdout).to.include('unsigned, synced').and.include('answers, and signs nothing');
  });

  it('installs what the owner of the release attested on GitHub, and offline what was looked at once', async () => {
    await mpak(0, 'sync');
    const asked = registry.requests;
    const installed = await mpak(0, 'bundle', 'install', '@acme/echo');
    expect(installed.stderr).to.include('acme/echo').and.include('proven');
    expect(registry.requests - asked).to.be.at.most(2);
    await mpak(0, 'bundle', 'show', '@acme/echo@1.0.0');
    await registry.close();
    await mpak(0, 'bundle', 'show', '@acme/echo');
    await mpak(0, 'bundle', 'install', '@acme/echo@1.0.0');
    await mpak(0, 'bundle', 'install', '@acme/echo@^1');
    const missing = await mpak(3, 'bundle', 'install', '@acme/other');
    expect(missing.stderr).to.include('not kept on this machine');
    const shown = await mpak(0, 'bundle', 'show', '@acme/other');
    expect(shown.stderr).to.include('not kept on this machine');
  });

  it('says nothing of the settings of a bundle that was not looked at, and so refuses and shows none', async () => {
    await mpak(0, 'sync');
    await mpak(0, 'config', 'set', '@acme/other', 'api_key=secret');
    const got = await mpak(0, 'config', 'get', '@acme/other');
    expect(got.stdout).to.include('api_key').and.not.include('secret');
    await mpak(0, 'bundle', 'show', '@acme/other');
    expect((await mpak(41, 'config', 'set', '@acme/other', 'other_key=x')).stderr).to.include(
      'has no setting',
    );
  });

  it('believes no registry that says who built a bundle', async () => {
    await mpak(0, 'sync');
    // Another host: nobody can be known to own it.
    registry.alter = (_path, text) =>
      text.replaceAll(world.github.url, world.github.url.replace('127.0.0.1', 'localhost'));
    const elsewhere = await mpak(3, 'bundle', 'install', '@acme/echo', '--yes');
    expect(elsewhere.stderr).to.include('Nothing says who built').and.include('localhost');
    // A name of one owner, an asset of another, attested by that one.
    await world.publish('@evil/echo', '1.0.0');
    const evil = await (await fetch(`${world.registry.url}/v1/bundles/@evil/echo/versions/1.0.0`)).text();
    registry.alter = (path, text) =>
      path.includes('@acme/other/versions/1.0.0') ? evil.replaceAll('"@evil/echo"', '"@acme/other"') : text;
    const other = await mpak(4, 'bundle', 'install', '@acme/other', '--yes');
    expect(other.stderr).to.include('The attestation of @acme/other').and.include('evil');
  });

  it('keeps the first digest that a registry said of a version', async () => {
    await mpak(0, 'sync');
    const before = JSON.parse((await mpak(0, 'bundle', 'show', '@acme/echo', '--json')).stdout);
    registry.alter = (_path, text) => text.replace(/sha256:[0-9a-f]{64}/g, `sha256:${'0'.repeat(64)}`);
    await mpak(0, 'sync', '--full');
    const after = JSON.parse((await mpak(0, 'bundle', 'show', '@acme/echo', '--json')).stdout);
    const digests = (shown: typeof before) =>
      shown.version.artifacts.map(({ digest }: { digest: string }) => digest);
    expect(digests(after)).to.deep.equal(digests(before));
  });

  it('shows what is known while its registry is busy, and says when it may be asked again', async () => {
    const server = await BundlesServer.start(indexOf(...publishEntries(1)));
    server.override = (request, response) => {
      if (!request.url?.includes('/versions')) return false;
      response.writeHead(429, { 'retry-after': '90' }).end();
      return true;
    };
    const environment = { ...world.environment, MPAK_REGISTRY_URL: server.url.href };
    const run = (...args: string[]) => finished(startCommand('mpak', args, environment));
    try {
      expect((await run('sync')).status).to.equal(0);
      const shown = await run('bundle', 'show', '@acme/p0');
      expect(shown.status, shown.stderr).to.equal(0);
      expect(shown.stderr).to.include('again in 90 s');
      const refused = await run('bundle', 'install', '@acme/p0');
      expect(refused.status).to.equal(55);
      expect(refused.stderr).to.include('Try again later').and.not.include('mpak sync');
    } finally {
      await server.close();
    }
  });

  it('refuses answers about a version that cannot be read, with what to do', async () => {
    await mpak(0, 'sync');
    for (const answer of ['{}', '{"name": "@acme/echo"', '{"versions": 1}']) {
      registry.alter = () => answer;
      expect((await mpak(11, 'bundle', 'install', '@acme/echo')).stderr).to.match(/cannot be read|no JSON/);
    }
  });

  it('is crawled to its end by whoever comes after a process that was killed, ten times', async () => {
    const at = (index: number) => new Date(Date.parse('2026-03-01T00:00:00Z') + index * 60_000).toISOString();
    const entries = publishEntries(600).map((entry, index) => ({ ...entry, at: at(index) }));
    const server = await BundlesServer.start(indexOf(...entries));
    server.pageSize = 10;
    const environment = { ...world.environment, MPAK_REGISTRY_URL: server.url.href };
    try {
      for (let kill = 0; kill < 10; kill += 1) {
        const child = startCommand('mpak', ['sync'], environment);
        const ended = finished(child);
        const from = server.requests.length;
        while (server.requests.length < from + 8) await sleep(2);
        child.kill('SIGKILL');
        expect((await ended).status).to.equal(null);
      }
      const before = server.requests.length;
      const last = await finished(startCommand('mpak', ['sync', '--json'], environment));
      expect(last.status, last.stderr).to.equal(0);
      expect(JSON.parse(last.stdout)).to.include({ to: 600, whole: true });
      expect(server.requests.length - before, 'it goes on, and does not begin anew').to.be.lessThan(60);
      const found = await finished(startCommand('mpak', ['search', 'p599', '--json'], environment));
      expect(JSON.parse(found.stdout).bundles[0].name).to.equal('@acme/p599');
    } finally {
      await server.close();
    }
  }).timeout(60_000);

  it('installs bundles that the MCP registry lists, by the owner of their release', async () => {
    // Nothing but the MCP registry's own interface.
    registry.hidden = /^\/v1\//;
    const synced = await mpak(0, 'sync');
    expect(synced.stderr).to.include('is unsigned');
    expect(JSON.parse((await mpak(0, 'index', 'status', '--json')).stdout)).to.include({ source: 'mcp' });
    const found = JSON.parse((await mpak(0, 'search', 'echo', '--json')).stdout);
    expect(found.bundles.map(({ name }: { name: string }) => name)).to.include('@acme/echo');
    expect((await mpak(0, 'bundle', 'show', '@acme/echo')).stdout).to.include('dev.mpak.acme/echo');
    const installed = await mpak(0, 'bundle', 'install', '@acme/echo');
    expect(installed.stderr).to.include('acme/echo').and.include('proven');
    await mpak(0, 'bundle', 'pull', '@acme/other', '-o', path.join(world.home, 'other.mcpb'));
    // A name of one owner, an asset of another, attested by that one.
    await world.publish('@evil/echo', '1.0.0');
    world.newUser();
    registry.alter = (_path, text) =>
      text
        .replaceAll('dev.mpak.acme/echo', 'io.github.acme/gone')
        .replaceAll('dev.mpak.evil/echo', 'io.github.acme/echo');
    await mpak(0, 'sync');
    const evil = await mpak(33, 'bundle', 'install', '@acme/echo');
    expect(evil.stderr).to.include('not that the name is theirs').and.include('evil/echo');
    await mpak(33, 'run', '@acme/echo');
    world.newUser();
    registry.alter = (_path, text) => text;
    await mpak(0, 'sync');
    await mpak(0, 'bundle', 'show', '@acme/echo');
    // Another host has no owner that is known.
    registry.alter = (_path, text) =>
      text.replaceAll(world.github.url, world.github.url.replace('127.0.0.1', 'localhost'));
    await mpak(0, 'sync', '--full');
    world.newUser();
    await mpak(0, 'sync');
    const elsewhere = await mpak(3, 'bundle', 'install', '@acme/echo', '--yes');
    expect(elsewhere.stderr).to.include('Nothing says who built').and.include('localhost');
    await mpak(0, 'bundle', 'install', '@acme/echo', '--yes', '--allow-unattested');
  }).timeout(60_000);

  it('has nothing to verify, and takes no key', async () => {
    expect((await mpak(2, 'sync', '--verify')).stderr).to.include('signs nothing');
    const key = `SHA256:${'A'.repeat(43)}`;
    expect((await mpak(29, 'sync', '--key', key)).stderr).to.include('shows no signed index');
  });
});
