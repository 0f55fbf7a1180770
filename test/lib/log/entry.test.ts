import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Entry,
  encodeEntry,
  MAX_ENTRY_DEPTH,
  type PublishEntry,
  parseLine,
} from '../../../src/lib/log/entry.ts';
import { MAX_ENTRY_BYTES } from '../../../src/lib/log/page.ts';

const digest = 'a'.repeat(64);
const at = '2026-01-01T00:00:00.000Z';
const publish: PublishEntry = {
  kind: 'publish',
  package: '@acme/echo',
  version: '1.0.0',
  prerelease: false,
  at,
  manifest: {
    name: 'echo',
    version: '1.0.0',
    manifest_version: '0.3',
    user_config: { path: { type: 'file' } },
  },
  release: { tag: 'v1.0.0', url: 'https://example.com/acme/echo/releases/v1.0.0' },
  artifact: {
    filename: 'echo.mcpb',
    os: 'linux',
    arch: 'x64',
    sha256: digest,
    size: 123,
    url: 'https://example.com/acme/echo/echo.mcpb',
  },
  provenance: {
    schema_version: '1',
    provider: 'github_oidc',
    repository: 'Acme/echo',
    sha: 'b'.repeat(40),
    claims: {
      owner: 'Acme',
      owner_id: '1',
      actor: 'someone',
      actor_id: '2',
      workflow: 'release',
      workflow_ref: 'Acme/echo/.github/workflows/release.yml@refs/tags/v1.0.0',
      ref: 'refs/tags/v1.0.0',
      ref_type: 'tag',
      run_id: '3',
      run_number: '4',
      run_attempt: '1',
      event_name: 'release',
      job_workflow_ref: 'Acme/echo/.github/workflows/release.yml@refs/tags/v1.0.0',
    },
  },
  attestation: { sha256: digest, predicateType: 'https://slsa.dev/provenance/v1' },
};
const EVERY_KIND: readonly Entry[] = [
  publish,
  {
    kind: 'certify',
    package: '@acme/echo',
    version: '1.0.0',
    sha256: digest,
    level: 2,
    controls: { 'AI-01': 'pass', 'SC-02': 'skip' },
    scanner: { name: 'mpak', version: '0.1.0' },
    at,
  },
  {
    kind: 'deprecate',
    package: '@acme/echo',
    versions: '<1.0.0',
    message: 'old',
    successor: '@acme/echo-2',
    at,
  },
  { kind: 'revoke', package: '@acme/echo', versions: '*', reason: 'malicious', at },
  {
    kind: 'rotate-key',
    old_kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    new_key: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    signature: 'a.b.c',
    at,
  },
];

