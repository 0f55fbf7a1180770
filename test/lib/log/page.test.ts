import { expect } from 'chai';
import fc from 'fast-check';
import { joinLines, splitLines } from '../../../src/lib/log/page.ts';

const text = (lines: readonly Uint8Array[]) => lines.map((line) => Buffer.from(line).toString());

describe('a page', () => {
  it('gives back the lines that it was joined from, whatever their bytes, empty ones too', () => {
    const line = fc.uint8Array({ maxLength: 20 }).filter((bytes) => !bytes.includes(0x0a));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const split = splitLines(joinLines(lines));
        expect(split.map((bytes) => Buffer.from(bytes).toString('hex'))).to.deep.equal(
          lines.map((bytes) => Buffer.from(bytes).toString('hex')),
        );
      }),
    );
  });

  it('ends each line with a newline', () => {
    expect(Buffer.from(joinLines([Buffer.from('a'), Buffer.from('b')])).toString()).to.equal('a\nb\n');
  });

  it('has no line when it is empty', () => {
    expect(splitLines(new Uint8Array())).to.deep.equal([]);
  });

  it('counts a last line without its newline', () => {
    expect(text(splitLines(Buffer.from('a\nb')))).to.deep.equal(['a', 'b']);
  });

  it('takes no other character for the end of a line', () => {
    expect(text(splitLines(Buffer.from('a\r\u2028\u0085b\n')))).to.deep.equal(['a\r\u2028\u0085b']);
  });
});
