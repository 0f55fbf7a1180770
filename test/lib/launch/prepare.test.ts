import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { type PrepareOptions, prepareLaunch } from '../../../src/lib/launch/prepare.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { type ManifestParts, manifestOf, rejectionOf, serverWith } from './support.ts';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: mcpb's own placeholders

const key = { type: 'string', title: 'Key', description: '', required: true, sensitive: true };

describe('a launch', () => {
  const folder = temporaryFolder();

  beforeEach(() => {
    mkdirSync(path.join(folder(), 'server'));
    writeFileSync(path.join(folder(), 'server/index.js'), '');
  });

  function prepare(parts: ManifestParts, changes: Partial<PrepareOptions> = {}) {
    writeFileSync(path.join(folder(), 'manifest.json'), JSON.stringify(manifestOf(parts)));
    return prepareLaunch({
      name: '@acme/echo',
      folder: folder(),
      values: {},
      stored: {},
      environment: {},
      platform: process.platform,
      cwd: '/srv/here',
      ownNode: { path: '/opt/node', version: '26.0.0' },
      ask: undefined,
      ...changes,
    });
  }

  it('tells a single executable to be Node, and tells nobody else', async () => {
    const inside = { path: '/opt/mpak', version: '26.0.0', scriptsOnly: { MPAK_RUN_AS_NODE: '1' } };
    const server = serverWith({ args: ['${__dirname}/server/index.js'] });
    const spec = await prepare({ server }, { ownNode: inside });
    expect(spec).to.include({ command: inside.path });
    expect(spec.environment).to.include({ MPAK_RUN_AS_NODE: '1' });
    const environment = { MPAK_RUN_AS_NODE: '1' };
    expect((await prepare({ server }, { environment })).environment).not.to.have.property('MPAK_RUN_AS_NODE');
  });

  it('has command, arguments, environment and folder', async () => {
    const spec = await prepare(
      {
        server: serverWith({
          args: ['${HOME}', '${user_config.key}'],
          env: { A: '${user_config.key}', B: 'b' },
        }),
        user_config: { key },
      },
      { stored: { key: 'secret' }, environment: { HOME: '/home/user', B: 'user', C: 'c' } },
    );
    expect(spec).to.deep.equal({
      command: '/opt/node',
      args: ['/home/user', 'secret'],
      environment: { HOME: '/home/user', A: 'secret', B: 'b', C: 'c', MPAK_WORKSPACE: '/srv/here/.mpak' },
      cwd: folder(),
    });
  });

  it('needs the script that the bundle is started with', async () => {
    const start = (script: string) => prepare({ server: serverWith({ args: [script] }) });
    expect(await rejectionOf(start('${__dirname}/server/main.js'))).to.include({ code: 'SERVER_INVALID' });
    for (const script of [
      '${__dirname}/server/index.js',
      '${__dirname}/server/index',
      '${__dirname}/server',
      '--version',
    ])
      expect((await start(script)).args).to.have.length(1);
  });

  it('gives a server MPAK_WORKSPACE, and nothing else that is for mpak', async () => {
    const workspace = async (environment: Record<string, string>) => {
      const spec = await prepare({}, { environment });
      expect(Object.keys(spec.environment)).to.deep.equal(['MPAK_WORKSPACE']);
      return spec.environment.MPAK_WORKSPACE;
    };
    expect(await workspace({ MPAK_HOME: '/h', MPAK_REGISTRY_URL: 'u', MPAK_CACHE_DIR: 'c' })).to.equal(
      '/srv/here/.mpak',
    );
    expect(await workspace({ MPAK_WORKSPACE: '/srv/data' })).to.equal('/srv/data');
    expect(await workspace({ MPAK_WORKSPACE: 'data' })).to.equal('/srv/here/data');
    expect(await workspace({ MPAK_WORKSPACE: '' })).to.equal('/srv/here/.mpak');
    const bundles = serverWith({ env: { MPAK_WORKSPACE: '${__dirname}/data' } });
    const spec = await prepare({ server: bundles });
    expect(spec.environment.MPAK_WORKSPACE).to.equal(path.join(folder(), 'data'));
  });

  it('gives a server no setting out of a variable of mpak', async () => {
    const server = serverWith({ env: { MPAK_GITHUB_TOKEN: '${user_config.token}' } });
    const user_config = { token: { type: 'string', title: 'Token', description: '', required: true } };
    const environment = { MPAK_GITHUB_TOKEN: 'ghp_secret' };
    const error = await rejectionOf(prepare({ server, user_config }, { environment }));
    expect(error.code).to.equal('USER_CONFIG_MISSING');
    expect(`${error.message}${error.hint}`).to.not.include('MPAK_GITHUB_TOKEN').and.not.include('ghp_secret');
  });

  it('lets Python find what the bundle vendors, before what the user has', async () => {
    const vendored = ['deps', 'server/lib'].map((name) => path.join(folder(), name));
    for (const name of vendored) mkdirSync(name, { recursive: true });
    const program = path.join(folder(), 'python3');
    writeFileSync(program, '', { mode: 0o755 });
    const pythonPath = async (env: object, environment: Record<string, string>) => {
      const server = serverWith({ command: 'python', env }, 'python');
      const spec = await prepare({ server }, { environment: { PATH: folder(), ...environment } });
      expect(spec.command).to.equal(program);
      return spec.environment.PYTHONPATH?.split(path.delimiter);
    };
    expect(await pythonPath({}, {})).to.deep.equal(vendored);
    expect(await pythonPath({}, { PYTHONPATH: '/mine' })).to.deep.equal([...vendored, '/mine']);
    expect(await pythonPath({ PYTHONPATH: '${__dirname}/server/lib' }, {})).to.deep.equal(
      [...vendored].reverse(),
    );
  });

  it('asks for what is missing where somebody can answer, and says what to do where nobody can', async () => {
    const parts = {
      server: serverWith({ args: ['${user_config.key}', '${user_config.url}'] }),
      user_config: { key, url: { ...key, title: 'URL' } },
    };
    const asked: string[] = [];
    const spec = await prepare(parts, {
      values: { url: 'given' },
      ask: async (fields) => {
        asked.push(...fields.map((field) => field.key));
        return { key: 'answer' };
      },
    });
    expect(asked).to.deep.equal(['key']);
    expect(spec.args).to.deep.equal(['answer', 'given']);
    const error = await rejectionOf(prepare(parts));
    expect(error.hint).to.include('mpak config set @acme/echo key=-').and.include('url=-');
  });

  it('needs the files and folders that the user named', async () => {
    const file = path.join(folder(), 'file');
    writeFileSync(file, '');
    const cases: [string, string, string | undefined][] = [
      ['directory', folder(), undefined],
      ['file', file, undefined],
      ['directory', file, 'no folder'],
      ['file', folder(), 'is a folder'],
      ['directory', path.join(folder(), 'gone'), 'not there'],
    ];
    for (const [type, value, why] of cases) {
      const parts = { user_config: { place: { type, title: 'Place', description: '' } } };
      const work = prepare(parts, { values: { place: value } });
      if (why === undefined) await work;
      else expect((await rejectionOf(work)).message).to.include(why);
    }
  });

  it('repeats no path that is a secret', async () => {
    const place = { type: 'file', title: 'Place', description: '', sensitive: true };
    const parts = { user_config: { place } };
    const named = await rejectionOf(prepare(parts, { values: { place: '/run/hunter2' } }));
    const stored = await rejectionOf(prepare(parts, { stored: { place: 'hunter2' } }));
    for (const { code, message, hint } of [named, stored]) {
      expect(code).to.equal('USER_CONFIG_INVALID');
      expect(`${message} ${hint}`).to.include('"place"').and.not.include('hunter2');
    }
  });

  it('needs a manifest that is JSON', async () => {
    const file = path.join(folder(), 'manifest.json');
    await prepare({});
    writeFileSync(file, `\uFEFF${JSON.stringify(manifestOf({}))}`);
    const options = {
      name: '@acme/echo',
      folder: folder(),
      values: {},
      stored: {},
      environment: {},
      cwd: '/',
      ask: undefined,
    };
    const ownNode = { path: '/opt/node', version: '26.0.0' };
    expect((await prepareLaunch({ ...options, platform: 'linux', ownNode })).command).to.equal('/opt/node');
    writeFileSync(file, '{');
    const error = await rejectionOf(prepareLaunch({ ...options, platform: 'linux', ownNode }));
    expect(error.code).to.equal('SERVER_INVALID');
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: mcpb's own placeholders
