import { expect } from 'chai';
import { readServerManifest } from '../../../src/lib/launch/manifest.ts';
import { requireComplete } from '../../../src/lib/launch/resolve.ts';
import { errorOf, manifestOf, resolved, serverWith } from './support.ts';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: mcpb's own placeholders

const field = (changes: object = {}) => ({ type: 'string', title: 'The key', description: '', ...changes });
const KEY = {
  server: serverWith({ args: ['x', '${user_config.key}'], env: { API_KEY: '${user_config.key}' } }),
};

describe('a setting', () => {
  const sources = {
    values: { key: 'flag' },
    stored: { key: 'config' },
    environment: { API_KEY: 'environment' },
  };
  const keyOf = (changes: Parameters<typeof resolved>[1]) =>
    resolved({ ...KEY, user_config: { key: field({ default: 'default' }) } }, changes).args[1];

  it('is the flag, then the configuration, then the environment, then the default', () => {
    expect(keyOf(sources)).to.equal('flag');
    expect(keyOf({ ...sources, values: {} })).to.equal('config');
    expect(keyOf({ environment: sources.environment })).to.equal('environment');
    expect(keyOf({ environment: { API_KEY: '' } })).to.equal('default');
    expect(keyOf({})).to.equal('default');
  });

  it('reaches the environment of the server whatever it comes from', () => {
    const parts = { ...KEY, user_config: { key: field() } };
    expect(resolved(parts, sources).env).to.deep.equal({ API_KEY: 'flag' });
    expect(resolved(parts, {}).env).to.deep.equal({});
  });

  it('is missing when it is required and has no value, or an empty one', () => {
    const parts = { ...KEY, user_config: { key: field({ required: true }), other: field() } };
    const missing = (changes: Parameters<typeof resolved>[1]) =>
      resolved(parts, changes).missing.map(({ key }) => key);
    expect(missing({})).to.deep.equal(['key']);
    expect(missing({ values: { key: '' } })).to.deep.equal(['key']);
    expect(missing({ environment: { API_KEY: '' } })).to.deep.equal(['key']);
    expect(missing({ environment: { API_KEY: 'x' } })).to.deep.equal([]);
    expect(missing({ stored: { key: 'x' } })).to.deep.equal([]);
  });

  it('that is missing is named with the command that sets it, each of them', () => {
    const { missing } = resolved({
      user_config: {
        key: field({ required: true, sensitive: true }),
        url: field({ required: true, title: 'url' }),
      },
    });
    const error = errorOf(() => requireComplete(missing, '@acme/echo', { API_KEY: '${user_config.key}' }));
    expect(error).to.include({ code: 'USER_CONFIG_MISSING', exitStatus: 40 });
    expect(error.message).to.equal('@acme/echo needs settings: key (The key), url.');
    expect(error.hint).to.include('`mpak config set @acme/echo key=-`');
    expect(error.hint).to.include('`mpak config set @acme/echo url=…`');
    expect(error.hint).to.include('API_KEY');
  });

  it('of a file is set by a variable when it is a secret, and by a flag else', () => {
    const { missing } = resolved({
      user_config: { key: field({ required: true, sensitive: true }), url: field({ required: true }) },
    });
    const hint = (env: Record<string, string>) =>
      errorOf(() => requireComplete(missing, undefined, env)).hint;
    expect(hint({ API_KEY: '${user_config.key}', URL: '${user_config.url}' })).to.equal(
      'Set API_KEY in the environment. Run `mpak run --local FILE --set url=…`.',
    );
    expect(hint({})).to.equal('Run `mpak run --local FILE --set key=… --set url=…`.');
  });

  it('is of the type that the manifest says', () => {
    const cases: [object, string | string[], string | undefined][] = [
      [{ type: 'number' }, '42', '42'],
      [{ type: 'number' }, ' -1.5e3 ', '-1.5e3'],
      [{ type: 'number' }, 'many', undefined],
      [{ type: 'number' }, 'Infinity', undefined],
      [{ type: 'number' }, ' ', undefined],
      [{ type: 'number', min: 1, max: 10 }, '1', '1'],
      [{ type: 'number', min: 1, max: 10 }, '10', '10'],
      [{ type: 'number', min: 1, max: 10 }, '0', undefined],
      [{ type: 'number', min: 1, max: 10 }, '11', undefined],
      [{ type: 'boolean' }, 'true', 'true'],
      [{ type: 'boolean' }, 'OFF', 'false'],
      [{ type: 'boolean' }, '1', 'true'],
      [{ type: 'boolean' }, 'maybe', undefined],
      [{}, 'any text', 'any text'],
      [{}, ['one'], 'one'],
      [{}, ['one', 'two'], undefined],
      [{}, 'nul\0', undefined],
    ];
    for (const [changes, given, expected] of cases) {
      const work = () =>
        resolved({ ...KEY, user_config: { key: field(changes) } }, { values: { key: given } });
      const label = `${JSON.stringify(changes)} ${JSON.stringify(given)}`;
      if (expected === undefined) expect(errorOf(work).code, label).to.equal('USER_CONFIG_INVALID');
      else expect(work().args[1], label).to.equal(expected);
    }
  });

  it('that is sensitive is not repeated in an error', () => {
    const user_config = { key: field({ type: 'number', sensitive: true }) };
    const error = errorOf(() => resolved({ ...KEY, user_config }, { values: { key: 'hunter2' } }));
    expect(`${error.message} ${error.hint}`).to.include('"key"').and.not.include('hunter2');
  });

  it('that the bundle does not have is refused when given by flag, and passed over in the configuration', () => {
    const parts = { ...KEY, user_config: { key: field() } };
    for (const name of ['kye', '__proto__', 'constructor']) {
      const values = Object.fromEntries([[name, 'x']]);
      expect(errorOf(() => resolved(parts, { values })).hint).to.include('key');
      expect(resolved(parts, { stored: values }).missing).to.deep.equal([]);
    }
  });

  it('that is called like what every object has is a setting like any other', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const user_config = Object.fromEntries([[name, field({ required: true })]]);
      const server = serverWith({
        args: [`\${user_config.${name}}`],
        env: { constructor: `\${user_config.${name}}` },
      });
      expect(resolved({ server, user_config }).missing.map(({ key }) => key)).to.deep.equal([name]);
      const stored = Object.fromEntries([[name, 'value']]);
      expect(resolved({ server, user_config }, { stored }).args).to.deep.equal(['value']);
    }
  });
});

