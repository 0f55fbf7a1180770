import type { Signer } from '@sigstore/verify';
import { expect } from 'chai';
import { readIdentity } from '../../../src/lib/provenance/certificate.ts';
import { UnmetRequirement } from '../../../src/lib/provenance/requirement.ts';

const FULCIO = '1.3.6.1.4.1.57264.1';
const SAN = '2.5.29.17';

/** DER of one value shorter than 128 bytes. */
const der = (tag: number, ...content: readonly Uint8Array[]) => {
  const bytes = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
};
const utf8 = (text: string) => der(0x0c, Buffer.from(text));
const names = (...entries: Buffer[]) => der(0x30, ...entries);
const uri = (text: string | Uint8Array) => der(0x86, Buffer.from(text as string));

function read(extensions: Readonly<Record<string, Buffer>> | readonly (readonly [string, Buffer])[]) {
  const entries = Array.isArray(extensions) ? extensions : Object.entries(extensions);
  const oids = entries.map(([oid, value]) => ({ oid: { id: oid.split('.').map(Number) }, value }));
  return readIdentity({ identity: { oids } } as unknown as Signer);
}

function expectRefused(extensions: Parameters<typeof read>[0]): void {
  expect(() => read(extensions))
    .to.throw(UnmetRequirement)
    .with.nested.property('failure.requirement', 'certificate');
}

describe('the identity in a certificate', () => {
  it('is null where the certificate says nothing', () => {
    expect(Object.values(read({}))).to.satisfy((values: unknown[]) =>
      values.every((value) => value === null),
    );
  });

  it('is of a person too, by address', () => {
    expect(read({ [SAN]: names(der(0x81, Buffer.from('dev@example.com'))) }).identity).to.equal(
      'dev@example.com',
    );
  });

  it('has the issuer as Fulcio wrote it until 2023, when there is no newer', () => {
    const old = Buffer.from('https://old.example.com');
    expect(read({ [`${FULCIO}.1`]: old }).issuer).to.equal('https://old.example.com');
    const both = { [`${FULCIO}.1`]: old, [`${FULCIO}.8`]: utf8('https://new.example.com') };
    expect(read(both).issuer).to.equal('https://new.example.com');
  });

  it('has owner and repository only of a URL of exactly those', () => {
    const source = (url: string) => read({ [`${FULCIO}.12`]: utf8(url) });
    expect(source('https://github.com/Acme/echo')).to.include({ owner: 'Acme', repository: 'Acme/echo' });
    for (const url of [
      'https://github.com/acme/echo/tree',
      'https://github.com/acme',
      'http://github.com/acme/echo',
      'https://evil@github.com/acme/echo',
      'https://github.com/acme/echo?x',
      'https://github.com/acme/echo\n',
      'https://github.com//echo',
    ]) {
      expect(source(url), url).to.include({ owner: null, repository: null });
    }
  });

  it('is refused with an extension that is there twice', () => {
    const issuer = [`${FULCIO}.8`, utf8('https://token.actions.githubusercontent.com')] as const;
    expectRefused([issuer, issuer]);
    expectRefused([
      [SAN, names(uri('https://a'))],
      [SAN, names(uri('https://a'))],
    ]);
  });

  it('is refused with more than one subject, none, or one of another kind', () => {
    expectRefused({ [SAN]: names(uri('https://a'), uri('https://b')) });
    expectRefused({ [SAN]: names() });
    expectRefused({ [SAN]: names(der(0x82, Buffer.from('dns.example.com'))) });
    expectRefused({ [SAN]: Buffer.from([0x30, 0x50, 1]) });
  });

  it('is refused when it is no text: a letter with the high bit set is no other letter', () => {
    const issuer = Buffer.from('https://token.actions.githubusercontent.com');
    issuer[8] = (issuer[8] as number) | 0x80;
    expectRefused({ [`${FULCIO}.8`]: der(0x0c, issuer) });
    expectRefused({ [`${FULCIO}.1`]: issuer });
    expectRefused({ [`${FULCIO}.12`]: der(0x04, Buffer.from('https://github.com/acme/echo')) });
    expectRefused({ [`${FULCIO}.12`]: Buffer.from('https://github.com/acme/echo') });
    expectRefused({ [SAN]: names(uri(Buffer.from([0xe1, 0xe2]))) });
  });

  it("is refused when the owner is not the repository's", () => {
    const repository = utf8('https://github.com/acme/echo');
    expectRefused({ [`${FULCIO}.12`]: repository, [`${FULCIO}.16`]: utf8('https://github.com/evil') });
    expectRefused({ [`${FULCIO}.12`]: repository, [`${FULCIO}.16`]: utf8('https://evil.com/acme') });
  });
});
