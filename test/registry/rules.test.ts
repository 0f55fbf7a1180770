import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { mpakRegistry } from '../support/cli.ts';
import { LocalGitHub } from '../support/github.ts';
import { type BundleFile, makeBundle } from '../support/mcpb.ts';
import {
  type AnnounceAnswer,
  announcement,
  logSize,
  postAnnouncement,
  type RegistryProcess,
  startRegistry,
} from '../support/registry.ts';
import { sharedFolder } from './support/shared-folder.ts';

describe('the rules of a registry', () => {
  const folder = sharedFolder();
  const data = () => path.join(folder(), 'data');
  const reserved = () => path.join(folder(), 'reserved.json');
  const allowed = () => path.join(folder(), 'allowed.txt');
  let github: LocalGitHub;
  let registry: RegistryProcess;

  before(async () => {
    github = await LocalGitHub.start();
    writeFileSync(
      reserved(),
      '{"scope":"bank","reason":"a trade mark"}\n\n{"scope":"city","owner_id":"7","reason":"theirs"}\n',
    );
    writeFileSync(allowed(), '# looked at, and fine\n@zeta/kubernetes-toools # theirs too\n@lunaar\n');
    registry = await startRegistry({
      data: data(),
      github,
      // Every package is popular.
      args: ['--popular-downloads', '0', '--reserved-scopes', reserved(), '--allowed-names', allowed()],
    });
  });
  after(async () => {
    expect(await registry.stop()).to.equal(0);
    await github.close();
  });

  interface Announcing {
    readonly manifest?: Record<string, unknown>;
    readonly claims?: Record<string, unknown>;
    readonly platform?: { readonly os: string; readonly arch: string };
    readonly bundle?: BundleFile;
  }

  /** Releases a bundle on GitHub and announces it, as its scope's owner. */
  async function announce(
    name: string,
    version = '1.0.0',
    options: Announcing = {},
  ): Promise<AnnounceAnswer> {
    const { platform = { os: 'any', arch: 'any' } } = options;
    const bundle =
      options.bundle ?? makeBundle(name, version, options.manifest, { for: JSON.stringify(platform) });
    const [owner, repo] = name.slice(1).split('/') as [string, string];
    const filename = `${version}-${platform.os}.mcpb`;
    github.addAsset(owner, repo, `v${version}`, filename, bundle.bytes);
    const token = await github.issueToken(`${owner}/${repo}`, options.claims);
    return postAnnouncement(
      registry.url,
      token,
      announcement(bundle, { name, version }, { filename, ...platform }),
    );
  }

  async function accepted(
    name: string,
    version?: string,
    options?: Announcing,
  ): Promise<AnnounceAnswer['json']> {
    const { status, json } = await announce(name, version, options);
    expect([status, json.status], JSON.stringify(json)).to.deep.equal([200, 'created']);
    return json;
  }

  /** Expects a refusal that leaves no trace. */
  async function refused(
    [status, code]: readonly [number, string],
    words: RegExp,
    ...what: Parameters<typeof announce>
  ): Promise<void> {
    const before = await logSize(registry.url);
    const answer = await announce(...what);
    expect([answer.status, answer.json.error?.code], JSON.stringify(answer.json)).to.deep.equal([
      status,
      code,
    ]);
    expect(answer.json.error?.message).to.match(words);
    expect(await logSize(registry.url)).to.equal(before);
  }

  async function operator(...args: string[]): Promise<void> {
    const { status, stderr } = await mpakRegistry([...args, '--data', data()]);
    expect(status, stderr).to.equal(0);
  }

  describe('on reserved scopes', () => {
    const RESERVED = [403, 'SCOPE_RESERVED'] as const;

    it('refuse a scope of the file to everybody', () =>
      refused(RESERVED, /@bank is reserved: a trade mark/, '@bank/echo'));

    it('refuse it to all but its account', async () => {
      await refused(RESERVED, /@city is reserved: theirs/, '@city/echo');
      await accepted('@city/echo', '1.0.0', { claims: { repository_owner_id: '7' } });
    });

    it('refuse a scope that the log reserves, until it says otherwise', async () => {
      await operator('reserve', 'harbour', '--reason', 'kept for its port');
      await refused(RESERVED, /@harbour is reserved: kept for its port/, '@harbour/echo');
      await operator('reserve', '@harbour', '--lift', '--reason', 'given up');
      await accepted('@harbour/echo');
    });

    it('read the file again at SIGHUP, and keep the old one when it is wrong', async () => {
      writeFileSync(reserved(), '[{"scope":"museum","reason":"new"},{"scope":"bank","reason":"still"}]');
      process.kill(registry.pid, 'SIGHUP');
      await logged(/lists read again/);
      await refused(RESERVED, /@museum is reserved: new/, '@museum/echo');
      writeFileSync(reserved(), '[{"scope":"Museum","reason":"new"}]');
      process.kill(registry.pid, 'SIGHUP');
      await logged(/lists not read/);
      expect(registry.log).to.match(/element 1: scope: must be a scope/);
      await refused(RESERVED, /@bank is reserved: still/, '@bank/echo');
    });

    async function logged(words: RegExp): Promise<void> {
      while (!words.test(registry.log)) await sleep(10);
    }

    it('are refused at the start when the file means nothing', async () => {
      for (const [flag, text, words] of [
        ['--reserved-scopes', '{"scope":"x"}', /line 1: reason/],
        ['--reserved-scopes', 'x', /line 1: is not JSON/],
        ['--allowed-names', 'postgres', /line 1: must be @scope\/name or @scope/],
      ] as const) {
        const file = path.join(folder(), 'wrong');
        writeFileSync(file, text);
        const other = path.join(folder(), 'other');
        const { status, stderr } = await mpakRegistry(['serve', '--data', other, '--port', '0', flag, file]);
        expect(status).to.equal(2);
        expect(stderr).to.match(words);
      }
    });
  });

  describe('on names', () => {
    const LOOK_ALIKE = [409, 'NAME_LOOKALIKE'] as const;
    before(async () => {
      await accepted('@acme/kubernetes-tools');
      await accepted('@acme/calendar');
      await accepted('@acme/pdf');
      await accepted('@zeta/first');
    });

    for (const [what, name] of [
      ['a letter swapped with its neighbour', '@zeta/kubenretes-tools'],
      ['two letters missing', '@zeta/kubrntes-tools'],
      ['a hyphen more', '@zeta/kuber-netes-tools'],
      ['one letter in a shorter name', '@zeta/calender'],
      ['a digit for a letter', '@zeta/ca1endar'],
      ['a pair that looks like a letter', '@zeta/calendarn'],
    ] as const) {
      it(`refuse a popular name with ${what}`, () =>
        refused(LOOK_ALIKE, /looks like the popular package @acme\//, name));
    }

    for (const [what, name] of [
      ['a like name in the same scope', '@acme/calender'],
      ['the same name in another scope', '@zeta/calendar'],
      ['a short name that is a letter apart', '@zeta/pdb'],
      ['two letters in a name of eight', '@zeta/calenters'],
      ['a name that the operator allows', '@zeta/kubernetes-toools'],
    ] as const) {
      it(`take ${what}`, async () => void (await accepted(name)));
    }

    it('ask nothing of a new version of what is there', async () => {
      await accepted('@acme/calender', '1.1.0');
    });
  });

  describe('on scopes', () => {
    const LOOK_ALIKE = [409, 'SCOPE_LOOKALIKE'] as const;
    before(async () => {
      await accepted('@acmecorp/one');
      await accepted('@team-1/two');
      await accepted('@luna/three');
    });

    for (const scope of [
      'acme-corp',
      'acmec0rp',
      'acrnecorp',
      'acmmecorp',
      'acmecrop',
      'acmecorps',
      'acmacorp',
      '1una',
    ]) {
      it(`refuse @${scope}`, () =>
        refused(LOOK_ALIKE, /looks like @(acmecorp|luna), which/, `@${scope}/other-${scope}`));
    }

    for (const scope of ['team-2', 'team-11', 'team-111']) {
      it(`take @${scope}, which differs by its number`, async () => void (await accepted(`@${scope}/four`)));
    }
    it('take a short one that is a letter apart', async () => void (await accepted('@lunb/five')));
    it('take one that the operator allows', async () => void (await accepted('@lunaar/six')));
    it('take one of the same account', async () => {
      const { repository_owner_id } = JSON.parse(
        Buffer.from(
          (await github.issueToken('acmecorp/one')).split('.')[1] as string,
          'base64url',
        ).toString(),
      );
      await accepted('@acme--corp/seven', '1.0.0', { claims: { repository_owner_id } });
    });

    it('let one of two win that look alike and are announced at once', async () => {
      const answers = await Promise.all([announce('@windmill/north'), announce('@wind-mill/south')]);
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 409]);
    });
  });

  describe('on the manifest', () => {
    for (const [what, manifest, words] of [
      [
        'a Cyrillic letter in a Latin word',
        { display_name: 'P\u043Estgres' },
        /display_name mixes Latin and Cyrillic/,
      ],
      ['a Greek letter in a Latin word', { display_name: 'Gith\u03C5b' }, /mixes Latin and Greek/],
      ['a character that is not seen', { display_name: 'Git\u200Bhub' }, /cannot be seen/],
      ['text that is read backwards', { display_name: '\u202Ebuhtig' }, /cannot be seen/],
      ['a tool of two scripts', { tools: [{ name: 'se\u0430rch' }] }, /tools\.0\.name mixes/],
    ] as const) {
      it(`refuse ${what}`, () =>
        refused([400, 'CONFUSABLE_TEXT'], words, '@acme/scripts', '1.0.0', { manifest }));
    }

    it('take names in the script of their language, words of several side by side, and emoji', async () => {
      const names = [
        '\u041F\u043E\u0433\u043E\u0434\u0430 API',
        '\u5929\u6C17 forecast',
        '\u{1F469}\u200D\u{1F4BB} dev',
        '\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645',
      ];
      for (const [index, display_name] of names.entries()) {
        await accepted(`@acme/script-${index}`, '1.0.0', { manifest: { display_name } });
      }
    });

    for (const [what, manifest, words] of [
      ['a field that the schema does not know', { surprise: 1 }, /surprise/],
      ['no author', { author: undefined }, /author: /],
      ['no server', { server: undefined }, /server: /],
      ['a version that nobody knows', { manifest_version: '9.9' }, /declares the version "9\.9"/],
    ] as const) {
      it(`refuse ${what}`, () =>
        refused([400, 'MANIFEST_INVALID'], words, '@acme/schema', '1.0.0', { manifest }));
    }
  });

  describe('on versions', () => {
    const TOO_LOW = [409, 'VERSION_NOT_MONOTONIC'] as const;
    before(async () => {
      for (const version of ['0.1.0', '0.2.0', '1.2.0', '1.3.0', '2.0.0-rc.1', '2.0.0', '3.0.0']) {
        await accepted('@acme/lines', version);
      }
    });

    for (const version of ['2.0.0-rc.2', '1.2.9', '0.1.0-beta', '0.0.9', '0.3.0', '3.0.0-rc.1']) {
      it(`refuse ${version}`, () => refused(TOO_LOW, /is too low/, '@acme/lines', version));
    }
    for (const version of ['1.3.1', '2.1.0', '0.2.1', '3.0.1', '4.0.0-beta.1', '4.0.0']) {
      it(`take ${version}`, async () => void (await accepted('@acme/lines', version)));
    }

    it('take a further platform of a version that is not the highest', async () => {
      await accepted('@acme/lines', '2.0.0', { platform: { os: 'linux', arch: 'x64' } });
    });

    it('count yanked and revoked versions too', async () => {
      await accepted('@acme/gone', '1.0.0');
      await accepted('@acme/gone', '2.0.0');
      await operator('revoke', '@acme/gone', '--versions', '2.0.0', '--reason', 'malicious');
      await refused(TOO_LOW, /is too low/, '@acme/gone', '2.0.0-rc.1');
    });
  });

  describe('on what was taken back', () => {
    const LINUX = { platform: { os: 'linux', arch: 'x64' } };

    it('refuse a further artifact of a yanked version', async () => {
      await accepted('@acme/yanked');
      const answer = await fetch(`${registry.url}/v1/bundles/yank`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await github.issueToken('acme/yanked')}`,
        },
        body: JSON.stringify({ name: '@acme/yanked', version: '1.0.0', reason: 'It does not start.' }),
      });
      expect(answer.status).to.equal(200);
      await refused([409, 'VERSION_YANKED'], /taken back by its publisher/, '@acme/yanked', '1.0.0', LINUX);
      await accepted('@acme/yanked', '1.0.1');
    });

    it('refuse a version that a revocation covers, also one that is yet to come', async () => {
      await accepted('@acme/revoked');
      await operator('revoke', '@acme/revoked', '--versions', '1.x', '--reason', 'compromised');
      await refused([409, 'VERSION_REVOKED'], /1\.x is revoked: compromised/, '@acme/revoked', '1.0.1');
      await refused([409, 'VERSION_REVOKED'], /is revoked/, '@acme/revoked', '1.0.0', LINUX);
      await accepted('@acme/revoked', '2.0.0');
    });

    it('refuse a package that was revoked before it came', async () => {
      await operator('revoke', '@acme/never', '--versions', '*', '--reason', 'takedown', '--force');
      await refused([409, 'VERSION_REVOKED'], /is revoked: takedown/, '@acme/never');
    });
  });

  describe('on changes', () => {
    const tools = (...names: string[]) => names.map((name) => ({ name }));
    const permissions = (network: string) => ({
      'org.mpaktrust': { permissions: { network, filesystem: 'read' } },
    });

    it('warn of a tool that is gone in a minor release, and take it', async () => {
      await accepted('@acme/tools', '1.0.0', { manifest: { tools: tools('read', 'write') } });
      const { warnings } = await accepted('@acme/tools', '1.1.0', {
        manifest: { tools: tools('read', 'put') },
      });
      expect(warnings).to.have.length(1);
      expect((warnings as { code: string }[])[0]).to.include({ code: 'TOOLS_REMOVED' });
      expect(JSON.stringify(warnings)).to.match(
        /1\.0\.0 has tools that 1\.1\.0 has not: write\. .*a new major version/,
      );
    });

    it('warn of nothing in a major release, for a further platform, and when tools are added', async () => {
      await accepted('@acme/quiet', '1.0.0', { manifest: { tools: tools('read', 'write') } });
      expect(
        await accepted('@acme/quiet', '1.0.1', { manifest: { tools: tools('read', 'write', 'more') } }),
      ).not.to.have.property('warnings');
      const platform = { os: 'linux', arch: 'x64' };
      expect(
        await accepted('@acme/quiet', '1.0.1', { platform, manifest: { tools: tools('x') } }),
      ).not.to.have.property('warnings');
      expect(
        await accepted('@acme/quiet', '2.0.0', { manifest: { tools: tools('x') } }),
      ).not.to.have.property('warnings');
    });

    it('warn of permissions that are added, in any release', async () => {
      await accepted('@acme/more', '1.0.0', { manifest: { _meta: permissions('none') } });
      const { warnings } = await accepted('@acme/more', '2.0.0', {
        manifest: { _meta: permissions('full') },
      });
      expect((warnings as { code: string }[]).map(({ code }) => code)).to.deep.equal(['PERMISSIONS_ADDED']);
      expect(
        await accepted('@acme/more', '3.0.0', { manifest: { _meta: permissions('none') } }),
      ).not.to.have.property('warnings');
    });
  });

  it('leave a log that replays to its tables', () => operator('verify'));
});
