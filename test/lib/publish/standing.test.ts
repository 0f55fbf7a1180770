import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { deprecationOf, yankOf } from '../../../src/lib/publish/standing.ts';

function refuses(work: () => unknown): void {
  expect(work).to.throw(MpakError).with.property('code', 'USAGE');
}

describe('a deprecation', () => {
  const of = (reference: string, message = 'Gone.', successor?: string) =>
    deprecationOf(reference, { message, successor });

  it('is of a version, of a range, or of all versions', () => {
    expect(of('@Acme/Echo').versions).to.equal('*');
    expect(of('@acme/echo@^1.2 || 3').versions).to.equal('^1.2 || 3');
    expect(of('@Acme/Echo@1.0.0')).to.deep.equal({ name: '@acme/echo', versions: '1.0.0', message: 'Gone.' });
  });

  it('is refused where it names no package or no versions, before a registry is asked', () => {
    for (const reference of ['echo', '', '@acme', '@acme/echo@never', '@acme/echo@latest']) {
      refuses(() => of(reference));
    }
    refuses(() => of('@acme/echo', 'Gone.', 'new'));
  });

  it('is of all versions where that is said alone, never by an empty range', () => {
    expect(of('@acme/echo@*').versions).to.equal('*');
    for (const reference of ['@acme/echo@', '@acme/echo@ ', '@acme/echo@||', '@acme/echo@^1 || ']) {
      refuses(() => of(reference));
    }
  });

  it('has a message on one line', () => {
    for (const message of ['', ' ', 'a\nb', 'a\u001b[31m', 'x'.repeat(1025)])
      refuses(() => of('@acme/echo', message));
  });
});

describe('a yank', () => {
  it('is of one exact version', () => {
    expect(yankOf('@Acme/echo@1.0.0-rc.1', ' x ')).to.deep.equal({
      name: '@acme/echo',
      version: '1.0.0-rc.1',
      reason: 'x',
    });
    for (const reference of [
      '@acme/echo',
      '@acme/echo@^1',
      '@acme/echo@latest',
      '@acme/echo@1.2',
      'echo@1.0.0',
    ]) {
      refuses(() => yankOf(reference, 'x'));
    }
    refuses(() => yankOf('@acme/echo@1.0.0', ''));
  });
});
