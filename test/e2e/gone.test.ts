import { expect } from 'chai';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import { mpakRegistry } from '../support/cli.ts';
import { makeBundle } from '../support/mcpb.ts';
import { World } from '../support/world.ts';

describe('what the registry found gone or changed', function () {
  this.timeout(60_000);
  const folder = sharedFolder();
  let world: World;

  before(async () => {
    world = await World.start(folder());
    for (const name of ['@acme/gone', '@acme/changed', '@acme/back']) await world.publish(name, '1.0.0');
    world.github.removeAsset('acme', 'gone', 'v1.0.0', '1.0.0.mcpb');
    const other = Buffer.from(makeBundle('@acme/changed', '1.0.0').bytes);
    other[0] = 0;
    world.github.addAsset('acme', 'changed', 'v1.0.0', '1.0.0.mcpb', other);
    world.github.removeAsset('acme', 'back', 'v1.0.0', '1.0.0.mcpb');
    const args = ['check-assets', '--data', `${folder()}/registry`, '--github-api', world.github.api];
    const checked = await mpakRegistry(args);
    expect(checked.stdout).to.match(/^Checked 3: 0 available, 2 gone, 1 changed; 0 passed over\.$/m);
    expect(await world.mpak('sync')).to.include({ status: 0 });
  });
  after(() => world.stop());

  it('is shown so', async () => {
    expect((await world.mpak('bundle', 'show', '@acme/gone')).stdout).to.match(
      /, attested, no longer available$/m,
    );
    expect((await world.mpak('bundle', 'show', '@acme/changed')).stdout).to.match(
      /, no longer what was published$/m,
    );
  });

  it('is said beforehand, and is why it cannot be installed, pulled or run', async () => {
    for (const command of [['bundle', 'install'], ['bundle', 'pull'], ['run']]) {
      const result = await world.mpak(...command, '@acme/gone');
      expect(result.status).to.equal(14);
      expect(result.stderr).to.include('is no longer available. The registry found the same.');
    }
    const install = await world.mpak('bundle', 'install', '@acme/gone');
    expect(install.stderr).to.include('The registry found that it is no longer available.');
  });

  it('is refused when it is something else now', async () => {
    const install = await world.mpak('bundle', 'install', '@acme/changed');
    expect(install.stderr).to.include('no longer what was published: then it is refused');
    expect([install.status, /The registry found the same/.test(install.stderr)]).to.deep.equal([31, true]);
  });

  it('is installed all the same when it is there again', async () => {
    world.github.addAsset('acme', 'back', 'v1.0.0', '1.0.0.mcpb', makeBundle('@acme/back', '1.0.0').bytes);
    expect(await world.mpak('bundle', 'install', '@acme/back')).to.include({ status: 0 });
  });
});
