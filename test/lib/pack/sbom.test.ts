import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import type { BundleContent } from '../../../src/lib/pack/collect.ts';
import { makeSbom } from '../../../src/lib/pack/sbom.ts';

const SUBJECT = { name: '@acme/echo', version: '1.0.0', license: 'MIT' };
const DIGEST = Buffer.alloc(64, 7);

function contentOf(files: Readonly<Record<string, string | object>>): BundleContent {
  const texts = Object.entries(files).map(
    ([name, content]) => [name, typeof content === 'string' ? content : JSON.stringify(content)] as const,
  );
  const found = new Map(texts);
  return { paths: new Set(found.keys()), read: (name) => Buffer.from(found.get(name) as string) };
}

const CONTENT = contentOf({
  'package.json': { name: 'echo', version: '1.0.0' },
  'package-lock.json': {
    packages: {
      '': {},
      'node_modules/b': { integrity: `sha512-${DIGEST.toString('base64')}` },
      'node_modules/old': { integrity: 'sha1-abc=' },
    },
  },
  'node_modules/b/package.json': { name: 'b', version: '2.0.0', license: 'MIT OR Apache-2.0' },
  'node_modules/b/dist/esm/package.json': { type: 'module' },
  'node_modules/b/node_modules/@acme/a/package.json': {
    name: '@acme/a',
    version: '1.0.0-rc.1',
    license: 'ours',
  },
  'node_modules/@acme/a/package.json': { name: '@acme/a', version: '2.0.0', license: { type: 'ISC' } },
  'node_modules/old/package.json': {
    name: 'old',
    version: '0.1.0',
    licenses: [{ type: 'MIT' }, { type: 'ISC' }],
  },
  'node_modules/again/node_modules/old/package.json': { name: 'old', version: '0.1.0' },
  'node_modules/again/package.json': { name: 'again' },
  'node_modules/broken/package.json': '{',
  'deps/Some_Thing-1.0.dist-info/METADATA':
    'Metadata-Version: 2.1\r\nName: Some_Thing\r\nVersion: 1.0\r\nLicense-Expression: BSD-3-Clause\r\n\r\nVersion: 9\r\n',
  'deps/bare-2.dist-info/METADATA': 'Metadata-Version: 2.1\nName: bare\nVersion: 2\nLicense: \n',
});

/** As CycloneDX publishes it. */
function schemaErrors(document: unknown): unknown {
  const library = path.dirname(
    createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json'),
  );
  const schema = (name: string) => JSON.parse(readFileSync(path.join(library, 'res/schema', name), 'utf8'));
  const id = (name: string) => `http://cyclonedx.org/schema/${name}`;
  const others = ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json'];
  const schemas = Object.fromEntries(others.map((name) => [id(name), schema(name)]));
  const ajv = new Ajv({ strict: false, schemas });
  addFormats.default(ajv);
  ajv.addFormat('idn-email', true);
  ajv.addFormat('iri-reference', true);
  const validate = ajv.compile(schema('bom-1.6.SNAPSHOT.schema.json'));
  return validate(document) ? undefined : validate.errors;
}

