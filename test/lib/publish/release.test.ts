import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { findRelease } from '../../../src/lib/publish/release.ts';
import { temporaryFolder } from '../../support/temporary.ts';

describe('the release of a workflow', () => {
  const folder = temporaryFolder();
  const event = (content: unknown) => {
    const file = path.join(folder(), 'event.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return { GITHUB_EVENT_NAME: 'release', GITHUB_EVENT_PATH: file };
  };
  const code = (work: () => unknown): string | undefined => {
    try {
      work();
    } catch (error) {
      return error instanceof MpakError ? error.code : String(error);
    }
    return undefined;
  };

  it('is that of a release event, and whether it is a prerelease is too', () => {
    const environment = event({ release: { tag_name: 'v1.0.0-rc.1', prerelease: true } });
    expect(findRelease(environment, undefined)).to.deep.equal({ tag: 'v1.0.0-rc.1', prerelease: true });
  });

  it('is that of the tag that was pushed', () => {
    const environment = { GITHUB_EVENT_NAME: 'push', GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1.0.0' };
    expect(findRelease(environment, undefined)).to.deep.equal({ tag: 'v1.0.0', prerelease: undefined });
  });

  it('is the one that was named, of which the event says nothing when it is about another', () => {
    const environment = event({ release: { tag_name: 'v1.0.0', prerelease: true } });
    expect(findRelease(environment, 'v2')).to.deep.equal({ tag: 'v2', prerelease: undefined });
    expect(findRelease(environment, 'v1.0.0')).to.deep.equal({ tag: 'v1.0.0', prerelease: true });
  });

  it('is unknown in the push of a branch, and outside of a workflow', () => {
    expect(
      code(() => findRelease({ GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' }, undefined)),
    ).to.equal('RELEASE_UNKNOWN');
    expect(code(() => findRelease({}, undefined))).to.equal('RELEASE_UNKNOWN');
  });

  it('is not guessed from an event that is none', () => {
    for (const content of ['', '[]', '{"release":{}}', { release: { tag_name: 1, prerelease: false } }]) {
      expect(code(() => findRelease(event(content), undefined))).to.equal('RELEASE_UNKNOWN');
    }
    const missing = { GITHUB_EVENT_NAME: 'release', GITHUB_EVENT_PATH: path.join(folder(), 'none') };
    expect(code(() => findRelease(missing, undefined))).to.equal('RELEASE_UNKNOWN');
  });

  it('is the one that was named where the event is none', () => {
    const missing = { GITHUB_EVENT_NAME: 'release', GITHUB_EVENT_PATH: path.join(folder(), 'none') };
    const odd = [
      '',
      '[]',
      '{"release":{"tag_name":"v9"}}',
      { release: { tag_name: 'a\nb', prerelease: true } },
    ];
    for (const environment of [missing, ...odd.map(event)]) {
      expect(findRelease(environment, 'v9')).to.deep.equal({ tag: 'v9', prerelease: undefined });
    }
  });

  it('has a tag on one line', () => {
    expect(code(() => findRelease({}, 'v1\n::add-path::/tmp'))).to.equal('USAGE');
    const hostile = event({ release: { tag_name: 'v1\n::x', prerelease: false } });
    expect(code(() => findRelease(hostile, undefined))).to.equal('USAGE');
    expect(code(() => findRelease({}, ''))).to.equal('USAGE');
    expect(code(() => findRelease({}, 'v'.repeat(1025)))).to.equal('USAGE');
  });
});
