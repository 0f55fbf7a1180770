import path from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { LocalGitHub } from '../support/github.ts';
import { type BundleFile, makeBundle, sha256Of, zip } from '../support/mcpb.ts';
import {
  announcement,
  logSize,
  postAnnouncement,
  type RegistryProcess,
  startRegistry,
} from '../support/registry.ts';
import { sharedFolder } from './support/shared-folder.ts';

describe('announcing a bundle', () => {
  const folder = sharedFolder();
  let github: LocalGitHub;
  let registry: RegistryProcess;
  let number = 0;

  before(async () => {
    github = await LocalGitHub.start();
    registry = await startRegistry({ data: path.join(folder(), 'data'), github });
  });
  after(async () => {
    expect(await registry.stop()).to.equal(0);
    await github.close();
  });

  /** A bundle of a package of its own, released on GitHub. */
  function released(version = '1.0.0', changes: Record<string, unknown> = {}): BundleFile {
    number += 1;
    const bundle = makeBundle(`@acme/echo-${number}`, version, changes);
    github.addAsset('Acme', `echo-${number}`, `v${version}`, 'echo.mcpb', bundle.bytes);
    return bundle;
  }
  const repository = () => `Acme/echo-${number}`;
  const token = () => github.issueToken(repository());

  /** Announces, and expects to be refused without a trace. */
  async function refused(body: unknown, status: number, words: RegExp): Promise<void> {
    const before = await logSize(registry.url);
    const answer = await postAnnouncement(registry.url, await token(), body);
    expect(answer.json.error?.message ?? JSON.stringify(answer.json)).to.match(words);
    expect(answer.status).to.equal(status);
    expect(await logSize(registry.url)).to.equal(before);
  }

  it('appends an entry with what the token and GitHub say', async () => {
    const bundle = released();
    const answer = await postAnnouncement(registry.url, await token(), announcement(bundle));
    expect(answer.json).to.deep.equal({
      package: bundle.name,
      version: '1.0.0',
      artifact: { os: 'any', arch: 'any', filename: 'echo.mcpb' },
      total_artifacts: 1,
      status: 'created',
      attested: false,
    });
    expect(answer.status).to.equal(200);
    const size = await logSize(registry.url);
    const page = await (await fetch(`${registry.url}/v1/index/log/${Math.floor((size - 1) / 256)}`)).text();
    const entry = JSON.parse(page.trimEnd().split('\n').at(-1) as string);
    expect(entry).to.deep.include({
      kind: 'publish',
      package: bundle.name,
      version: '1.0.0',
      prerelease: false,
      manifest: bundle.manifest,
      attestation: null,
    });
    expect(entry.artifact).to.deep.equal({
      filename: 'echo.mcpb',
      os: 'any',
      arch: 'any',
      sha256: bundle.sha256,
      size: bundle.bytes.length,
      url: `${github.url}/Acme/echo-${number}/releases/download/v1.0.0/echo.mcpb`,
    });
    expect(entry.provenance).to.deep.include({ provider: 'github_oidc', repository: repository() });
    expect(entry.provenance.claims).to.include({
      owner: 'Acme',
      event_name: 'release',
      job_workflow_ref: `${repository()}/.github/workflows/release.yml@refs/tags/v1.0.0`,
    });
  });

  it('serves it at once', async () => {
    const bundle = released();
    await postAnnouncement(registry.url, await token(), announcement(bundle));
    const detail = await (await fetch(`${registry.url}/v1/bundles/${bundle.name}`)).json();
    expect(detail).to.include({ latest_version: '1.0.0', verified: true });
  });

  it('answers the same call again without growing the log', async () => {
    const bundle = released();
    await postAnnouncement(registry.url, await token(), announcement(bundle));
    const size = await logSize(registry.url);
    const again = await postAnnouncement(registry.url, await token(), announcement(bundle));
    expect(again.json).to.include({ status: 'updated', total_artifacts: 1 });
    expect(await logSize(registry.url)).to.equal(size);
  });

  it('counts the artifacts of a version', async () => {
    const bundle = released();
    const other = makeBundle(bundle.name, '1.0.0', {}, { 'native.node': 'x' });
    github.addAsset('Acme', `echo-${number}`, 'v1.0.0', 'linux.mcpb', other.bytes);
    await postAnnouncement(registry.url, await token(), announcement(bundle));
    const body = announcement(other, {}, { filename: 'linux.mcpb', os: 'linux', arch: 'x64' });
    const answer = await postAnnouncement(registry.url, await token(), body);
    expect(answer.json).to.include({ status: 'created', total_artifacts: 2 });
  });

  it('refuses other bytes for what is published', async () => {
    const bundle = released();
    await postAnnouncement(registry.url, await token(), announcement(bundle));
    const other = makeBundle(bundle.name, '1.0.0', {}, { extra: 'x' });
    github.addAsset('Acme', `echo-${number}`, 'v1.0.0', 'echo.mcpb', other.bytes);
    await refused(announcement(other), 409, /is published with sha256 [0-9a-f]{64} and cannot change/);
  });

  describe('of a further platform', () => {
    const LINUX = { filename: 'linux.mcpb', os: 'linux', arch: 'x64' };

    /** A published version, and a bundle for Linux in three releases of its owner. */
    async function published(): Promise<BundleFile> {
      const bundle = released();
      expect((await postAnnouncement(registry.url, await token(), announcement(bundle))).status).to.equal(
        200,
      );
      const server = { type: 'binary', entry_point: 'native', mcp_config: { command: 'native' } };
      const linux = makeBundle(bundle.name, '1.0.0', { server }, { native: 'x' });
      for (const [name, tag] of [
        [`echo-${number}`, 'v1.0.0'],
        [`echo-${number}`, 'nightly'],
        ['other', 'v1.0.0'],
      ] as const) {
        github.addAsset('Acme', name, tag, 'linux.mcpb', linux.bytes);
      }
      return linux;
    }

    it('takes the same release of the same commit, with a manifest of its own', async () => {
      const body = announcement(await published(), {}, LINUX);
      const answer = await postAnnouncement(registry.url, await token(), body);
      expect(answer.json).to.include({ status: 'created', total_artifacts: 2 });
    });

    for (const [what, tag, tokenOf] of [
      ['another repository', 'v1.0.0', () => github.issueToken('Acme/other')],
      ['another ref', 'v1.0.0', () => github.issueToken(repository(), { ref: 'refs/heads/main' })],
      ['another commit', 'v1.0.0', () => github.issueToken(repository(), { sha: '0'.repeat(40) })],
      ['another release', 'nightly', () => github.issueToken(repository())],
    ] as const) {
      it(`refuses ${what}, without asking GitHub`, async () => {
        const body = announcement(await published(), { release_tag: tag }, LINUX);
        const bearer = await tokenOf();
        const size = await logSize(registry.url);
        const asked = github.requests.length;
        const answer = await postAnnouncement(registry.url, bearer, body);
        expect([answer.status, answer.json.error?.code]).to.deep.equal([409, 'CONFLICT']);
        expect(answer.json.error?.message).to.match(
          /is of release v1\.0\.0 of Acme\/echo-\d+ at [0-9a-f]{40}/,
        );
        expect(github.requests.length).to.equal(asked);
        expect(await logSize(registry.url)).to.equal(size);
      });
    }

    it('lets one commit win when two are announced at once', async () => {
      const bundle = released();
      const linux = makeBundle(bundle.name, '1.0.0', {}, { native: 'x' });
      github.addAsset('Acme', `echo-${number}`, 'v1.0.0', 'linux.mcpb', linux.bytes);
      const other = await github.issueToken(repository(), { sha: '0'.repeat(40) });
      const answers = await Promise.all([
        postAnnouncement(registry.url, await token(), announcement(bundle)),
        postAnnouncement(registry.url, other, announcement(linux, {}, LINUX)),
      ]);
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 409]);
    });
  });

  it('takes a name in another case for the same package', async () => {
    const bundle = released();
    const body = announcement(bundle, { name: bundle.name.toUpperCase() });
    const answer = await postAnnouncement(registry.url, await token(), body);
    expect(answer.json).to.include({ package: bundle.name, status: 'created' });
  });

  it('keeps the prerelease flag of the release', async () => {
    const bundle = released('2.0.0');
    github.createRelease('Acme', `echo-${number}`, 'v2.0.0', { prerelease: true });
    github.addAsset('Acme', `echo-${number}`, 'v2.0.0', 'echo.mcpb', bundle.bytes);
    await postAnnouncement(registry.url, await token(), announcement(bundle));
    const page = await (await fetch(`${registry.url}/v1/index/log/0`)).text();
    const entry = JSON.parse(page.trimEnd().split('\n').at(-1) as string);
    expect(entry).to.include({ package: bundle.name, prerelease: true });
  });

  it('makes one entry of the same announcement sent many times at once', async () => {
    const bundle = released();
    const size = await logSize(registry.url);
    const bearer = await token();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => postAnnouncement(registry.url, bearer, announcement(bundle))),
    );
    expect(answers.map(({ json }) => json.status).sort()).to.deep.equal([
      'created',
      ...Array.from({ length: 19 }, () => 'updated'),
    ]);
    expect(await logSize(registry.url)).to.equal(size + 1);
  });

  it('serves another account while one has more announcements under way than it may', async () => {
    const bundle = released();
    const bearer = await token();
    const release = Promise.withResolvers<void>();
    github.beforeAsset = () => release.promise;
    const many = Array.from({ length: 40 }, () =>
      postAnnouncement(registry.url, bearer, announcement(bundle)),
    );
    const refused = await Promise.race(many);
    expect([refused.status, refused.json.error?.code]).to.deep.equal([429, 'TOO_MANY_REQUESTS']);
    github.beforeAsset = async () => undefined;
    const other = makeBundle('@zeta/echo', '1.0.0');
    github.addAsset('Zeta', 'echo', 'v1.0.0', 'echo.mcpb', other.bytes);
    const theirs = await github.issueToken('Zeta/echo');
    const answer = await postAnnouncement(registry.url, theirs, announcement(other));
    expect(answer.json).to.include({ status: 'created' });
    release.resolve();
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).to.have.length(36);
    expect(statuses.filter((status) => status === 429)).to.have.length(4);
  });

  it('lets one of two different bundles win that are announced at once', async () => {
    const bundle = released();
    const other = makeBundle(bundle.name, '1.0.0', {}, { extra: 'x' });
    github.addAsset('Acme', `echo-${number}`, 'v1.0.0', 'other.mcpb', other.bytes);
    const bearer = await token();
    const answers = await Promise.all([
      postAnnouncement(registry.url, bearer, announcement(bundle)),
      postAnnouncement(registry.url, bearer, announcement(other, {}, { filename: 'other.mcpb' })),
    ]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 409]);
  });

  describe('refuses', () => {
    it('an asset that the release does not hold, in the words that the action waits for', async () => {
      const bundle = released();
      const body = announcement(bundle, {}, { filename: 'missing.mcpb' });
      await refused(body, 400, /^Artifact "missing\.mcpb" not found in release v1\.0\.0/);
    });

    it('a release that does not exist, in the same words', async () => {
      const body = announcement(released(), { release_tag: 'v9' });
      await refused(body, 400, /^Artifact "echo\.mcpb" not found in release v9/);
    });

    it('an asset that is still being uploaded, in the same words', async () => {
      const bundle = released();
      github.addAsset('Acme', `echo-${number}`, 'v1.0.0', 'echo.mcpb', bundle.bytes, { state: 'starter' });
      await refused(announcement(bundle), 400, /^Artifact "echo\.mcpb" not found in release v1\.0\.0/);
    });

    it('another size', async () => {
      const bundle = released();
      const body = announcement(bundle, {}, { size: bundle.bytes.length + 1 });
      await refused(body, 400, new RegExp(`has ${bundle.bytes.length} bytes in the release`));
    });

    it('an asset whose bytes are more than GitHub lists', async () => {
      const bundle = released();
      const size = bundle.bytes.length - 1;
      github.addAsset('Acme', `echo-${number}`, 'v1.0.0', 'echo.mcpb', bundle.bytes, { size });
      await refused(announcement(bundle, {}, { size }), 400, /has more bytes in the release/);
    });

    it('another digest', async () => {
      const body = announcement(released(), {}, { sha256: '0'.repeat(64) });
      await refused(body, 400, /has sha256 [0-9a-f]{64} in the release/);
    });

    it('a manifest that differs from the one in the asset', async () => {
      const bundle = released();
      const manifest = { ...bundle.manifest, description: 'Something nicer.' };
      await refused(announcement(bundle, { manifest }), 400, /differs from the announced manifest/);
    });

    it('a manifest of another package', async () => {
      const bundle = released('1.0.0', { name: '@acme/other' });
      const body = announcement(bundle, { name: '@acme/mine' });
      await refused(body, 400, /The manifest is of @acme\/other 1\.0\.0/);
    });

    it('a manifest of another version', async () => {
      const bundle = released();
      await refused(announcement(bundle, { version: '1.0.1', release_tag: 'v1.0.0' }), 400, /manifest is of/);
    });

    for (const [what, bytes, words] of [
      ['bytes that are no archive', Buffer.from('not a zip'), /is not a zip archive/],
      ['an archive without a manifest', zip({ 'readme.md': 'x' }), /has no manifest\.json at its top/],
      ['a manifest that is no JSON', zip({ 'manifest.json': '{' }), /is not JSON/],
      ['a manifest of 8 MiB', zip({ 'manifest.json': ' '.repeat(8 << 20) }), /larger than 1048576 bytes/],
    ] as const) {
      it(what, async () => {
        released();
        const asset = makeBundle(`@acme/echo-${number}`, '1.0.0');
        github.addAsset('Acme', `echo-${number}`, 'v1.0.0', 'echo.mcpb', bytes);
        const body = announcement(asset, {}, { sha256: sha256Of(bytes), size: bytes.length });
        await refused(body, 400, words);
      });
    }

    for (const [what, change, words] of [
      ['no name', { name: undefined }, /name: /],
      ['a name without a scope', { name: 'echo' }, /name: must be @scope\/name/],
      ['a version that is none', { version: '1.0' }, /version: must be a semantic version/],
      ['a version with a v', { version: 'v1.0.0' }, /version: must be a semantic version/],
      ['no manifest', { manifest: undefined }, /manifest: /],
      ['a manifest with a wrong field', { manifest: { name: 'x', version: 1 } }, /manifest\.version: /],
      ['no tag', { release_tag: '' }, /release_tag: /],
      ['no artifact', { artifact: null }, /artifact: /],
    ] as const) {
      it(`an announcement with ${what}`, async () => {
        await refused(announcement(released(), change), 400, words);
      });
    }

    for (const [what, change, words] of [
      ['another ending', { filename: 'echo.zip' }, /artifact\.filename: /],
      ['a separator', { filename: 'a/echo.mcpb' }, /artifact\.filename: /],
      ['a backslash', { filename: 'a\\echo.mcpb' }, /artifact\.filename: /],
      ['dots', { filename: '..mcpb' }, /artifact\.filename: /],
      ['256 characters', { filename: `${'x'.repeat(251)}.mcpb` }, /artifact\.filename: /],
      ['an unknown system', { os: 'plan9' }, /artifact\.os: /],
      ['an unknown processor', { arch: 'pdp11' }, /artifact\.arch: /],
      ['an upper-case digest', { sha256: 'A'.repeat(64) }, /artifact\.sha256: /],
      ['no bytes', { size: 0 }, /artifact\.size: /],
      ['a terabyte', { size: 2 ** 40 }, /artifact\.size: /],
    ] as const) {
      it(`an artifact with ${what}`, async () => {
        await refused(announcement(released(), {}, change), 400, words);
      });
    }

    it('what would be an entry of more than 64 KiB', async () => {
      const bundle = released('1.0.0', { long_description: 'x'.repeat(64 * 1024) });
      await refused(announcement(bundle), 400, /makes an entry of \d+ bytes, and the registry takes 65536/);
    });

    it('a body that is no JSON', async () => {
      released();
      await refused('{"name": ', 400, /^The body is not JSON/);
    });

    it('a body that is nested so deeply that reading it could exhaust the stack', async () => {
      released();
      await refused(`{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400, /nested deeper than/);
    });
  });

  it('has an artifact for each entry of its log', async () => {
    const db = new Database(path.join(folder(), 'data', 'registry.db'), { readonly: true });
    const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    expect(count('artifacts')).to.equal(count('log'));
    db.close();
  });
});
