import { expect } from 'chai';
import { retryAfter } from '../../../src/lib/crawl/polite-client.ts';
import { releaseRepository } from '../../../src/lib/crawl/release-repository.ts';

const GITHUB = new URL('https://api.github.com');

describe('the repository of an asset', () => {
  it('is the one on whose release it lies', () => {
    const url = 'https://github.com/Acme/echo.server/releases/download/v1.0.0/echo.mcpb';
    expect(releaseRepository(url, GITHUB)).to.equal('Acme/echo.server');
    const own = new URL('https://git.example.com/api/v3');
    expect(releaseRepository(url.replace('github.com', 'git.example.com'), own)).to.equal('Acme/echo.server');
    expect(releaseRepository(url, own)).to.equal(undefined);
  });

  it('is none for whatever only looks like one', () => {
    for (const url of [
      'http://github.com/acme/echo/releases/download/v1/echo.mcpb',
      'https://github.com.evil.example/acme/echo/releases/download/v1/echo.mcpb',
      'https://evil.example/github.com/acme/echo/releases/download/v1/echo.mcpb',
      'https://github.com@evil.example/acme/echo/releases/download/v1/echo.mcpb',
      'https://acme@github.com/acme/echo/releases/download/v1/echo.mcpb',
      'https://github.com:8443/acme/echo/releases/download/v1/echo.mcpb',
      'https://raw.githubusercontent.com/acme/echo/main/echo.mcpb',
      'https://github.com/acme/echo/raw/main/releases/download/v1/echo.mcpb',
      'https://github.com/acme/echo/releases/download/../../../evil/x/releases/download/echo.mcpb',
      'https://github.com/acme/echo/archive/v1.zip',
      'https://github.com/acme/releases/download/v1/echo.mcpb',
      'no URL',
    ]) {
      expect(releaseRepository(url, GITHUB), url).to.equal(undefined);
    }
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-03-01T00:00:00.000Z');

  it('is seconds or a date, and nothing else', () => {
    expect(retryAfter('120', now)).to.equal(120_000);
    expect(retryAfter('Sun, 01 Mar 2026 00:01:00 GMT', now)).to.equal(60_000);
    for (const header of [
      undefined,
      '',
      'soon',
      '-',
      'NaN',
      '0',
      '-5',
      '1.5',
      'Sat, 28 Feb 2026 00:00:00 GMT',
    ])
      expect(retryAfter(header, now)).to.equal(undefined);
  });
});
