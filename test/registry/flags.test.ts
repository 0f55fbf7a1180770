import { expect } from 'chai';
import { parseDuration } from '../../registry/duration.ts';
import { assetHosts } from '../../registry/flags.ts';
import { parseHttpUrl } from '../../registry/url.ts';
import { MpakError } from '../../src/lib/errors.ts';

describe('hosts of release assets', () => {
  it('are given one by one, by commas, or in the environment, and spelled as URLs spell them', () => {
    expect(assetHosts(undefined)).to.deep.equal([]);
    expect(assetHosts(['A.example.com', 'b.example.com:8443,127.0.0.1:443'])).to.deep.equal([
      'a.example.com',
      'b.example.com:8443',
      '127.0.0.1',
    ]);
    expect(assetHosts('a.example.com, [::1]:8080')).to.deep.equal(['a.example.com', '[::1]:8080']);
  });

  it('are hosts', () => {
    for (const text of ['', 'https://x', 'x/y', 'x?y', 'user@x', 'x:99999', '*.x y', 'a,,b'])
      expect(() => assetHosts([text]), text)
        .to.throw(MpakError)
        .with.property('code', 'USAGE');
  });
});

describe('the URL of a registry', () => {
  it('is of the web, and has no password that a page would show', () => {
    expect(parseHttpUrl('https://example.com/mpak/')).to.equal('https://example.com/mpak');
    for (const text of ['x', 'ftp://x', 'https://x?y', 'https://x#y', 'https://me:secret@x', 'https://me@x'])
      expect(() => parseHttpUrl(text), text)
        .to.throw(MpakError)
        .with.property('code', 'USAGE');
    expect(() => parseHttpUrl('https://me:secret@x')).to.throw(
      /^A URL has no name or password before its host\.$/,
    );
  });
});

describe('a span of time', () => {
  it('has a unit, or is nothing', () => {
    expect(['0', '45s', '30m', '24h', '7d'].map(parseDuration)).to.deep.equal([
      0, 45_000, 1_800_000, 86_400_000, 604_800_000,
    ]);
    for (const text of ['', '1', 'soon', '-1h', '1.5h', '1 h', '1w', '9999999d'])
      expect(() => parseDuration(text), text)
        .to.throw(MpakError)
        .with.property('code', 'USAGE');
  });
});
