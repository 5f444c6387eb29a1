// Attacks by messages and searches: what is costly to look through, to index, to find and to delete.
import { type Attack, type Came, type Scene, times } from './attack';
import { growMembers } from './grown';

const MARKS = '\u0301\u0323';
const LENGTH = 4000;

function filled(piece: (n: number) => string): string {
  let text = '';
  for (let n = 0; text.length < LENGTH; n += 1) text += piece(n);
  return text.slice(0, LENGTH);
}

const say = (scene: Scene, content: string, more: object = {}) =>
  scene.call('POST', `/channels/${scene.channel}/messages`, scene.member.token, {
    content,
    ...more,
  });

/** A burst, and a moment in which what waits is indexed. */
function burst(name: string, count: number, content: (n: number) => string): Attack {
  return {
    name,
    by: 'a member',
    prepare: (scene) => async () => {
      const came = await times(count, count, async (n) => (await say(scene, content(n))).status);
      await Bun.sleep(2000);
      return came;
    },
  };
}

function search(
  name: string,
  path: (scene: Scene, query: string) => string,
  query: (n: number) => string,
  prepare?: (scene: Scene) => Promise<void>,
): Attack {
  return {
    name,
    by: 'a member',
    isOnce: prepare !== undefined,
    async prepare(scene) {
      await prepare?.(scene);
      return () =>
        times(40, 8, async (n) => {
          const address = path(scene, encodeURIComponent(query(n)));
          return (await scene.call('GET', address, scene.member.token)).status;
        });
    },
  };
}

const inMessages = ({ space }: Scene, query: string) =>
  `/spaces/${space}/messages/search?query=${query}`;
const inMembers = ({ space }: Scene, query: string) =>
  `/spaces/${space}/members/search?query=${query}`;
const inPeople = (_: Scene, query: string) => `/users/search?query=${query}`;
const grown = (scene: Scene) => growMembers(scene, 100_000);
const hitOrMiss = (n: number) => (n % 2 === 0 ? `user ${n}` : `zz${n}`);

/** Long words that are all different, so that the index has much to do. */
const words = (n: number) =>
  filled((k) => `${(n * 7919 + k * 104_729).toString(36)}${k.toString(36)} `);

async function replies(scene: Scene, count: number): Promise<() => Promise<Came>> {
  const path = `/channels/${scene.channel}/messages`;
  const { id } = await scene.does('POST', path, scene.owner.token, { content: 'a question' });
  const more = { thread_id: id };
  await times(count, 8, async (n) => (await say(scene, words(n), more)).status);
  return async () => {
    const { status } = await scene.call('DELETE', `${path}/${id}`, scene.owner.token);
    await Bun.sleep(2500);
    return { [status]: 1 };
  };
}

async function purge(scene: Scene, count: number): Promise<() => Promise<Came>> {
  await times(count, 16, async (n) => (await say(scene, words(n))).status);
  return async () => {
    const { status } = await scene.call(
      'PUT',
      `/spaces/${scene.space}/bans/${scene.member.id}`,
      scene.owner.token,
      { delete_message_seconds: 604_800 },
    );
    await Bun.sleep(2500);
    return { [status]: 1 };
  };
}

export const messages: Attack[] = [
  burst('200 messages of combining marks', 200, () => `a${MARKS.repeat(1999)}`),
  burst('200 messages of words that nobody used before', 200, words),
  burst('200 messages without a blank', 200, (n) =>
    filled((k) => String.fromCodePoint(0x4e00 + ((n * 31 + k * 7) % 20_000))),
  ),
  burst('links that end in brackets', 60, (n) => `http://a.b${n}/${')'.repeat(3900)}`),
  burst('thousands of links', 60, () => filled((n) => `http://a${n}.b `)),
  burst('thousands of @', 60, () => '@'.repeat(LENGTH)),
  burst('thousands of names behind @', 60, () => filled((n) => `@name${n} `)),
  burst('a name that never ends', 60, () => `@${'a.'.repeat(1999)}`),
  burst('thousands of open angle brackets', 60, () => '<@&'.repeat(1300)),
  burst('thousands of backticks', 60, () => '` `` '.repeat(800)),
  search('searches for marks', inMessages, () => `a${MARKS.repeat(1300)}`),
  search('searches for 500 words', inMessages, (n) => filled((k) => `w${n + k} `)),
  search('searches by one letter', inMessages, (n) => String.fromCodePoint(97 + (n % 26))),
  search('member searches for marks', inMembers, () => `a${MARKS.repeat(1300)}`),
  search('member searches among 100,000', inMembers, hitOrMiss, grown),
  search('people searches among 100,000', inPeople, hitOrMiss, grown),
  {
    name: 'deleting a message with 600 long replies',
    by: 'an owner',
    isOnce: true,
    prepare: (scene) => replies(scene, 600),
  },
  {
    name: 'a ban that takes 2,000 long messages along',
    by: 'an owner',
    isOnce: true,
    prepare: (scene) => purge(scene, 2000),
  },
];
