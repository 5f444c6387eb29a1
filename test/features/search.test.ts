// The search in messages: what is found, in which order, and that nobody finds what they may not read.
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { defaultsOf } from '../../src/db/derived.ts';
import { messages } from '../../src/db/schema/messages.ts';
import { insertMessage } from '../../src/features/talk/messages/queries.ts';
import { indexAll } from '../../src/features/talk/search/indexing.ts';
import type { Person } from '../support/person.ts';
import { FakeClock } from '../support/clock.ts';
import { uploads } from '../support/forms.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { deny, hiddenChannel, world, type World } from '../support/world.ts';

type Query = Record<string, string | number | boolean | undefined>;

const pathFor = (space: { id: string }, query: Query) => {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) parameters.set(key, String(value));
  return `/spaces/${space.id}/messages/search?${parameters.toString()}`;
};

/** What somebody finds, by content, newest first. */
async function finds(who: Person, space: { id: string }, query: Query): Promise<string[]> {
  const found = await who.does('GET', pathFor(space, query));
  return found.map(({ content }: { content: string }) => content);
}

const words = (query: string) => ({ query });

describe('a message is found by', () => {
  const cases: [string, string, string[]][] = [
    ['every word of it', 'apple tree', ['Apple tree']],
    ['words in any order', 'TREE apple', ['Apple tree']],
    ['the beginning of the last word', 'apple tr', ['Apple tree']],
    ['not the beginning of another', 'app tree', []],
    ['not a part of its words only', 'apple house', []],
    ['a word without its accents', 'strasse', ['Straße']],
    ['other capitals', 'ÖL', ['Öl']],
    ['characters without spaces between them', '日本', ['日本語です']],
    ['an emoji', '👍', ['fine 👍🏽']],
    ['its title', 'heading', ['in a post']],
    ['nothing that is no word', '!!! -- ""', []],
  ];
  test.each(cases)('%s: %j', async (_name, query, expected) => {
    await using server = await startTest();
    const { owner, space, general } = await world(server, 'olga');
    for (const content of ['Apple tree', 'Straße', 'Öl', '日本語です', 'fine 👍🏽', 'house']) {
      await owner.says(general, content);
    }
    await owner.says(general, 'in a post', { title: 'The Heading' });
    expect(await finds(owner, space, words(query))).toEqual(expected);
  });
});

