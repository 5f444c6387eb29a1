// Three people who live through a story in steps; after each, what they know is compared with a refetch.
import { test } from 'bun:test';
import { FakeClock } from './clock.ts';
import { Follower } from './follower.ts';
import { startTest, type TestServer } from './server.ts';
import { rolesOf, world, type World } from './world.ts';

/** Anna owns the space, bob moderates it, cleo is a member of it. */
export interface Followed extends World<'anna' | 'bob' | 'cleo'> {
  server: TestServer;
  clock: FakeClock;
  followers: readonly Follower[];
  /** Compares what each of them knows with what a newcomer is told. */
  agree(): Promise<void>;
}

/** A space of three people, each followed. */
async function followed(server: TestServer, clock: FakeClock): Promise<Followed> {
  const home = await world(server, 'anna', 'bob', 'cleo');
  const { anna, bob, cleo, space } = home;
  const moderator = (await rolesOf(anna, space)).find(({ name }) => name === 'Moderator');
  await anna.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${moderator?.id}`);
  const followers: Follower[] = [];
  for (const one of [anna, bob, cleo]) followers.push(new Follower(one, await one.listens()));
  const agree = async () => {
    await clock.pass(1_100);
    for (const follower of followers) await follower.follow();
    for (const follower of followers) {
      const ears = await follower.person.listens();
      await follower.agrees(ears.ready);
      ears.close();
    }
  };
  await agree();
  return { ...home, server, clock, followers, agree };
}

/** Runs one step after the other and compares after each. */
export function steps(
  name: string,
  run: (here: Followed) => AsyncGenerator<void, void>,
  settings: Record<string, string> = {},
): void {
  test(name, async () => {
    const clock = new FakeClock();
    await using server = await startTest({ clock, settings });
    const here = await followed(server, clock);
    const left = run(here);
    while (!(await left.next()).done) await here.agree();
    await here.agree();
  });
}
