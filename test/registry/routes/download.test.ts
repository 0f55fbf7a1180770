import { expect } from 'chai';
import type { Answer } from '../../../registry/http.ts';
import type { RevokeEntry } from '../../../src/lib/log/entry.ts';
import { publishEntry } from '../../support/entries.ts';
import { indexOf } from '../../support/index-of.ts';
import { ask, refusal, servicesOver } from './ask.ts';

const NAME = '@acme/echo';
const JSON_WANTED = { accept: 'application/json' };

const linux = publishEntry(NAME, '1.2.0', { artifact: { os: 'linux', arch: 'x64', size: 77 } });
const linuxAny = publishEntry(NAME, '1.2.0', { artifact: { os: 'linux', arch: 'any' } });
const mac = publishEntry(NAME, '1.2.0', { artifact: { os: 'darwin', arch: 'arm64' } });
const anywhere = publishEntry(NAME, '1.2.0', { artifact: { os: 'any', arch: 'any' } });

function target(query = '', version = '1.2.0'): string {
  return `/v1/bundles/${NAME}/versions/${version}/download${query}`;
}

function redirect(answer: Answer): string | undefined {
  expect(answer.status).to.equal(302);
  return answer.headers?.location;
}

describe('GET /v1/bundles/@scope/name/versions/version/download', () => {
  it('redirects to the release asset', async () => {
    const services = servicesOver(indexOf(anywhere));
    expect(redirect(await ask(services, target()))).to.equal(anywhere.artifact.url);
    expect(redirect(await ask(services, target(), { accept: 'text/html,*/*;q=0.8' }))).to.equal(
      anywhere.artifact.url,
    );
  });

  it('answers where it is, and what it must be, when JSON is accepted', async () => {
    const services = servicesOver(indexOf(linux));
    for (const accept of ['application/json', 'text/html, Application/JSON; charset=utf-8']) {
      const answer = await ask(services, target('?os=linux&arch=x64'), { accept });
      expect(answer.status).to.equal(200);
      expect(answer.json).to.deep.equal({
        url: linux.artifact.url,
        bundle: {
          name: NAME,
          version: '1.2.0',
          platform: { os: 'linux', arch: 'x64' },
          sha256: linux.artifact.sha256,
          size: 77,
        },
      });
    }
  });

  for (const [query, expected] of [
    ['?os=linux&arch=x64', linux],
    ['?os=linux&arch=arm64', linuxAny],
    ['?os=linux&arch=any', linuxAny],
    ['?os=darwin&arch=arm64', mac],
    ['?os=darwin&arch=x64', anywhere],
    ['?os=win32&arch=x64', anywhere],
    ['?os=any&arch=any', anywhere],
    ['', anywhere],
  ] as const) {
    const { os, arch } = expected.artifact;
    it(`gives ${os}/${arch} for ${query || 'no platform'}`, async () => {
      const services = servicesOver(indexOf(linux, linuxAny, mac, anywhere));
      expect(redirect(await ask(services, target(query)))).to.equal(expected.artifact.url);
      const { json } = await ask(services, target(query), JSON_WANTED);
      expect((json as { bundle: object }).bundle).to.deep.include({ platform: { os, arch } });
    });
  }

  it('names what exists when no artifact fits', async () => {
    const services = servicesOver(indexOf(linux, mac));
    const other = await refusal(services, target('?os=win32&arch=x64'));
    expect([other.status, other.message]).to.deep.equal([
      404,
      '@acme/echo@1.2.0 has no artifact for win32/x64; it has linux/x64, darwin/arm64.',
    ]);
    expect((await refusal(services, target())).message).to.contain('for any platform; it has linux/x64');
  });

  for (const query of [
    '?os=linux',
    '?arch=x64',
    '?os=linux&arch=',
    '?os=macos&arch=x64',
    '?os=linux&arch=x86',
  ]) {
    it(`refuses ${query}`, async () => {
      const error = await refusal(servicesOver(indexOf(anywhere)), target(query));
      expect([error.status, error.code]).to.deep.equal([400, 'BAD_REQUEST']);
      expect(error.message).to.match(/\b(os|arch)\b/);
    });
  }

  it('takes latest for the highest release', async () => {
    const services = servicesOver(
      indexOf(publishEntry(NAME, '2.0.0-rc.1'), anywhere, publishEntry(NAME, '1.1.0')),
    );
    expect(redirect(await ask(services, target('', 'latest')))).to.equal(anywhere.artifact.url);
  });

  it('counts each download of the version that was taken, and nothing that was refused', async () => {
    const counted: number[] = [];
    const db = indexOf(publishEntry(NAME, '1.0.0'), linux);
    const services = servicesOver(db, (versionId) => counted.push(versionId));
    const idOf = (version: string) =>
      db.prepare('SELECT id FROM versions WHERE version = ?').pluck().get(version);
    await ask(services, target('?os=linux&arch=x64', 'latest'));
    await ask(services, target('', '1.0.0'), JSON_WANTED);
    await refusal(services, target());
    await refusal(services, target('', '9.9.9'));
    expect(counted).to.deep.equal([idOf('1.2.0'), idOf('1.0.0')]);
  });

  it('never leads to a revoked version, and says why', async () => {
    const revoke: RevokeEntry = {
      kind: 'revoke',
      package: NAME,
      versions: '1.2.0',
      reason: 'malicious',
      at: '2026-06-01T00:00:00.000Z',
    };
    const counted: number[] = [];
    const old = publishEntry(NAME, '1.0.0');
    const services = servicesOver(indexOf(old, anywhere, revoke), (id) => counted.push(id));
    const error = await refusal(services, target());
    expect([error.status, error.code, error.message]).to.deep.equal([
      410,
      'GONE',
      '@acme/echo@1.2.0 is revoked: malicious.',
    ]);
    expect(counted).to.deep.equal([]);
    expect(redirect(await ask(services, target('', 'latest')))).to.equal(old.artifact.url);
  });

  it('is not cached by anyone', async () => {
    const services = servicesOver(indexOf(anywhere));
    for (const headers of [{}, JSON_WANTED]) {
      expect((await ask(services, target(), headers)).headers?.['cache-control']).to.equal('no-store');
    }
  });

  it('writes a URL with line breaks as a URL, not as headers', async () => {
    const url = 'https://example.com/a\r\nset-cookie: x=y/b c.mcpb';
    const services = servicesOver(indexOf(publishEntry(NAME, '1.2.0', { artifact: { url } })));
    const location = redirect(await ask(services, target()));
    expect(location).to.match(/^https:\/\/example\.com\/[!-~]+$/);
  });
});
