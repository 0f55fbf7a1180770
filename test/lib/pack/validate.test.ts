import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Finding } from '../../../src/lib/pack/finding.ts';
import { validateTarget } from '../../../src/lib/pack/validate-target.ts';
import { zip } from '../../support/mcpb.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const folder = temporaryFolder();
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(20)]);
const PERMISSIONS = {
  filesystem: 'none',
  network: 'none',
  environment: [],
  subprocess: 'none',
  native: 'none',
};

/** A manifest that nothing is wrong with. */
const GOOD = {
  manifest_version: '0.3',
  name: '@acme/echo',
  version: '1.0.0',
  description: 'Says it again.',
  author: { name: 'Acme', email: 'dev@acme.example' },
  repository: { type: 'git', url: 'https://github.com/acme/echo' },
  license: 'MIT',
  icon: 'icon.png',
  server: {
    type: 'node',
    entry_point: 'server/index.js',
    mcp_config: {
      command: 'node',
      args: ['\u0024{__dirname}/server/index.js', '--key=\u0024{user_config.key}'],
      env: {},
    },
  },
  tools: [{ name: 'echo', description: 'Says it again.' }],
  user_config: { key: { type: 'string', title: 'Key', description: 'A key' } },
  _meta: { 'org.mpaktrust': { permissions: PERMISSIONS } },
};
const FILES = { 'server/index.js': '', 'icon.png': PNG };

