import { expect } from 'chai';
import type { Entry } from '../../src/lib/log/entry.ts';
import { provenanceFrom } from '../support/index-of.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { World } from '../support/world.ts';

const NAME = '@acme/echo';

describe('a version that its publisher took back', () => {
  const folder = temporaryFolder();
  let world: World;
  beforeEach(async () => {
    world = await World.start(folder());
    for (const version of ['1.0.0', '1.1.0']) await world.publish(NAME, version);
  });
  afterEach(() => world.stop());

  const yank = (version: string): Entry => ({
    kind: 'yank',
    package: NAME,
    version,
    reason: 'It does not start.\u001b[2J',
    provenance: provenanceFrom('acme/echo'),
    at: new Date().toISOString(),
  });
  const expectOk = async (...args: string[]) => {
    const result = await world.mpak(...args);
    expect(result.status, result.stderr).to.equal(0);
    return result;
  };

  it('is told of by a sync, passed over by installs, and left by updates: to the one before', async () => {
    await expectOk('sync');
    await expectOk('bundle', 'install', NAME);
    world.appendToLog(yank('1.1.0'));
    expect((await expectOk('sync')).stdout).to.include(`${NAME} 1.1.0`);
    expect((await expectOk('bundle', 'outdated')).stdout).to.match(
      /1\.1\.0\t1\.0\.0\ttaken back: It does not start\./,
    );
    expect((await expectOk('bundle', 'show', `${NAME}@1.1.0`)).stdout).to.include(
      'Taken back by its publisher',
    );
    expect((await expectOk('bundle', 'update', '--yes')).stdout).to.include('1.1.0 → 1.0.0');
  });

  it('is installed by its number alone, with a word about it', async () => {
    world.appendToLog(yank('1.1.0'));
    await expectOk('sync');
    const installed = await expectOk('bundle', 'install', `${NAME}@1.1.0`);
    expect(installed.stderr).to.include('Taken back by its publisher: It does not start.');
    expect(installed.stderr).not.to.include('\u001b[2J');
    const latest = await expectOk('bundle', 'install', NAME, '--json');
    expect(JSON.parse(latest.stdout).version).to.equal('1.0.0');
  });
});
