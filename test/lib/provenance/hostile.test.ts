import { expect } from 'chai';
import fc from 'fast-check';
import { MpakError } from '../../../src/lib/errors.ts';
import { readDocuments } from '../../../src/lib/provenance/document.ts';
import { REQUIREMENTS } from '../../../src/lib/provenance/requirement.ts';
import { parseTrustedRoot } from '../../../src/lib/provenance/trusted-root.ts';
import { verifyAttestation } from '../../../src/lib/provenance/verify.ts';
import { type BundleJson, provenanceStatement } from '../../support/sigstore.ts';
import { localSigstore, policyOfEcho, SHA256, verifyJson } from './local.ts';

const CODES: ReadonlySet<string> = new Set(Object.values(REQUIREMENTS).map(({ code }) => code));

/** Every value in a document, by its path. */
function paths(value: unknown, prefix: readonly string[] = []): (readonly string[])[] {
  if (value === null || typeof value !== 'object') return [prefix];
  return [prefix, ...Object.entries(value).flatMap(([key, child]) => paths(child, [...prefix, key]))];
}

function replaced(value: BundleJson, [key, ...rest]: readonly string[], by: unknown): BundleJson {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

const replacement = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    '',
    '0',
    '-1',
    '9'.repeat(40),
    [],
    {},
    [[]],
    Number.MAX_VALUE,
    '__proto__',
  ),
  fc.jsonValue(),
  fc.base64String(),
);

describe('hostile attestations', () => {
  const local = localSigstore();
  const originals: BundleJson[] = [];
  before(async () => {
    for (const options of [{}, { bundle: '0.1' }, { rekor: 2 }] as const) {
      originals.push(await local.sigstore.attest({ sha256: SHA256 }, options));
    }
  });

  const expectCoded = (json: unknown) => {
    const verification = verifyJson(json, local.root);
    if (verification.verified) {
      expect(verification.statement).to.deep.equal(provenanceStatement({ sha256: SHA256 }));
      expect(verification.signer.owner).to.equal('Acme');
      return;
    }
    expect(CODES).to.include(verification.code);
    expect(verification.failures.length).to.be.greaterThan(0);
    for (const { expected, found } of verification.failures) {
      expect(expected).to.be.a('string');
      expect((found ?? '').length).to.be.lessThan(4096);
    }
  };

  it('of any bytes are refused with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 512 }), (bytes) => {
        for (const document of readDocuments(bytes)) {
          const verification = verifyAttestation({ source: 'x', document }, policyOfEcho(), local.root);
          expect(CODES).to.include(verification.code);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('of any JSON are refused with a code', () => {
    fc.assert(fc.property(fc.jsonValue(), expectCoded), { numRuns: 300 });
  });

  it('that differ from a good one in any one place are refused with a code, or say the same', () => {
    for (const original of originals) {
      const places = paths(original);
      fc.assert(
        fc.property(fc.nat(places.length - 1), replacement, (place, by) => {
          expectCoded(replaced(original, places[place] as string[], by));
        }),
        { numRuns: 300 },
      );
    }
  });

  it('whose statement is nested without end are refused with a code', async () => {
    const deep = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
    const attestation = await local.sigstore.attest(
      { sha256: SHA256 },
      { statement: (statement) => ({ ...statement, predicate: deep(5_000) }) },
    );
    const verification = verifyJson(attestation, local.root);
    expect(verification).to.include({ verified: false, statement: null });
    expect(verification.failures[0]?.requirement).to.equal('statement-type');
  });

  it('whose certificate is damaged anywhere are refused, or say what the signed part of it says', () => {
    const [original] = originals;
    const honest = verifyJson(original, local.root);
    const der = Buffer.from(original.verificationMaterial.certificate.rawBytes, 'base64');
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (position, flip) => {
        const damaged = Buffer.from(der);
        damaged[position] = (damaged[position] as number) ^ flip;
        const place = ['verificationMaterial', 'certificate', 'rawBytes'];
        const verification = verifyJson(replaced(original, place, damaged.toString('base64')), local.root);
        // The authority signs what is inside; the tag of the envelope around it, for one, is nobody's.
        if (verification.verified) expect(verification.signer).to.deep.equal(honest.signer);
        else expect(CODES).to.include(verification.code);
      }),
      { numRuns: 300 },
    );
  });

  it('whose statement is any JSON at all, properly signed, are refused with a code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (statement) => {
        const json = await local.sigstore.attest({ sha256: SHA256 }, { statement: () => statement });
        expect(verifyJson(json, local.root).code).to.equal('STATEMENT_TYPE');
      }),
      { numRuns: 20 },
    );
  });

  it('that would take long to check are not checked', () => {
    const [original] = originals;
    const [entry] = original.verificationMaterial.tlogEntries;
    const at = (...place: string[]) => ['verificationMaterial', ...place];
    for (const [place, by] of [
      [at('tlogEntries'), Array.from({ length: 10_000 }, () => entry)],
      [at('tlogEntries', '0', 'logIndex'), '9'.repeat(100_000)],
      [at('tlogEntries', '0', 'inclusionProof', 'treeSize'), '9'.repeat(100_000)],
      [at('tlogEntries', '0', 'inclusionProof', 'hashes'), Array.from({ length: 10_000 }, () => 'aaaa')],
      [at('tlogEntries', '0', 'inclusionProof', 'checkpoint', 'envelope'), '\u2014 a'.repeat(100_000)],
      [at('certificate', 'rawBytes'), 'A'.repeat(1_000_000)],
    ] as const) {
      const verification = verifyJson(replaced(original, place, by), local.root);
      expect(verification.code, place.join('.')).to.equal('ATTESTATION_MALFORMED');
    }
  });
});

describe('hostile trusted roots', () => {
  it('are refused with a code', () => {
    const refuse = (bytes: Uint8Array) => {
      try {
        parseTrustedRoot(bytes, 'file', 'the root');
      } catch (error) {
        expect(error).to.be.instanceOf(MpakError);
        expect((error as MpakError).code).to.equal('TRUSTED_ROOT');
        return;
      }
      throw new Error('it was accepted');
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 256 }), refuse), { numRuns: 100 });
    fc.assert(
      fc.property(fc.jsonValue(), (json) => refuse(Buffer.from(JSON.stringify(json)))),
      { numRuns: 100 },
    );
    refuse(Buffer.from('{"certificateAuthorities":[{"certChain":{"certificates":[{"rawBytes":"AAAA"}]}}]}'));
    refuse(Buffer.alloc(5 * 1024 * 1024, ' '));
  });
});
