// What is read from a web page for its preview, and which links of a message are looked at.
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { readPageMetadata, untilHeadEnds } from '../../src/lib/page-metadata.ts';

const here = 'https://page.test/news/today?id=1';

function read(html: string | Uint8Array, contentType?: string) {
  const bytes = typeof html === 'string' ? new TextEncoder().encode(html) : html;
  return readPageMetadata(bytes, { url: here, contentType });
}

const meta = (name: string, content: string) => `<meta property="${name}" content="${content}">`;
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe('the metadata of a page', () => {
  test('is what Open Graph says', async () => {
    const html = `<!doctype html><html><head><title>Plain</title>
      ${meta('og:title', 'A title')}${meta('og:description', 'What it is about')}
      ${meta('og:site_name', 'The Site')}${meta('og:url', '/news/1')}
      ${meta('og:image', '/a.png?b=1&amp;c=2')}${meta('og:type', 'Video.Other')}
      <meta name="theme-color" content="#ff8000"></head><body>`;
    expect(await read(html)).toEqual({
      title: 'A title',
      description: 'What it is about',
      site_name: 'The Site',
      image: 'https://page.test/a.png?b=1&c=2',
      type: 'video.other',
      color: 0xff8000,
    });
  });

  test('is empty where nothing is said', async () => {
    const nothing = {
      title: null,
      description: null,
      site_name: null,
      image: null,
      type: null,
      color: null,
    };
    for (const html of ['', 'just text', '{"json": true}', '<title> \n&nbsp;&#8203;</title>']) {
      expect(await read(html)).toEqual(nothing);
    }
  });

  test('comes from Twitter cards, then from the title and the description', async () => {
    const card = `${meta('twitter:title', 'Card')}${meta('twitter:image', 'https://i.test/a.png')}`;
    expect(await read(`<title>Plain</title>${card}`)).toMatchObject({
      title: 'Card',
      image: 'https://i.test/a.png',
    });
    expect(await read('<title>Plain</title><META NAME=Description CONTENT=words>')).toMatchObject({
      title: 'Plain',
      description: 'words',
    });
  });

  test('takes what was said first, and the next best where that is blank', async () => {
    expect(await read(meta('og:title', 'one') + meta('og:title', 'two'))).toMatchObject({
      title: 'one',
    });
    expect(await read(`${meta('og:title', ' ')}<title>Plain</title>`)).toMatchObject({
      title: 'Plain',
    });
  });

  test('takes the first title, and not that of a drawing', async () => {
    expect((await read('<title>One</title><title>Two</title>')).title).toBe('One');
    expect((await read('<body><svg><title>Logo</title></svg>')).title).toBeNull();
  });

  test('is one line, with entities decoded once and without control characters', async () => {
    const title = async (text: string) => (await read(`<title>${text}</title>`)).title;
    expect(await title('\n  A &amp; B\r\n\t&lt;C&gt;&nbsp;')).toBe('A & B <C>');
    expect(await title('&quot;caf&eacute;&quot; &mdash; &#8364;5 &#x1F600;')).toBe(
      '"café" — €5 😀',
    );
    expect(await title('it&#146;s &#39;x&#39 &amp;amp; &unknown; & &#0; &#xD800; &#x110000;')).toBe(
      "it’s 'x' &amp; &unknown; & \uFFFD \uFFFD \uFFFD",
    );
    expect(await title('a\u0000b\u0007c\u009Dd \u202Etxt.exe\u202C \u200B')).toBe(
      'a b c d txt.exe',
    );
    expect(await title('<b>raw</b> text')).toBe('<b>raw</b> text');
  });

  test('has a limit for each text', async () => {
    const long = '🎮'.repeat(3000);
    const found = await read(
      meta('og:title', long) + meta('og:description', long) + meta('og:site_name', long),
    );
    expect(found.title).toBe(`${'🎮'.repeat(255)}…`);
    expect(Array.from(found.description ?? '').length).toBe(1024);
    expect(Array.from(found.site_name ?? '').length).toBe(128);
    expect((await read(`<title>${'x'.repeat(300_000)}`)).title?.length).toBe(256);
    expect((await read(meta('og:image', `/${'x'.repeat(3000)}`))).image).toBeNull();
  });

  test('has an image with an absolute web address on the public internet, or none', async () => {
    const image = async (address: string) => (await read(meta('og:image', address))).image;
    expect(await image('pictures/a.png')).toBe('https://page.test/news/pictures/a.png');
    expect(await image('//i.test/a.png')).toBe('https://i.test/a.png');
    expect(await image('https://1.1.1.1/a.png')).toBe('https://1.1.1.1/a.png');
    const base = '<base href="https://cdn.test/x/">';
    expect((await read(base + meta('og:image', 'a.png'))).image).toBe('https://cdn.test/x/a.png');
    const refused = ['data:image/png;base64,AAAA', 'javascript:alert(1)', 'file:///etc/passwd'];
    refused.push('http://192.168.0.1/restart', 'http://0x7f.1/', 'http://[::1]/', 'http://router/');
    refused.push('https://user:word@i.test/a.png', 'https://exa mple.test/', 'http://');
    for (const address of refused) expect(await image(address)).toBeNull();
  });

  test('has a color in any notation of CSS, or none', async () => {
    const color = async (css: string) => (await read(meta('theme-color', css))).color;
    expect(await color('rgb(1, 2, 3)')).toBe(0x010203);
    expect(await color('white')).toBe(0xffffff);
    for (const css of ['#12345', 'var(--a)', 'light-dark(red, blue)', 'currentColor', 'x']) {
      expect(await color(css)).toBeNull();
    }
  });

  test('is read from a body when the head has no title', async () => {
    expect((await read(`<body>${meta('og:title', 'late')}`)).title).toBe('late');
  });

  test('is not read on for once the body begins', async () => {
    const body = '<p>'.repeat(50_000);
    const html = `<title>a</title><body>${body}${meta('og:description', 'far down')}`;
    expect((await read(html)).description).toBeNull();
  });
});

