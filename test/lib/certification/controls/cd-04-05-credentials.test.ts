import { expect } from 'chai';
import { scopes } from '../../../../src/lib/certification/controls/cd-04-scopes.ts';
import { tokenLifetime } from '../../../../src/lib/certification/controls/cd-05-token-lifetime.ts';
import { bundleWithManifest, type Changes, scanOf } from '../../../support/certified-bundle.ts';

async function judged(id: 'CD-04' | 'CD-05', extension: object, files: Changes = {}, manifest: object = {}) {
  const bytes = bundleWithManifest({ _meta: { 'org.mpaktrust': extension }, ...manifest }, files);
  const { controls } = await scanOf(bytes, {}, { controls: [scopes, tokenLifetime] });
  const result = controls.find((each) => each.id === id);
  if (result === undefined) throw new Error('not judged');
  return { ...result, titles: result.findings.map(({ title }) => title) };
}

const USES: readonly [string, Changes][] = [
  ['a library', { 'server/auth.js': "import { Issuer } from 'openid-client';" }],
  ['a library that is required', { 'server/auth.js': "const oauth = require('simple-oauth2');" }],
  ['a library in Python', { 'server/auth.py': 'from requests_oauthlib import OAuth2Session' }],
  [
    'an address',
    { 'server/auth.js': "fetch('https://github.com/login/oauth/access_token', { method: 'POST' });" },
  ],
  ['an address with a version', { 'server/auth.py': 'URL = "https://accounts.google.com/o/oauth2/v2/auth"' }],
  ['a grant', { 'server/auth.js': "send({ grant_type: 'refresh_token', refresh_token: a });" }],
  ['a grant in a form', { 'server/auth.js': "body.set('grant_type', 'authorization_code');" }],
];
const TOKEN = {
  server: {
    type: 'node',
    entry_point: 'server/index.js',
    mcp_config: { command: 'node', args: [], env: { A: '\u0024{user_config.api_token}' } },
  },
  user_config: { api_token: { type: 'string', title: 'Token', description: 'a', sensitive: true } },
};
const HONEST: Changes = {
  'server/more.js':
    "const tokens = tokenize('oauth');\nimport fs from 'fs';\nfs.writeFileSync('a', tokens);\nfetch('https://example.com/docs/oauth');",
  'node_modules/zod/auth.js': "require('simple-oauth2');",
};

describe('CD-04, credential scopes', () => {
  it('passes what uses none, and declares none', async () => {
    expect(await judged('CD-04', {}, HONEST)).to.include({ status: 'pass', allows: 4 });
  });

  for (const [what, files] of USES) {
    it(`asks for the scopes of ${what}`, async () => {
      expect(await judged('CD-04', {}, files)).to.include({ status: 'fail', allows: 2 });
      expect(await judged('CD-04', { oauth: { scopes: [] } }, files)).to.include({ status: 'pass' });
    });
  }

  it('asks for those of a token that users give', async () => {
    expect((await judged('CD-04', {}, {}, TOKEN)).titles).to.deep.equal([
      'The setting api_token is a token, and no scopes are declared',
    ]);
    expect(await judged('CD-04', { oauth: { scopes: ['read:user'] } }, {}, TOKEN)).to.include({
      status: 'pass',
    });
    const other = {
      ...TOKEN,
      user_config: { max_tokens: { type: 'number' }, tokenizer: { type: 'string' } },
    };
    expect(await judged('CD-04', {}, {}, other)).to.include({ status: 'pass' });
  });

  it('wants scopes that give much power justified', async () => {
    for (const scope of [
      'repo',
      'admin:org',
      'write:packages',
      'https://www.googleapis.com/auth/drive',
      'Files.ReadWrite.All',
      '*',
    ]) {
      expect(await judged('CD-04', { oauth: { scopes: [scope] } }), scope).to.include({ status: 'fail' });
      const justified = { scope, justification: 'It opens pull requests.' };
      expect(await judged('CD-04', { oauth: { scopes: [justified] } }), scope).to.include({ status: 'pass' });
      const empty = { scope, justification: ' x ' };
      expect(await judged('CD-04', { oauth: { scopes: [empty] } }), scope).to.include({ status: 'fail' });
    }
    const read = ['read:user', 'https://www.googleapis.com/auth/drive.readonly', 'openid', 'Files.Read'];
    expect((await judged('CD-04', { oauth: { scopes: read } })).titles).to.deep.equal([]);
  });

  it('wants every scope that the code asks for', async () => {
    const files = {
      'server/auth.js':
        "import { Client } from 'openid-client';\nconst SCOPES = ['openid', 'email'];\nnew Client().url({ scope: 'openid profile', scopes: SCOPES });",
      'server/auth.py': 'import msal\nmsal.App().acquire(scopes=["User.Read"])',
    };
    const { titles } = await judged('CD-04', { oauth: { scopes: ['openid', 'profile'] } }, files);
    expect(titles).to.deep.equal([
      'The scope "email" is asked for, and not declared',
      'The scope "User.Read" is asked for, and not declared',
    ]);
  });

  it('refuses a declaration of another shape', async () => {
    for (const oauth of [[], 'repo', { scopes: 'repo' }, { scopes: [1] }, { scopes: [''] }]) {
      expect((await judged('CD-04', { oauth })).titles).to.deep.equal([
        'The declared scopes have another shape',
      ]);
    }
  });
});