describe('a setting that is a path', () => {
  const parts = (changes: object = {}) => ({
    ...KEY,
    user_config: { key: field({ type: 'directory', ...changes }) },
  });

  it('starts where the user stands, or at home', () => {
    expect(resolved(parts(), { values: { key: 'x/y' } }).args[1]).to.equal('/srv/here/x/y');
    expect(resolved(parts(), { values: { key: '~/x' } }).args[1]).to.equal('/home/user/x');
    expect(resolved(parts(), { values: { key: '/x' } }).args[1]).to.equal('/x');
    expect(resolved(parts(), { environment: { API_KEY: 'x' } }).args[1]).to.equal('/srv/here/x');
  });

  it('is absolute in the configuration: it must not depend on where the server is started', () => {
    expect(errorOf(() => resolved(parts(), { stored: { key: 'x' } })).code).to.equal('USER_CONFIG_INVALID');
    expect(resolved(parts(), { stored: { key: '~' } }).args[1]).to.equal('/home/user');
  });

  it('is looked for when the user named it, and not when the bundle did', () => {
    const { paths } = resolved(parts({ multiple: true }), { stored: { key: ['/a', '/b'] } });
    expect(paths.map(({ path }) => path)).to.deep.equal(['/a', '/b']);
    const byDefault = resolved(parts({ multiple: true, default: ['${HOME}/Desktop', '${DOCUMENTS}'] }));
    expect(byDefault.paths).to.deep.equal([]);
    expect(byDefault.args).to.deep.equal(['x', '/home/user/Desktop', '/home/user/Documents']);
  });
});

