import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import type { Platform } from '../../../src/lib/index/bundle-types.ts';
import { resolve } from '../../../src/lib/install/resolve.ts';
import type { Entry } from '../../../src/lib/log/entry.ts';
import { publishEntry } from '../../support/entries.ts';
import { indexOf, provenanceFrom } from '../../support/index-of.ts';

const ECHO = '@acme/echo';
const LINUX: Platform = { os: 'linux', arch: 'x64' };
const AT = '2026-06-01T12:00:00.000Z';

const revoke = (versions: string): Entry => ({
  kind: 'revoke',
  package: ECHO,
  versions,
  reason: 'malicious',
  at: AT,
});

const deprecate = (versions: string, message = 'Not maintained.', successor?: string): Entry => ({
  kind: 'deprecate',
  package: ECHO,
  versions,
  message,
  ...(successor && { successor }),
  at: AT,
});

function versionOf(reference: string, ...entries: readonly Entry[]): string {
  const db = indexOf(...entries);
  try {
    return resolve(db, reference, LINUX).version;
  } finally {
    db.close();
  }
}

function refusal(reference: string, entries: readonly Entry[], platform = LINUX): MpakError {
  const db = indexOf(...entries);
  try {
    resolve(db, reference, platform);
  } catch (error) {
    if (error instanceof MpakError) return error;
    throw error;
  } finally {
    db.close();
  }
  return expect.fail(`${reference} was resolved`);
}

describe('what a reference means', () => {
  const entries = ['1.0.0', '1.2.0', '1.10.0', '2.0.0', '2.1.0-rc.1', '2.1.0-rc.2', '3.0.0-beta.1'].map(
    (version) => publishEntry(ECHO, version),
  );

  for (const [reference, version] of [
    ['', '2.0.0'],
    ['@', '2.0.0'],
    ['@latest', '2.0.0'],
    ['@1.2.0', '1.2.0'],
    ['@v1.2.0', '1.2.0'],
    ['@=1.2.0', '1.2.0'],
    ['@2.1.0-rc.1', '2.1.0-rc.1'],
    ['@1', '1.10.0'],
    ['@1.2', '1.2.0'],
    ['@^1.0.0', '1.10.0'],
    ['@~1.2', '1.2.0'],
    ['@1.x', '1.10.0'],
    ['@*', '2.0.0'],
    ['@>=1 <2', '1.10.0'],
    ['@<1.2 || >=2', '2.0.0'],
    ['@^2.1.0-rc.0', '2.1.0-rc.2'],
    ['@1.0.0 - 1.5.0', '1.2.0'],
  ] as const) {
    it(`${ECHO}${reference} is ${version}`, () => {
      expect(versionOf(`${ECHO}${reference}`, ...entries)).to.equal(version);
    });
  }

  it('names are the same in any case', () => {
    expect(versionOf('@Acme/Echo@1', ...entries)).to.equal('1.10.0');
  });

  it('is the highest prerelease where nothing else was published', () => {
    expect(versionOf(ECHO, publishEntry(ECHO, '0.1.0-a'), publishEntry(ECHO, '0.1.0-b'))).to.equal('0.1.0-b');
  });

  describe('of versions that their release marks as prereleases', () => {
    const marked = publishEntry(ECHO, '1.3.0', { prerelease: true });

    it('is not one when the range holds another', () => {
      expect(versionOf(`${ECHO}@^1`, publishEntry(ECHO, '1.2.0'), marked)).to.equal('1.2.0');
    });
    it('is one when the range holds no other, and when it is named', () => {
      expect(versionOf(`${ECHO}@^1`, publishEntry(ECHO, '2.0.0'), marked)).to.equal('1.3.0');
      expect(versionOf(`${ECHO}@1.3.0`, publishEntry(ECHO, '1.2.0'), marked)).to.equal('1.3.0');
    });
  });

  it('says what there is when there is no such version', () => {
    for (const wanted of ['9.9.9', '^9', 'beta', 'Latest', '1.2.x.y', 'LATEST ']) {
      const error = refusal(`${ECHO}@${wanted}`, entries);
      expect(error.code, wanted).to.equal('NOT_FOUND');
      expect(error.message).to.include(wanted);
      expect(error.hint).to.include('3.0.0-beta.1, 2.1.0-rc.2').and.include('older ones');
    }
  });

  it('says what was probably meant when there is no such package', () => {
    const error = refusal('@acme/ecko', entries);
    expect(error.code).to.equal('NOT_FOUND');
    expect(error.hint).to.equal(`Did you mean ${ECHO}?`);
    expect(refusal('@other/thing', entries).hint).to.include('mpak search');
  });

  it('is nothing when it is no name', () => {
    for (const text of ['', 'echo', 'acme/echo', '@acme', '@acme/', '@acme/../x', '@acme/a b', './echo.mcpb'])
      expect(refusal(text, entries).code, text).to.equal('USAGE');
  });
});

