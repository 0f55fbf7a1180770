import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Finding } from '../../src/lib/finding.ts';
import { IndexStore } from '../../src/lib/sync/store.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { World } from '../support/world.ts';

describe('mpak doctor', () => {
  const folder = temporaryFolder();
  let world: World;

  beforeEach(async () => {
    world = await World.start(folder());
  });
  afterEach(() => world.stop());

  async function findings(
    ...flags: string[]
  ): Promise<{ status: number | null; of: (check: string) => Finding | undefined }> {
    const result = await world.mpak('doctor', '--json', ...flags);
    const found = (JSON.parse(result.stdout) as { findings: Finding[] }).findings;
    return { status: result.status, of: (check) => found.find((finding) => finding.check === check) };
  }

  it('finds all well where all is well, and says so to people', async () => {
    await world.publish('@acme/echo', '1.0.0');
    await world.mpak('sync');
    await world.mpak('bundle', 'install', '@acme/echo');
    const { status, of } = await findings();
    expect(status).to.equal(0);
    for (const check of ['home', 'index', 'trusted root', 'registry', '@acme/echo@1.0.0']) {
      expect(of(check), check).to.include({ state: 'ok' });
    }
    const text = await world.mpak('doctor');
    expect(text.stdout).to.match(/^ok +@acme\/echo@1\.0\.0: attested by acme\/echo$/m);
  });

  it('tells a new user to sync', async () => {
    const { status, of } = await findings();
    expect(status).to.equal(1);
    expect(of('index')).to.include({ state: 'fail' });
    expect(of('index')?.hint).to.include('mpak sync');
  });

  it('finds what is broken, each by itself, and changes nothing', async () => {
    await world.publish('@acme/echo', '1.0.0');
    await world.mpak('sync');
    await world.mpak('bundle', 'install', '@acme/echo');
    await world.publish('@acme/other', '1.0.0');
    await world.mpak('sync');
    await world.mpak('bundle', 'install', '@acme/other');
    rmSync(path.join(world.mpakHome, 'cache', 'acme', 'echo', '1.0.0', 'manifest.json'));
    writeFileSync(path.join(world.mpakHome, 'cache', 'acme', 'other', '1.0.0.json'), '{"schema":1}');
    writeFileSync(path.join(world.mpakHome, 'config.json'), '{}');
    chmodSync(path.join(world.mpakHome, 'config.json'), 0o644);
    const store = new IndexStore(world.mpakHome, new URL(world.registry.url));
    writeFileSync(store.trustFile, 'gone');
    const { status, of } = await findings('--offline');
    expect(status).to.equal(1);
    expect(of('@acme/echo@1.0.0')).to.include({ state: 'fail' });
    expect(of('@acme/other@1.0.0')).to.include({ state: 'fail' });
    expect(of('index')).to.include({ state: 'fail' });
    expect(of('home')).to.include({ state: 'warn' });
    expect(of('registry')).to.equal(undefined);
  });

  it('says of what is revoked to update, or to remove it where nothing is better; removing leaves the best', async () => {
    const revoke = async (versions: string) => {
      const at = '2026-06-01T00:00:00.000Z';
      world.appendToLog({ kind: 'revoke', package: '@acme/echo', versions, reason: 'malicious', at });
      await world.mpak('sync');
    };
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await world.publish('@acme/echo', version);
    await world.mpak('sync');
    for (const version of ['1.0.0', '1.1.0', '1.2.0'])
      await world.mpak('bundle', 'install', `@acme/echo@${version}`);
    await revoke('1.1.0');
    const some = await findings('--offline');
    expect(some.of('@acme/echo@1.1.0')?.hint).to.equal('mpak bundle remove @acme/echo@1.1.0');
    expect(some.of('@acme/echo@1.2.0')).to.include({ state: 'ok' });

    const removed = await world.mpak('bundle', 'remove', '@acme/echo@1.2.0', '--json');
    expect(JSON.parse(removed.stdout).current).to.equal('1.0.0');
    await revoke('*');
    const all = await findings('--offline');
    expect(all.of('@acme/echo@1.0.0')?.hint).to.equal('mpak bundle remove @acme/echo');
    const text = await world.mpak('doctor', '--offline');
    expect(text.stdout).to.match(/it is not run {2}→ mpak bundle remove @acme\/echo$/m);
    const last = await world.mpak('bundle', 'remove', '@acme/echo@1.0.0');
    expect(last.stderr).to.include('1.1.0, which is left, is revoked');
  });

  it('finds a home that is a link to nowhere, or a file; a link to a folder is one', async () => {
    const elsewhere = path.join(world.home, 'elsewhere');
    symlinkSync(elsewhere, world.mpakHome);
    expect((await findings('--offline')).of('home')).to.include({ state: 'fail' });
    mkdirSync(elsewhere, { mode: 0o700 });
    expect((await findings('--offline')).of('home')).to.include({ state: 'ok' });
    rmSync(world.mpakHome);
    writeFileSync(world.mpakHome, '');
    expect((await findings('--offline')).of('home')).to.include({ state: 'fail' });
  });

  it('finds a home that others may write to', async () => {
    mkdirSync(world.mpakHome, { recursive: true });
    chmodSync(world.mpakHome, 0o777);
    const { of } = await findings('--offline');
    expect(of('home')).to.include({ state: 'warn', hint: `chmod go-w ${world.mpakHome}` });
  });

  it('finds a registry that does not answer, and a configuration that is none', async () => {
    await world.mpak('sync');
    await world.registry.stop();
    const gone = await findings();
    expect(gone.of('registry')).to.include({ state: 'fail' });
    mkdirSync(world.mpakHome, { recursive: true });
    writeFileSync(path.join(world.mpakHome, 'config.json'), 'not JSON');
    const { status, of } = await findings();
    expect(status).to.equal(1);
    expect(of('configuration')?.message).to.include('config.json');
  });
});
