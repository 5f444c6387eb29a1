// Which addresses in a message get a preview.
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { findLinks } from '../../src/lib/links.ts';

describe('the links of a message', () => {
  const links = (text: string) => findLinks(text, 5);

  test('are found in order, each once, up to the maximum', () => {
    const text = 'http://a.test https://b.test/x?y=z#w HTTP://C.test http://a.test';
    expect(links(text)).toEqual(['http://a.test', 'https://b.test/x?y=z#w', 'HTTP://C.test']);
    expect(findLinks(text, 2)).toEqual(['http://a.test', 'https://b.test/x?y=z#w']);
    expect(findLinks(text, 0)).toEqual([]);
  });

  const written: [text: string, link: string][] = [
    ['(see http://a.test/b).', 'http://a.test/b'],
    ['http://a.test/wiki/X_(Y)', 'http://a.test/wiki/X_(Y)'],
    ['(http://a.test/wiki/X_(Y))', 'http://a.test/wiki/X_(Y)'],
    ['[text](https://a.test/b)', 'https://a.test/b'],
    ['**http://a.test/b**, or', 'http://a.test/b'],
    ['"http://a.test/b"', 'http://a.test/b'],
    ['見てhttps://a.test/あ。次', 'https://a.test/あ'],
    ['http://archive.test/http://a.test/', 'http://archive.test/http://a.test/'],
    ['1 <2 http://a.test/b 3> 2', 'http://a.test/b'],
    ['it`s\nhttp://a.test/b\ndon`t', 'http://a.test/b'],
    ['``` http://a.test/b', 'http://a.test/b'],
    ['`code` http://a.test/b `code`', 'http://a.test/b'],
    ['http://a.test/b!?', 'http://a.test/b'],
    ['http://a.test/b\u202E', 'http://a.test/b'],
  ];
  test.each(written)('in %p are %p', (text, link) => {
    expect(links(text)).toEqual([link]);
  });

  const ignored = [
    '<http://a.test/b>',
    '[text](<http://a.test/b>)',
    '`http://a.test/b`',
    '``a ` http://a.test/b``',
    '```js\nhttp://a.test/b\n```',
    '````\n```\nhttp://a.test/b\n```\n````',
    'http://localhost/ http://router',
    'http://user:word@a.test/',
    'ftp://a.test/ mailto:a@a.test xhttp://a.test www.a.test',
    'http:// https://. http://.. http://[ http://a.test:99999/',
  ];
  test.each(ignored)('do not include %p', (text) => {
    expect(links(text)).toEqual([]);
  });

  test('are no longer than a browser takes them', () => {
    expect(links(`http://a.test/${'x'.repeat(3000)} http://b.test`)).toEqual(['http://b.test']);
  });

  test('are found in any text without an error and in little time', () => {
    const runs = Array.from({ length: 88 }, (_, index) => '`'.repeat(index + 1)).join(' ');
    const texts = [runs, '`a\n'.repeat(1333), '<http:'.repeat(666), 'http://x '.repeat(444)];
    texts.push(`http://${')'.repeat(4000)}`, `http://a.b/${'('.repeat(2000)}${')'.repeat(2000)}`);
    const start = performance.now();
    for (const text of texts) links(text);
    expect(performance.now() - start).toBeLessThan(500);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        links(`http://a.test/${text} http://${text}`);
      }),
    );
  });
});
