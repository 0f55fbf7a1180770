import * as CDX from '@cyclonedx/cyclonedx-library';
import { expect } from 'chai';
import { PackageURL } from 'packageurl-js';
import { bundleOf, type Changes, resultOf, scanOf } from '../../../support/certified-bundle.ts';

const ZOD = 'pkg:npm/zod@4.6.7';
const SDK = 'pkg:npm/%40modelcontextprotocol/sdk@1.32.2';

function cyclone(components: unknown, more: object = {}): string {
  return JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components, ...more });
}

const ZOD_COMPONENT = { type: 'library', name: 'zod', version: '4.6.7', purl: ZOD };
const SDK_COMPONENT = {
  type: 'library',
  group: '@modelcontextprotocol',
  name: 'sdk',
  version: '1.32.2',
  purl: SDK,
};

async function judge(changes: Changes) {
  const { status, allows, findings, reason } = await resultOf(bundleOf(changes), 'SC-01');
  return { status, allows, reason, titles: findings.map(({ title }) => title), findings };
}

const withComponents = (...components: unknown[]) => judge({ 'sbom.cdx.json': cyclone(components) });

describe('SC-01, the software bill of materials', () => {
  it('passes what `mpak bundle pack` writes', async () => {
    expect(await judge({})).to.include({ status: 'pass', allows: 4 });
  });

  it('passes what the CycloneDX library writes, in each version that counts', async () => {
    for (const spec of [CDX.Spec.Spec1dot4, CDX.Spec.Spec1dot5, CDX.Spec.Spec1dot6]) {
      const bom = new CDX.Models.Bom();
      for (const [name, version, group] of [
        ['zod', '4.6.7', undefined],
        ['sdk', '1.32.2', '@modelcontextprotocol'],
      ] as const) {
        const purl = new PackageURL('npm', group, name, version, undefined, undefined).toString();
        bom.components.add(
          new CDX.Models.Component(CDX.Enums.ComponentType.Library, name, { group, version, purl } as object),
        );
      }
      const text = new CDX.Serialize.JsonSerializer(new CDX.Serialize.JSON.Normalize.Factory(spec)).serialize(
        bom,
      );
      expect((await judge({ 'sbom.cdx.json': null, 'sbom.json': text })).status).to.equal('pass');
    }
  });

  it('passes SPDX 2.3, which describes the bundle itself and lists the rest', async () => {
    const spdx = (changes: object = {}) =>
      JSON.stringify({
        spdxVersion: 'SPDX-2.3',
        SPDXID: 'SPDXRef-DOCUMENT',
        documentDescribes: ['SPDXRef-root'],
        packages: [
          { SPDXID: 'SPDXRef-root', name: 'echo', versionInfo: '1.0.0' },
          ...[
            ['zod', '4.6.7', ZOD],
            ['@modelcontextprotocol/sdk', '1.32.2', SDK],
          ].map(([name, versionInfo, referenceLocator]) => ({
            SPDXID: `SPDXRef-${name}`,
            name,
            versionInfo,
            externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator }],
          })),
        ],
        ...changes,
      });
    const judged = (text: string) => judge({ 'sbom.cdx.json': null, 'sbom.spdx.json': text });
    expect((await judged(spdx())).titles).to.deep.equal([]);
    expect((await judged(spdx({ spdxVersion: 'SPDX-2.2' }))).titles).to.deep.equal([
      'The SBOM is not of SPDX 2.3',
    ]);
    expect((await judged(spdx({ documentDescribes: undefined }))).titles).to.deep.equal([
      'The component echo 1.0.0 has no purl',
    ]);
  });

  it('passes nested components', async () => {
    const { status } = await withComponents({ ...ZOD_COMPONENT, components: [SDK_COMPONENT] });
    expect(status).to.equal('pass');
  });

  it('fails a bundle without one, and by itself alone', async () => {
    const without = bundleOf({ 'sbom.cdx.json': null });
    const [before, after] = await Promise.all([scanOf(bundleOf()), scanOf(without)]);
    const changed = after.controls.filter(({ status }, index) => status !== before.controls[index]?.status);
    expect(changed.map(({ id }) => id)).to.deep.equal(['SC-01']);
  });

  it('names every vendored package that is not in it', async () => {
    const { status, findings } = await withComponents(ZOD_COMPONENT);
    expect(status).to.equal('fail');
    expect(findings.map(({ title, file }) => [title, file])).to.deep.equal([
      [
        'The SBOM does not list @modelcontextprotocol/sdk 1.32.2',
        'node_modules/@modelcontextprotocol/sdk/package.json',
      ],
    ]);
  });

  it('names a Python package in its way of spelling', async () => {
    const metadata = {
      'deps/Typing_Extensions-4.0.dist-info/METADATA': 'Name: Typing.Extensions\nVersion: 4.0\n',
    };
    const listed = (purl: string, version: string) =>
      judge({
        ...metadata,
        'sbom.cdx.json': cyclone([
          ZOD_COMPONENT,
          SDK_COMPONENT,
          { type: 'library', name: 'typing-extensions', version, purl },
        ]),
      });
    expect((await listed('pkg:pypi/typing-extensions@4.0.0', '4.0')).titles).to.deep.equal([]);
    expect((await listed('pkg:pypi/typing-extensions@4.1', '4.1')).titles).to.deep.equal([
      'The SBOM does not list Typing.Extensions 4.0',
    ]);
  });

  it('lists one version and misses the other of the same package', async () => {
    const { titles } = await judge({
      'node_modules/a/node_modules/zod/package.json': '{"name":"zod","version":"3.0.0"}',
      'node_modules/a/package.json': '{"name":"a","version":"1.0.0"}',
      'sbom.cdx.json': cyclone([
        ZOD_COMPONENT,
        SDK_COMPONENT,
        { name: 'a', version: '1.0.0', purl: 'pkg:npm/a@1.0.0' },
      ]),
    });
    expect(titles).to.deep.equal(['The SBOM does not list zod 3.0.0']);
  });

  it('fails packages that do not say which they are', async () => {
    const { titles, findings } = await judge({
      'node_modules/hidden/index.js': '',
      'node_modules/file.js': '',
      'node_modules/.package-lock.json': '{}',
      'node_modules/odd/package.json': '{"name": "../odd", "version": "1.0.0"}',
    });
    expect(new Set(titles)).to.deep.equal(
      new Set(['This package does not say which it is, so no SBOM can list it']),
    );
    expect(findings.map(({ file }) => file)).to.deep.equal([
      'node_modules/file.js',
      'node_modules/hidden',
      'node_modules/odd/package.json',
    ]);
  });

  const wrong: [string, object, RegExp][] = [
    ['no name', { name: undefined }, /has no name/],
    ['no version', { version: undefined }, /has no version/],
    ['no purl', { purl: undefined }, /has no purl/],
    ['a range', { version: '^4.6.7', purl: 'pkg:npm/zod@%5E4.6.7' }, /no exact version/],
    ['latest', { version: 'latest', purl: 'pkg:npm/zod@latest' }, /no exact version/],
    ['a purl without a version', { purl: 'pkg:npm/zod' }, /no version/],
    ['a purl of another version', { purl: 'pkg:npm/zod@4.6.8' }, /another version/],
    ['a purl of another package', { purl: 'pkg:npm/lodash@4.6.7' }, /another name/],
    ['a purl of another ecosystem', { purl: 'pkg:pypi/zod@4.6.7' }, /does not list zod/],
    ['a purl with two versions', { purl: 'pkg:npm/zod@4.6.7@1.0.0' }, /another version/],
    ['a purl of 1 MB', { purl: `pkg:npm/zod@4.6.7?a=${'b'.repeat(1_000_000)}` }, /purl that is none/],
    ['a purl of the prototype', { purl: 'pkg:__proto__/zod@4.6.7' }, /purl that is none/],
    ['a name that is no text', { name: { toString: 1 } }, /has no name/],
  ];
  for (const [what, changes, title] of wrong) {
    it(`fails a component with ${what}`, async () => {
      const { status, titles } = await withComponents({ ...ZOD_COMPONENT, ...changes }, SDK_COMPONENT);
      expect(status).to.equal('fail');
      expect(titles.join('\n')).to.match(title);
    });
  }

  const documents: [string, string, RegExp][] = [
    ['no JSON', '{', /not JSON/],
    ['a list', '[]', /no object/],
    ['another format', '{"bomFormat":"other"}', /no CycloneDX/],
    ['an older version', cyclone([], { specVersion: '1.3' }), /not of CycloneDX/],
    ['a version that is a property of objects', cyclone([], { specVersion: 'constructor' }), /not of/],
    ['components that are no list', cyclone({ length: 2 }), /no list/],
    ['components that are none', cyclone([null]), /no object/],
    [
      'components nested too deep',
      `${'{"bomFormat":"CycloneDX","components":['.repeat(200)}${']}'.repeat(200)}`,
      /nested deeper/,
    ],
    ['too many components', cyclone(Array(100_001).fill({})), /more than 100000/],
  ];
  for (const [what, text, title] of documents) {
    it(`fails a document that is or has ${what}`, async () => {
      const { status, titles } = await judge({ 'sbom.cdx.json': text });
      expect(status).to.equal('fail');
      expect(titles.join('\n')).to.match(title);
    });
  }

  it('follows no reference, so that a cycle of them is nothing to it', async () => {
    const text = cyclone([ZOD_COMPONENT, SDK_COMPONENT], {
      dependencies: [
        { ref: ZOD, dependsOn: [SDK] },
        { ref: SDK, dependsOn: [ZOD] },
      ],
    });
    expect((await judge({ 'sbom.cdx.json': text })).status).to.equal('pass');
  });

  it('tells no more than a person reads', async () => {
    const { findings } = await withComponents(...Array(5000).fill({ name: 'a' }));
    expect(findings).to.have.length(51);
    expect(findings.map(({ title }) => title)).to.include('And 4952 more like these');
  });
});
