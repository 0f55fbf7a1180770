import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '../support/temporary.ts';
import { World } from '../support/world.ts';

describe('mpak bundle install', () => {
  const folder = temporaryFolder();
  let world: World;

  beforeEach(async () => {
    world = await World.start(folder());
  });
  afterEach(() => world.stop());

  it('installs what its publisher attested, and says what it is', async () => {
    await world.publish('@acme/echo', '1.0.0');
    await world.mpak('sync');
    const result = await world.mpak('bundle', 'install', '@acme/echo');
    expect(result.stderr).to.include('acme/echo').and.include('proven');
    expect(result.status, result.stderr).to.equal(0);
    const installed = path.join(world.mpakHome, 'cache', 'acme', 'echo', '1.0.0');
    expect(result.stdout).to.include(installed);
    expect(readdirSync(installed)).to.include('manifest.json');
    expect(existsSync(`${installed}.json`)).to.equal(true);
    const list = JSON.parse((await world.mpak('bundle', 'list', '--json')).stdout);
    expect(list.installed[0]).to.include({
      name: '@acme/echo',
      version: '1.0.0',
      current: true,
      attested: true,
    });
  });
});
