import { expect } from 'chai';
import {
  type PackageName,
  parsePackageName,
  parsePackageReference,
  scopeOf,
} from '../../../src/lib/bundle/name.ts';

describe('a package name', () => {
  for (const name of ['@acme/echo', '@a/b', '@0-0/9-', `@${'a'.repeat(39)}/${'b'.repeat(214)}`]) {
    it(`is ${name.slice(0, 60)}`, () => {
      expect(parsePackageName(name)).to.equal(name);
    });
  }

  it('is lower-cased', () => {
    expect(parsePackageName('@Acme/Echo')).to.equal('@acme/echo');
  });

  for (const text of [
    '',
    '@',
    'acme/echo',
    '@acme',
    '@acme/',
    '@/echo',
    '@acme//echo',
    '@acme/echo/more',
    '@acme/../x',
    '@-acme/echo',
    '@acme/-echo',
    '@acme/echo_1',
    '@acme/echo.js',
    '@acme/echo\n',
    ' @acme/echo',
    '@acme/écho',
    '@acme/\u212Aey', // the Kelvin sign, whose lower case is a plain k
    `@${'a'.repeat(40)}/b`,
    `@a/${'b'.repeat(215)}`,
  ]) {
    it(`is not ${JSON.stringify(text).slice(0, 60)}`, () => {
      expect(parsePackageName(text)).to.equal(undefined);
    });
  }

  it('begins with its scope', () => {
    expect(scopeOf('@acme/echo' as PackageName)).to.equal('acme');
  });
});

describe('a package reference', () => {
  for (const [text, name, version] of [
    ['@acme/echo', '@acme/echo', undefined],
    ['@Acme/Echo@1.2.0', '@acme/echo', '1.2.0'],
    ['@acme/echo@^1', '@acme/echo', '^1'],
    ['@acme/echo@latest', '@acme/echo', 'latest'],
    ['@acme/echo@', '@acme/echo', undefined],
  ] as const) {
    it(`${text} is ${name} at ${version ?? 'no version'}`, () => {
      expect(parsePackageReference(text)).to.deep.equal({ name, version });
    });
  }

  for (const text of ['', '@', 'echo@1.0.0', '@@acme/echo', '@acme@1/echo']) {
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(parsePackageReference(text)).to.equal(undefined);
    });
  }
});