describe('revoked versions', () => {
  const entries = ['1.0.0', '1.1.0', '2.0.0'].map((version) => publishEntry(ECHO, version));

  it('are refused when they are named, with the version to take', () => {
    const error = refusal(`${ECHO}@1.1.0`, [...entries, revoke('1.1.0')]);
    expect(error.code).to.equal('REVOKED');
    expect(error.message).to.include('1.1.0').and.include('malicious');
    expect(error.hint).to.include('2.0.0').and.include(`mpak bundle install ${ECHO}`);
  });
  it('are not the latest', () => {
    expect(versionOf(ECHO, ...entries, revoke('2.0.0'))).to.equal('1.1.0');
    expect(versionOf(`${ECHO}@latest`, ...entries, revoke('2.0.0'))).to.equal('1.1.0');
  });
  it('are passed over by a range', () => {
    expect(versionOf(`${ECHO}@^1`, ...entries, revoke('1.1.0'))).to.equal('1.0.0');
    expect(versionOf(`${ECHO}@*`, ...entries, revoke('>=1.1.0'))).to.equal('1.0.0');
  });
  it('are refused when a range holds no other', () => {
    const error = refusal(`${ECHO}@^1`, [...entries, revoke('^1')]);
    expect(error.code).to.equal('REVOKED');
    expect(error.message).to.include('1.1.0');
  });
  it('are refused when they are all that there is, whatever is asked for', () => {
    for (const reference of [
      ECHO,
      `${ECHO}@latest`,
      `${ECHO}@1.0.0`,
      `${ECHO}@^1`,
      `${ECHO}@9.9.9`,
      `${ECHO}@beta`,
    ]) {
      const error = refusal(reference, [...entries, revoke('*')]);
      expect(error.code, reference).to.equal('REVOKED');
      expect(error.hint).to.include(`mpak bundle remove ${ECHO}`);
    }
  });
  it('are refused when they were revoked before they were published', () => {
    expect(refusal(`${ECHO}@2.0.0`, [revoke('2.0.0'), ...entries]).code).to.equal('REVOKED');
  });
});

describe('a version that its publisher took back', () => {
  const yank = (version: string): Entry => ({
    kind: 'yank',
    package: ECHO,
    version,
    reason: 'It does not start.',
    provenance: provenanceFrom('Acme/echo'),
    at: AT,
  });
  const db = indexOf(publishEntry(ECHO, '1.0.0'), publishEntry(ECHO, '1.1.0'), yank('1.1.0'));

  it('is neither the latest nor in a range', () => {
    expect(resolve(db, ECHO, LINUX).version).to.equal('1.0.0');
    expect(resolve(db, `${ECHO}@^1`, LINUX).version).to.equal('1.0.0');
    expect(() => resolve(db, `${ECHO}@^1.1`, LINUX))
      .to.throw(MpakError)
      .with.property('code', 'NOT_FOUND');
  });

  it('is had by its number, with the reason', () => {
    expect(resolve(db, `${ECHO}@1.1.0`, LINUX)).to.include({
      version: '1.1.0',
      yanked: 'It does not start.',
    });
  });

  it('leaves nothing when it was the only one, and that is said', () => {
    const only = indexOf(publishEntry(ECHO, '1.0.0'), yank('1.0.0'));
    expect(() => resolve(only, ECHO, LINUX)).to.throw(
      MpakError,
      /taken back by its publisher: It does not start\./,
    );
    expect(resolve(only, `${ECHO}@1.0.0`, LINUX).yanked).to.equal('It does not start.');
  });
});

