import { expect } from 'chai';
import { Job } from '../support/actions-runner.ts';
import { logSize } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { World } from '../support/world.ts';

const NAME = '@acme/echo';

describe('what a publisher says in a workflow reaches who syncs', () => {
  const folder = temporaryFolder();
  let world: World;
  beforeEach(async () => {
    world = await World.start(folder());
    for (const version of ['1.0.0', '1.1.0']) await world.publish(NAME, version);
  });
  afterEach(() => world.stop());

  const jobOf = (repository: string) =>
    new Job({
      folder: folder(),
      github: world.github,
      repository,
      tag: 'v1.1.0',
      environment: { MPAK_REGISTRY_URL: world.registry.url, MPAK_OIDC_AUDIENCE: 'https://mpak.dev' },
    });
  const expectOk = async (...args: string[]) => {
    const result = await world.mpak(...args);
    expect(result.status, result.stderr).to.equal(0);
    return result;
  };

  it('a yank: the version is passed over, and had by its number, with the reason', async () => {
    const args = ['bundle', 'yank', `${NAME}@1.1.0`, '--reason', 'It deletes rows.'];
    const yanked = await jobOf('acme/echo').mpak(args);
    expect(yanked.status, yanked.stderr).to.equal(0);
    expect(yanked.stdout).to.equal(`${NAME} 1.1.0 is yanked.\n`);
    const size = await logSize(world.registry.url);
    expect((await jobOf('acme/echo').mpak(args)).stdout).to.equal(`${NAME} 1.1.0 was already yanked.\n`);
    expect(await logSize(world.registry.url)).to.equal(size);
    await expectOk('sync');
    const latest = await expectOk('bundle', 'install', NAME, '--json');
    expect(JSON.parse(latest.stdout).version).to.equal('1.0.0');
    const named = await expectOk('bundle', 'install', `${NAME}@1.1.0`);
    expect(named.stderr).to.include('Taken back by its publisher: It deletes rows.');
  });

  it('a deprecation: the version is installed with the message, and what to use instead', async () => {
    const args = [
      'bundle',
      'deprecate',
      `${NAME}@^1.1`,
      '--message',
      'It is slow.',
      '--successor',
      '@acme/new',
    ];
    const early = await jobOf('acme/echo').mpak(args);
    expect(early.stderr).to.include('There is no package @acme/new');
    await world.publish('@acme/new', '1.0.0');
    const deprecated = await jobOf('acme/echo').mpak(args);
    expect(deprecated.status, deprecated.stderr).to.equal(0);
    await expectOk('sync');
    const installed = await expectOk('bundle', 'install', NAME);
    expect(installed.stderr).to.include('It is slow.').and.to.include('@acme/new');
    const older = await expectOk('bundle', 'install', `${NAME}@1.0.0`);
    expect(older.stderr).not.to.include('It is slow.');
  });

  it('of the publisher alone, and of versions that there are', async () => {
    const size = await logSize(world.registry.url);
    const yank = ['bundle', 'yank', `${NAME}@1.1.0`, '--reason', 'x'];
    for (const [repository, code, args] of [
      ['mallory/echo', 'FORBIDDEN', yank],
      ['acme/other', 'OTHER_REPOSITORY', yank],
      ['acme/other', 'OTHER_REPOSITORY', ['bundle', 'deprecate', NAME, '--message', 'x']],
      ['acme/echo', 'NOT_FOUND', ['bundle', 'yank', `${NAME}@7.0.0`, '--reason', 'x']],
      ['acme/echo', 'NOT_FOUND', ['bundle', 'deprecate', `${NAME}@^7`, '--message', 'x']],
    ] as const) {
      const refused = await jobOf(repository).mpak(args);
      expect(refused.status, refused.stderr).to.equal(54);
      expect(refused.stderr).to.include(code);
    }
    expect(await logSize(world.registry.url)).to.equal(size);
  });
});
