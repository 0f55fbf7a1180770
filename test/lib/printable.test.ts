import { expect } from 'chai';
import fc from 'fast-check';
import { printable, printableLine } from '../../src/lib/printable.ts';

describe('text of others', () => {
  it('cannot move the cursor, set a colour, a title or a link', () => {
    const hostile = 'a\u001b[2Jb\u001b]0;title\u0007c\u001b]8;;https://evil.example\u001b\\d\rEVIL\u009b31m';
    expect(printable(hostile))
      .to.match(/^[\u0020-\u007e]+$/)
      .and.not.include('\u001b');
  });

  it('cannot hide or reorder text', () => {
    expect(printable('a\u202eb\u2066c\u200bd\u{e0041}e\ufefff\u00adg')).to.equal('abcdefg');
  });

  it('keeps letters of every script, emoji and newlines', () => {
    const text = 'Grüße 你好 שלום 👍🏽\nz';
    expect(printable(text)).to.equal(text);
  });

  it('is one line where a line is needed', () => {
    expect(printableLine('  a\n\tb\r\n c ')).to.equal('a b c');
  });

  it('never leaves a control character, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the claim
        expect(printableLine(text)).to.not.match(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});