describe('the artifact', () => {
  const platforms = (...names: string[]) =>
    names.map((text) => {
      const [os, arch] = text.split('-') as [Platform['os'], Platform['arch']];
      return publishEntry(ECHO, '1.0.0', { artifact: { os, arch, filename: `${text}.mcpb` } });
    });
  const chosen = (entries: readonly Entry[], platform: Platform) => {
    const db = indexOf(...entries);
    try {
      return resolve(db, ECHO, platform).artifact.filename;
    } finally {
      db.close();
    }
  };

  it('is that of the platform, else of the system, else of any', () => {
    const all = platforms('any-any', 'linux-any', 'linux-x64', 'darwin-arm64');
    expect(chosen(all, LINUX)).to.equal('linux-x64.mcpb');
    expect(chosen(all, { os: 'linux', arch: 'arm64' })).to.equal('linux-any.mcpb');
    expect(chosen(all, { os: 'win32', arch: 'x64' })).to.equal('any-any.mcpb');
    expect(chosen(all, { os: 'any', arch: 'any' })).to.equal('any-any.mcpb');
  });

  it('is none of another platform: the error says which there are', () => {
    const error = refusal(ECHO, platforms('darwin-arm64', 'linux-arm64'));
    expect(error.code).to.equal('NOT_FOUND');
    expect(error.message).to.include('linux-x64').and.include('darwin-arm64, linux-arm64');
  });

  it('is demanded of the account that had the scope when it was published', () => {
    const provenance = provenanceFrom('Acme/echo');
    const db = indexOf(
      publishEntry(ECHO, '1.0.0', { provenance }),
      { kind: 'transfer-scope', scope: 'acme', owner: 'Acme', owner_id: '99', reason: 'sold', at: AT },
      publishEntry(ECHO, '1.1.0', { provenance }),
    );
    expect(resolve(db, `${ECHO}@1.0.0`, LINUX).ownerId).to.equal('4711');
    expect(resolve(db, ECHO, LINUX).ownerId).to.equal('99');
  });

  it('comes with who announced it, who first used the scope, and a warning', () => {
    const provenance = provenanceFrom('Acme/echo');
    const db = indexOf(publishEntry(ECHO, '1.0.0', { provenance }), {
      kind: 'deprecate',
      package: ECHO,
      versions: '*',
      message: 'Gone elsewhere.',
      successor: '@acme/echo2',
      at: AT,
    });
    const resolved = resolve(db, ECHO, LINUX);
    expect(resolved).to.deep.include({
      name: ECHO,
      ownerId: '4711',
      deprecated: { message: 'Gone elsewhere.', successor: '@acme/echo2', at: AT },
    });
    expect(resolved.provenance?.repository).to.equal('Acme/echo');
    db.close();
  });

  it('of an import has no owner', () => {
    const db = indexOf(publishEntry(ECHO));
    expect(resolve(db, ECHO, LINUX)).to.include({ provenance: null, ownerId: null, deprecated: null });
    db.close();
  });
});

describe('a version that was deprecated', () => {
  const entries = [publishEntry(ECHO, '1.0.0'), publishEntry(ECHO, '2.0.0')];
  const later = (days: number) => new Date(Date.parse(AT) + days * 86_400_000);

  function resolvedAt(
    now: Date | undefined,
    reference: string,
    ...more: readonly Entry[]
  ): string | MpakError {
    const db = indexOf(...entries, ...more);
    try {
      return resolve(db, reference, LINUX, now).version;
    } catch (error) {
      if (error instanceof MpakError) return error;
      throw error;
    } finally {
      db.close();
    }
  }

  it('is installed for 180 days', () => {
    expect(resolvedAt(later(179.99), ECHO, deprecate('*'))).to.equal('2.0.0');
  });

  for (const reference of [ECHO, `${ECHO}@1.0.0`, `${ECHO}@^2`]) {
    it(`is refused then, named as ${reference}`, () => {
      const error = resolvedAt(later(180), reference, deprecate('*', 'Gone.', '@acme/sound')) as MpakError;
      expect(error).to.include({ code: 'DEPRECATED', exitStatus: 36 });
      expect(error.message).to.match(/is deprecated since 2026-06-01, and installed no more: Gone\./);
      expect(error.hint).to.include('mpak bundle install @acme/sound');
    });
  }

  it('says nothing of others, and nothing when it was taken back', () => {
    expect(resolvedAt(later(999), ECHO, deprecate('1.x'))).to.equal('2.0.0');
    expect(resolvedAt(later(999), ECHO, deprecate('*'), deprecate('*', ''))).to.equal('2.0.0');
  });

  it('is found where it is only looked at', () => {
    expect(resolvedAt(undefined, ECHO, deprecate('*'))).to.equal('2.0.0');
  });
});