describe('the command of a server', () => {
  const commandOf = (
    command: string,
    changes: Parameters<typeof resolved>[1] = {},
    user_config: object = {},
  ) => resolved({ server: serverWith({ command }, 'binary'), user_config }, changes).command;

  it('is a program by its name, or a file of the bundle', () => {
    expect(commandOf('docker')).to.equal('docker');
    expect(commandOf('${__dirname}/bin/x')).to.equal('/bundle/bin/x');
    expect(commandOf('server/x')).to.equal('/bundle/server/x');
    expect(commandOf('./a/../x')).to.equal('/bundle/x');
  });

  it('is nothing outside of the bundle', () => {
    for (const command of [
      '/bin/sh',
      '../x',
      '${__dirname}/../x',
      '..',
      '.',
      '${__dirname}',
      '${HOME}/x',
      'a/../../x',
    ]) {
      expect(errorOf(() => commandOf(command)).code, command).to.equal('SERVER_INVALID');
    }
    const windows = { platform: 'win32', folder: 'C:\\bundle' } as const;
    expect(commandOf('${__dirname}/bin/x.exe', windows)).to.equal('C:\\bundle\\bin\\x.exe');
    for (const command of ['C:\\Windows\\x.exe', '..\\x', 'D:x', '\\\\host\\share\\x']) {
      expect(errorOf(() => commandOf(command, windows)).code, command).to.equal('SERVER_INVALID');
    }
  });

  it('takes no entry point outside of the bundle either', () => {
    for (const entry_point of ['../x.js', '/etc/x.js', 'a/../../x.js', '..']) {
      for (const type of ['node', 'python', 'binary', 'uv']) {
        const server = { type, entry_point, mcp_config: { command: '' } };
        expect(errorOf(() => resolved({ server })).code, `${type} ${entry_point}`).to.equal('SERVER_INVALID');
      }
    }
  });

  it('may be what the user set, and not what the bundle sets in his place', () => {
    const user_config = { python: field({ default: '/bin/sh' }) };
    const template = '${user_config.python}';
    expect(commandOf(template, { stored: { python: '/opt/python3' } }, user_config)).to.equal('/opt/python3');
    expect(errorOf(() => commandOf(template, {}, user_config)).code).to.equal('SERVER_INVALID');
  });

  it('is that of the platform', () => {
    const server = serverWith({
      env: { A: '1' },
      platform_overrides: { win32: { command: 'win', args: ['w'] }, darwin: { env: { B: '2' } } },
    });
    expect(resolved({ server }, { platform: 'win32' })).to.deep.include({
      command: 'win',
      args: ['w'],
      env: { A: '1' },
    });
    expect(resolved({ server }, { platform: 'darwin' })).to.deep.include({
      command: 'node',
      env: { B: '2' },
    });
    expect(resolved({ server })).to.deep.include({ command: 'node', args: ['x'], env: { A: '1' } });
  });

  it('follows from type and entry point where the manifest leaves it out', () => {
    const of = (type: string, mcp_config?: object) => {
      const { command, args } = resolved({ server: { type, entry_point: 'src/main.x', mcp_config } });
      return [command, ...args];
    };
    const script = '/bundle/src/main.x';
    expect(of('node')).to.deep.equal(['node', script]);
    expect(of('node', { command: 'node' })).to.deep.equal(['node', script]);
    expect(of('python', { command: 'python3', args: [] })).to.deep.equal(['python3', script]);
    expect(of('uv')).to.deep.equal(['uv', 'run', '--directory', '/bundle', script]);
    // What an interpreter is started with follows from what it is.
    expect(of('uv', { command: 'python3' })).to.deep.equal(['python3', script]);
    expect(of('python', { command: 'uv' })).to.deep.equal(['uv', 'run', '--directory', '/bundle', script]);
    expect(of('python', { command: 'python3.12' })).to.deep.equal(['python3.12', script]);
    expect(of('binary', { command: 'node' })).to.deep.equal(['node', script]);
    expect(of('binary')).to.deep.equal([script]);
    expect(of('binary', { command: 'docker' })).to.deep.equal(['docker']);
    expect(errorOf(() => resolved({ server: { type: 'node' } })).code).to.equal('SERVER_INVALID');
  });

  it('is refused when its settings leave nothing of it', () => {
    const server = serverWith({ command: '${user_config.key}' });
    const optional = { server, user_config: { key: field() } };
    expect(errorOf(() => resolved(optional))).to.include({ code: 'SERVER_INVALID' });
    expect(errorOf(() => resolved(optional)).message)
      .to.include('is empty')
      .and.include('user_config.key');
    const required = { server, user_config: { key: field({ required: true }) } };
    expect(resolved(required).missing.map(({ key }) => key)).to.deep.equal(['key']);
  });

  it('is started with names and values that an environment can hold', () => {
    for (const env of [{ '': 'x' }, { 'A=B': 'x' }, { 'A\0': 'x' }, { A: 'x\0' }]) {
      expect(errorOf(() => resolved({ server: serverWith({ env }) })).code).to.equal('SERVER_INVALID');
    }
    expect(errorOf(() => resolved({ server: serverWith({ args: ['a\0'] }) })).code).to.equal(
      'SERVER_INVALID',
    );
  });
});

describe('a bundle', () => {
  it('is refused on a platform that it does not run on', () => {
    const parts = { compatibility: { platforms: ['darwin', 'win32'] } };
    expect(errorOf(() => resolved(parts))).to.include({ code: 'PLATFORM_UNSUPPORTED', exitStatus: 43 });
    expect(resolved(parts, { platform: 'darwin' }).command).to.equal('node');
  });

  it('without a server that mpak knows is refused', () => {
    const broken: unknown[] = [
      null,
      [],
      'x',
      {},
      { name: 7, server: { type: 'node' } },
      manifestOf({ server: 'node' }),
      manifestOf({ server: { type: 'ruby' } }),
      manifestOf({ server: serverWith({ args: 'x' }) }),
      manifestOf({ server: serverWith({ args: [1] }) }),
      manifestOf({ server: serverWith({ env: { A: 1 } }) }),
      manifestOf({ server: serverWith({ command: {} }) }),
      manifestOf({ server: serverWith({ platform_overrides: { linux: 'x' } }) }),
      manifestOf({ user_config: { key: 'string' } }),
      manifestOf({ user_config: { key: field({ default: {} }) } }),
    ];
    for (const json of broken) {
      expect(errorOf(() => readServerManifest(json)).code, JSON.stringify(json)).to.equal('SERVER_INVALID');
    }
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: mcpb's own placeholders