describe('nothing that is typed is an operator', () => {
  test.each([
    'a OR b',
    'a AND NOT b',
    'NEAR(a b)',
    '"a" b"',
    "'a'",
    'scope:pinned',
    'content:a',
    'a*b',
    '^a',
    'a -b',
    '{content scope}: a',
    '(a',
    'a)',
    '%',
    '_',
    '\0',
    'c1) OR (scope:c',
    '\u202E"',
    '\\',
  ])('%j', async (query) => {
    await using server = await startTest();
    const at = await world(server, 'olga', 'bob');
    const { bob } = at;
    const hidden = await hiddenChannel(at);
    await at.owner.says(hidden, 'a b or and not near scope pinned content c1');
    await at.owner.says(at.general, 'something else entirely');
    expect(await finds(bob, at.space, words(query))).toEqual([]);
  });

  test('whatever it is, and whatever else is asked for', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga', 'bob');
    const { bob } = at;
    const hidden = await hiddenChannel(at);
    await at.owner.says(hidden, 'secret a b c 1 2 3 % _ "');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (query) => {
        if (query.trim() === '') return;
        const reply = await bob.call('GET', pathFor(at.space, { query }));
        expect(reply.status).toBe(200);
        expect(reply.data).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(server.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('what is found stays true when a message', () => {
  const begin = async (server: TestServer) => {
    const at = await world(server, 'olga');
    const sent = await at.owner.says(at.general, 'first version');
    return { ...at, sent, path: `/channels/${at.general.id}/messages/${sent.id}` };
  };

  test('is edited', async () => {
    await using server = await startTest();
    const { owner, space, path } = await begin(server);
    await owner.does('PATCH', path, { content: 'second edition' });
    expect(await finds(owner, space, words('version'))).toEqual([]);
    expect(await finds(owner, space, words('edition'))).toEqual(['second edition']);
  });

  test('is deleted, alone or with many', async () => {
    await using server = await startTest();
    const { owner, space, general, path } = await begin(server);
    await owner.does('DELETE', path);
    const more = await Promise.all(['version a', 'version b'].map((it) => owner.says(general, it)));
    const ids = more.map(({ id }) => id);
    expect(await finds(owner, space, words('version'))).toHaveLength(2);
    const bulk = `/channels/${general.id}/messages/bulk-delete`;
    await owner.does('POST', bulk, { messages: ids });
    expect(await finds(owner, space, words('version'))).toEqual([]);
    expect(await indexed(server)).toBe(0);
  });

  test('begins a thread that goes with it', async () => {
    await using server = await startTest();
    const { owner, space, general, sent, path } = await begin(server);
    await owner.says(general, 'version of a reply', { thread_id: sent.id });
    expect(await finds(owner, space, words('reply'))).toEqual(['version of a reply']);
    await owner.does('DELETE', path);
    expect(await finds(owner, space, words('version'))).toEqual([]);
    expect(await indexed(server)).toBe(0);
  });

  test('is pinned and unpinned', async () => {
    await using server = await startTest();
    const { owner, space, general, sent } = await begin(server);
    await owner.says(general, 'not pinned');
    const pin = `/channels/${general.id}/pins/${sent.id}`;
    expect(await finds(owner, space, { pinned: true })).toEqual([]);
    await owner.does('PUT', pin);
    expect(await finds(owner, space, { pinned: true })).toEqual(['first version']);
    expect(await finds(owner, space, { pinned: false })).toEqual(['not pinned']);
    await owner.does('DELETE', pin);
    expect(await finds(owner, space, { pinned: true })).toEqual([]);
  });

  test('goes with its channel: at once for readers, in time from the index', async () => {
    const clock = new FakeClock();
    await using server = await startTest({ clock });
    const { owner, space } = await begin(server);
    const channel = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
    await owner.says(channel, 'version elsewhere');
    await owner.does('DELETE', `/channels/${channel.id}`);
    expect(await finds(owner, space, words('version'))).toEqual(['first version']);
    await clock.pass(5_000);
    expect(await indexed(server)).toBe(1);
  });
});

/** How many messages the index holds, once it holds all. */
async function indexed(server: TestServer): Promise<number> {
  await indexAll(server.app);
  const row = server.app.db.sqlite
    .query<{ n: number }, []>('SELECT count(*) AS n FROM message_search_docsize')
    .get();
  return row?.n ?? -1;
}

describe('nobody finds what they may not read', () => {
  test('members: only in channels that they view and whose past they may read', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga', 'bob');
    const { owner, bob, space, general } = at;
    const hidden = await hiddenChannel(at);
    const silent = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'silent' });
    await deny(at, silent, 'read_history');
    for (const channel of [general, hidden, silent])
      await owner.says(channel, `word ${channel.name}`);
    expect(await finds(owner, space, words('word'))).toHaveLength(3);
    expect(await finds(bob, space, words('word'))).toEqual(['word general']);
    for (const { id } of [hidden, silent]) {
      await bob.isRefused(403, 'GET', pathFor(space, { query: 'word', channel_id: id }));
    }
    await bob.isRefused(403, 'GET', pathFor(space, { query: 'word', channel_id: '1' }));
    const { general: foreign } = await owner.founds('Other');
    await owner.isRefused(403, 'GET', pathFor(space, { query: 'word', channel_id: foreign.id }));
    await deny(at, general, 'view_channel');
    await bob.isRefused(403, 'GET', pathFor(space, words('word')));
  });

  test('strangers and people without an account: what anyone may read in a public space', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga');
    const { owner, space, general } = at;
    const stranger = await server.person('cleo');
    const hidden = await hiddenChannel(at);
    await owner.says(general, 'word for all');
    await owner.says(hidden, 'word for few');
    const anonymous = () => server.call('GET', pathFor(space, words('word')));
    expect((await anonymous()).data.map((it: any) => it.content)).toEqual(['word for all']);
    expect(await finds(stranger, space, words('word'))).toEqual(['word for all']);
    await owner.does('PATCH', `/spaces/${space.id}`, { public: false });
    expect((await anonymous()).status).toBe(401);
    await stranger.isRefused(403, 'GET', pathFor(space, words('word')));
    await owner.does('GET', pathFor(space, words('word')));
  });

  test('the banned: no more than a stranger', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga', 'bob');
    const { bob } = at;
    await at.owner.says(at.general, 'word');
    await at.owner.does('DELETE', `/spaces/${at.space.id}/members/${bob.id}`);
    await at.owner.does('PATCH', `/spaces/${at.space.id}`, { public: false });
    await bob.isRefused(403, 'GET', pathFor(at.space, words('word')));
  });
});

