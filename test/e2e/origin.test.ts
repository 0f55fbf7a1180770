import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { openIndex } from '../../src/lib/index/open.ts';
import { IndexStore } from '../../src/lib/sync/store.ts';
import { finished, type Result } from '../support/cli.ts';
import { makeBundle } from '../support/mcpb.ts';
import { type RegistryProcess, startRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { World } from '../support/world.ts';

const NAME = '@acme/echo';
const WEB = '@acme/web';

describe('a package and the registry that it came from', () => {
  const folder = temporaryFolder();
  let world: World;
  let first: RegistryProcess;
  let second: RegistryProcess;

  beforeEach(async () => {
    world = await World.start(folder());
    first = world.registry;
    second = await startRegistry({
      data: path.join(folder(), 'second'),
      github: world.github,
      args: ['--trusted-root', world.environment.MPAK_TRUSTED_ROOT as string],
    });
  });
  afterEach(async () => {
    await second.stop();
    world.registry = first;
    await world.stop();
  });

  /** Published in a registry, which is the chosen one from here on. */
  async function publish(registry: RegistryProcess, name: string, version: string): Promise<void> {
    world.registry = registry;
    const server = `process.stdout.write('${version}\\n');`;
    await world.publish(name, version, {
      bundle: makeBundle(name, version, {}, { 'server/index.js': server }),
    });
  }
  async function done(status: number, ...args: string[]): Promise<Result> {
    const result = await world.mpak(...args);
    expect(result.status, `${result.stdout}${result.stderr}`).to.equal(status);
    return result;
  }
  const from = (registry: RegistryProcess) => ['--registry', registry.url];
  const receipt = (version: string) =>
    JSON.parse(readFileSync(path.join(world.packageFolder(NAME), `${version}.json`), 'utf8'));

  it('stays with it: revocations and updates are those of its receipt, whichever is chosen now', async () => {
    await publish(first, NAME, '1.0.0');
    await publish(first, NAME, '1.1.0');
    await done(0, 'sync');
    await done(0, 'bundle', 'install', `${NAME}@1.0.0`);
    world.appendToLog({
      kind: 'revoke',
      package: NAME,
      versions: '1.0.0',
      reason: 'malicious',
      at: new Date().toISOString(),
    });
    await done(0, 'sync');
    await publish(second, NAME, '9.0.0');
    await done(0, 'sync');
    const refused = await done(32, 'run', NAME);
    expect(refused.stderr).to.include('malicious').and.include('1.1.0');
    const { outdated } = JSON.parse((await done(0, 'bundle', 'outdated', '--json')).stdout);
    expect(outdated).to.deep.equal([
      {
        name: NAME,
        current: '1.0.0',
        latest: '1.1.0',
        revoked: 'malicious',
        yanked: null,
        registry: first.url,
      },
    ]);
    expect((await world.mpak('doctor', '--offline')).stdout).to.include('revoked: malicious');
    expect((await done(0, 'bundle', 'update')).stdout).to.include('1.0.0 → 1.1.0');
    await done(32, 'bundle', 'rollback', NAME);
    expect((await done(0, 'run', NAME, '--update')).stdout).to.equal('1.1.0\n');
    const elsewhere = await done(3, 'bundle', 'update', NAME, ...from(second));
    expect(elsewhere.stderr).to.include(`${first.url}, and not from ${second.url}`);
  });

  it('is told of by a sync, each time, when it is revoked or gone from there, and no other registry tells', async () => {
    await publish(first, NAME, '1.0.0');
    await publish(first, WEB, '1.0.0');
    await done(0, 'sync');
    await done(0, 'bundle', 'install', NAME);
    await done(0, 'bundle', 'install', WEB);
    expect((await done(0, 'sync')).stderr).to.equal('');
    const at = new Date().toISOString();
    world.appendToLog({ kind: 'revoke', package: NAME, versions: '*', reason: 'takedown', at });
    const gone = path.join(world.packageFolder(WEB), '1.0.0.json');
    const renamed = path.join(world.packageFolder(WEB), '2.0.0.json');
    writeFileSync(renamed, readFileSync(gone, 'utf8').replace('"version": "1.0.0"', '"version": "2.0.0"'));
    rmSync(gone);
    renameSync(path.join(world.packageFolder(WEB), '1.0.0'), path.join(world.packageFolder(WEB), '2.0.0'));
    for (const _ of ['new', 'known'])
      expect((await done(0, 'sync')).stderr.trimEnd().split('\n')).to.deep.equal([
        `${NAME} 1.0.0 is installed and is revoked: takedown. \`mpak bundle remove ${NAME}\`.`,
        `${WEB} 2.0.0 is installed and is not in its registry any more. \`mpak bundle remove ${WEB}\`.`,
      ]);
    const { installed } = JSON.parse((await done(0, 'sync', '--json')).stdout);
    expect(installed[0]).to.deep.equal({
      ...{ name: NAME, version: '1.0.0', known: true },
      ...{ revoked: 'takedown', latest: null, level: null },
    });
    const other = await done(0, 'sync', ...from(second));
    expect(other.stderr).to.not.include('is installed');
  });

  it('is not changed for the same name elsewhere unless somebody agrees', async () => {
    await publish(first, NAME, '1.0.0');
    await done(0, 'sync');
    await done(0, 'bundle', 'install', NAME);
    await publish(second, NAME, '9.0.0');
    await done(0, 'sync');
    // Neither by a version that only the other has, nor because the other is chosen.
    await done(3, 'run', `${NAME}@9.0.0`);
    await done(0, 'config', 'set', 'policy.allow', '@acme/*');
    for (const command of [
      ['bundle', 'install'],
      ['run', ...from(second)],
      ['run', '--update', ...from(second)],
    ]) {
      const refused = await done(33, ...command, NAME);
      expect(refused.stdout).to.equal('');
      expect(refused.stderr)
        .to.include('another registry')
        .and.include(`${second.url}, and not ${first.url}`);
    }
    expect(existsSync(path.join(world.packageFolder(NAME), '9.0.0'))).to.equal(false);
    expect((await done(0, 'run', NAME)).stdout).to.equal('1.0.0\n');
    expect((await done(0, 'run', NAME, '--yes', ...from(second))).stdout).to.equal('9.0.0\n');
    expect(receipt('9.0.0').registry).to.equal(second.url);
  });

  it('is taken over by another one that has the same bundle, with a new receipt, and no download', async () => {
    await publish(first, NAME, '1.0.0');
    await done(0, 'sync');
    await done(0, 'bundle', 'install', NAME);
    await publish(second, NAME, '1.0.0');
    await done(0, 'sync');
    world.github.requests.length = 0;
    await done(33, 'run', NAME, ...from(second));
    expect(receipt('1.0.0').registry).to.equal(first.url);
    expect((await done(0, 'run', NAME, '--yes', ...from(second))).stdout).to.equal('1.0.0\n');
    expect(receipt('1.0.0').registry).to.equal(second.url);
    expect(world.github.requests.filter((request) => request.includes('/storage/'))).to.deep.equal([]);
    await done(0, 'cache', 'verify');
  });

  describe('where several registries are configured', () => {
    /** Without one being named by the environment. */
    async function free(status: number, ...args: string[]): Promise<Result> {
      const result = await finished(world.start(args, { environment: { MPAK_REGISTRY_URL: '' } }));
      expect(result.status, `${args.join(' ')}: ${result.stdout}${result.stderr}`).to.equal(status);
      return result;
    }

    beforeEach(async () => {
      await free(0, 'registry', 'add', 'one', first.url);
      await free(0, 'registry', 'add', 'two', second.url);
      await free(0, 'registry', 'remove', 'public');
    });

    it("is the first one's, and stays so when it disappears there and another has the name", async () => {
      await publish(first, NAME, '1.0.0');
      await publish(second, NAME, '9.0.0');
      await free(0, 'sync');
      const installed = await free(0, 'bundle', 'install', NAME);
      expect(installed.stderr).to.include(`${NAME} is in two too, with other content`);
      expect(receipt('1.0.0').registry).to.equal(first.url);
      const { outdated } = JSON.parse((await free(0, 'bundle', 'outdated', '--json')).stdout);
      expect(outdated).to.deep.equal([]);
      // As an index of the first says it from which the package is gone.
      const file = new IndexStore(world.mpakHome, new URL(first.url)).current() ?? expect.fail();
      const db = openIndex(file);
      db.pragma('foreign_keys = OFF');
      db.exec('DELETE FROM packages; DELETE FROM versions; DELETE FROM artifacts');
      db.close();
      for (const command of [
        ['bundle', 'install', NAME],
        ['bundle', 'install', `${NAME}@9.0.0`, '--yes'],
        ['bundle', 'install', NAME, '--yes', '--allow-unattested'],
        ['run', '--update', NAME, '--yes'],
        ['run', `${NAME}@9.0.0`, '--yes'],
      ]) {
        const refused = await free(3, ...command);
        if (command[0] === 'bundle') expect(refused.stderr).to.include('does not have it any more');
      }
      expect((await free(0, 'bundle', 'update')).stdout).to.equal('');
      expect((await free(0, 'run', NAME)).stdout).to.equal('1.0.0\n');
      expect(existsSync(path.join(world.packageFolder(NAME), '9.0.0'))).to.equal(false);
      await free(33, 'bundle', 'install', NAME, '--registry', 'two');
      await free(0, 'bundle', 'install', NAME, '--registry', 'two', '--yes');
      expect(receipt('9.0.0').registry).to.equal(second.url);
    });

    it('stays with the later one that it came from when an earlier one gets the name', async () => {
      await publish(second, NAME, '1.0.0');
      await free(0, 'sync');
      await free(0, 'bundle', 'install', NAME);
      await publish(first, NAME, '9.0.0');
      await publish(second, NAME, '1.1.0');
      await free(0, 'sync');
      expect((await free(0, 'bundle', 'update')).stdout).to.include('1.0.0 → 1.1.0');
      const again = await free(0, 'bundle', 'install', NAME);
      expect(again.stderr).to.include('stays with it').and.include('--registry one');
      expect(receipt('1.1.0').registry).to.equal(second.url);
      // A registry that is no longer configured is nobody's order: then somebody must agree to the other.
      await free(0, 'registry', 'remove', 'two');
      const other = await free(33, 'bundle', 'install', NAME);
      expect(other.stderr).to.include('another registry');
      expect((await free(0, 'run', NAME)).stdout).to.equal('1.1.0\n');
    });
  });

  it('is passed over when the index of its registry is gone, and the others are updated', async () => {
    await publish(first, NAME, '1.0.0');
    await done(0, 'sync');
    await done(0, 'bundle', 'install', NAME);
    await publish(second, WEB, '1.0.0');
    await done(0, 'sync');
    await done(0, 'bundle', 'install', WEB);
    await publish(second, WEB, '1.1.0');
    await done(0, 'sync');
    rmSync(new IndexStore(world.mpakHome, new URL(first.url)).folder, { recursive: true });
    const outdated = await done(3, 'bundle', 'outdated');
    expect(outdated.stdout).to.match(/^@acme\/web\t1\.0\.0\t1\.1\.0/);
    expect(outdated.stderr).to.include(NAME).and.include(`mpak sync --registry ${first.url}`);
    const update = JSON.parse((await done(3, 'bundle', 'update', '--json')).stdout);
    expect(update.updated).to.deep.equal([{ name: WEB, from: '1.0.0', to: '1.1.0' }]);
    expect(update.failed).to.have.length(1);
    expect(update.failed[0]).to.include({ name: NAME, version: '1.0.0', code: 'INDEX_MISSING' });
    expect((await done(0, 'run', NAME)).stdout).to.equal('1.0.0\n');
  });
});
