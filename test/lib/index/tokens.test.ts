import { expect } from 'chai';
import fc from 'fast-check';
import { tokenize, tokenizeIdentifiers } from '../../../src/lib/index/tokens.ts';

describe('words of a text', () => {
  const cases: [string, string, string[]][] = [
    ['takes names apart at punctuation', '@upstash/context7-mcp', ['upstash', 'context7', 'mcp']],
    ['ignores case and accents', 'Café İSTANBUL Ἀθήνα ёлка', ['cafe', 'istanbul', 'αθηνα', 'елка']],
    ['keeps the sign of c++ and c#', 'C++, C#/F# and g++', ['c++', 'c#', 'f#', 'and', 'g++']],
    [
      'keeps no sign of longer words or inside of sums',
      'notepad++ c++11 a+b',
      ['notepad', 'c', '11', 'a', 'b'],
    ],
    ['makes pairs of Chinese', '获取天气mcp', ['获取', '取天', '天气', 'mcp']],
    ['makes pairs of Japanese, voicing marks in place', 'データ', ['デー', 'ータ']],
    ['makes pairs of Korean syllables, not of their letters', '날씨를', ['날씨', '씨를']],
    ['keeps a lone Chinese character', '雨 rain', ['雨', 'rain']],
    ['keeps the vowel signs of Devanagari', 'हिन्दी', ['हिन्दी']],
    ['reads full-width letters and ligatures', 'ＭＣＰ ﬁle', ['mcp', 'file']],
    ['finds none in emoji', '🎉🎊', []],
    ['finds none in punctuation', '"*" ^ ( : - ', []],
    ['separates at a null character', 'a\u0000b', ['a', 'b']],
  ];
  it('are the same in plain ASCII, and beside a letter that is none', () => {
    const ascii = fc.array(fc.constantFrom(...'abCZ09+#-_ /."\u0000'), { maxLength: 40 });
    fc.assert(
      fc.property(ascii, (letters) => {
        const text = letters.join('');
        expect(tokenize(`${text} ж`)).to.deep.equal([...tokenize(text), 'ж']);
      }),
      { numRuns: 500 },
    );
  });

  for (const [claim, text, words] of cases) {
    it(claim, () => expect(tokenize(text)).to.deep.equal(words));
  }

  it('are the same whether accents are composed or not', () => {
    expect(tokenize('é가が'.normalize('NFD'))).to.deep.equal(tokenize('é가が'.normalize('NFC')));
  });

  it('are cut, never inside a character', () => {
    expect(tokenize('x'.repeat(100))).to.deep.equal(['x'.repeat(64)]);
    expect(tokenize('𝒳𐐷'.repeat(50)).join('')).to.satisfy((word: string) => word.isWellFormed());
  });

  it('come out the same when they go in again, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const words = tokenize(text);
        for (const word of words) {
          expect(word).to.match(/^[\p{L}\p{N}\p{M}+#]+$/u);
          expect(tokenize(word)).to.deep.equal([word]);
        }
      }),
    );
  });
});

describe('words of identifiers', () => {
  it('are also the words inside of them', () => {
    expect(tokenizeIdentifiers('readFile')).to.deep.equal(['readfile', 'read', 'file']);
    expect(tokenizeIdentifiers('read_file')).to.deep.equal(['read', 'file']);
    expect(tokenizeIdentifiers('HTTPServer')).to.deep.equal(['httpserver', 'http', 'server']);
    expect(tokenizeIdentifiers('PostgresMCP')).to.deep.equal(['postgresmcp', 'postgres', 'mcp']);
  });
});