describe('the SBOM of a bundle', () => {
  it('lists every vendored package once, in order, with its exact version and purl', () => {
    const { text, components, unknown } = makeSbom(SUBJECT, CONTENT);
    const purls = JSON.parse(text).components.map(({ purl }: { purl: string }) => purl);
    expect(purls).to.deep.equal([
      'pkg:npm/%40acme/a@1.0.0-rc.1',
      'pkg:npm/%40acme/a@2.0.0',
      'pkg:npm/b@2.0.0',
      'pkg:npm/old@0.1.0',
      'pkg:pypi/bare@2',
      'pkg:pypi/some-thing@1.0',
    ]);
    expect(components).to.equal(6);
    expect(unknown).to.deep.equal(['node_modules/again/package.json', 'node_modules/broken/package.json']);
  });

  it('says what license and which archive they are of, as far as they and the lockfile say so', () => {
    const byPurl = new Map<string, { licenses?: unknown; hashes?: unknown }>(
      JSON.parse(makeSbom(SUBJECT, CONTENT).text).components.map((each: { purl: string }) => [
        each.purl,
        each,
      ]),
    );
    expect(byPurl.get('pkg:npm/b@2.0.0')).to.deep.include({
      licenses: [{ expression: 'MIT OR Apache-2.0' }],
      hashes: [{ alg: 'SHA-512', content: DIGEST.toString('hex') }],
    });
    expect(byPurl.get('pkg:npm/%40acme/a@1.0.0-rc.1')).to.deep.include({
      licenses: [{ license: { name: 'ours' } }],
    });
    expect(byPurl.get('pkg:npm/%40acme/a@2.0.0')).to.deep.include({ licenses: [{ expression: 'ISC' }] });
    expect(byPurl.get('pkg:npm/old@0.1.0')?.hashes).to.equal(undefined);
    expect(byPurl.get('pkg:pypi/some-thing@1.0')).to.deep.include({
      licenses: [{ expression: 'BSD-3-Clause' }],
    });
    expect(byPurl.get('pkg:pypi/bare@2')?.licenses).to.equal(undefined);
  });

  it('follows the schema of CycloneDX 1.6, with vendored packages and without', () => {
    expect(schemaErrors(JSON.parse(makeSbom(SUBJECT, CONTENT).text))).to.equal(undefined);
    expect(schemaErrors(JSON.parse(makeSbom(SUBJECT, contentOf({})).text))).to.equal(undefined);
    expect(schemaErrors({ ...JSON.parse(makeSbom(SUBJECT, CONTENT).text), components: [{}] })).to.not.equal(
      undefined,
    );
  });

  it('is the same each time', () => {
    expect(makeSbom(SUBJECT, CONTENT).text).to.equal(makeSbom(SUBJECT, CONTENT).text);
    expect(makeSbom(SUBJECT, CONTENT).text).not.to.match(/serialNumber|timestamp/);
  });

  it('knows archives by a lockfile of version 1, too', () => {
    const integrity = `sha512-${DIGEST.toString('base64')}`;
    const lock = {
      lockfileVersion: 1,
      dependencies: { a: { version: '1.0.0', dependencies: { b: { integrity } } } },
    };
    const { text } = makeSbom(
      SUBJECT,
      contentOf({
        'package-lock.json': lock,
        'node_modules/a/node_modules/b/package.json': { name: 'b', version: '1.0.0' },
      }),
    );
    expect(JSON.parse(text).components[0].hashes).to.deep.equal([
      { alg: 'SHA-512', content: DIGEST.toString('hex') },
    ]);
  });

  it('does not call packages of folders and repositories those of a registry', () => {
    const { text } = makeSbom(
      SUBJECT,
      contentOf({
        'package-lock.json': {
          packages: {
            'node_modules/a': { resolved: 'file:vendor/a' },
            'node_modules/b': { resolved: 'git+https://github.com/acme/b.git#abc' },
            'node_modules/c': { resolved: 'packages/c', link: true },
          },
        },
        ...Object.fromEntries(
          ['a', 'b', 'c'].map((name) => [`node_modules/${name}/package.json`, { name, version: '1.0.0' }]),
        ),
      }),
    );
    const document = JSON.parse(text);
    const purls = document.components.map(({ name, purl }: { name: string; purl?: string }) => [name, purl]);
    expect(Object.fromEntries(purls)).to.deep.equal({
      a: undefined,
      b: 'pkg:npm/b@1.0.0?vcs_url=git%2Bhttps%3A%2F%2Fgithub.com%2Facme%2Fb.git%23abc',
      c: undefined,
    });
    expect(schemaErrors(document)).to.equal(undefined);
  });
});
