import { expect } from 'chai';
import { html, NOTHING, trusted } from '../../../registry/web/html.ts';
import { parameterRows } from '../../../registry/web/json-schema-rows.ts';
import { commitUrl, linkAway, runUrl, webUrl } from '../../../registry/web/links.ts';
import { MARKDOWN_LENGTH, markdownOf } from '../../../registry/web/markdown.ts';
import { lineOf, paragraphOf } from '../../../registry/web/text.ts';

const AWAY = 'rel="nofollow noopener noreferrer ugc"';

describe('a template', () => {
  it('takes values for text, in elements and in attributes', () => {
    const hostile = `<b a='1' b="2">&\``;
    const escaped = '&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;&#96;';
    expect(html`<p title="${hostile}">${hostile}</p>`.markup).to.equal(
      `<p title="${escaped}">${escaped}</p>`,
    );
  });

  it('takes what came out of one as it is, and lists of either', () => {
    const items = ['<', html`<i>${'>'}</i>`, trusted('<br>')];
    expect(html`<p>${items}</p>`.markup).to.equal('<p>&lt;<i>&gt;</i><br></p>');
  });

  it('writes nothing for what is not there, and zero for zero', () => {
    expect(html`${null}${undefined}${false}${NOTHING}${''}${0}`.markup).to.equal('0');
  });

  it('is not fooled by an object that looks like one', () => {
    const forged = JSON.parse('{"markup": "<script>"}') as unknown as string;
    expect(html`${forged}`.markup).to.equal('');
  });
});

describe('a text of somebody else', () => {
  it('loses what is not seen and what reorders it, and the pile of signs on a letter', () => {
    expect(lineOf('a\u202eb\u2066c\u200bd\ufeff\u0000')).to.equal('abcd');
    expect(lineOf(`a${'\u0301'.repeat(100)}b`)).to.equal(`a${'\u0301'.repeat(4)}b`);
    expect(paragraphOf(' one\r\ntwo\u2028 ')).to.equal('one\ntwo');
  });

  it('is cut, and no character in two', () => {
    expect(lineOf('x'.repeat(1_000_000), 10)).to.equal('xxxxxxxxx\u2026');
    expect(lineOf('\u{1f600}'.repeat(10), 4)).to.equal('\u{1f600}\u2026');
  });

  it('may be none at all', () => {
    for (const none of [undefined, null, 7, {}, ['x']]) expect(lineOf(none) + paragraphOf(none)).to.equal('');
  });
});

describe('a link that leads away', () => {
  it('leads to http and https alone', () => {
    expect(webUrl('https://example.com/a?b#c')).to.equal('https://example.com/a?b#c');
    for (const other of [
      ...['javascript:alert(1)', 'JAVASCRIPT:alert(1)', 'java\nscript:alert(1)', ' javascript:alert(1)'],
      ...['data:text/html,x', 'vbscript:x', 'file:///etc/passwd', '//example.com', '/path', 'mailto:a@b', ''],
      ...[7, null, undefined, {}],
    ]) {
      expect(webUrl(other), String(other)).to.equal(null);
      expect(linkAway(other, 'x').markup).to.equal('<span>x</span>');
    }
  });

  it('leads nowhere that a name before the host only looks like', () => {
    for (const url of ['https://google.com@attacker.example/', 'http://user:secret@example.com/']) {
      expect(webUrl(url), url).to.equal(null);
      expect(markdownOf(`[a](${url})`).markup, url).to.not.include('href');
    }
  });

  it('shows what a host is really called', () => {
    expect(webUrl('https://\u0430pple.com')).to.equal('https://xn--pple-43d.com/');
  });

  it('is made of repository, commit and run only where they look like such', () => {
    expect(commitUrl('Acme/echo', 'c'.repeat(40))).to.equal(
      `https://github.com/Acme/echo/commit/${'c'.repeat(40)}`,
    );
    expect(runUrl('Acme/echo', '7')).to.equal('https://github.com/Acme/echo/actions/runs/7');
    for (const repository of ['Acme', 'Acme/echo/../..', 'Acme/ec ho', '../x', 'a/b?c']) {
      expect(commitUrl(repository, 'c'.repeat(40)), repository).to.equal(null);
    }
    expect(commitUrl('Acme/echo', 'HEAD')).to.equal(null);
    expect(runUrl('Acme/echo', '7/../8')).to.equal(null);
  });
});

