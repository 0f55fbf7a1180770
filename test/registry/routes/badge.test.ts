import { expect } from 'chai';
import { renderBadge } from '../../../registry/routes/badge.ts';
import type { CertifyEntry, Entry } from '../../../src/lib/log/entry.ts';
import { publishEntry } from '../../support/entries.ts';
import { indexOf } from '../../support/index-of.ts';
import { ask, servicesOver } from './ask.ts';

const echo = publishEntry('@acme/echo', '1.2.0-rc.1');

function certify(level: number): CertifyEntry {
  return {
    kind: 'certify',
    package: '@acme/echo',
    version: echo.version,
    sha256: echo.artifact.sha256,
    level,
    controls: {},
    scanner: { name: 'mpak', version: '0.1.0' },
    at: '2026-06-03T00:00:00.000Z',
  };
}

async function titleOf(...entries: Entry[]): Promise<string | undefined> {
  const { body, headers } = await ask(servicesOver(indexOf(...entries)), '/v1/bundles/@acme/echo/badge.svg');
  expect(headers?.['content-type']).to.equal('image/svg+xml; charset=utf-8');
  expect(headers?.['content-security-policy']).to.contain("default-src 'none'");
  return /<title>(.*)<\/title>/.exec(body as string)?.[1];
}

describe('GET /v1/bundles/@scope/name/badge.svg', () => {
  it('shows the version of a package that is not certified', async () => {
    expect(await titleOf(echo)).to.equal('mpak: v1.2.0-rc.1');
    expect(await titleOf(echo, certify(0))).to.equal('mpak: v1.2.0-rc.1');
  });

  it('shows the level of one that is', async () => {
    expect(await titleOf(echo, certify(3))).to.equal('mpak: L3 Verified');
  });
});

describe('a badge', () => {
  it('escapes what would be markup, wherever it stands', () => {
    const svg = renderBadge('<a href="x">', `"></text><script>alert('1')</script>&`, '#000');
    expect(svg).not.to.match(/<script|<a |<\/text><s/);
    expect(svg.match(/<[a-zA-Z]+/g)?.sort()).to.deep.equal(
      ['<clipPath', '<g', '<g', '<rect', '<rect', '<rect', '<svg', '<text', '<text', '<title'].sort(),
    );
    expect(svg).to.contain('&#38;');
  });

  it('is as wide as its fields, and each field as its text and the padding around it', () => {
    for (const message of ['v1', 'v1.22.333-rc.4', 'L4 Attested', 'WWWW', 'iiii']) {
      const svg = renderBadge('mpak', message, '#000');
      const total = Number(/<svg [^>]*?width="(\d+)"/.exec(svg)?.[1]);
      const [left = 0, right = 0] = [
        ...svg.matchAll(/<rect (?:x="\d+" )?width="(\d+)" height="20" fill/g),
      ].map((match) => Number(match[1]));
      const lengths = [...svg.matchAll(/textLength="(\d+)"/g)].map((match) => Number(match[1]));
      expect(total).to.equal(left + right);
      expect(lengths).to.deep.equal([left - 12, right - 12]);
    }
    const width = (message: string) =>
      Number(/<svg [^>]*?width="(\d+)"/.exec(renderBadge('', message, '#000'))?.[1]);
    expect(width('iiii')).to.be.lessThan(width('WWWW'));
  });

  it('shows the start of a text that is too long, and has all of it in its title', () => {
    const version = `v1.0.0-${'a'.repeat(240)}`;
    const svg = renderBadge('mpak', version, '#000');
    expect(svg).to.contain(`<title>mpak: ${version}</title>`);
    expect(svg).to.contain(`${version.slice(0, 39)}…</text>`);
  });
});
