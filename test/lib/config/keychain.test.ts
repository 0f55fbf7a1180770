import { mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { dropSecrets, type Keyring, keepSecrets, readSecrets } from '../../../src/lib/config/keychain.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { programLine } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/temporary.ts';

describe('a keychain', () => {
  const folder = temporaryFolder();

  async function expectNothingOf(keyring: Keyring): Promise<void> {
    expect(await keepSecrets(keyring, { key: 'x', other: 'y' })).to.deep.equal([]);
    expect(await dropSecrets(keyring, ['key'])).to.deep.equal(['key']);
    let refused: unknown;
    await readSecrets(keyring, ['key']).catch((error: unknown) => {
      refused = error;
    });
    expect(refused).to.be.instanceOf(MpakError);
    expect(refused).to.include({ code: 'KEYCHAIN' });
  }

  it('that takes a connection and never says a word is given up in time', async function () {
    if (process.platform !== 'linux') return;
    this.timeout(30_000);
    const bus = path.join(folder(), 'bus');
    let asked = 0;
    const silent = net.createServer(() => {
      asked += 1;
    });
    await new Promise<void>((resolve) => silent.listen(bus, resolve));
    const env = `DBUS_SESSION_BUS_ADDRESS=unix:path=${bus}`;
    const command = ['/usr/bin/env', env, ...programLine('mpak'), '--ask-keychain'];
    const began = Date.now();
    try {
      await expectNothingOf({ home: folder(), package: '@acme/x', command, limitMs: 3000 });
    } finally {
      silent.close();
    }
    expect(asked).to.be.greaterThan(0);
    expect(Date.now() - began).to.be.lessThan(15_000);
  });

  it('that cannot be asked, or answers nonsense, gives nothing', async () => {
    mkdirSync(path.join(folder(), 'a b'));
    const of = (...command: string[]) => ({ home: folder(), package: '@acme/x', command, limitMs: 5000 });
    await expectNothingOf(of(path.join(folder(), 'none')));
    for (const script of ['', 'console.log("x")', 'console.log("null")', 'console.log(\'{"keys":1}\')'])
      await expectNothingOf(of(process.execPath, '-e', script));
    expect(await dropSecrets(of(path.join(folder(), 'none')), [])).to.deep.equal([]);
  });
});