describe('a search is narrowed by', () => {
  const clockAt = (time: string) => {
    const clock = new FakeClock();
    return clock.pass(Date.parse(time) - clock.now()).then(() => clock);
  };

  test('author, channel and files', async () => {
    await using server = await startTest();
    const at = await world(server, 'olga', 'bob');
    const { owner, bob, space, general } = at;
    const other = await owner.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
    await bob.says(general, 'word of bob');
    await owner.says(other, 'word elsewhere');
    await uploads(bob, general, { content: 'word with file' }, [{ filename: 'a', bytes: 'x' }]);
    expect(await finds(bob, space, { author_id: bob.id })).toEqual([
      'word with file',
      'word of bob',
    ]);
    expect(await finds(bob, space, { channel_id: other.id })).toEqual(['word elsewhere']);
    expect(await finds(bob, space, { has_attachment: true })).toEqual(['word with file']);
    expect(await finds(bob, space, { has_attachment: false, author_id: bob.id })).toEqual([
      'word of bob',
    ]);
    expect(await finds(bob, space, { query: 'file', author_id: owner.id })).toEqual([]);
    expect(await finds(bob, space, { author_id: '1' })).toEqual([]);
    const [found] = await bob.does('GET', pathFor(space, { has_attachment: true }));
    expect(found.attachments).toHaveLength(1);
  });

  test('time, exclusive to the millisecond, in any spelling', async () => {
    const clock = await clockAt('2026-07-01T10:00:00.000Z');
    await using server = await startTest({ clock });
    const { owner, space, general } = await world(server, 'olga');
    const ids: string[] = [];
    for (const content of ['one', 'two', 'three']) {
      ids.push((await owner.says(general, content)).id);
      await clock.pass(1);
    }
    const after = (time: string) => finds(owner, space, { after: time });
    const before = (time: string) => finds(owner, space, { before: time });
    expect(await after('2026-07-01T10:00:00.000Z')).toEqual(['three', 'two']);
    expect(await after('2026-07-01 10:00:00.001')).toEqual(['three']);
    expect(await after('2026-07-01T12:00:00.001+02:00')).toEqual(['three']);
    expect(await before('2026-07-01T10:00:00.001Z')).toEqual(['one']);
    expect(await before('2026-07-02')).toEqual(['three', 'two', 'one']);
    expect(await before('1990-01-01')).toEqual([]);
    expect(await after('9999-12-31')).toEqual([]);
    expect(await after(ids[1] ?? '')).toEqual(['three']);
    expect(await before(ids[1] ?? '')).toEqual(['one']);
    const between = { after: '2026-07-01T10:00:00Z', before: '2026-07-01T10:00:00.002Z' };
    expect(await finds(owner, space, between)).toEqual(['two']);
    for (const time of ['yesterday', '2026-13-01', '2026-07-01T25:00:00Z', '5']) {
      await owner.isRefused(400, 'GET', pathFor(space, { after: time }));
    }
  });

  test('words in which there is nothing to find, whatever else narrows it: to nothing', async () => {
    await using server = await startTest();
    const { owner, space, general } = await world(server, 'olga');
    await owner.says(general, 'word');
    for (const query of ['', ' \n', '!!!']) {
      expect(await finds(owner, space, { query })).toEqual([]);
      expect(await finds(owner, space, { query, author_id: owner.id })).toEqual([]);
    }
  });

  test('something at least', async () => {
    await using server = await startTest();
    const { owner, space } = await world(server, 'olga');
    for (const query of [{}, { limit: 5 }, { cursor: '1' }, { offset: 1 }]) {
      await owner.isRefused(400, 'GET', pathFor(space, query));
    }
    const wrong = [{ author_id: 'x' }, { pinned: 'maybe' }, { query: 'x', offset: -1 }];
    for (const query of wrong) await owner.isRefused(400, 'GET', pathFor(space, query));
    await owner.isRefused(400, 'GET', pathFor(space, { query: 'x', offset: 10_001 }));
    const bare = await owner.isRefused(400, 'GET', pathFor(space, {}));
    expect(bare.body.error.message).toStartWith('query: needs one of');
    await owner.isRefused(400, 'GET', pathFor(space, { query: 'x'.repeat(1001) }));
    await owner.isRefused(404, 'GET', pathFor({ id: '1' }, words('x')));
    expect(await finds(owner, space, { query: 'x', limit: -5 })).toEqual([]);
  });
});

test('reactions of the one who searches are marked as the own', async () => {
  await using server = await startTest();
  const { owner, bob, space, general } = await world(server, 'olga', 'bob');
  const { id } = await owner.says(general, 'word');
  await bob.does('PUT', `/channels/${general.id}/messages/${id}/reactions/heart/@me`);
  const mine = await bob.does('GET', pathFor(space, words('word')));
  expect(mine[0].reactions).toEqual([{ emoji: { id: null, name: 'heart' }, count: 1, me: true }]);
  const theirs = await owner.does('GET', pathFor(space, words('word')));
  expect(theirs[0].reactions[0].me).toBe(false);
});