describe('Markdown of a manifest', () => {
  const markup = (text: unknown) => markdownOf(text).markup.trim();

  it('is rendered below the headings of the page', () => {
    expect(markup('# One\n\n###### Six\n\n**bold** `code`')).to.equal(
      '<h3>One</h3>\n<h6>Six</h6>\n<p><strong>bold</strong> <code>code</code></p>',
    );
    expect(markup('```js\n\tx <y\n```')).to.equal('<pre tabindex="0"><code>    x &lt;y\n</code></pre>');
  });

  it('lets no tag, attribute or entity of its own through', () => {
    expect(markup('<b onclick=x>y</b> &lt;')).to.equal('<p>&lt;b onclick=x&gt;y&lt;/b&gt; &lt;</p>');
    expect(markup('<!-- x -->\n\n<div>\n')).to.not.match(/<(?!p>|\/p>)/);
    expect(markup('|a|\n|:-:|\n|b|')).to.not.include('style');
  });

  it('links to http and https, and fetches no image', () => {
    expect(markup('[a](https://example.com "t")')).to.equal(
      `<p><a href="https://example.com/" ${AWAY}>a</a></p>`,
    );
    expect(markup('[a](javascript:x)')).to.equal('<p>[a](javascript:x)</p>');
    expect(markup('![a](https://example.com/i.png)')).to.equal(
      `<p><a href="https://example.com/i.png" ${AWAY}>a (image)</a></p>`,
    );
    expect(markup('[![a](https://example.com/i.png)](https://example.com)')).to.equal(
      `<p><a href="https://example.com/" ${AWAY}>a</a></p>`,
    );
    expect(markup('![a](data:image/png;base64,AA==)')).to.not.match(/<img|href/);
  });

  it('is nothing where it is no text', () => {
    for (const none of [undefined, null, 7, {}, [], ' \n ']) expect(markdownOf(none)).to.equal(NOTHING);
  });

  it('makes no more of a text than a few times its length', () => {
    const rows = '|x\n'.repeat(5_000);
    for (const text of [
      `|${'a|'.repeat(100)}\n|${'-|'.repeat(100)}\n${rows}`,
      `> a|b|c|d|e|f|g|h\n> -|-|-|-|-|-|-|-\n${'> x\n'.repeat(4_000)}`,
      `- ${'a|'.repeat(64)}\n  ${':-:|'.repeat(64)}\n${'  x\n'.repeat(4_000)}`,
    ]) {
      expect(markdownOf(text).markup.length).to.be.lessThan(8 * MARKDOWN_LENGTH);
    }
    expect(markdownOf('|a|b|\n|-|-|\n|c|').markup).to.include('<table>');
  });

  it('takes no time that matters, however it is made', () => {
    const fill = (text: string) => text.repeat(Math.ceil((4 * MARKDOWN_LENGTH) / text.length));
    const slow = [
      '[',
      '> ',
      '*a ',
      '**a *b ',
      '_a_',
      '[a](',
      '![a](',
      '<',
      '&',
      '- ',
      '<http://a',
      '~~a ',
      '|',
    ].map(fill);
    const start = process.cpuUsage();
    for (const text of [...slow, `a|b\n-|-\n${fill('|\n')}`]) markdownOf(text);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000, 'milliseconds of fourteen texts').to.be.lessThan(3_000);
  });
});

describe('a schema of a tool', () => {
  it('is read as rows, whatever it is', () => {
    const schema = {
      properties: {
        a: { type: 'string', description: 'A', default: 'x' },
        b: { type: 'array', items: { type: 'number' } },
        c: { enum: ['x', 1] },
        d: null,
      },
      required: ['a', 7],
    };
    expect(parameterRows(schema).map(({ name, type, required }) => [name, type, required])).to.deep.equal([
      ['a', 'string', true],
      ['b', 'number[]', false],
      ['c', '"x" | 1', false],
      ['d', 'any', false],
    ]);
    for (const none of [undefined, null, 7, 'x', [], { properties: 7 }]) {
      expect(parameterRows(none as Parameters<typeof parameterRows>[0])).to.deep.equal([]);
    }
  });
});
