import path from 'node:path';
import { expect } from 'chai';
import { DataFolder } from '../../../registry/data-folder.ts';
import { becomeMirror } from '../../../registry/mirror/state.ts';
import type { Entry, Manifest, PublishEntry } from '../../../src/lib/log/entry.ts';
import { publishEntry } from '../../support/entries.ts';
import { provenanceFrom } from '../../support/index-of.ts';
import { type RegistryProcess, startRegistry } from '../../support/registry.ts';
import { writeRegistryFolder } from '../../support/registry-folder.ts';
import { sharedFolder } from '../support/shared-folder.ts';

const BROWSER = { accept: 'text/html' };
const SLSA = 'https://slsa.dev/provenance/v1';
const attestation = { sha256: 'a'.repeat(64), predicateType: SLSA };

describe('what pages say of packages that little is proven of', () => {
  const folder = sharedFolder();
  let registry: RegistryProcess;
  const page = async (target: string) => (await fetch(registry.url + target, { headers: BROWSER })).text();
  /** The link of the chain of that name. */
  const link = async (name: string, title: string) => {
    const found = (await page(`/@acme/${name}`)).match(
      new RegExp(`<li[^>]*><h3>${title}</h3>[\\s\\S]*?</li>`),
    );
    return found?.[0] ?? '';
  };

  before(async () => {
    const data = path.join(folder(), 'data');
    writeRegistryFolder(data, entries());
    registry = await startRegistry({ data, args: ['--public-url', 'https://example.test/mpak'] });
  });
  after(() => registry?.stop());

  it('names the platforms whose bytes no build has signed for', async () => {
    const proof = await link('partly', 'Attestation');
    expect(proof).to.match(/^<li class="broken">/);
    expect(proof).to.match(/linux-x64<.dt><dd><a [\s\S]*darwin-arm64<.dt><dd>none: no build/);
    const shown = await page('/@acme/partly');
    expect(shown).to.include('Not attested').and.to.not.include('mpak verifies who built it');
  });

  it('promises no proof to who installs what has none', async () => {
    expect(await page('/@acme/imported')).to.include('Nothing proves who built these bytes');
    expect(await link('imported', 'Source and build')).to.include('nothing proves who built it');
    expect(await page('/@acme/whole')).to.include('mpak verifies who built it');
  });

  it('says what the attestation alone proves of what was imported', async () => {
    const proof = await link('attested-import', 'Source and build');
    expect(proof).to.include('the attestation alone says').and.to.not.include('nothing proves');
  });

  it('says where a mirror has its entries from, and no password', async () => {
    const data = path.join(folder(), 'mirror');
    const db = new DataFolder(data).open();
    becomeMirror(db, 'https://reader:secret@origin.test/mpak');
    db.close();
    writeRegistryFolder(data, entries());
    const mirror = await startRegistry({ data });
    try {
      const shown = await (await fetch(`${mirror.url}/@acme/whole`)).text();
      expect(shown).to.include('copied from origin.test.').and.to.not.include('secret');
    } finally {
      await mirror.stop();
    }
    expect(await page('/@acme/whole')).to.not.include('copied from');
  });

  it('mark a deprecated package where it is found', async () => {
    const found = await page('/?q=advised');
    expect(found).to.match(/@acme\/advised<[\s\S]*<span class="chip warn">Deprecated/);
    expect(await page('/?q=whole')).to.not.include('>Deprecated<');
  });

  it('keep to the path of the public URL', async () => {
    for (const target of ['/', '/@acme/whole', '/log', '/log/0', '/api', '/none']) {
      const links = [...(await page(target)).matchAll(/ (?:href|src|action)="([^"]*)"/g)].map(([, to]) => to);
      expect(links).to.include('/mpak/log');
      const astray = links.filter((to) => !/^(\/mpak\/|https:\/\/|#)/.test(to as string));
      expect(astray, target).to.deep.equal([]);
    }
    expect(await page('/robots.txt')).to.include('Disallow: /mpak/v1/');
    expect(await page('/sitemap.xml')).to.include('<loc>https://example.test/mpak/@acme/whole</loc>');
  });

  it('keep filters that the form does not always have, and show them', async () => {
    const found = await page('/?os=linux&arch=x64&limit=5');
    expect(found)
      .to.include('<option value="linux" selected>')
      .and.to.include('<option value="x64" selected>');
    expect(found).to.include('<input type="hidden" name="limit" value="5">');
  });

  it('say where results end, and lead back', async () => {
    const found = await page('/?q=acme&offset=500');
    expect(found).to.include('none behind the first 500.').and.to.include('href="/mpak/?q=acme"');
    expect(found).to.not.include('501 to');
    expect(await page('/?q=%00%0d%0a')).to.include('<title>MCP servers');
  });

  it('count the parameters that they leave out', async () => {
    const shown = await page('/@acme/huge');
    expect(shown.length).to.be.lessThan(1_000_000);
    expect(shown)
      .to.include('35 other parameters in the JSON')
      .and.to.include('20 other settings in the JSON');
    expect(shown).to.include('Tools (250)').and.to.include('50 others in the JSON');
  });

  it('show nothing unseen of what was asked for', async () => {
    const shown = await page(`/@${encodeURIComponent('a\u202ec\u200b')}/x`);
    expect(shown)
      .to.include('is not a package name')
      .and.to.not.match(/[\u202e\u200b]/);
  });

  it('and all else that is answered let a browser run nothing', async () => {
    for (const target of [
      '/v1/bundles/search',
      '/none',
      '/sitemap.xml',
      '/robots.txt',
      '/health',
      '/openapi.json',
    ]) {
      const { headers } = await fetch(registry.url + target);
      expect(headers.get('content-security-policy'), target).to.match(/^default-src 'none'/);
    }
  });
});

function entries(): Entry[] {
  const provenance = provenanceFrom('Acme/repo');
  const artifact = (os: string, arch: string) => ({ os, arch }) as PublishEntry['artifact'];
  return [
    publishEntry('@acme/partly', '1.0.0', { provenance, attestation, artifact: artifact('linux', 'x64') }),
    publishEntry('@acme/partly', '1.0.0', { provenance, artifact: artifact('darwin', 'arm64') }),
    publishEntry('@acme/whole', '1.0.0', { provenance, attestation }),
    publishEntry('@acme/imported', '1.0.0'),
    publishEntry('@acme/attested-import', '1.0.0', { attestation }),
    publishEntry('@acme/advised', '1.0.0', { provenance }),
    {
      ...{ kind: 'deprecate', package: '@acme/advised', versions: '*', message: 'It is kept no more.' },
      at: new Date().toISOString(),
    },
    publishEntry('@acme/huge', '1.0.0', { provenance, manifest: hugeManifest() }),
  ];
}

function hugeManifest(): Manifest {
  const numbered = (count: number, value: object) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, value]));
  const inputSchema = { properties: numbered(40, {}) };
  return {
    ...{ manifest_version: '0.3', name: '@acme/huge', version: '1.0.0', server: { type: 'node' } },
    tools: Array.from({ length: 250 }, (_, index) => ({ name: `t${index}`, inputSchema })),
    user_config: numbered(120, { type: 'string', title: 'x', description: 'x' }),
  } as unknown as Manifest;
}
