import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { sourceDate } from '../../../src/lib/pack/epoch.ts';
import { writeArchive } from '../../../src/lib/pack/write-archive.ts';
import { writeZip, type ZipFile } from '../../../src/lib/pack/zip-writer.ts';
import { serverManifest } from '../../support/server-project.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const folder = temporaryFolder();
const FILES: readonly ZipFile[] = [
  { path: 'manifest.json', content: Buffer.from(JSON.stringify(serverManifest())) },
  { path: 'server/index.js', content: Buffer.from('process.exit(0);\n'.repeat(20)) },
];
const BYTES = writeZip(FILES, sourceDate(undefined));

describe('a bundle that is written', () => {
  it('replaces what was there, and leaves nothing else', () => {
    const file = path.join(folder(), 'it.mcpb');
    writeFileSync(file, 'an earlier one');
    writeArchive(file, BYTES, FILES);
    expect(readFileSync(file).equals(BYTES)).to.equal(true);
    expect(readdirSync(folder())).to.deep.equal(['it.mcpb']);
  });

  it('is not, when a reader finds other files in it than were meant', () => {
    const [manifest, server] = FILES as [ZipFile, ZipFile];
    const meant: readonly (readonly ZipFile[])[] = [
      [manifest],
      [...FILES, { path: 'more', content: Buffer.alloc(0) }],
      [manifest, { ...server, path: 'server/other.js' }],
      [manifest, { ...server, content: Buffer.from('process.exit(1);\n'.repeat(20)) }],
      [manifest, { ...server, content: Buffer.alloc(0) }],
    ];
    const file = path.join(folder(), 'it.mcpb');
    writeFileSync(file, 'an earlier one');
    for (const files of meant) expect(() => writeArchive(file, BYTES, files)).to.throw(Error, 'the archive');
    // One that only a strict reader refuses.
    const prefixed = Buffer.concat([Buffer.from('#!/bin/sh\n'), BYTES]);
    expect(() => writeArchive(file, prefixed, FILES))
      .to.throw(MpakError)
      .with.property('code', 'ARCHIVE_PREPENDED_DATA');
    expect(readdirSync(folder())).to.deep.equal(['it.mcpb']);
    expect(readFileSync(file, 'utf8')).to.equal('an earlier one');
  });
});
