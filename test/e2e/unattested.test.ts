import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { openIndex } from '../../src/lib/index/open.ts';
import { IndexStore } from '../../src/lib/sync/store.ts';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import type { Result } from '../support/cli.ts';
import { runOnTerminal } from '../support/terminal.ts';
import { World } from '../support/world.ts';

const BARE = '@acme/bare';

describe('what nothing proves', () => {
  const folder = sharedFolder();
  let world: World;

  before(async function () {
    world = await World.start(folder());
    this.timeout(30_000);
    await world.publish(BARE, '1.0.0', { attest: false });
  });
  after(() => world.stop());
  beforeEach(() => world.newUser());

  async function done(status: number, ...args: string[]): Promise<Result> {
    const result = await world.mpak(...args);
    expect(result.status, `${result.stdout}${result.stderr}`).to.equal(status);
    return result;
  }
  const isInstalled = (name: string, version = '1.0.0') =>
    existsSync(path.join(world.packageFolder(name), `${version}.json`));

  /** As somebody changes it who may write to the index, or makes one: an unsigned index is anybody's word. */
  function changeIndex(sql: string): void {
    const file = new IndexStore(world.mpakHome, new URL(world.registry.url)).current() ?? expect.fail();
    const db = openIndex(file);
    db.exec(sql);
    db.close();
  }

  it('is told in plain words on a terminal, and asked', async () => {
    await done(0, 'sync');
    const no = await runOnTerminal(world, ['bundle', 'install', BARE], 'n\n');
    expect(no.status, no.output).to.equal(33);
    expect(no.output)
      .to.include('Nothing proves who built it, or from which source')
      .and.include(`Install ${BARE} 1.0.0, which nothing proves? [y/N]`);
    expect(isInstalled(BARE)).to.equal(false);
    // That somebody agreed to the package beforehand is no answer to that question.
    await done(0, 'config', 'set', 'policy.allow', '@acme/*');
    expect((await runOnTerminal(world, ['bundle', 'install', BARE], '\n')).status).to.equal(33);
    expect((await runOnTerminal(world, ['bundle', 'install', BARE, '--yes'], 'y\n')).status).to.equal(3);
    expect(isInstalled(BARE)).to.equal(false);
    const yes = await runOnTerminal(world, ['bundle', 'install', BARE], 'y\n');
    expect(yes.status, yes.output).to.equal(0);
    expect(isInstalled(BARE)).to.equal(true);
  });

  it('is asked before it is downloaded as a file, too', async () => {
    await done(0, 'sync');
    const file = path.join(world.home, 'bare.mcpb');
    const no = await runOnTerminal(world, ['bundle', 'pull', BARE, '-o', file], 'n\n');
    expect(no.status, no.output).to.equal(33);
    expect(no.output).to.include('Nothing proves who built it').and.include('Download it all the same?');
    await done(3, 'bundle', 'pull', BARE, '-o', file);
    expect(existsSync(file)).to.equal(false);
    expect((await runOnTerminal(world, ['bundle', 'pull', BARE, '-o', file], 'y\n')).status).to.equal(0);
    expect(existsSync(file)).to.equal(true);
  });

  it('is refused without a terminal, unless its name is on the list of what is accepted so', async () => {
    await done(0, 'sync');
    // To need no question is another thing.
    await done(0, 'config', 'set', 'policy.allow', BARE, '@acme/*');
    await done(0, 'config', 'set', 'policy.allowUnattested', '@acme/other', '@acm/*');
    const refused = await done(3, 'bundle', 'install', BARE);
    expect(refused.stderr).to.include(`mpak config set policy.allowUnattested ${BARE}`);
    await done(3, 'run', BARE, '--yes');
    await done(3, 'bundle', 'pull', BARE, '-o', world.home);
    await done(0, 'config', 'set', 'policy.allowUnattested', BARE);
    await done(0, 'bundle', 'install', BARE);
    const list = JSON.parse((await done(0, 'bundle', 'list', '--json')).stdout);
    expect(list.installed[0]).to.include({ name: BARE, attested: false, signed: true });
  });

  it('is accepted, or refused whatever the flags, by policy', async () => {
    await done(0, 'sync');
    await done(0, 'config', 'set', 'policy.allowUnattested', '@acme/*');
    await done(0, 'config', 'set', 'policy.unattested', 'deny');
    const denied = await done(3, 'bundle', 'install', BARE, '--allow-unattested', '--yes');
    expect(denied.stderr).to.include('policy.unattested is deny');
    await done(3, 'bundle', 'pull', BARE, '--allow-unattested', '-o', world.home);
    await done(3, 'run', BARE, '--allow-unattested', '--yes');
    expect((await runOnTerminal(world, ['bundle', 'install', BARE], 'y\n')).status).to.equal(3);
    expect(isInstalled(BARE)).to.equal(false);
    await done(0, 'config', 'unset', 'policy.allowUnattested');
    await done(0, 'config', 'set', 'policy.unattested', 'allow');
    await done(0, 'bundle', 'install', BARE);
  });

  it('has its digest compared and its archive checked all the same', async () => {
    await done(0, 'sync');
    await done(0, 'config', 'set', 'policy.unattested', 'allow');
    changeIndex("UPDATE artifacts SET sha256 = replace(hex(zeroblob(32)), '00', 'ab')");
    await done(31, 'bundle', 'install', BARE);
    expect(isInstalled(BARE)).to.equal(false);
  });

  it('is kept as unsigned in its receipt, and shown so, when nobody signed the index', async () => {
    await done(0, 'sync');
    changeIndex("INSERT INTO meta (key, value) VALUES ('source', 'bundles')");
    const found = await done(0, 'search', 'bare');
    expect(found.stderr.trimEnd().split('\n')).to.have.length(1);
    expect(found.stderr).to.include('is unsigned');
    expect((await done(0, 'bundle', 'show', BARE)).stderr).to.include('is unsigned');
    const asked = await done(33, 'bundle', 'install', BARE, '--allow-unattested');
    expect(asked.stderr).to.include('the index of that registry is unsigned');
    await done(0, 'bundle', 'install', BARE, '--allow-unattested', '--yes');
    const receipt = JSON.parse(readFileSync(path.join(world.packageFolder(BARE), '1.0.0.json'), 'utf8'));
    expect(receipt).to.include({ index_source: 'bundles', provenance: null });
    expect((await done(0, 'bundle', 'list')).stdout).to.include('UNATTESTED, UNSIGNED index');
  });

  describe('and was proven before', () => {
    const LOST = '@acme/lost';
    const accepting = ['--allow-unattested', '--yes'];

    before(async () => {
      await world.publish(LOST, '0.9.0', { attest: false });
      await world.publish(LOST, '1.0.0');
      await world.publish(LOST, '1.1.0', { attest: false });
    });

    it('is refused whatever the policy: the index knows an earlier version with an attestation', async () => {
      await done(0, 'sync');
      await done(0, 'config', 'set', 'policy.unattested', 'allow');
      for (const command of [
        ['bundle', 'install', LOST],
        ['bundle', 'install', `${LOST}@1.1.0`, ...accepting],
        ['run', LOST, ...accepting],
        ['bundle', 'pull', LOST, '--allow-unattested', '-o', world.home],
      ]) {
        const refused = await done(39, ...command);
        expect(refused.stderr).to.include('1.0.0 has one');
      }
      const { error } = JSON.parse((await done(39, 'bundle', 'install', LOST, '--json')).stdout);
      expect(error.code).to.equal('ATTESTATION_LOST');
      const onTerminal = await runOnTerminal(world, ['bundle', 'install', LOST], 'y\n');
      expect(onTerminal.status, onTerminal.output).to.equal(39);
      expect(isInstalled(LOST, '1.1.0')).to.equal(false);
      // What came before the first attestation never had one.
      await done(0, 'bundle', 'install', `${LOST}@0.9.0`);
    });

    it('is refused for an update', async () => {
      await done(0, 'sync');
      await done(0, 'bundle', 'install', `${LOST}@1.0.0`);
      const updated = await done(39, 'bundle', 'update', ...accepting);
      expect(updated.stderr).to.include('1.0.0, which is installed, was proven');
      await done(0, 'run', LOST);
    });

    it('is refused when only the receipts still know it, also of a version that was rolled back from', async () => {
      await done(0, 'sync');
      await done(0, 'config', 'set', 'policy.unattested', 'allow');
      await done(0, 'bundle', 'install', `${LOST}@0.9.0`);
      await done(0, 'bundle', 'install', `${LOST}@1.0.0`);
      await done(0, 'bundle', 'rollback', LOST);
      changeIndex('UPDATE artifacts SET attestation_sha256 = NULL, attestation_type = NULL');
      const refused = await done(39, 'bundle', 'install', LOST, ...accepting);
      expect(refused.stderr).to.include('1.0.0, which is installed, was proven by one');
      // In an unsigned index an old number proves no age.
      changeIndex("UPDATE versions SET version = '0.9.5' WHERE version = '1.1.0'");
      await done(39, 'bundle', 'install', `${LOST}@0.9.5`, ...accepting);
    });

    it('is refused when nothing of it is installed any more, or never was: it was proven here', async () => {
      await done(0, 'sync');
      await done(0, 'bundle', 'install', `${LOST}@1.0.0`);
      await done(0, 'bundle', 'remove', LOST);
      changeIndex('UPDATE artifacts SET attestation_sha256 = NULL, attestation_type = NULL');
      const removed = await done(39, 'bundle', 'install', LOST, ...accepting);
      expect(removed.stderr).to.include('1.0.0 was proven by one on this machine');
      world.newUser();
      await done(0, 'sync');
      await done(0, 'bundle', 'pull', `${LOST}@1.0.0`, '-o', world.home);
      changeIndex('UPDATE artifacts SET attestation_sha256 = NULL, attestation_type = NULL');
      await done(39, 'run', LOST, ...accepting);
    });

    it('is refused when its own attestation is withheld', async () => {
      await done(0, 'sync');
      const name = '@acme/withheld';
      await world.publish(name, '1.0.0', { attest: false });
      await done(0, 'sync');
      changeIndex(
        `UPDATE artifacts SET attestation_sha256 = sha256, attestation_type = 'x' WHERE version_id IN
         (SELECT v.id FROM versions v JOIN packages p ON p.id = v.package_id WHERE p.name = '${name}')`,
      );
      const refused = await done(39, 'bundle', 'install', name, ...accepting);
      expect(refused.stderr).to.include('its registry says that it has one');
    });
  });
});
