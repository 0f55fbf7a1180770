import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { readConfig } from '../../../src/lib/config/config.ts';
import { mpakHome } from '../../../src/lib/config/home.ts';
import { consentPolicy, parseAllowPattern, unattestedPolicy } from '../../../src/lib/config/policy.ts';
import {
  addRegistry,
  parseRegistry,
  putFirst,
  removeRegistry,
} from '../../../src/lib/config/registry-list.ts';
import { chooseRegistries, isRegistries } from '../../../src/lib/config/registry-url.ts';
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
  type Choice = Partial<Parameters<typeof chooseRegistries>[0]>;
  const none = { flag: undefined, environment: undefined, configured: undefined };
  const chosen = (choice: Choice) => chooseRegistries({ ...none, ...choice });
  const choose = (choice: Choice) =>
    chosen(choice)
      .registries.map(({ url }) => url.href)
      .join(' ');
  const KEY = `SHA256:${'a'.repeat(43)}`;
  const LIST = [
    { name: 'acme', url: 'https://acme.example', key: KEY },
    { name: 'public', url: 'https://registry.mpak.dev' },
  ];

  it('is the flag, then the environment, then those of the configuration, then the public one', () => {
    const all = { flag: 'https://flag.example', environment: 'https://env.example', configured: LIST };
    expect(choose(all)).to.equal('https://flag.example/');
    expect(choose({ ...all, flag: undefined })).to.equal('https://env.example/');
    expect(choose({ configured: LIST })).to.equal('https://acme.example/ https://registry.mpak.dev/');
    expect(choose({})).to.equal('https://registry.mpak.dev/');
    expect(choose({ environment: '' })).to.equal('https://registry.mpak.dev/');
  });

  it('is named by its name or its URL, and then no other is meant, and its key holds', () => {
    for (const flag of ['acme', 'https://acme.example', 'https://acme.example//']) {
      const { registries, isNamed } = chosen({ flag, configured: LIST });
      expect(isNamed).to.equal(true);
      expect(registries.map(({ name, key }) => [name, key])).to.deep.equal([['acme', KEY]]);
      expect(choose({ environment: flag, configured: LIST })).to.equal('https://acme.example/');
    }
    expect(chosen({ configured: LIST }).isNamed).to.equal(false);
    expect(() => choose({ flag: 'acmee', configured: LIST })).to.throw(MpakError, 'no registry is called so');
  });

  it('is one of a list without two of one name or URL, and none of a list that is nonsense', () => {
    expect(isRegistries(LIST)).to.equal(true);
    const [first = expect.fail(), second = expect.fail()] = LIST;
    for (const list of [
      [],
      {},
      [first, { ...second, name: 'acme' }],
      [first, { ...second, url: first.url }],
      [first, null],
      ...['', 'Acme', 'a/b', '-a', 'https://a.example', 'a'.repeat(40), 7].map((name) => [
        { ...first, name },
      ]),
      ...['', 'http://a.example', 'https://a.example/', 'https://u@a.example', 'file:///x', 7].map((url) => [
        { ...first, url },
      ]),
      ...['SHA256:x', 'x'.repeat(43), 7, null].map((key) => [{ ...first, key }]),
    ])
      expect(isRegistries(list), JSON.stringify(list)).to.equal(false);
  });

  it('is added behind the others or before them, to the public one where nothing is configured', () => {
    const acme = parseRegistry('acme', 'https://acme.example//', 'a'.repeat(43));
    expect(acme).to.deep.equal(LIST[0]);
    const names = (json: unknown) =>
      (json as { registries: { name: string }[] }).registries.map((r) => r.name);
    expect(names(addRegistry({}, {}, acme, { first: false }))).to.deep.equal(['public', 'acme']);
    expect(addRegistry({ x: 1 }, {}, acme, { first: true })).to.deep.equal({ x: 1, registries: LIST });
    const config = { registries: LIST };
    for (const same of [acme, { ...acme, name: 'other' }, { ...acme, url: 'https://other.example' }])
      expect(codeOf(() => addRegistry({}, config, same, { first: true }))).to.equal('USAGE');
    expect(names(putFirst({}, config, 'public'))).to.deep.equal(['public', 'acme']);
    expect(names(removeRegistry({}, config, 'acme'))).to.deep.equal(['public']);
    expect(codeOf(() => putFirst({}, config, 'nobody'))).to.equal('NOT_FOUND');
    expect(codeOf(() => removeRegistry({}, config, 'nobody'))).to.equal('NOT_FOUND');
    expect(codeOf(() => removeRegistry({}, {}, 'public'))).to.equal('USAGE');
    for (const [name, url, key] of [
      ['A', 'https://a.example', undefined],
      ['a', 'http://a.example', undefined],
      ['a', 'https://a.example', 'SHA256:short'],
    ] as const)
      expect(codeOf(() => parseRegistry(name, url, key))).to.equal('USAGE');
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

  it('names registries, in their order', () => {
    const registries = [
      { name: 'acme', url: 'https://example.com' },
      { name: 'public', url: 'https://registry.mpak.dev' },
    ];
    const text = JSON.stringify({ registries: registries.map((one) => ({ ...one, later: 1 })), other: 1 });
    writeFileSync(path.join(home(), 'config.json'), text);
    expect(readConfig(home())).to.deep.equal({ registries });
  });

  it('says what is done about what nothing proves', () => {
    expect(unattestedPolicy(readConfig(home()))).to.deep.equal({ unattested: 'ask', allowUnattested: [] });
    const policy = { unattested: 'deny', allowUnattested: ['@acme/*'] };
    writeFileSync(path.join(home(), 'config.json'), JSON.stringify({ policy }));
    expect(unattestedPolicy(readConfig(home()))).to.deep.equal(policy);
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
      '{"registries":7}',
      '{"registries":[]}',
      '{"policy":{"unattested":"never"}}',
      '{"policy":{"allowUnattested":["*"]}}',
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
