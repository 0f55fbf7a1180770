import { createHash } from 'node:crypto';
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { Archives } from '../../../src/lib/cache/archives.ts';
import { sharedFolder } from '../../registry/support/shared-folder.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const BYTES = Buffer.from('an archive');
const SHA256 = createHash('sha256').update(BYTES).digest('hex');

describe('archives that were looked into', () => {
  const folder = sharedFolder();
  const archives = () => new Archives(folder());
  const file = () => path.join(archives().root, `${SHA256}.mcpb`);
  const fetch = async (target: string) => writeFileSync(target, BYTES);

  it('are fetched once, and read by their digest', async () => {
    expect(archives().read(SHA256, NOW)).to.equal(undefined);
    expect(await archives().add(SHA256, NOW, fetch)).to.deep.equal(BYTES);
    expect(archives().read(SHA256, NOW)).to.deep.equal(BYTES);
    expect(readdirSync(archives().root)).to.deep.equal([`${SHA256}.mcpb`]);
  });

  it('are taken away when they are not what their names say', async () => {
    writeFileSync(file(), 'something else');
    expect(archives().read(SHA256, NOW)).to.equal(undefined);
    expect(existsSync(file())).to.equal(false);
    const error = await archives()
      .add(SHA256, NOW, async (target) => writeFileSync(target, 'something else'))
      .catch((thrown) => thrown);
    expect(error).to.include({ code: 'DIGEST_MISMATCH' });
    expect(readdirSync(archives().root)).to.deep.equal([]);
  });

  it('leave nothing behind when they cannot be fetched', async () => {
    const fail = async (target: string) => {
      writeFileSync(target, 'half');
      throw new Error('the connection broke');
    };
    expect(await archives().add(SHA256, NOW, fail).catch(String)).to.include('the connection broke');
    expect(readdirSync(archives().root)).to.deep.equal([]);
  });

  it('are taken away when they were not read for thirty days', async () => {
    await archives().add(SHA256, NOW, fetch);
    const days = (count: number) => new Date(NOW.getTime() + count * 24 * 3_600_000);
    expect(archives().prune(days(29))).to.deep.equal([]);
    utimesSync(file(), days(-1), days(-1));
    expect(archives().prune(days(30))).to.deep.equal([SHA256]);
    expect(existsSync(file())).to.equal(false);
    expect(new Archives(path.join(folder(), 'none')).prune(NOW)).to.deep.equal([]);
  });
});
