import { expect } from 'chai';
import fc from 'fast-check';
import { aliasesOf, substitute, substituteArgs, substituteEnv } from '../../../src/lib/launch/substitute.ts';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: mcpb's own placeholders

const variables = new Map<string, string | string[] | null>([
  ['__dirname', '/bundle'],
  ['HOME', '/home/user'],
  ['/', '/'],
  ['user_config.key', 'secret'],
  ['user_config.folders', ['/a', '/b']],
  ['user_config.none', null],
  ['user_config.empty', []],
]);

describe('the variables of mcp_config', () => {
  it('stand for folders and settings, anywhere in a text', () => {
    expect(substitute('${__dirname}${/}x', variables)).to.equal('/bundle/x');
    expect(substitute('--key=${user_config.key}:${HOME}', variables)).to.equal('--key=secret:/home/user');
  });

  it('stay as they are when nobody knows them', () => {
    for (const text of [
      '${nobody}',
      '${user_config.other}',
      '$HOME',
      '${}',
      '${',
      '${HOME',
      '${__proto__}',
    ]) {
      expect(substitute(text, variables)).to.equal(text);
    }
  });

  it('become an argument for each value of a list', () => {
    expect(substituteArgs(['x', '${user_config.folders}', 'y'], variables)).to.deep.equal([
      'x',
      '/a',
      '/b',
      'y',
    ]);
    expect(substituteArgs(['${user_config.empty}'], variables)).to.deep.equal([]);
    expect(substituteArgs(['--in=${user_config.folders}'], variables)).to.deep.equal([
      '--in=${user_config.folders}',
    ]);
  });

  it('are nothing for a setting without a value, and a variable of the environment that is only it is left out', () => {
    expect(
      substituteArgs(['--key', '${user_config.none}', 'a${user_config.none}b'], variables),
    ).to.deep.equal(['--key', '', 'ab']);
    const env = { A: '${user_config.none}', B: '${user_config.empty}', C: 'x${user_config.none}', D: 'd' };
    expect(substituteEnv(env, variables)).to.deep.equal({ C: 'x', D: 'd' });
  });

  it('are never looked for in a value, whatever it contains', () => {
    const piece = fc.constantFrom(
      '${',
      '}',
      '${HOME}',
      '${__dirname}',
      '${user_config.key}',
      '$&',
      '$1',
      '$$',
      'a',
    );
    const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(value, value, fc.constantFrom('', 'left ', '$'), (first, second, text) => {
        const given = new Map([
          ['user_config.first', first],
          ['user_config.second', second],
          ['HOME', '/home/user'],
        ]);
        const template = `${text}\${user_config.first}|\${user_config.second}|\${HOME}`;
        expect(substitute(template, given)).to.equal(`${text}${first}|${second}|/home/user`);
        expect(substituteArgs(['${user_config.first}'], given)).to.deep.equal([first]);
      }),
    );
  });

  it('leave a text without placeholders as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/\$\{[^{}]*\}/.test(text));
        expect(substitute(text, variables)).to.equal(text);
      }),
    );
  });

  it('keep a variable of the environment that is called __proto__', () => {
    const env = JSON.parse('{"__proto__": "${user_config.key}"}') as Record<string, string>;
    expect(Object.entries(substituteEnv(env, variables))).to.deep.equal([['__proto__', 'secret']]);
  });

  it('say which variable of the environment a setting is', () => {
    const env = { API_KEY: '${user_config.key}', OLD_KEY: '${user_config.key}', URL: 'x${user_config.key}' };
    expect(aliasesOf('key', env)).to.deep.equal(['API_KEY', 'OLD_KEY']);
    expect(aliasesOf('other', env)).to.deep.equal([]);
  });

  it("do not say that it is one of mpak's own, but for the workspace", () => {
    const names = ['MPAK_GITHUB_TOKEN', 'Mpak_Home', 'MPAK_WORKSPACE', 'MPAK_WORKSPACES', 'MPAKS'];
    const env = Object.fromEntries(names.map((name) => [name, '${user_config.key}']));
    expect(aliasesOf('key', env)).to.deep.equal(['MPAK_WORKSPACE', 'MPAKS']);
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: mcpb's own placeholders