/** Writes messages as a turn does, without telling anybody. */
async function fill(
  at: World,
  server: TestServer,
  channel_ids: readonly string[],
  count: number,
  contentOf: (n: number) => string,
): Promise<string[]> {
  const ids: string[] = [];
  const slice = 5_000;
  for (let from = 0; from < count; from += slice) {
    await server.turn((turn) => {
      for (let n = from; n < Math.min(from + slice, count); n += 1) {
        const row = {
          ...defaultsOf(messages),
          id: turn.id(),
          channel_id: channel_ids[n % channel_ids.length] ?? '',
          space_id: at.space.id,
          author_id: at.owner.id,
          content: contentOf(n),
        };
        insertMessage(turn.tx, row);
        ids.push(row.id);
      }
    });
  }
  return ids;
}

test('pages of 100,000 messages hold each hit once, in order, and end where the hits end', async () => {
  await using server = await startTest();
  const at = await world(server, 'olga', 'bob');
  const { owner, bob, space, general } = at;
  const hidden = await hiddenChannel(at);
  const count = 100_000;
  // Every third message is hidden; every 97th holds the rare word, every other one the common one.
  const contentOf = (n: number) =>
    `${n % 97 === 0 ? 'rare' : 'usual'} ${n % 2 === 0 ? 'even' : 'odd'} number ${n}`;
  const channels = [general.id, general.id, hidden.id];
  const ids = await fill(at, server, channels, count, contentOf);
  await indexAll(server.app);
  const visible = (n: number) => channels[n % 3] === general.id;
  const wanted = ids.filter((_id, n) => n % 97 === 0 && n % 2 === 0 && visible(n)).toReversed();

  const byCursor: string[] = [];
  let cursor: string | undefined;
  let more = true;
  while (more) {
    const query = { query: 'rare even', limit: 100, ...(cursor ? { cursor } : {}) };
    const { body } = await bob.call('GET', pathFor(space, query));
    byCursor.push(...body.data.map(({ id }: { id: string }) => id));
    cursor = body.cursor.after;
    more = body.cursor.has_more;
  }
  expect(byCursor).toEqual(wanted);

  const byOffset: string[] = [];
  for (let offset = 0; offset < wanted.length; offset += 50) {
    const page = await bob.does('GET', pathFor(space, { query: 'rare even', limit: 50, offset }));
    byOffset.push(...page.map(({ id }: { id: string }) => id));
  }
  expect(byOffset).toEqual(wanted);

  const [newest] = await bob.does('GET', pathFor(space, { query: 'usual', limit: 1 }));
  const last = ids.findLast((_id, n) => n % 97 !== 0 && visible(n));
  expect(newest.id).toBe(last);
  const deep = { query: 'usual', limit: 1, offset: 10_000 };
  const [tenThousandth] = await bob.does('GET', pathFor(space, deep));
  const usual = ids.filter((_id, n) => n % 97 !== 0 && visible(n)).toReversed();
  expect(tenThousandth.id).toBe(usual[10_000]);
  expect(await finds(owner, space, words('number 99999'))).toEqual([contentOf(99_999)]);
});

test('in a space of more channels than one query takes, pages are the same as in one of few', async () => {
  await using server = await startTest();
  const at = await world(server, 'olga', 'bob');
  const { owner, bob, space } = at;
  const channel_ids: string[] = [];
  for (let n = 0; n < 300; n += 1) {
    const made = await owner.does('POST', `/spaces/${space.id}/channels`, { name: `c${n}` });
    channel_ids.push(made.id);
  }
  const ids = await fill(at, server, channel_ids, 900, (n) => `word ${n}`);
  const wanted = ids.toReversed();
  const found: string[] = [];
  for (const offset of [0, 100, 200]) {
    const { body } = await bob.call('GET', pathFor(space, { query: 'word', limit: 100, offset }));
    found.push(...body.data.map(({ id }: { id: string }) => id));
    expect(body.cursor).toEqual({ after: found.at(-1), has_more: true });
  }
  expect(found).toEqual(wanted.slice(0, 300));
  const rest = { query: 'word', limit: 100, cursor: wanted[849] ?? '' };
  const { body } = await bob.call('GET', pathFor(space, rest));
  expect(body.data.map(({ id }: { id: string }) => id)).toEqual(wanted.slice(850));
  expect(body.cursor.has_more).toBe(false);
});
