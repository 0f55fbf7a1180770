import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { append } from '../../src/lib/index/append.ts';
import { openIndex } from '../../src/lib/index/open.ts';
import { encodeEntry, type RotateKeyEntry } from '../../src/lib/log/entry.ts';
import { keyId, type PrivateKey, publicKey, signRotation } from '../../src/lib/log/key.ts';
import { finished, mpak, mpakRegistry, type Result, startCommand } from '../support/cli.ts';
import { publishEntries } from '../support/entries.ts';
import { newKey } from '../support/log-server.ts';
import { type RegistryProcess, startRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ORIGIN = 'rotation.test';
const KILLS = 4;

describe('the key of a registry', () => {
  const folder = temporaryFolder();
  const data = () => path.join(folder(), 'data');
  let registry: RegistryProcess;

  beforeEach(async () => {
    const file = path.join(folder(), 'entries.ndjson');
    writeFileSync(
      file,
      publishEntries(3)
        .map((entry) => JSON.stringify(entry))
        .join('\n'),
    );
    expect((await mpakRegistry(['import', file, '--data', data()])).status).to.equal(0);
    registry = await startRegistry({ data: data(), args: ['--origin', ORIGIN] });
  });
  afterEach(() => registry.stop());

  /** Syncs as a user with a home of that name. */
  const sync = (home: string, ...args: string[]): Promise<Result> =>
    mpak(path.join(folder(), home), ['sync', ...args], { MPAK_REGISTRY_URL: registry.url });

  async function synced(home: string, ...args: string[]): Promise<{ key: string; to: number }> {
    const { status, stdout, stderr } = await sync(home, ...args, '--json');
    expect(status, stdout + stderr).to.equal(0);
    return JSON.parse(stdout);
  }

  async function rotate(): Promise<{ from: string; to: string; seq: number; file: string }> {
    const { status, stdout } = await mpakRegistry(['rotate-key', '--data', data(), '--json']);
    expect(status, stdout).to.equal(0);
    return JSON.parse(stdout);
  }

  /** The ids of the keys that are published, the one that signs first. */
  async function keys(): Promise<string[]> {
    const response = await fetch(`${registry.url}/v1/index/keys.json`);
    const set = (await response.json()) as { keys: { kid: string; d?: unknown }[] };
    expect(JSON.stringify(set)).not.to.include('"d"');
    return set.keys.map(({ kid }) => kid);
  }

  /** An entry that nothing of mpak would write. */
  function appendByHand(entry: RotateKeyEntry): void {
    const db = openIndex(path.join(data(), 'registry.db'));
    db.transaction(() => append(db, [encodeEntry(entry)], { keepLines: true })).immediate();
    db.close();
  }

  async function rotation(by: PrivateKey, oldKid: string, to: PrivateKey): Promise<RotateKeyEntry> {
    return {
      kind: 'rotate-key',
      old_kid: oldKid,
      new_key: publicKey(to),
      signature: await signRotation(ORIGIN, by, to),
      at: new Date().toISOString(),
    };
  }

  it('is followed by old clients and found by new ones, beside a running server', async () => {
    const first = await synced('old');
    const { from, to, seq } = await rotate();
    expect(first.key).to.equal(`SHA256:${from}`);
    expect((await synced('old')).key).to.equal(`SHA256:${to}`);
    expect(await synced('new')).to.include({ key: `SHA256:${to}`, to: seq + 1 });
    expect((await synced('pinned', '--key', `SHA256:${to}`)).key).to.equal(`SHA256:${to}`);
    expect(await sync('pinned-to-the-old', '--key', `SHA256:${from}`)).to.include({ status: 21 });
    expect(await keys()).to.deep.equal([to, from]);
    const { stdout } = await mpakRegistry(['keys', '--data', data()]);
    expect(stdout).to.equal(`SHA256:${to}\nSHA256:${from} (before)\n`);
  });

  it('is followed over several rotations at once, and by a client whose user names a former one', async () => {
    const first = await synced('old');
    await rotate();
    await rotate();
    const { to } = await rotate();
    expect((await synced('old', '--key', first.key)).key).to.equal(`SHA256:${to}`);
    expect(await keys()).to.have.length(4);
  });

  it('signs after a restart, and its file is its owner’s alone', async () => {
    const { to, file } = await rotate();
    await registry.stop();
    registry = await startRegistry({ data: data() });
    expect(registry.fingerprint).to.equal(`SHA256:${to}`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).to.have.property('d');
    // Of the former key only its public part is needed.
    const first = path.join(data(), 'signing-key.json');
    const { d: _, ...rest } = JSON.parse(readFileSync(first, 'utf8'));
    writeFileSync(first, JSON.stringify(rest));
    await registry.stop();
    registry = await startRegistry({ data: data() });
    expect((await synced('new')).key).to.equal(`SHA256:${to}`);
  });

  it('does not change by an entry that it did not sign, for the server and for every client', async () => {
    const first = await synced('old');
    const kid = first.key.replace('SHA256:', '');
    const evil = await newKey();
    appendByHand(await rotation(evil, kid, evil));
    appendByHand({ ...(await rotation(evil, await keyId(evil), evil)), old_kid: kid });
    expect((await synced('old')).key).to.equal(first.key);
    expect((await synced('new')).key).to.equal(first.key);
    expect(await keys()).to.have.length(1);
    // Whoever has taken over the server and signs by the forged entry is refused.
    await registry.stop();
    const file = path.join(data(), 'signing-key.json');
    renameSync(file, `${file}.away`);
    writeFileSync(file, JSON.stringify(evil));
    writeFileSync(path.join(data(), `signing-key-${await keyId(evil)}.json`), JSON.stringify(evil));
    registry = await startRegistry({ data: data(), port: new URL(registry.url).port });
    expect(registry.fingerprint).to.equal(`SHA256:${await keyId(evil)}`);
    const refused = await sync('old');
    expect(refused.status, refused.stderr).to.equal(21);
    expect(await sync('new')).to.include({ status: 21 });
    renameSync(`${file}.away`, file);
  });

  it('does not change by a rotation of another registry', async () => {
    const first = await synced('old');
    const key = JSON.parse(readFileSync(path.join(data(), 'signing-key.json'), 'utf8')) as PrivateKey;
    const next = await newKey();
    const entry = await rotation(key, await keyId(key), next);
    appendByHand({ ...entry, signature: await signRotation('other.test', key, next) });
    expect((await synced('old')).key).to.equal(first.key);
    expect(await keys()).to.have.length(1);
  });

  it('is not replaced when its file is gone: the server says so, and clients keep what they have', async () => {
    await synced('old');
    const { file } = await rotate();
    const kept = readFileSync(file);
    rmSync(file);
    expect(await sync('old')).to.include({ status: 11 });
    const again = await mpakRegistry(['rotate-key', '--data', data()]);
    expect(again.status).to.equal(1);
    expect(again.stderr).to.include('Restore it from a backup');
    writeFileSync(file, kept);
    await synced('old');
  });

  it(`is whole after a rotation that was killed, ${KILLS} times`, async function () {
    this.timeout(60_000);
    await synced('old');
    for (let round = 0; round < KILLS; round += 1) {
      const child = startCommand('mpak-registry', ['rotate-key', '--data', data()], {});
      const ended = finished(child);
      await sleep(200 + 70 * round);
      child.kill('SIGKILL');
      await ended;
      const [kid] = await keys();
      expect((await synced('old')).key).to.equal(`SHA256:${kid}`);
    }
    await rotate();
    await synced('old');
    expect(readdirSync(data()).filter((name) => name.includes('.tmp-'))).to.deep.equal([]);
    expect(existsSync(path.join(data(), 'signing-key.json'))).to.equal(true);
  });
});