describe('the charset of a page', () => {
  test('is that of its header, before that of its own tag', async () => {
    const page = latin1('<meta charset="utf-8"><title>\xEF\xF0\xE8\xE2\xE5\xF2</title>');
    expect((await read(page, 'text/html; charset=windows-1251')).title).toBe('привет');
  });

  test('is that of its own tag, in both spellings', async () => {
    const japanese = '\x93\xFA\x96{';
    for (const tag of [
      '<meta charset=Shift_JIS>',
      `<meta http-equiv="Content-Type"
      content="text/html; charset=shift_jis">`,
    ]) {
      expect((await read(latin1(`${tag}<title>${japanese}</title>`), 'text/html')).title).toBe(
        '日本',
      );
    }
  });

  test('is that of its byte order mark, before anything else', async () => {
    const utf16 = new Uint8Array([0xff, 0xfe, ...Buffer.from('<title>жук</title>', 'utf16le')]);
    expect((await read(utf16, 'text/html; charset=utf-8')).title).toBe('жук');
    expect((await read('\uFEFF<title>жук</title>', 'text/html; charset=koi8-r')).title).toBe('жук');
  });

  test('is UTF-8 where nothing is said, and windows-1252 where that cannot be', async () => {
    expect((await read('<title>жук</title>')).title).toBe('жук');
    expect((await read(latin1('<title>na\xEFve \x93x\x94</title>'))).title).toBe('naïve “x”');
    const cut = new TextEncoder().encode('<title>жук</title>ж').slice(0, -1);
    expect((await read(cut)).title).toBe('жук');
  });

  test('is kept wherever a long page is cut into pieces, and where it was cut itself', async () => {
    for (let shift = 0; shift < 4; shift += 1) {
      const filler = `<!--${'x'.repeat(shift)}${'ü😀'.repeat(20_000)}-->`;
      const page = `${filler}${meta('og:title', 'Grüße 😀')}<!--ü`;
      const utf8 = new TextEncoder().encode(page);
      const utf16 = Buffer.from(`\uFEFF${page}`, 'utf16le');
      for (const bytes of [utf8, utf8.subarray(0, -1), utf16, utf16.subarray(0, -1)]) {
        expect((await read(bytes)).title).toBe('Grüße 😀');
      }
      const western = latin1(`${filler.replaceAll('😀', '')}${meta('og:title', 'Grüße')}`);
      expect((await read(western)).title).toBe('Grüße');
    }
  });

  test('that nobody knows is ignored', async () => {
    expect((await read('<meta charset=klingon><title>жук</title>', 'a; charset=x')).title).toBe(
      'жук',
    );
  });
});

describe('a hostile page', () => {
  test('is never an error', async () => {
    const part = fc.oneof(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '=',
        '/',
        '&',
        ';',
        '&#',
        '<!--',
        '-->',
        '<![CDATA[',
        '\0',
      ),
      fc.constantFrom(
        '<title>',
        '</title>',
        '<meta ',
        'property=',
        'og:title',
        'content=',
        '<svg>',
      ),
      fc.constantFrom('<script>', '<select>', '<math>', '<template>', '<base href=', '<body>', ' '),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const html = fc.array(part, { maxLength: 40 }).map((parts) => parts.join(''));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      html.map((text) => new TextEncoder().encode(text)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (page) => {
        const found = await read(page);
        for (const text of [found.title, found.description, found.site_name, found.type]) {
          expect(text ?? 'none').toMatch(/^[^\p{Cc}\u202A-\u202E\u2066-\u2069]+$/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    '<a>',
    '<svg>',
    '<title>',
    '<meta property=og:title content=x>',
    '<body>',
    '<!--',
    '&',
  ])('of nothing but %s never holds the thread', async (piece) => {
    const html = piece.repeat(Math.floor((512 * 1024) / piece.length));
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await read(html);
    isOver = true;
    // Others have a turn after each few thousand characters.
    expect(turns).toBeGreaterThan(10);
  });
});

test('enough of a page has come when its head ended and had a title, however it is cut', () => {
  const endsAt = (page: string, size: number) => {
    const isEnough = untilHeadEnds();
    for (let at = 0; at < page.length; at += size) {
      if (isEnough(latin1(page.slice(at, at + size)))) return Math.min(at + size, page.length);
    }
    return null;
  };
  for (const end of ['</head>', '</HEAD >', '</head\n>']) {
    for (const title of ['<title>x', '<TITLE lang="en">x', meta('og:title', 'x')]) {
      const page = `<html><head>${title}${end}<body>`;
      const least = page.indexOf('<body>');
      for (const size of [1, 2, 5, 1000]) {
        const stopped = endsAt(page, size) ?? 0;
        expect(stopped).toBeGreaterThanOrEqual(least - 1);
        expect(stopped).toBeLessThan(least + size);
      }
    }
  }
  for (const page of ['<title>x', '<head></head>', '<title>x</header>', '<titles></head>']) {
    expect(endsAt(page, 3)).toBeNull();
  }
});
