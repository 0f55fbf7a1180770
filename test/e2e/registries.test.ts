import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { openIndex } from '../../src/lib/index/open.ts';
import { fingerprint, keyId } from '../../src/lib/log/key.ts';
import { IndexStore } from '../../src/lib/sync/store.ts';
import { mpak, type Result } from '../support/cli.ts';
import { publishEntry } from '../support/entries.ts';
import { LogServer, newKey } from '../support/log-server.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('several registries', () => {
  const home = temporaryFolder();
  let first: LogServer;
  let second: LogServer;
  const url = (server: LogServer) => server.url.href.replace(/\/$/, '');
  const storeOf = (server: LogServer) => new IndexStore(path.join(home(), '.mpak'), server.url);

  beforeEach(async () => {
    first = await LogServer.start();
    second = await LogServer.start();
    const described = (name: string, description: string) => ({
      manifest: { ...publishEntry(name).manifest, description },
    });
    first.append(publishEntry('@acme/echo'), publishEntry('@acme/both', '1.0.0'));
    second.append(
      publishEntry('@acme/web'),
      publishEntry('@acme/both', '1.0.0', described('@acme/both', 'What @acme/both does, and postgres')),
      publishEntry('@acme/echo', '1.0.0', { artifact: { sha256: 'f'.repeat(64) } }),
      publishEntry('@acme/echo', '99.0.0', described('@acme/echo', 'A postgres client')),
    );
  });
  afterEach(async () => {
    await first.close();
    await second.close();
  });

  async function done(status: number, ...args: string[]): Promise<Result> {
    const result = await mpak(home(), args);
    expect(result.status, `${args.join(' ')}: ${result.stdout}${result.stderr}`).to.equal(status);
    return result;
  }
  const json = async (status: number, ...args: string[]) =>
    JSON.parse((await done(status, ...args, '--json')).stdout);

  /** Two, and nothing else. */
  async function configured(): Promise<void> {
    await done(0, 'registry', 'add', 'one', url(first));
    await done(0, 'registry', 'add', 'two', url(second));
    await done(0, 'registry', 'remove', 'public');
  }

  it('are listed in their order, which commands change', async () => {
    const names = async () =>
      (await json(0, 'registry', 'list')).registries.map(({ name }: { name: string }) => name);
    expect(await names()).to.deep.equal(['public']);
    await done(0, 'registry', 'add', 'one', `${url(first)}//`);
    await done(0, 'registry', 'add', 'two', url(second), '--default');
    expect(await names()).to.deep.equal(['two', 'public', 'one']);
    await done(0, 'registry', 'default', 'one');
    await done(0, 'registry', 'remove', 'public');
    expect(await names()).to.deep.equal(['one', 'two']);
    await done(2, 'registry', 'add', 'one', 'https://example.com');
    await done(2, 'registry', 'add', 'three', url(first));
    await done(2, 'registry', 'add', 'A/B', 'https://example.com');
    await done(2, 'registry', 'add', 'three', 'http://example.com');
    await done(3, 'registry', 'remove', 'three');
    await done(0, 'sync');
    const { registries } = await json(0, 'registry', 'list');
    expect(registries[0]).to.deep.include({
      ...{ position: 1, name: 'one', url: url(first), kind: 'signed', signed: true, packages: 2 },
      ...{ key: fingerprint(keyId(first.key)), required_key: null, problem: null },
    });
    expect((await done(0, 'registry', 'list')).stdout).to.match(/^one\thttp:\S+\tsigned log\t2\t/);
    const removed = await done(0, 'registry', 'remove', 'two');
    expect(removed.stderr).to.include(storeOf(second).folder);
    expect(storeOf(second).current()).to.be.a('string');
    await done(2, 'registry', 'remove', 'one');
    expect(await names()).to.deep.equal(['one']);
  });

  it('are each synced into an index of their own, and one that fails keeps no other from it', async () => {
    await configured();
    const address = url(first);
    await first.close();
    const half = await json(10, 'sync');
    expect(half.registries[0]).to.deep.include({ name: 'one', registry: address });
    expect(half.registries[0].error.code).to.equal('NETWORK');
    expect(half.registries[1]).to.include({ name: 'two', to: 4 });
    expect((await done(10, 'sync')).stderr).to.include('one is not synced');
    const status = await json(3, 'index', 'status');
    expect(status.registries[0]).to.include({ name: 'one', code: 'INDEX_MISSING' });
    expect(status.registries[1]).to.include({ name: 'two', size: 4, packages: 3 });
    expect((await done(3, 'index', 'status')).stdout).to.match(/^two$/m);
    await done(2, 'sync', '--key', fingerprint(keyId(second.key)));
    expect(await json(0, 'sync', '--registry', 'two')).to.include({ name: 'two', via: 'nothing' });
  });

  it('are pinned before their first sync, and forever, when they are added with a key', async () => {
    await done(
      0,
      'registry',
      'add',
      'one',
      url(first),
      '--key',
      fingerprint(keyId(await newKey())),
      '--default',
    );
    await done(21, 'sync', '--registry', 'one');
    await done(21, 'sync', '--registry', url(first));
    expect(storeOf(first).current()).to.equal(undefined);
    await done(0, 'registry', 'remove', 'one');
    await done(0, 'registry', 'add', 'one', url(first), '--key', fingerprint(keyId(first.key)));
    await done(0, 'sync', '--registry', 'one');
    first.key = await newKey();
    first.append(publishEntry('@acme/new'));
    await done(21, 'sync', '--registry', 'one');
  });

  it('say that an unsigned one comes before a signed one, when it is added and from then on', async () => {
    const unsigned: Server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => unsigned.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = unsigned.address() as AddressInfo;
      await configured();
      await done(0, 'sync');
      const behind = await done(0, 'registry', 'add', 'last', `http://127.0.0.1:${port}`);
      expect(behind.stderr).to.include('no signed index').and.not.include('comes before');
      await done(0, 'registry', 'remove', 'last');
      const before = await done(0, 'registry', 'add', 'raw', `http://127.0.0.1:${port}`, '--default');
      expect(before.stderr).to.include('raw is unsigned and comes before one, which is signed');
    } finally {
      await new Promise((resolve) => unsigned.close(resolve));
    }
    await done(0, 'registry', 'remove', 'raw');
    const db = openIndex(storeOf(second).current() ?? expect.fail());
    db.exec("INSERT INTO meta (key, value) VALUES ('source', 'mcp')");
    db.close();
    expect((await done(0, 'registry', 'list')).stderr).to.equal('');
    expect((await done(0, 'registry', 'default', 'two')).stderr).to.include(
      'two is unsigned and comes before one',
    );
    expect((await done(0, 'registry', 'list')).stderr).to.include('two is unsigned and comes before one');
    expect((await done(0, 'search', 'web')).stderr).to.equal(
      'The index of two is unsigned: nothing proves that what is said there is what was published.\n',
    );
  });

  it('are searched as one, and a hit says where it is from and whether its name is another elsewhere', async () => {
    await configured();
    await done(0, 'sync');
    const found = await json(0, 'search', 'acme');
    expect(found.total).to.equal(3);
    const origins = found.bundles.map((bundle: { name: string; registry: string; also_in: unknown }) => [
      bundle.name,
      bundle.registry,
      bundle.also_in,
    ]);
    expect(origins).to.have.deep.members([
      ['@acme/both', 'one', [{ registry: 'two', content: 'same' }]],
      ['@acme/echo', 'one', [{ registry: 'two', content: 'other' }]],
      ['@acme/web', 'two', []],
    ]);
    const text = await done(0, 'search', 'echo');
    expect(text).to.include({
      stdout: '@acme/echo\t1.0.0\tnode\t-\tWhat @acme/echo does\tone (OTHER CONTENT in two)\n',
      stderr: '',
    });
    expect(await json(0, 'search', 'postgres')).to.include({ total: 0 });
    const alone = await json(0, 'search', 'postgres', '--registry', 'two');
    expect(alone.total).to.equal(2);
    expect(alone.bundles[0]).to.not.have.property('registry');
    rmSync(storeOf(first).folder, { recursive: true });
    const without = await done(0, 'search', 'web');
    expect(without.stdout).to.match(/^@acme\/web\t.*\ttwo\n$/);
    expect(without.stderr)
      .to.include('one is not searched')
      .and.include(`mpak sync --registry ${url(first)}`);
    rmSync(storeOf(second).folder, { recursive: true });
    await done(3, 'search', 'web');
  });

  it('decide by their order what a name means, and say where it is another', async () => {
    await configured();
    await done(0, 'sync');
    const show = async (...args: string[]) => json(0, 'bundle', 'show', ...args);
    expect(await show('@acme/echo')).to.deep.include({
      latest_version: '1.0.0',
      registry: { name: 'one', url: url(first), source: 'signed' },
    });
    const shown = await done(0, 'bundle', 'show', '@acme/echo');
    expect(shown.stderr).to.equal(
      '@acme/echo is in two too, with other content. one comes first and is meant; `--registry two` means the other.\n',
    );
    expect((await done(0, 'bundle', 'show', '@acme/both')).stderr).to.equal('');
    expect((await show('@acme/web')).registry.name).to.equal('two');
    expect((await show('@acme/echo', '--registry', 'two')).latest_version).to.equal('99.0.0');
    // Not even for a version that only the other one has.
    await done(3, 'bundle', 'show', '@acme/echo@99.0.0');
    for (const command of ['install', 'pull', 'verify'])
      await done(3, 'bundle', command, '@acme/echo@99.0.0');
    await done(3, 'run', '@acme/echo@99.0.0');
    await done(0, 'registry', 'default', 'two');
    expect((await show('@acme/echo')).latest_version).to.equal('99.0.0');
    for (const command of ['show', 'install', 'pull', 'verify', 'scan']) {
      const unknown = await done(3, 'bundle', command, '@acme/ecko');
      expect(unknown.stderr, command).to.include('in two or one').and.include('@acme/echo');
    }
  });

  it('mean nothing behind one whose index is missing or damaged: it may be the one that has the name', async () => {
    await configured();
    await done(0, 'sync', '--registry', 'two');
    for (const command of ['show', 'install', 'pull', 'verify', 'scan']) {
      const refused = await done(3, 'bundle', command, '@acme/echo');
      expect(refused.stderr, command)
        .to.include(`no index of ${url(first)}`)
        .and.include('none is taken from behind it');
    }
    await done(0, 'bundle', 'show', '@acme/echo', '--registry', 'two');
    await done(0, 'sync');
    const file = storeOf(first).current() ?? expect.fail();
    expect(readFileSync(file).length).to.be.greaterThan(0);
    const db = openIndex(file);
    db.pragma('foreign_keys = OFF');
    db.exec('DROP TABLE packages');
    db.close();
    await done(5, 'bundle', 'show', '@acme/web');
    // What comes later has no say.
    await done(0, 'registry', 'default', 'two');
    await done(0, 'bundle', 'show', '@acme/web');
  });

  it('are one when it is named, by a flag or by the environment', async () => {
    await configured();
    await done(0, 'sync');
    const environment = { MPAK_REGISTRY_URL: 'two' };
    const shown = await mpak(home(), ['bundle', 'show', '@acme/echo', '--json'], environment);
    expect(JSON.parse(shown.stdout)).to.include({ latest_version: '99.0.0' });
    expect((await mpak(home(), ['registry', 'list'], environment)).stderr).to.include(
      'MPAK_REGISTRY_URL goes before',
    );
    const unknown = await done(2, 'bundle', 'show', '@acme/echo', '--registry', 'three');
    expect(unknown.stderr).to.include('no registry is called so').and.include('one, two');
  });
});
