import { expect } from 'chai';
import { checkManifest, parseManifest } from '../../../src/lib/bundle/manifest.ts';
import type { MpakError } from '../../../src/lib/errors.ts';
import { makeBundle } from '../../support/mcpb.ts';

function manifest(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return makeBundle('@acme/echo', '1.0.0', changes).manifest;
}

function refusal(value: unknown): MpakError {
  try {
    parseManifest(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
  } catch (error) {
    return error as MpakError;
  }
  throw new Error('was accepted');
}

describe('a manifest', () => {
  it('is parsed in each version of the official schema', () => {
    for (const version of ['0.1', '0.2', '0.3', '0.4']) {
      const given = manifest({ manifest_version: version });
      expect(parseManifest(Buffer.from(JSON.stringify(given)))).to.deep.equal(given);
    }
  });

  it('may state its version by the old name', () => {
    const given = manifest({ manifest_version: undefined, dxt_version: '0.1' });
    expect(parseManifest(Buffer.from(JSON.stringify(given)))).to.include({ dxt_version: '0.1' });
  });

  it('has what its own version has, and nothing later', () => {
    const uv = { server: { type: 'uv', entry_point: 'main.py', mcp_config: { command: 'uv' } } };
    expect(checkManifest(manifest({ manifest_version: '0.4', ...uv }))).to.have.property('manifest');
    expect(refusal(manifest({ manifest_version: '0.3', ...uv })).message).to.contain('server.type');
    expect(refusal(manifest({ manifest_version: '0.1', privacy_policies: [] })).code).to.equal(
      'MANIFEST_INVALID',
    );
  });

  it('is refused with all that is wrong, each with its place', () => {
    const error = refusal(
      manifest({ author: {}, homepage: 'home', server: { type: 'shell', entry_point: 1 }, surprise: true }),
    );
    expect(error).to.include({ code: 'MANIFEST_INVALID' });
    for (const place of ['author.name', 'homepage', 'server.type', 'server.entry_point', 'surprise']) {
      expect(error.message).to.contain(place);
    }
  });

  it('is refused with twenty problems at most, and the number of the others', () => {
    const tools = Array.from({ length: 30 }, () => ({}));
    expect(refusal(manifest({ tools })).message)
      .to.contain('tools.19.name')
      .and.contain('and 10 more');
  });

  it('is refused when it states no version, or one that is unknown', () => {
    for (const given of [{}, [], null, 'text', 7, manifest({ manifest_version: '1.0' })]) {
      expect(refusal(JSON.stringify(given)).code).to.equal('MANIFEST_VERSION');
    }
    expect(refusal(manifest({ manifest_version: 'constructor' })).code).to.equal('MANIFEST_VERSION');
    expect(refusal(manifest({ dxt_version: '0.1' })).code).to.equal('MANIFEST_INVALID');
  });

  it('is refused when it is not JSON in UTF-8', () => {
    for (const text of ['', '{', '{"a": 1,}', '\u0000']) {
      expect(refusal(text).code).to.equal('MANIFEST_NOT_JSON');
    }
    expect(() => parseManifest(Buffer.from([0x22, 0xff, 0x22])))
      .to.throw()
      .with.property('code', 'MANIFEST_NOT_JSON');
  });
});
