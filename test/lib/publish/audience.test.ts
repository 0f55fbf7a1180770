import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { chooseAudience } from '../../../src/lib/publish/audience.ts';

function choose(registry: string, asked: string | undefined, explicit?: string): string {
  return chooseAudience({ registry: new URL(registry), asked, explicit });
}

function refusal(registry: string, asked: string | undefined, explicit?: string): MpakError {
  try {
    choose(registry, asked, explicit);
  } catch (error) {
    expect(error).to.be.instanceOf(MpakError);
    return error as MpakError;
  }
  throw new Error(`${asked} was chosen`);
}

describe('a token is asked for', () => {
  it('the registry itself, or mpak.dev for one below it', () => {
    expect(choose('https://registry.mpak.dev', 'https://mpak.dev')).to.equal('https://mpak.dev');
    expect(choose('https://registry.mpak.dev', 'https://registry.mpak.dev/')).to.equal(
      'https://registry.mpak.dev/',
    );
    expect(choose('https://example.com/mpak', 'https://example.com/x')).to.equal('https://example.com/x');
    expect(choose('http://127.0.0.1:4874', 'http://127.0.0.1:4874')).to.equal('http://127.0.0.1:4874');
  });

  it('mpak.dev when a registry of that domain does not say', () => {
    expect(choose('https://registry.mpak.dev', undefined)).to.equal('https://mpak.dev');
  });

  for (const [what, asked] of [
    ['another registry, to publish there in its name', 'https://mpak.dev'],
    ['a cloud, to take its role there', 'sts.amazonaws.com'],
    ['Sigstore, to attest in its name', 'sigstore'],
    ['what is no URL', 'api://AzureADTokenExchange'],
    ['a host that only ends like it', 'https://xample.org'],
    ['a host below it', 'https://other.registry.example.org'],
    ['a sibling', 'https://vault.example.org'],
    ['all of a top-level domain', 'https://org'],
    ['a domain above it, which others may share', 'https://example.org'],
    ['a host behind credentials', 'https://registry.example.org@mpak.dev'],
    ['a domain above it over plain http', 'http://example.org'],
    ['everybody', '*'],
  ] as const) {
    it(`never ${what}`, () => {
      const error = refusal('https://registry.example.org', asked);
      expect(error.code).to.equal('AUDIENCE_REFUSED');
      expect(error.message).to.include('registry.example.org').and.to.include(asked);
    });
  }

  it('never all of a domain under which anybody may have a registry', () => {
    for (const [registry, asked] of [
      ['https://x.github.io', 'https://github.io'],
      ['https://mpak.acme.co.uk', 'https://co.uk'],
      ['https://x.mpak.dev', 'https://dev'],
      ['https://x.mpak.dev', 'http://mpak.dev'],
      ['https://notmpak.dev', 'https://mpak.dev'],
    ] as const) {
      expect(refusal(registry, asked).code, registry).to.equal('AUDIENCE_REFUSED');
    }
  });

  it('never mpak.dev for a registry elsewhere that does not say: it could use the token there', () => {
    const error = refusal('https://registry.example.org', undefined);
    expect(error.code).to.equal('AUDIENCE_REFUSED');
    expect(error.hint).to.include('--audience https://mpak.dev');
  });

  it('never a part of an address', () => {
    expect(refusal('http://127.0.0.1:1', 'https://0.0.1').code).to.equal('AUDIENCE_REFUSED');
    expect(refusal('http://127.0.0.1:1', 'https://127.0.0.2').code).to.equal('AUDIENCE_REFUSED');
    expect(refusal('http://[::1]:1', 'https://[::2]').code).to.equal('AUDIENCE_REFUSED');
  });

  it('whom the user allows, where the registry asks for that or does not say', () => {
    expect(choose('https://registry.example.org', undefined, 'https://mpak.dev')).to.equal(
      'https://mpak.dev',
    );
    expect(choose('https://registry.example.org', 'mpak', 'mpak')).to.equal('mpak');
  });

  it('nobody when the registry asks for another than the user allows', () => {
    const error = refusal('https://registry.mpak.dev', 'https://mpak.dev', 'https://other.dev');
    expect(error.code).to.equal('AUDIENCE_REFUSED');
    expect(error.message).to.include('https://mpak.dev').and.to.include('https://other.dev');
  });

  it('without telling anybody to paste what a registry wrote into a shell', () => {
    expect(refusal('https://registry.example.org', 'https://x.dev/$(id)').hint).to.not.include('$(id)');
  });
});
