import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { readConfig } from '../../../src/lib/config/config.ts';
import { mpakHome } from '../../../src/lib/config/home.ts';
import { consentPolicy, parseAllowPattern } from '../../../src/lib/config/policy.ts';
import { chooseRegistry } from '../../../src/lib/config/registry-url.ts';
import { setUserConfig, unsetUserConfig } from '../../../src/lib/config/update-package.ts';
import { parseAssignments, userConfig } from '../../../src/lib/config/user-config.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof MpakError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

describe('the registry', () => {
  type Choice = Partial<Parameters<typeof chooseRegistry>[0]>;
  const none = { flag: undefined, environment: undefined, config: undefined };
  const choose = (choice: Choice) => chooseRegistry({ ...none, ...choice }).href;

  it('is the flag, then the environment, then the configuration, then the public one', () => {
    const all = {
      flag: 'https://flag.example',
      environment: 'https://env.example',
      config: 'https://config.example',
    };
    expect(choose(all)).to.equal('https://flag.example/');
    expect(choose({ ...all, flag: undefined })).to.equal('https://env.example/');
    expect(choose({ config: all.config })).to.equal('https://config.example/');
    expect(choose({})).to.equal('https://registry.mpak.dev/');
    expect(choose({ environment: '' })).to.equal('https://registry.mpak.dev/');
  });

  it('may have a path, and no slash at its end', () => {
    expect(choose({ flag: 'https://example.com/mpak//' })).to.equal('https://example.com/mpak');
  });

  it('is reached by https, or on this machine', () => {
    for (const host of ['localhost:1', '127.0.0.1:1', '127.8.9.1', '[::1]:1']) {
      expect(choose({ flag: `http://${host}` })).to.include(host);
    }
    for (const host of ['example.com', '127.0.0.1.example.com', 'localhost.example', '10.0.0.1', '0.0.0.0']) {
      expect(
        codeOf(() => choose({ flag: `http://${host}` })),
        host,
      ).to.equal('USAGE');
    }
  });

  it('has no user and no password in its URL, and an error shows neither', () => {
    for (const flag of [
      'https://me@example.com',
      'https://:hunter2@example.com',
      'http://me:hunter2@example.com',
    ])
      expect(() => choose({ flag }))
        .to.throw(MpakError, /user or a password/)
        .with.property('message')
        .that.does.not.include('hunter2');
  });

  it('is not something else', () => {
    for (const text of [
      '',
      'registry',
      'file:///etc/passwd',
      'https://user:pw@example.com',
      'https://a/?q',
      'javascript:1',
    ]) {
      expect(
        codeOf(() => choose({ flag: text })),
        text,
      ).to.equal('USAGE');
    }
  });
});

describe('the configuration', () => {
  const home = temporaryFolder();

  it('is empty without a file', () => {
    expect(readConfig(home())).to.deep.equal({});
  });

  it('names a registry', () => {
    writeFileSync(path.join(home(), 'config.json'), '{"registry":"https://example.com","other":1}');
    expect(readConfig(home())).to.deep.equal({ registry: 'https://example.com' });
  });

  it('says what is asked before an installation', () => {
    expect(consentPolicy(readConfig(home()))).to.deep.equal({ consent: 'default', allow: [] });
    const policy = { consent: 'always', allow: ['@acme/echo', '@example/*'], later: 1 };
    writeFileSync(path.join(home(), 'config.json'), JSON.stringify({ policy }));
    const { consent, allow } = policy;
    expect(consentPolicy(readConfig(home()))).to.deep.equal({ consent, allow });
  });

  it('has settings of servers, by the name of their package', () => {
    const user_config = { text: 'x', port: 1, on: false, folders: ['/a'] };
    const packages = { '@acme/echo': { user_config }, '@acme/none': {} };
    writeFileSync(path.join(home(), 'config.json'), JSON.stringify({ packages }));
    const config = readConfig(home());
    expect(userConfig(config, '@acme/echo')).to.deep.equal(user_config);
    for (const name of ['@acme/none', '@acme/other', '__proto__']) {
      expect(userConfig(config, name)).to.deep.equal({});
    }
  });

  it('is refused when it is none', () => {
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '3',
      '{"registry":7}',
      '{"certOidcIssuer":[]}',
      '{"policy":[]}',
      '{"policy":{"consent":"never"}}',
      '{"policy":{"allow":"@acme/*"}}',
      '{"policy":{"allow":["*"]}}',
      '{"packages":[]}',
      '{"packages":{"@acme/echo":1}}',
      '{"packages":{"@acme/echo":{"user_config":[]}}}',
      '{"packages":{"@acme/echo":{"user_config":{"key":{}}}}}',
      '{"packages":{"@acme/echo":{"user_config":{"key":[1]}}}}',
    ]) {
      writeFileSync(path.join(home(), 'config.json'), text);
      expect(
        codeOf(() => readConfig(home())),
        text,
      ).to.equal('USAGE');
    }
  });
});

describe('the home of mpak', () => {
  it('is MPAK_HOME, or .mpak in the home of the user', () => {
    expect(mpakHome({ MPAK_HOME: '/srv/mpak', HOME: '/home/x' })).to.equal('/srv/mpak');
    expect(mpakHome({ HOME: '/home/x' })).to.equal(path.join('/home/x', '.mpak'));
  });
});

describe('the allow list', () => {
  it('has packages and scopes, in lower case', () => {
    expect(parseAllowPattern('@Acme/Echo')).to.equal('@acme/echo');
    expect(parseAllowPattern('@Acme/*')).to.equal('@acme/*');
    for (const text of [
      '*',
      '@*/*',
      '@acme',
      '@acme/',
      '@acme/e*',
      '@acme/*/x',
      '@acme/echo@1',
      'acme/*',
      '',
    ]) {
      expect(parseAllowPattern(text), text).to.equal(undefined);
    }
  });
});

describe('settings of a server', () => {
  it('are key=value, the value being whatever comes behind the first =', () => {
    expect([...parseAssignments(['a=1', 'b==', 'c=', 'a=2', 'a='], '')]).to.deep.equal([
      ['a', ['1', '2', '']],
      ['b', '='],
      ['c', ''],
    ]);
    for (const word of ['a', '=a', '']) expect(codeOf(() => parseAssignments([word], ''))).to.equal('USAGE');
  });

  it('may have any name, also one that every object has', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      const json = setUserConfig({}, '@acme/echo', new Map([[key, 'x']]));
      const again = JSON.parse(JSON.stringify(json));
      expect(Object.entries(again.packages['@acme/echo'].user_config)).to.deep.equal([[key, 'x']]);
      expect(unsetUserConfig(again, '@acme/echo', [key])).to.deep.equal({});
      expect(codeOf(() => unsetUserConfig({ packages: {} }, '@acme/echo', [key]))).to.equal('NOT_FOUND');
    }
    expect(Object.hasOwn(Object.prototype, 'x')).to.equal(false);
  });

  it('never quote a value in an error: it may be a secret', () => {
    try {
      parseAssignments(['=hunter2'], '');
    } catch (error) {
      expect((error as Error).message).to.not.include('hunter2');
    }
  });
});