const parse = (value: unknown) =>
  parseLine(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const unknown = (value: unknown) => {
  const parsed = parse(value);
  return 'unknown' in parsed ? parsed.unknown : undefined;
};

describe('a log entry', () => {
  for (const entry of EVERY_KIND) {
    it(`of kind ${entry.kind} is read as it was written`, () => {
      expect(parseLine(encodeEntry(entry))).to.deep.equal({ entry });
    });
  }

  it('keeps what a manifest says beyond what the index shows', () => {
    const parsed = parse(publish);
    expect(parsed).to.have.nested.property('entry.manifest.user_config.path.type', 'file');
  });

  it('has no more in it than is known, outside its manifest', () => {
    expect(parse({ ...publish, later: 1 })).to.deep.equal({ entry: publish });
  });

  it('of an unknown kind is told apart from a broken one', () => {
    expect(unknown({ kind: 'transfer', package: '@acme/echo' })).to.equal('kind');
    expect(unknown({ kind: 'publish', package: '@acme/echo' })).to.equal('content');
  });

  for (const value of ['null', '1', '"publish"', '[]', '{}', '{"kind":null}', '{"kind":["publish"]}']) {
    it(`is of an unknown kind: ${value}`, () => {
      expect(unknown(value)).to.equal('kind');
    });
  }

  for (const kind of ['__proto__', 'constructor', 'toString']) {
    it(`is of an unknown kind: ${kind}`, () => {
      expect(unknown(`{"kind":"${kind}"}`)).to.equal('kind');
    });
  }

  for (const line of ['', ' ', '{', '{"kind":"publish"', '{}{}']) {
    it(`is not understood: ${JSON.stringify(line)}`, () => {
      expect(unknown(line)).to.equal('content');
    });
  }

  it('is not understood when it is not UTF-8', () => {
    const line = Buffer.from(encodeEntry(publish));
    line[line.indexOf('someone')] = 0xff;
    expect(parseLine(line)).to.include({ unknown: 'content' });
  });

  it('is not understood when a byte order mark comes first', () => {
    expect(unknown(`\uFEFF${JSON.stringify(publish)}`)).to.equal('content');
  });

  it('is understood up to the largest size, and not beyond', () => {
    const padded = (length: number) => {
      const line = JSON.stringify({ ...publish, padding: '' });
      return line.replace('"padding":""', `"padding":"${'x'.repeat(length - line.length)}"`);
    };
    expect(unknown(padded(MAX_ENTRY_BYTES))).to.equal(undefined);
    expect(unknown(padded(MAX_ENTRY_BYTES + 1))).to.equal('content');
  });

  it('is understood up to the deepest nesting, and not beyond', () => {
    // The entry and its manifest are two levels.
    const nested = (levels: number) =>
      JSON.stringify(publish).replace(
        '"manifest":{',
        `"manifest":{"deep":${'['.repeat(levels - 2)}${']'.repeat(levels - 2)},`,
      );
    expect(unknown(nested(MAX_ENTRY_DEPTH))).to.equal(undefined);
    expect(unknown(nested(MAX_ENTRY_DEPTH + 1))).to.equal('content');
    expect(unknown(nested(200_000))).to.equal('content');
    expect(unknown('['.repeat(200_000))).to.equal('content');
  });

  it('cannot smuggle members in by a prototype', () => {
    const forged = '"manifest":{"__proto__":{"display_name":5,"tools":"many","keywords":7},';
    const parsed = parse(JSON.stringify(publish).replace('"manifest":{', forged));
    if (!('entry' in parsed) || parsed.entry.kind !== 'publish') throw new Error('it is a publish entry');
    const { manifest } = parsed.entry;
    expect(Object.getPrototypeOf(manifest)).to.equal(Object.prototype);
    expect([manifest.display_name, manifest.tools, manifest.keywords]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
    expect(unknown('{"__proto__":{"kind":"revoke"}}')).to.equal('kind');
    expect(({} as { display_name?: unknown }).display_name).to.equal(undefined);
  });

  for (const [what, change] of [
    ['a name in capitals', { package: '@Acme/echo' }],
    ['a name without a scope', { package: 'echo' }],
    ['a version that is none', { version: '1.0' }],
    ['a version with a v', { version: 'v1.0.0' }],
    ['a version with build metadata, which would make two of one', { version: '1.0.0+linux' }],
    ['a version with spaces', { version: ' 1.0.0' }],
    ['a digest in capitals', { artifact: { ...publish.artifact, sha256: 'A'.repeat(64) } }],
    ['an artifact by another protocol', { artifact: { ...publish.artifact, url: 'file:///etc/passwd' } }],
    ['an artifact of a negative size', { artifact: { ...publish.artifact, size: -1 } }],
    ['an artifact for another system', { artifact: { ...publish.artifact, os: 'beos' } }],
    ['a time without a zone', { at: '2026-01-01T00:00:00.000' }],
    ['a day that is not in the calendar', { at: '2026-02-30T00:00:00.000Z' }],
    ['tools that are no list', { manifest: { ...publish.manifest, tools: 'many' } }],
    ['no manifest', { manifest: undefined }],
  ] as const) {
    it(`is not understood with ${what}`, () => {
      expect(unknown({ ...publish, ...change })).to.equal('content');
    });
  }

  it('says what is wrong and where', () => {
    const parsed = parse({ ...publish, artifact: { ...publish.artifact, size: 'large' } });
    expect(parsed).to.have.property('reason').that.includes('artifact.size');
  });

  it('never makes the reader throw, whatever the bytes are', () => {
    const mutated = fc
      .tuple(fc.constantFrom(...EVERY_KIND), fc.nat(), fc.uint8Array({ maxLength: 6 }))
      .map(([entry, position, bytes]) => {
        const line = Buffer.from(encodeEntry(entry));
        const start = position % line.length;
        return Buffer.concat([line.subarray(0, start), bytes, line.subarray(start + bytes.length)]);
      });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          mutated,
          fc.json().map((text) => Buffer.from(text)),
        ),
        (line) => {
          expect(parseLine(line)).to.satisfy((parsed: object) => 'entry' in parsed || 'unknown' in parsed);
        },
      ),
      { numRuns: 500 },
    );
  });
});
