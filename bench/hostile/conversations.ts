// Attacks by accounts with as many friends, conversations and mutes as one may have.
import { openDatabase } from '../../src/db/open';
import { identifyFrame, openGateway } from '../load/gateway-client';
import { type Attack, type Person, type Scene, times } from './attack';

/** Writes rows into the database of the server while it is down. */
function writing(scene: Scene, write: (run: (sql: string, ...values: unknown[]) => void) => void) {
  return scene.restart((file) => {
    const db = openDatabase(file, 'normal');
    const run = (sql: string, ...values: unknown[]) =>
      void db.sqlite.query(sql).run(...(values as string[]));
    db.sqlite.transaction(() => write(run))();
    db.sqlite.close();
  });
}

const spread = 1_000_000n;

/** Gives each of these people conversations with strangers, and friends. */
function acquaint(scene: Scene, people: readonly Person[], count: number): Promise<void> {
  let next = BigInt(scene.space) + spread;
  const id = () => String((next += 1n));
  return writing(scene, (run) => {
    const user = (name: string) => {
      const made = id();
      run('INSERT INTO users (id, username, created_at) VALUES (?, ?, 0)', made, name);
      return made;
    };
    for (const person of people) {
      for (let n = 0; n < count; n += 1) {
        const [channel, other] = [id(), user(`partner_${person.id}_${n}`)];
        const [low, high] = [person.id, other].toSorted();
        run(
          "INSERT INTO channels (id, type, owner_id, name, created_at) VALUES (?, 'dm', ?, '', 0)",
          channel,
          other,
        );
        run('INSERT INTO dm_pairs VALUES (?, ?, ?)', low, high, channel);
        for (const one of [person.id, other]) {
          run(
            'INSERT INTO conversation_people (channel_id, user_id, joined_at) VALUES (?, ?, 0)',
            channel,
            one,
          );
        }
        const friend = user(`friend_${person.id}_${n}`);
        for (const [one, two] of [
          [person.id, friend],
          [friend, person.id],
        ]) {
          run('INSERT INTO relationships VALUES (?, ?, 1, 0)', one, two);
        }
      }
    }
  });
}

const everything = ['spaces', 'channels', 'members', 'messages', 'presences'];

/** Begins a session, and stays for what follows READY. */
async function identifies(scene: Scene, { token }: Person): Promise<string> {
  const heard = { tally: { frames: 0 }, lost() {} };
  const frame = identifyFrame(token, everything);
  const { drop } = await openGateway(scene.running.port, frame, 'ready', heard);
  await Bun.sleep(2000);
  drop();
  return 'ready';
}

/** Four spaces full of categories, all of them muted. */
async function muteCategories(scene: Scene): Promise<void> {
  const spaces: string[] = [];
  for (let n = 0; n < 4; n += 1) {
    spaces.push(
      (await scene.does('POST', '/spaces', scene.member.token, { name: `muted ${n}` })).id,
    );
  }
  let next = BigInt(spaces.at(-1) ?? '0') + spread;
  await writing(scene, (run) => {
    for (const space of spaces) {
      for (let n = 0; n < 490; n += 1) {
        const id = String((next += 1n));
        run(
          `INSERT INTO channels (id, space_id, type, name, position, class_id, created_at)
           SELECT ?, space_id, 'category', ?, ?, class_id, 0 FROM channels
            WHERE space_id = ? AND class_id IS NOT NULL LIMIT 1`,
          id,
          `category ${n}`,
          n + 10,
          space,
        );
        run('INSERT INTO channel_mutes VALUES (?, ?, 0)', scene.member.id, id);
      }
    }
  });
}

/** They restart the server, so each can be tried once. */
export const conversations: Attack[] = [
  {
    name: 'IDENTIFY of an account that has muted 1,960 categories',
    by: 'a member',
    isOnce: true,
    async prepare(scene) {
      await muteCategories(scene);
      // The server has just been started: what it compiles for its first session is not the attack.
      await identifies(scene, scene.member);
      return () => times(4, 4, () => identifies(scene, scene.member));
    },
  },
  {
    name: '60 names of an account with 1,000 friends and 1,000 conversations',
    by: 'a member',
    isOnce: true,
    async prepare(scene) {
      await acquaint(scene, [scene.member], 1_000);
      return () =>
        times(60, 60, async (n) => {
          const body = { display_name: `name ${n}` };
          return (await scene.call('PATCH', '/users/@me', scene.member.token, body)).status;
        });
    },
  },
  {
    name: '60 × the conversations of an account with 1,000',
    by: 'a member',
    isOnce: true,
    async prepare(scene) {
      await acquaint(scene, [scene.member], 1_000);
      return () =>
        times(60, 60, async () => {
          const path = '/users/@me/channels?limit=1';
          return (await scene.call('GET', path, scene.member.token)).status;
        });
    },
  },
  {
    name: 'ten groups of ten people with 1,000 conversations each',
    by: 'a member',
    isOnce: true,
    async prepare(scene) {
      const people = [scene.member];
      for (let n = 0; n < 9; n += 1) people.push(await scene.person(`crowd_${n}`));
      await acquaint(scene, people, 1_000);
      const recipients = people.slice(1).map(({ id }) => id);
      const gather = async () => {
        const path = '/users/@me/channels';
        return (await scene.call('POST', path, scene.member.token, { recipients })).status;
      };
      // The server has just been started: what it compiles at its first group is not the attack.
      for (let n = 0; n < 3; n += 1) await gather();
      return () => times(10, 10, gather);
    },
  },
];
