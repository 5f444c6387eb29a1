// What a search finds, asked of a real FTS5 table.
import { Database } from 'bun:sqlite';
import { describe, expect, spyOn, test } from 'bun:test';
import fc from 'fast-check';
import {
  maxSearchWords,
  normalizeForSearch,
  searchTokenizer,
  wordSearch,
} from '../../src/lib/search-text.ts';

const searchExpression = (query: string) => wordSearch(query)?.expression ?? null;

// The second is the tokenizer without marks: coarser, but nothing may throw there either.
const tokenizers = [searchTokenizer, searchTokenizer.replace('M* ', '')];

function createIndex(messages: string[], tokenizer = searchTokenizer) {
  const db = new Database(':memory:');
  db.run(
    `CREATE VIRTUAL TABLE search USING fts5(content, scope, content='', contentless_delete=1,
     prefix='2 3', tokenize="${tokenizer}")`,
  );
  db.run("CREATE VIRTUAL TABLE words USING fts5vocab('search', 'col')");
  const insert = db.query('INSERT INTO search (rowid, content, scope) VALUES (?, ?, ?)');
  const shown = [...messages];
  messages.forEach((message, index) => insert.run(index, normalizeForSearch(message), 'c1'));
  const select = db.query<{ rowid: number }, [string]>(
    'SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid',
  );
  return {
    find(query: string) {
      const asked = wordSearch(query);
      if (asked === null) return [];
      const all = (expression: string) =>
        select.all(`${expression} AND scope:("c1" OR "c2")`).map((row) => row.rowid);
      const found = all(asked.expression);
      // Whoever looks through more of them finds the same.
      if (tokenizer === searchTokenizer) {
        const wide = all(asked.wide).filter((row) => asked.fits(shown[row] ?? ''));
        expect(wide).toEqual(found);
      }
      return found;
    },
    /** Whether SQLite, whose Unicode may be older than ours, sees a word in what was added. */
    hasWords: () => db.query("SELECT 1 FROM words WHERE col = 'content' LIMIT 1").get() !== null,
    add(message: string) {
      db.run('DELETE FROM search');
      insert.run(1, normalizeForSearch(message), 'c1');
      shown[1] = message;
    },
  };
}

const finds = (message: string, query: string) => createIndex([message]).find(query).length === 1;

describe('a search finds', () => {
  const found: [message: string, query: string][] = [
    ['Hello World', 'world hello'],
    ['I am hosting a server', 'host'],
    ['naïve CAFÉ', 'naive café'],
    ['die Straße', 'STRASSE'],
    ['Σίσυφος', 'ΣΙΣΥΦΟΣ'],
    ['İstanbul', 'istanbul'],
    ['ПРИВЕТ мир', 'привет'],
    ['x\u0301y', 'xy'],
    ["don't panic", "don't"],
    ['mail to ann@example.org', 'ann@example.org'],
    ['call `render()` first', 'render first'],
    ['2^10 is 1024', '2 1024'],
    ['今日は東京タワーへ行く', '東京 タワー'],
    ['ｶﾞﾝﾀﾞﾑ', 'ガンダム'],
    ['Ｆｕｌｌ　Ｗｉｄｔｈ', 'full width'],
    ['สวัสดีครับ', 'ครับ'],
    ['한국어는 어렵다', '한국'],
    ['한국어는 어렵다', '한'],
    ['मेरी किताब', 'किताब'],
    ['שָׁלוֹם', 'שלום'],
    ['مُحَمَّد', 'محمد'],
    ['great👍🏽job', '👍'],
    ['great👍🏽job', 'job great'],
    ['I ❤️ it', '❤'],
    ['🇩🇪🇫🇷', '🇫🇷'],
    ['👨‍👩‍👧', '👧'],
    ['♪song♪', 'song'],
    ['mod\u00ADera\u2060tor', 'moderator'],
    ['half \ud83d emoji', 'half'],
    ['a\0b', 'a b'],
    ['Зелёный ёжик', 'зеленый'],
    ['мой май', 'мои маи'],
    ['Łódź jest', 'lodz'],
    ['Lodz jest', 'łódź'],
    ['مـحـمـد', 'محمد'],
    ['أحمد إلى آخر', 'احمد الي اخر'],
    ['٢٠٢٤', '2024'],
    ['ガンダム', 'がんだむ'],
    ["l'avion", 'avion'],
    ['l’été', "l'ete"],
  ];
  test.each(found)('%p by %p', (message, query) => {
    expect(finds(message, query)).toBe(true);
  });
});

describe('a search does not find', () => {
  const missed: [message: string, query: string][] = [
    ['hello', 'hello world'],
    ['hosting it', 'host it'],
    ['alpha', 'a'],
    ['東 x 京', '東京'],
    ['मा', 'मी'],
    ['ม', 'มี'],
    ['🇩🇪🇫🇷', '🇪🇫'],
    ['hello there', 'there" OR content:"hello" nothing'],
    ['hello', 'hello NOT there'],
    ['hello', 'scope:c1'],
    ['b a', 'NEAR(a b)'],
    ['ハン', 'バン'],
    ['מים', 'מימ'],
  ];
  test.each(missed)('%p by %p', (message, query) => {
    expect(finds(message, query)).toBe(false);
  });
});