describe('CD-05, token lifetime', () => {
  it('passes what has no tokens, and declares none', async () => {
    expect(await judged('CD-05', {}, HONEST)).to.include({ status: 'pass', allows: 4 });
  });

  for (const [what, files] of USES) {
    it(`asks where the tokens of ${what} are kept`, async () => {
      expect(await judged('CD-05', {}, files)).to.include({ status: 'fail', allows: 2 });
      const tokens = { storage: 'memory', lifetime: 3600 };
      expect(await judged('CD-05', { tokens }, files)).to.include({ status: 'pass' });
    });
  }

  it('asks how long a token lasts that users give', async () => {
    expect(await judged('CD-05', {}, {}, TOKEN)).to.include({ status: 'fail' });
    const tokens = {
      storage: 'client',
      lifetime: 'unlimited',
      justification: 'The service has no other tokens.',
    };
    expect(await judged('CD-05', { tokens }, {}, TOKEN)).to.include({ status: 'pass' });
  });

  it('wants a file, and more than a day, justified', async () => {
    for (const tokens of [
      { storage: 'file', lifetime: 60 },
      { storage: 'memory', lifetime: 86_401 },
      { storage: 'keychain', lifetime: 'unlimited' },
    ]) {
      expect(await judged('CD-05', { tokens }), JSON.stringify(tokens)).to.include({ status: 'fail' });
      const justified = { ...tokens, justification: 'Users would sign in at each start.' };
      expect(await judged('CD-05', { tokens: justified })).to.include({ status: 'pass' });
    }
    expect(await judged('CD-05', { tokens: { storage: 'none', lifetime: 86_400 } })).to.include({
      status: 'pass',
    });
  });

  it('finds a token that is written to a file and declared to be elsewhere', async () => {
    const files = {
      'server/auth.js':
        "import fs from 'fs';\nimport 'openid-client';\nfs.writeFileSync('a.json', JSON.stringify({ refresh: session.refresh_token }));",
      'server/auth.py': 'import msal\nfrom pathlib import Path\nPath("a").write_text(credentials.to_json())',
    };
    const { findings } = await judged('CD-05', { tokens: { storage: 'memory', lifetime: 60 } }, files);
    expect(findings.map(({ file, line }) => [file, line])).to.deep.equal([
      ['server/auth.js', 3],
      ['server/auth.py', 3],
    ]);
  });

  it('refuses a declaration of another shape', async () => {
    for (const tokens of [
      'file',
      { storage: 'disk', lifetime: 1 },
      { storage: 'file' },
      { storage: 'none', lifetime: -1 },
      { storage: 'none', lifetime: '1h' },
    ]) {
      expect((await judged('CD-05', { tokens })).titles).to.deep.equal([
        'The declared tokens have another shape',
      ]);
    }
  });
});
