import { createHash } from 'node:crypto';
import path from 'node:path';
import { expect } from 'chai';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import { finished, mpakRegistry, type Result, startCommand } from '../support/cli.ts';
import { CountingProxy } from '../support/counting-proxy.ts';
import { publishEntry } from '../support/entries.ts';
import { provenanceFrom } from '../support/index-of.ts';
import { World } from '../support/world.ts';

const ECHO = '@acme/echo';

describe('a revocation', () => {
  const folder = sharedFolder();
  let world: World;
  let proxy: CountingProxy;

  before(async function () {
    this.timeout(60_000);
    world = await World.start(folder());
    proxy = await CountingProxy.start(world.registry.url);
    await world.publish(ECHO, '1.0.0');
    await world.publish(ECHO, '1.1.0');
    // The last page of the log is nearly full, with entries that hardly compress.
    world.appendToLog(
      ...Array.from({ length: 240 }, (_, index) => {
        const commit = createHash('sha1').update(String(index)).digest('hex');
        const provenance = provenanceFrom(`Beta/p${index}`, commit);
        return publishEntry(`@beta/p${index}`, '1.0.0', { provenance });
      }),
    );
  });
  after(async () => {
    await proxy.close();
    await world.stop();
  });

  async function mpak(status: number, ...args: string[]): Promise<Result> {
    const environment = { ...world.environment, MPAK_REGISTRY_URL: proxy.url };
    const result = await finished(startCommand('mpak', args, environment));
    expect(result.status, result.stdout + result.stderr).to.equal(status);
    return result;
  }

  const revoke = async (...args: string[]) => {
    const result = await mpakRegistry(['revoke', ...args, '--data', path.join(folder(), 'registry')]);
    expect(result.status, result.stderr).to.equal(0);
  };

  it('reaches a client by one sync of less than 10 kB, and blocks install, run and rollback', async () => {
    await mpak(0, 'sync');
    await mpak(0, 'bundle', 'install', `${ECHO}@1.0.0`);
    await mpak(0, 'bundle', 'install', `${ECHO}@1.1.0`);
    await revoke(ECHO, '--versions', '1.0.0', '--reason', 'malicious');
    proxy.bytes = 0;
    const { stdout } = await mpak(0, 'sync', '--json');
    expect(proxy.bytes).to.be.greaterThan(0).and.lessThan(10_000);
    expect(JSON.parse(stdout).changes.revoked).to.deep.equal([`${ECHO} 1.0.0`]);
    for (const line of [
      ['bundle', 'rollback', ECHO],
      ['bundle', 'run', `${ECHO}@1.0.0`],
      ['bundle', 'install', `${ECHO}@1.0.0`],
      ['bundle', 'pull', `${ECHO}@1.0.0`],
    ]) {
      const { stderr } = await mpak(32, ...line);
      expect(stderr, line.join(' ')).to.match(/is revoked: malicious/);
    }
  });

  it('of a package blocks the version that runs', async () => {
    await revoke(ECHO, '--versions', '*', '--reason', 'compromised');
    await mpak(0, 'sync');
    await mpak(32, 'bundle', 'run', ECHO);
    await mpak(32, 'bundle', 'install', ECHO);
  });
});
