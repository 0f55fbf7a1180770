import { expect } from 'chai';
import { MAX_ATTESTATION_BYTES, readDocuments } from '../../../src/lib/provenance/document.ts';

const read = (text: string) => readDocuments(Buffer.from(text));

describe('documents with attestations', () => {
  it('are one JSON document, however it is laid out', () => {
    expect(read('{\n  "mediaType": "x"\n}\n')).to.deep.equal([{ json: { mediaType: 'x' } }]);
  });

  it('are JSON lines, empty lines aside', () => {
    expect(read('{"a":1}\n\n{"b":2}\r\n')).to.deep.equal([{ json: { a: 1 } }, { json: { b: 2 } }]);
  });

  it("are GitHub's list of them, without those that it only points at", () => {
    const list = { attestations: [{ bundle: { a: 1 } }, { bundle: null, bundle_url: 'https://x' }, null, 7] };
    expect(read(JSON.stringify(list))).to.deep.equal([{ json: { a: 1 } }]);
    expect(read('{"attestations":[]}')).to.deep.equal([]);
  });

  it('keep what is good beside what is not', () => {
    expect(read('nonsense\n{"a":1}')).to.deep.equal([{ malformed: 'is not JSON' }, { json: { a: 1 } }]);
  });

  it('are malformed when they are empty, no UTF-8, no list, nested too deep or too large', () => {
    const malformed = (bytes: Uint8Array) => readDocuments(bytes).map((document) => Object.keys(document));
    for (const bytes of [
      Buffer.from(''),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('{"attestations":7}'),
      Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)),
      Buffer.alloc(MAX_ATTESTATION_BYTES + 1, ' '),
    ]) {
      expect(malformed(bytes)).to.deep.equal([['malformed']]);
    }
  });

  it('are a hundred at most, and more is said to be left out', () => {
    const lines = read('{"a":1}\n'.repeat(500));
    expect(lines).to.have.length(101);
    expect(lines[100]).to.have.property('malformed');
    const list = JSON.stringify({ attestations: Array.from({ length: 500 }, () => ({ bundle: {} })) });
    expect(read(list)).to.have.length(101);
  });
});
