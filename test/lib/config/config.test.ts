import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { readConfig } from '../../../src/lib/config/config.ts';
import { mpakHome } from '../../../src/lib/config/home.ts';
import { chooseRegistry } from '../../../src/lib/config/registry-url.ts';
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

  it('is refused when it is none', () => {
    for (const text of ['', '{', '[]', 'null', '3', '{"registry":7}']) {
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