test('nothing with more than a few marks on a letter is normalized, whatever is between them', () => {
  const pairs = ['\u0301\u0323', '\u0301\u200d', '\u0301\u2060\u0323', '\u0344', '\u034f\u0301'];
  const normalizing = spyOn(String.prototype, 'normalize');
  try {
    for (const two of pairs) {
      expect(normalizeForSearch(`a${two.repeat(2_000)}`)).toBe('a');
      expect(searchExpression(`a${two.repeat(400)}`)).toBe('(content:"a")');
    }
    const given = normalizing.mock.contexts.map(String);
    const runs = given.flatMap((text) => text.match(/\p{M}+/gu) ?? []);
    expect(given.length).toBeGreaterThanOrEqual(2 * pairs.length);
    // After decomposition, in which a mark can become two.
    expect(Math.max(...runs.map((run) => run.length))).toBeLessThanOrEqual(60);
  } finally {
    normalizing.mockRestore();
  }
});

describe('a query', () => {
  test('of no words asks for nothing', () => {
    for (const query of ['', ' \n\t', '"', '* - + ()', '""""', '\0', '\u200B\uFEFF', '^`', '...']) {
      expect(searchExpression(query)).toBeNull();
    }
  });

  test('is a quoted phrase for each word, the last one a prefix', () => {
    expect(searchExpression(' Say "cheese" \0please ')).toBe(
      '(content:"say" content:"""cheese""" content:"please"*)',
    );
  });

  test('ignores words in which there is nothing to find', () => {
    const index = createIndex(['hello world']);
    expect(index.find('hello -- !!! world')).toEqual([0]);
    expect(index.find('hello *')).toEqual([0]);
  });

  test('of a pasted page asks for a bounded number of words', () => {
    const page = Array.from({ length: 5000 }, (_, index) => `word${index}`).join(' ');
    expect(searchExpression(page)?.split('content:').length).toBe(maxSearchWords + 1);
  });

  test('asks for few words, however they hang together, and for each a few times at most', () => {
    const tokensOf = (query: string): string[] => {
      const expression = searchExpression(query) ?? '';
      return [...(expression.replaceAll('content:', '').match(/[\p{L}\p{N}]+/gu) ?? [])];
    };
    const letters = Array.from({ length: 500 }, (_, n) => String.fromCodePoint(0x4e00 + n));
    expect(tokensOf(letters.join(''))).toEqual(letters.slice(0, maxSearchWords));
    expect(tokensOf(letters.join('.'))).toHaveLength(maxSearchWords);
    expect(tokensOf('word.'.repeat(200))).toEqual(['word', 'word', 'word']);
    expect(tokensOf('的'.repeat(1_000))).toHaveLength(3);
    expect(tokensOf('a.b.'.repeat(250)).length).toBeLessThan(8);
    expect(tokensOf('a.b a.c a.d a.e a.f').filter((token) => token === 'a')).toHaveLength(3);
  });

  test('of which a part is passed over finds what it would find as a whole', () => {
    const texts = ['word.'.repeat(200), '的'.repeat(500), 'one.two.'.repeat(50)];
    const index = createIndex(texts);
    for (const [n, text] of texts.entries()) expect(index.find(text)).toEqual([n]);
  });

  test('never throws, whatever is typed and whatever is indexed', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
      fc
        .array(fc.constantFrom('"', '*', '(', ')', ':', '-', '^', '+', '{', '\0', ' ', 'a', 'NOT '))
        .map((parts) => parts.join('')),
    );
    for (const tokenizer of tokenizers) {
      const index = createIndex([], tokenizer);
      fc.assert(
        fc.property(text, text, (message, query) => {
          index.add(message);
          index.find(query);
        }),
        { numRuns: 1000 },
      );
    }
  });

  test('made of a message finds that message', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    for (const tokenizer of tokenizers) {
      const index = createIndex([], tokenizer);
      fc.assert(
        fc.property(text, (message) => {
          index.add(message);
          if (searchExpression(message) === null) return;
          // What SQLite takes for a mark is nothing to it where marks are no words.
          if (tokenizer === searchTokenizer) expect(index.hasWords()).toBe(true);
          if (index.hasWords()) expect(index.find(message)).toEqual([1]);
        }),
        { numRuns: 500 },
      );
    }
  });

  test('finds exactly the messages that hold every word, the last one as a beginning', () => {
    const vocabulary = [
      'cat',
      'Cats',
      'catalog',
      'ΛΌΓΟΣ',
      'λόγου',
      'жар',
      'жара',
      'की',
      'का',
      'déjà',
    ];
    const separators = [' ', ', ', '\n', ' - ', '"', ' (', '*'];
    const word = fc.constantFrom(...vocabulary);
    const words = fc.array(fc.tuple(word, fc.constantFrom(...separators)), { maxLength: 5 });
    const query = fc.array(word, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(words, { maxLength: 6 }), query, (messages, wanted) => {
        const index = createIndex(messages.map((message) => message.flat().join('')));
        const holds = (message: string[], whole: string[], start: string) =>
          whole.every((each) => message.includes(each)) &&
          message.some((each) => each.startsWith(start));
        const lower = (text: string) => text.toLowerCase();
        const whole = wanted.slice(0, -1).map(lower);
        const start = lower(wanted.at(-1) ?? '');
        const expected = messages.flatMap((message, position) =>
          holds(
            message.map(([each]) => lower(each)),
            whole,
            start,
          )
            ? [position]
            : [],
        );
        expect(index.find(wanted.join(' '))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

test('what was normalised stays the same when it is normalised again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
      const once = normalizeForSearch(text);
      const words = (each: string) => each.split(/\s+/u).join(' ');
      expect(words(normalizeForSearch(once))).toBe(words(once));
    }),
  );
});
