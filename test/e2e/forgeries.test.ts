import { existsSync, type FSWatcher, mkdirSync, readdirSync, watch } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import type { Result } from '../support/cli.ts';
import type { AttestOptions, StatementJson } from '../support/sigstore.ts';
import { World } from '../support/world.ts';

const SUBJECT = { name: 'x', digest: { sha256: 'cd'.repeat(32) } };
const changed = (changes: Partial<StatementJson>) => (statement: StatementJson) => ({
  ...statement,
  ...changes,
});

/** What is forged, and the requirement that it breaks. */
const FORGERIES: readonly (readonly [string, AttestOptions, string])[] = [
  ['another subject', { statement: changed({ subject: [SUBJECT] }) }, 'SUBJECT_DIGEST'],
  [
    'two subjects',
    { statement: (statement) => ({ ...statement, subject: [...statement.subject, SUBJECT] }) },
    'SUBJECT_COUNT',
  ],
  ['another owner', { claims: { owner: 'evil', repository: 'evil/forged' } }, 'SOURCE_OWNER'],
  ['an owner who was registered again', { claims: { owner_id: '9999' } }, 'SOURCE_OWNER_ID'],
  ['another repository', { claims: { repository: 'acme/other' } }, 'SOURCE_REPOSITORY'],
  ['another issuer', { claims: { issuer: 'https://issuer.example.com' } }, 'CERTIFICATE_ISSUER'],
  [
    'another predicate',
    { statement: changed({ predicateType: 'https://spdx.dev/Document' }) },
    'PREDICATE_TYPE',
  ],
  [
    'a statement v0.1',
    { statement: changed({ _type: 'https://in-toto.io/Statement/v0.1' }) },
    'STATEMENT_TYPE',
  ],
  ['an expired certificate', { issuedAt: new Date(Date.now() - 3_600_000) }, 'CERTIFICATE_INVALID'],
  ['no log entry', { withoutLogEntry: true }, 'LOG_ENTRY_INVALID'],
  ['a signature over other bytes', { signs: Buffer.from('other') }, 'SIGNATURE_INVALID'],
];

const HONEST = '@acme/honest';
const nameOf = (index: number) => `@acme/forged-${index}`;

describe('a forgery is refused at verify, pull, install and run, and nothing of it is extracted:', function () {
  this.timeout(60_000);
  const folder = sharedFolder();
  let world: World;
  let watcher: FSWatcher;
  /** Every name that the file system has told of below the cache. */
  const seen = new Set<string>();

  before(async () => {
    world = await World.start(folder());
    await world.publish(HONEST, '1.0.0');
    for (const [index, [, forged]] of FORGERIES.entries())
      await world.publish(nameOf(index), '1.0.0', { attest: forged });
    expect(await world.mpak('sync')).to.include({ status: 0 });
    // What is made in a folder that is watched already is told for certain.
    for (const name of [HONEST, ...FORGERIES.map((_, index) => nameOf(index))])
      mkdirSync(world.packageFolder(name), { recursive: true });
    watcher = watch(path.join(world.mpakHome, 'cache'), { recursive: true }, (_event, name) => {
      seen.add(String(name));
    });
  });
  after(async () => {
    watcher.close();
    await world.stop();
  });

  /** What was made in a package's folder, but for its lock. */
  const traces = async (name: string) => {
    await sleep(50);
    const under = `${name.slice(1)}/`;
    const made = [...seen].filter((file) => file.startsWith(under) && !file.startsWith(`${under}lock`));
    return [...new Set(made.map((file) => file.slice(under.length).split('/')[0] as string))];
  };

  for (const [index, [what, , code]] of FORGERIES.entries()) {
    it(`${what}: ${code}`, async () => {
      const name = nameOf(index);
      const output = path.join(folder(), `pulled-${index}.mcpb`);
      const verified = await world.mpak('bundle', 'verify', name, '--json');
      expect(verified.status).to.equal(4);
      expect(JSON.parse(verified.stdout)).to.include({ verified: false, code });
      const forgiving = ['--allow-unattested', '--yes'];
      const refused: Result[] = await Promise.all([
        world.mpak('bundle', 'pull', name, '--output', output, '--allow-unattested'),
        world.mpak('bundle', 'install', name),
        world.mpak('bundle', 'install', name, ...forgiving),
        world.mpak('run', name),
        world.mpak('run', name, ...forgiving),
      ]);
      for (const result of refused) {
        expect(result, result.stderr).to.include({ status: 4, stdout: '' });
        expect(result.stderr).to.include(`is refused (${code})`);
      }
      expect(await traces(name)).to.deep.equal([]);
      expect(readdirSync(world.packageFolder(name))).to.deep.equal(['lock']);
      expect(existsSync(output)).to.equal(false);
      // It was not even fetched: the log says its digest.
      expect(
        world.github.requests.filter((request) => request.includes(`/storage/${name.slice(1)}/`)),
      ).to.have.length(1);
    });
  }

  it('even when the registry itself vouches for it in its log, and serves it', async () => {
    for (const [index, [, forged]] of FORGERIES.entries()) await world.vouch(HONEST, `2.0.${index}`, forged);
    expect(await world.mpak('sync')).to.include({ status: 0 });
    for (const [index, [, , code]] of FORGERIES.entries()) {
      const name = `${HONEST}@2.0.${index}`;
      const [verified, refused] = await Promise.all([
        world.mpak('bundle', 'verify', name, '--json'),
        world.mpak('bundle', 'install', name, '--allow-unattested', '--yes'),
      ]);
      expect([verified.status, JSON.parse(verified.stdout).code]).to.deep.equal([4, code]);
      expect(refused, refused.stderr).to.include({ status: 4, stdout: '' });
      expect(refused.stderr).to.include(`is refused (${code})`);
    }
    expect(await traces(HONEST)).to.deep.equal([]);
  });

  it('while an honest one is proven by what the registry serves, without a question to GitHub', async () => {
    const asked = world.github.requests.length;
    const verified = await world.mpak('bundle', 'verify', `${HONEST}@1.0.0`, '--json');
    expect([verified.status, JSON.parse(verified.stdout).code]).to.deep.equal([0, 'VERIFIED']);
    expect(world.github.requests.length).to.equal(asked);
    const show = await world.mpak('bundle', 'show', `${HONEST}@1.0.0`);
    expect(show.stdout).to.match(/any .* kB, attested$|any .* B, attested$/m);
  });

  it('while an honest one is installed, and the watch tells of it', async () => {
    expect(await world.mpak('bundle', 'install', `${HONEST}@1.0.0`)).to.include({ status: 0 });
    const names = await traces(HONEST);
    expect(names).to.include.members(['1.0.0', '1.0.0.json', 'current.json']);
    expect(names.some((name) => name.startsWith('.aside-'))).to.equal(true);
    expect(names.some((name) => name.startsWith('tmp-'))).to.equal(true);
  });
});