function findings(changes: object, files: Readonly<Record<string, string | Buffer>> = FILES): Finding[] {
  const manifest = JSON.stringify({ ...GOOD, ...changes });
  const all = { 'manifest.json': manifest, ...files };
  for (const [name, content] of Object.entries(all)) {
    const file = path.join(folder(), name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const found = validateTarget(folder()).findings;
  // The same is said of the bundle that it would become.
  const bundle = path.join(folder(), 'it.mcpb');
  writeFileSync(bundle, zip(all));
  expect(validateTarget(bundle).findings).to.deep.equal(found);
  return [...found];
}

function told(changes: object, files?: Readonly<Record<string, string | Buffer>>): string[] {
  return findings(changes, files).map(({ severity, path: place }) => `${severity} ${place}`);
}

function withServer(changes: object, config: object = {}) {
  const { server } = GOOD;
  return { server: { ...server, ...changes, mcp_config: { ...server.mcp_config, ...config } } };
}

describe('validating', () => {
  it('finds nothing wrong with what is right', () => {
    expect(findings({})).to.deep.equal([]);
  });

  it('tells every problem at once, errors first, each with a remedy', () => {
    const found = findings(
      { name: 'echo', version: '1', tools: undefined, license: undefined, extra: 1 },
      {},
    );
    expect(found.map(({ severity }) => severity)).to.deep.equal([
      ...Array.from({ length: 4 }, () => 'error'),
      'warning',
    ]);
    for (const { path: place, message, remedy } of found) {
      expect(place).to.match(/^manifest\.json/);
      expect(message).to.match(/\.$/);
      expect(remedy).to.have.length.greaterThan(5);
    }
  });

  const wrong: readonly (readonly [what: string, changes: object, expected: string])[] = [
    ['a name without a scope', { name: 'echo' }, 'error manifest.json: name'],
    ['a name with capitals', { name: '@Acme/echo' }, 'error manifest.json: name'],
    ['a version that is none', { version: '1.0' }, 'error manifest.json: version'],
    ['a version with a v', { version: 'v1.0.0' }, 'error manifest.json: version'],
    ['no tools', { tools: undefined }, 'error manifest.json: tools'],
    [
      'tools that will be generated',
      { tools: undefined, tools_generated: true },
      'warning manifest.json: tools',
    ],
    ['a tool without a description', { tools: [{ name: 'a' }] }, 'error manifest.json: tools.0.description'],
    [
      'a tool with an empty description',
      { tools: [{ name: 'a', description: ' ' }] },
      'error manifest.json: tools.0.description',
    ],
    [
      'a tool without a name',
      { tools: [{ name: '', description: 'x' }] },
      'error manifest.json: tools.0.name',
    ],
    ['a tool twice', { tools: [...GOOD.tools, ...GOOD.tools] }, 'error manifest.json: tools.1.name'],
    ['an author without an address', { author: { name: 'Acme' } }, 'warning manifest.json: author.email'],
    ['no license', { license: undefined }, 'warning manifest.json: license'],
    ['no repository', { repository: undefined }, 'warning manifest.json: repository'],
    [
      'a repository without https',
      { repository: { type: 'git', url: 'git://github.com/acme/echo' } },
      'warning manifest.json: repository.url',
    ],
    ['no permissions', { _meta: {} }, 'warning manifest.json: _meta.org.mpaktrust.permissions'],
    ['a setting that is not declared', { user_config: undefined }, 'error manifest.json: server.mcp_config'],
    [
      'a setting that is not used',
      { user_config: { ...GOOD.user_config, idle: { type: 'string', title: 'T', description: 'D' } } },
      'warning manifest.json: user_config.idle',
    ],
    ['an icon that is not there', { icon: 'gone.png' }, 'error manifest.json: icon'],
    ['an icon from the web', { icon: 'https://acme.example/icon.png' }, 'warning manifest.json: icon'],
    ['an icon elsewhere', { icon: '/icon.png' }, 'error manifest.json: icon'],
    ['an icon that is no PNG', { icon: 'server/index.js' }, 'error manifest.json: icon'],
    [
      'one of several icons that is not there',
      {
        icons: [
          { src: 'icon.png', size: '16x16' },
          { src: 'gone.png', size: '32x32' },
        ],
      },
      'error manifest.json: icons.1.src',
    ],
    ['a screenshot that is not there', { screenshots: ['gone.png'] }, 'error manifest.json: screenshots.0'],
    [
      'an entry point that is not there',
      withServer({ entry_point: 'gone.js' }),
      'error manifest.json: server.entry_point',
    ],
    [
      'an entry point outside',
      withServer({ entry_point: '../server.js' }),
      'error manifest.json: server.entry_point',
    ],
    [
      'an entry point that is a folder',
      withServer({ entry_point: 'server' }),
      'error manifest.json: server.entry_point',
    ],
    [
      'an argument that is not there',
      withServer({}, { args: ['--key=\u0024{user_config.key}', '--file=\u0024{__dirname}/gone.js'] }),
      'error manifest.json: server.mcp_config.args.1',
    ],
    [
      'a command that is not there',
      withServer({}, { command: '\u0024{__dirname}\u0024{/}bin\u0024{/}gone' }),
      'error manifest.json: server.mcp_config.command',
    ],
    [
      'an override that is not there',
      withServer({}, { platform_overrides: { win32: { command: '\u0024{__dirname}/gone.exe' } } }),
      'error manifest.json: server.mcp_config.platform_overrides.win32.command',
    ],
    [
      'a variable that names what is not there',
      withServer({}, { env: { PYTHONPATH: '\u0024{__dirname}/server:\u0024{__dirname}/gone' } }),
      'warning manifest.json: server.mcp_config.env.PYTHONPATH',
    ],
    ['more than a log takes', { license: 'x'.repeat(300) }, 'error manifest.json: license'],
    ['what the schema does not know', { extra: 1 }, 'error manifest.json'],
    ['what the schema has otherwise', { author: 'Acme' }, 'error manifest.json: author'],
    ['a version of manifests that nobody knows', { manifest_version: '9.9' }, 'error manifest.json'],
  ];
  for (const [what, changes, expected] of wrong) {
    it(`finds ${what}`, () => {
      expect(told(changes)).to.include(expected);
    });
  }

  it('takes a folder that an argument names, and a program that has .exe', () => {
    const manifest = withServer(
      { type: 'binary', entry_point: 'bin/echo' },
      {
        command: '\u0024{__dirname}/bin/echo',
        args: ['\u0024{__dirname}', '\u0024{__dirname}/bin', '\u0024{user_config.key}'],
      },
    );
    expect(told(manifest, { 'bin/echo.exe': '', 'icon.png': PNG })).to.deep.equal([]);
  });

  it('lets what is vendored be missing from a folder, not from a bundle', () => {
    const manifest = JSON.stringify({
      ...GOOD,
      ...withServer({ entry_point: 'node_modules/echo/index.js' }),
    });
    const packageJson = JSON.stringify({ dependencies: { echo: '1.0.0' } });
    const files = { 'manifest.json': manifest, 'package.json': packageJson, ...FILES };
    writeFileSync(path.join(folder(), 'it.mcpb'), zip(files));
    mkdirSync(path.join(folder(), 'server'));
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder(), name), content);
    expect(validateTarget(folder()).findings).to.deep.equal([]);
    expect(validateTarget(path.join(folder(), 'it.mcpb')).findings).to.have.length(1);
  });

  it('warns of files that look like secrets, and not of those in vendored packages', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\n';
    const files = {
      'deploy.pem': key,
      'conf/settings.yaml': `key: |\n  ${key}`,
      id_ed25519: '',
      'cert.crt': key,
      '.aws/credentials': '',
      '.pgpass': '',
      '.ssh/config': '',
      '.dockerconfigjson': '',
      'prod.env': '',
      'service-account.json': '{}',
      'token.txt': '',
      'ca.pem': '-----BEGIN CERTIFICATE-----\n',
      'node_modules/tls/test.pem': key,
    };
    const secrets = findings({}, { ...FILES, ...files });
    expect(secrets.map(({ path: place }) => place)).to.deep.equal([
      '.aws/credentials',
      '.dockerconfigjson',
      '.pgpass',
      '.ssh/config',
      'cert.crt',
      'conf/settings.yaml',
      'deploy.pem',
      'id_ed25519',
      'prod.env',
      'service-account.json',
      'token.txt',
    ]);
    expect(secrets.every(({ severity }) => severity === 'warning')).to.equal(true);
  });

  it('says of a manifest that is no JSON, or nested without end, only that', () => {
    for (const text of ['{', '', '[]', 'null', `${'['.repeat(5000)}${']'.repeat(5000)}`]) {
      writeFileSync(path.join(folder(), 'manifest.json'), text);
      const { findings: found } = validateTarget(folder());
      expect(
        found.map(({ path: place }) => place),
        text.slice(0, 10),
      ).to.deep.equal(['manifest.json']);
    }
  });

  it('answers whatever kind of value stands anywhere in a manifest', () => {
    const odd = [null, 0, '', [], [null], {}, { x: null }, true, 'x'.repeat(1000)];
    const places = Object.keys(GOOD).filter((key) => key !== 'manifest_version');
    const manifests = places.flatMap((key) => odd.map((value) => ({ ...GOOD, [key]: value })));
    const nested = odd.flatMap((value) => [
      { ...GOOD, server: { ...GOOD.server, mcp_config: value } },
      { ...GOOD, server: { ...GOOD.server, mcp_config: { command: value, args: value, env: value } } },
      { ...GOOD, _meta: { 'org.mpaktrust': value } },
      { ...GOOD, tools: [value] },
    ]);
    for (const manifest of [...manifests, ...nested]) {
      writeFileSync(path.join(folder(), 'manifest.json'), JSON.stringify(manifest));
      expect(validateTarget(folder()).findings).to.not.deep.equal([]);
    }
  });
});
