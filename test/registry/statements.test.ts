import path from 'node:path';
import { expect } from 'chai';
import { openIndexReadOnly } from '../../src/lib/index/open.ts';
import { packageStatus } from '../../src/lib/index/read-status.ts';
import { mpakRegistry } from '../support/cli.ts';
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

describe('what publishers say of their packages', () => {
  const folder = sharedFolder();
  const data = () => path.join(folder(), 'data');
  let github: LocalGitHub;
  let registry: RegistryProcess;
  let number = 0;

  before(async () => {
    github = await LocalGitHub.start();
    registry = await startRegistry({ data: data(), github });
  });
  after(async () => {
    expect(await registry.stop()).to.equal(0);
    await github.close();
  });

  /** A package of its own, with versions, announced from Acme/<its name>. */
  async function published(...versions: string[]): Promise<string> {
    number += 1;
    const name = `@acme/said-${number}`;
    for (const version of versions) {
      const bundle = makeBundle(name, version);
      github.addAsset('Acme', `said-${number}`, `v${version}`, 'echo.mcpb', bundle.bytes);
      const token = await github.issueToken(repository());
      const { status, json } = await postAnnouncement(registry.url, token, announcement(bundle));
      expect(status, JSON.stringify(json)).to.equal(200);
    }
    return name;
  }
  const repository = () => `Acme/said-${number}`;

  async function say(
    what: 'deprecate' | 'yank',
    body: unknown,
    token: string | undefined | Promise<string> = github.issueToken(repository()),
  ): Promise<{
    status: number;
    json: Record<string, unknown> & { error?: { code: string; message: string } };
  }> {
    const bearer = await token;
    const response = await fetch(`${registry.url}/v1/bundles/${what}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, json: (await response.json()) as never };
  }

  async function refused(
    what: 'deprecate' | 'yank',
    body: unknown,
    status: number,
    words: RegExp,
    token?: Promise<string>,
  ): Promise<void> {
    const before = await logSize(registry.url);
    const answer = await say(what, body, token);
    expect(answer.json.error?.message ?? JSON.stringify(answer.json)).to.match(words);
    expect(answer.status).to.equal(status);
    expect(await logSize(registry.url)).to.equal(before);
  }

  function statusOf(name: string) {
    const db = openIndexReadOnly(path.join(data(), 'registry.db'));
    try {
      return packageStatus(db, name);
    } finally {
      db.close();
    }
  }

  it('deprecate versions, with a message and a successor', async () => {
    const successor = await published('1.0.0');
    const name = await published('1.0.0', '2.0.0');
    const body = { name, versions: '1.x', message: 'Use 2.', successor };
    expect(await say('deprecate', body)).to.deep.equal({
      status: 200,
      json: { package: name, versions: '1.x', status: 'created' },
    });
    const size = await logSize(registry.url);
    expect((await say('deprecate', body)).json).to.include({ status: 'updated' });
    expect(await logSize(registry.url)).to.equal(size);
    const [two, one] = statusOf(name)?.versions ?? [];
    expect(two?.deprecated).to.equal(null);
    expect(one?.deprecated).to.include({ message: 'Use 2.', successor });
    expect(statusOf(name)?.deprecations[0]?.by_publisher).to.equal(true);
  });

  it('take a deprecation back with an empty message', async () => {
    const name = await published('1.0.0');
    await say('deprecate', { name, versions: '*', message: 'Old.' });
    expect((await say('deprecate', { name, versions: '*', message: '' })).json).to.include({
      status: 'created',
    });
    expect(statusOf(name)?.versions[0]?.deprecated).to.equal(null);
    expect((await say('deprecate', { name, versions: '*', message: '' })).json).to.include({
      status: 'updated',
    });
    expect((await say('deprecate', { name, versions: '*', message: 'Old.' })).json).to.include({
      status: 'created',
    });
  });

  it('yank a version for good', async () => {
    const name = await published('1.0.0', '1.1.0');
    const body = { name, version: '1.1.0', reason: 'It does not start.' };
    expect(await say('yank', body)).to.deep.equal({
      status: 200,
      json: { package: name, version: '1.1.0', status: 'created' },
    });
    const size = await logSize(registry.url);
    expect((await say('yank', { ...body, reason: 'Another.' })).json).to.include({ status: 'updated' });
    expect(await logSize(registry.url)).to.equal(size);
    expect(statusOf(name)).to.include({ latest_version: '1.0.0' });
    expect(statusOf(name)?.versions[0]?.yanked).to.equal('It does not start.');
  });

  it('are one entry when they are said many times at once', async () => {
    const name = await published('1.0.0');
    const size = await logSize(registry.url);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => say('yank', { name, version: '1.0.0', reason: 'Broken.' })),
    );
    expect(answers.filter(({ json }) => json.status === 'created')).to.have.length(1);
    expect(await logSize(registry.url)).to.equal(size + 1);
  });

  const BODIES = {
    deprecate: (name: string) => ({ name, versions: '*', message: 'Old.' }),
    yank: (name: string) => ({ name, version: '1.0.0', reason: 'Broken.' }),
  };
  for (const what of ['deprecate', 'yank'] as const) {
    describe(`are refused: ${what}`, () => {
      const body = BODIES[what];

      it('without a token, and with one that has expired', async () => {
        const name = await published('1.0.0');
        const before = await logSize(registry.url);
        expect((await say(what, body(name), Promise.resolve(undefined as never))).status).to.equal(401);
        await refused(what, body(name), 401, /exp/, github.issueToken(repository(), {}, { expiresIn: -60 }));
        expect(await logSize(registry.url)).to.equal(before);
      });

      it('by another owner', async () => {
        const name = await published('1.0.0');
        await refused(
          what,
          body(name),
          403,
          /belongs to the GitHub owner acme/,
          github.issueToken('Evil/said'),
        );
      });

      it('by an account that was registered again under the name', async () => {
        const name = await published('1.0.0');
        const token = github.issueToken(repository(), { repository_owner_id: '99' });
        await refused(
          what,
          body(name),
          403,
          /belongs to the GitHub account \d+, and the token is of 99/,
          token,
        );
      });

      it('from a repository that the package did not come from', async () => {
        const name = await published('1.0.0');
        await refused(
          what,
          body(name),
          403,
          /was not announced from Acme\/other/,
          github.issueToken('Acme/other'),
        );
      });

      it('not from its own in another case', async () => {
        const name = await published('1.0.0');
        const answer = await say(what, body(name), github.issueToken(repository().replace('said', 'SAID')));
        expect(answer.json).to.include({ status: 'created' });
      });

      it('of a package that is not there', () =>
        refused(what, body('@acme/nothing'), 404, /no package @acme\/nothing/));

      it('in a body that says nothing', async () => {
        const name = await published('1.0.0');
        await refused(what, '{', 400, /not JSON/);
        await refused(what, { ...body(name), name: 'echo' }, 400, /name: must be @scope\/name/);
        await refused(what, { name }, 400, /is invalid/);
        const long = what === 'yank' ? { reason: 'x'.repeat(4097) } : { message: 'x'.repeat(4097) };
        await refused(what, { ...body(name), ...long }, 400, /is invalid/);
      });
    });
  }

  it('are refused of versions that are not there', async () => {
    const name = await published('1.0.0');
    await refused('yank', { name, version: '9.0.0', reason: 'x' }, 404, /has no version 9\.0\.0/);
    await refused('deprecate', { name, versions: '^9', message: 'x' }, 404, /has no version in "\^9"/);
    await refused('deprecate', { name, versions: 'some', message: 'x' }, 400, /versions: must be/);
    await refused('yank', { name, version: '1.0', reason: 'x' }, 400, /version: must be/);
    await refused('yank', { name, version: '1.0.0', reason: ' ' }, 400, /reason: /);
  });

  it('recommend no package that is not there, nor the same one', async () => {
    const name = await published('1.0.0');
    const body = { name, versions: '*', message: 'x' };
    await refused(
      'deprecate',
      { ...body, successor: '@evil/later' },
      400,
      /There is no package @evil\/later/,
    );
    await refused('deprecate', { ...body, successor: name }, 400, /does not succeed itself/);
  });

  it('leave a log that replays to its tables', async () => {
    const { status, stderr } = await mpakRegistry(['verify', '--data', data()]);
    expect(status, stderr).to.equal(0);
  });
});
