import path from 'node:path';
import { expect } from 'chai';
import { openApiDocument } from '../../../registry/openapi/document.ts';
import { describedOperation } from '../../support/described-answers.ts';
import { publishEntry } from '../../support/entries.ts';
import { type RegistryProcess, startRegistry } from '../../support/registry.ts';
import { writeRegistryFolder } from '../../support/registry-folder.ts';
import { sharedFolder } from '../support/shared-folder.ts';

const { paths } = openApiDocument({ publicUrl: 'https://registry.test', version: '1.0.0', pages: true });
const JSON_ALONE = { accept: 'application/json' };

describe('the headers that are described', () => {
  const folder = sharedFolder();
  let registry: RegistryProcess;
  const get = (target: string, headers: Record<string, string> = {}) =>
    fetch(registry.url + target, { headers, redirect: 'manual' });

  before(async () => {
    const data = path.join(folder(), 'data');
    writeRegistryFolder(data, [publishEntry('@acme/echo'), publishEntry('@acme/other')]);
    registry = await startRegistry({ data });
  });
  after(() => registry?.stop());

  it('are those of the answers', async () => {
    const asked: readonly (readonly [target: string, headers?: Record<string, string>])[] = [
      ['/v1/bundles/search'],
      ['/v1/bundles/@acme/echo'],
      ['/v1/bundles/@acme/echo/versions'],
      ['/v1/bundles/@acme/echo/versions/1.0.0'],
      ['/v1/bundles/@acme/echo/versions/1.0.0/download'],
      ['/v1/bundles/@acme/echo/versions/1.0.0/download', JSON_ALONE],
      ['/v1/bundles/@acme/echo/index.json'],
      ['/v1/bundles/@acme/echo/badge.svg'],
      ['/v0.1/servers'],
      ['/v1/servers/search'],
      ['/v1/index/checkpoint'],
      ['/v1/index/keys.json'],
      ['/v1/index/log/0'],
      ['/v1/index/log/0', { range: 'entries=1-' }],
      ['/v1/registry'],
      ['/health'],
      ['/metrics'],
      ['/openapi.json'],
      ['/'],
      ['/@acme/echo'],
      ['/log'],
      ['/log/1'],
      ['/api'],
      ['/robots.txt'],
      ['/sitemap.xml'],
    ];
    for (const [target, headers] of asked) {
      const answer = await get(target, headers);
      await answer.body?.cancel();
      const described = describedOperation('GET', target)?.operation?.responses[String(answer.status)];
      expect(described, `${target} ${answer.status}`).to.not.equal(undefined);
      const named = Object.keys(described?.headers ?? {}).map((name) => name.toLowerCase());
      const had = ['etag', 'content-range', 'location', 'retry-after'].filter((name) =>
        answer.headers.has(name),
      );
      expect(named.sort(), `${target} ${answer.status}`).to.deep.equal(had.sort());
    }
  });

  it('and a range that is taken is a parameter', () => {
    const taking = Object.entries(paths).filter(([, { get }]) => get?.responses['206'] !== undefined);
    expect(taking.length).to.equal(2);
    for (const [target, { get }] of taking) {
      expect(
        get?.parameters?.some(({ name }) => name === 'Range'),
        target,
      ).to.equal(true);
    }
  });

  it('say when to ask again to who asks too much', async () => {
    const data = path.join(folder(), 'limited');
    const limited = await startRegistry({ data, args: ['--rate-reads', '1'] });
    try {
      await (await fetch(`${limited.url}/v1/registry`)).text();
      const refused = await fetch(`${limited.url}/v1/registry`);
      expect(refused.status).to.equal(429);
      expect(refused.headers.get('retry-after')).to.match(/^[1-9][0-9]*$/);
      const described = paths['/v1/registry']?.get?.responses['429'];
      expect(described?.headers).to.have.property('Retry-After');
    } finally {
      await limited.stop();
    }
  });

  it('describe a failed page as HTML too, and a body that is not declared as JSON', () => {
    expect(paths['/log/{seq}']?.get?.responses['404']?.content).to.have.all.keys(
      'application/json',
      'text/html',
    );
    expect(paths['/v1/registry']?.get?.responses['429']?.content).to.have.all.keys('application/json');
    expect(paths['/v1/bundles/announce']?.post?.responses).to.include.keys('415', '414', '413');
  });
});
