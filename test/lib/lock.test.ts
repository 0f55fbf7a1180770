import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { MpakError } from '../../src/lib/errors.ts';
import { withLock } from '../../src/lib/lock.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('a lock', () => {
  const folder = temporaryFolder();
  const file = () => path.join(folder(), 'lock');
  const options = { waitMs: 5_000, holder: 'Another test' };

  it('lets one at a time in', async () => {
    const order: string[] = [];
    const work = (name: string) =>
      withLock(file(), options, async () => {
        order.push(`${name} in`);
        await sleep(20);
        order.push(`${name} out`);
      });
    await Promise.all([work('a'), work('b'), work('c')]);
    for (let index = 0; index < order.length; index += 2) {
      expect(order[index + 1]).to.equal(order[index]?.replace('in', 'out'));
    }
    expect(order).to.have.length(6);
  });

  it('is free again after a failure', async () => {
    const failed = withLock(file(), options, () => Promise.reject(new Error('no')));
    expect(await failed.catch((error: Error) => error.message)).to.equal('no');
    expect(await withLock(file(), options, async () => 'yes')).to.equal('yes');
  });

  it('says who holds it when waiting was in vain', async () => {
    await withLock(file(), options, async () => {
      const second = withLock(file(), { ...options, waitMs: 60 }, async () => 'in');
      const error = await second.catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(MpakError).and.have.property('code', 'BUSY');
      expect((error as MpakError).message).to.include('Another test');
    });
  });
});
