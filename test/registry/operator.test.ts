import path from 'node:path';
import { expect } from 'chai';
import { mpakRegistry, type Result } from '../support/cli.ts';
import { LocalGitHub } from '../support/github.ts';
import { makeBundle } from '../support/mcpb.ts';
import {
  announcement,
  logSize,
  postAnnouncement,
  type RegistryProcess,
  startRegistry,
} from '../support/registry.ts';
import { sharedFolder } from './support/shared-folder.ts';

describe('the commands of a registry’s operator', () => {
  const folder = sharedFolder();
  const data = () => path.join(folder(), 'data');
  let github: LocalGitHub;
  let registry: RegistryProcess;

  before(async () => {
    github = await LocalGitHub.start();
    registry = await startRegistry({ data: data(), github });
    expect((await announce('1.0.0')).status).to.equal(200);
  });
  after(async () => {
    await registry.stop();
    await github.close();
  });

  async function announce(version: string, ownerId?: string) {
    const bundle = makeBundle('@acme/echo', version);
    github.addAsset('Acme', 'echo', `v${version}`, 'echo.mcpb', bundle.bytes);
    const claims = ownerId === undefined ? {} : { repository_owner_id: ownerId };
    const token = await github.issueToken('Acme/echo', claims);
    return postAnnouncement(registry.url, token, announcement(bundle));
  }

  const run = (...args: string[]): Promise<Result> => mpakRegistry([...args, '--data', data(), '--json']);

  /** The answer of a command that adds an entry, which the running server serves at once. */
  async function adds(
    ...args: string[]
  ): Promise<{ seq: number; entry: Record<string, unknown>; status: string }> {
    const size = await logSize(registry.url);
    const { status, stdout, stderr } = await run(...args);
    expect(status, stdout + stderr).to.equal(0);
    const answer = JSON.parse(stdout);
    expect(answer.seq).to.equal(size);
    expect(await logSize(registry.url)).to.equal(size + 1);
    const page = await (await fetch(`${registry.url}/v1/index/log/0`)).text();
    expect(JSON.parse(page.split('\n')[size] as string)).to.deep.equal(answer.entry);
    return answer;
  }

  async function refuses(status: number, words: RegExp, ...args: string[]): Promise<void> {
    const size = await logSize(registry.url);
    const result = await run(...args);
    expect(result.status, result.stdout).to.equal(status);
    expect(JSON.parse(result.stdout).error.message).to.match(words);
    expect(await logSize(registry.url)).to.equal(size);
  }

  async function repeats(...args: string[]): Promise<void> {
    const size = await logSize(registry.url);
    expect(JSON.parse((await run(...args)).stdout)).to.include({ status: 'unchanged', seq: size - 1 });
    expect(await logSize(registry.url)).to.equal(size);
  }

  it('deprecate versions', async () => {
    const line = ['deprecate', '@acme/echo', '--versions', '*', '--message', 'Not maintained.'];
    const { entry } = await adds(...line);
    expect(entry)
      .to.include({ kind: 'deprecate', message: 'Not maintained.' })
      .and.not.have.property('provenance');
    await repeats(...line);
    await adds('deprecate', '@acme/echo', '--versions', '*', '--message', '');
  });

  it('hand a scope over to an account that was refused', async () => {
    expect((await announce('1.1.0', '99')).status).to.equal(403);
    const line = [
      'transfer-scope',
      '@acme',
      '--owner',
      'Acme',
      '--owner-id',
      '99',
      '--reason',
      'registered again',
    ];
    expect((await adds(...line)).entry).to.include({ kind: 'transfer-scope', scope: 'acme', owner_id: '99' });
    await repeats(...line);
    expect((await announce('1.1.0', '99')).status).to.equal(200);
    expect((await announce('1.2.0')).status).to.equal(403);
  });

  it('reserve a scope and free it', async () => {
    const { entry } = await adds('reserve', 'Bank', '--reason', 'a trade mark');
    expect(entry).to.include({ scope: 'bank', reserved: true, owner_id: null });
    expect((await adds('reserve', 'bank', '--lift', '--reason', 'over')).entry).to.include({
      reserved: false,
    });
    await refuses(3, /reserves no scope @bank/, 'reserve', 'bank', '--lift', '--reason', 'over');
  });

  it('revoke versions, once', async () => {
    const line = ['revoke', '@acme/echo', '--versions', '1.1.0', '--reason', 'malicious'];
    await adds(...line);
    await repeats(...line);
    expect((await fetch(`${registry.url}/v1/bundles/@acme/echo/versions/1.1.0`)).status).to.equal(410);
  });

  it('say nothing of what is not published, unless it is wished', async () => {
    const line = ['revoke', '@acme/nothing', '--versions', '*', '--reason', 'takedown'];
    await refuses(3, /There is no package @acme\/nothing/, ...line);
    await refuses(
      3,
      /has no version in "\^9"/,
      'revoke',
      '@acme/echo',
      '--versions',
      '^9',
      '--reason',
      'takedown',
    );
    await adds(...line, '--force');
  });

  for (const [what, words, line] of [
    [
      'a range that is none',
      /versions: must be/,
      ['revoke', '@acme/echo', '--versions', 'some', '--reason', 'takedown'],
    ],
    [
      'a reason that nobody knows',
      /--reason=dislike/,
      ['revoke', '@acme/echo', '--versions', '*', '--reason', 'dislike'],
    ],
    [
      'a name that is none',
      /not the name of a package/,
      ['revoke', 'echo', '--versions', '*', '--reason', 'takedown'],
    ],
    ['a scope that is none', /not the name of a scope/, ['reserve', 'a/b', '--reason', 'x']],
    [
      'an account that is no number',
      /not the numeric id/,
      ['reserve', 'abc', '--owner-id', 'me', '--reason', 'x'],
    ],
  ] as const) {
    it(`refuse ${what}`, () => refuses(2, words, ...line));
  }

  it('make no registry where there is none', async () => {
    const elsewhere = path.join(folder(), 'elsewhere');
    for (const line of [
      ['revoke', '@acme/echo', '--versions', '*', '--reason', 'takedown', '--force'],
      ['rotate-key'],
      ['backup', path.join(folder(), 'copy.db')],
      ['keys'],
    ]) {
      expect((await mpakRegistry([...line, '--data', elsewhere])).status, line.join(' ')).to.equal(3);
    }
  });

  it('leave a log that replays to its tables', async () => {
    expect((await run('verify')).status).to.equal(0);
  });
});
