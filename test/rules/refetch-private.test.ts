// State plus events equals refetch in conversations: live, after RESUME, and after a restart of the server.
import { test } from 'bun:test';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import type { Ears } from '../support/ears.ts';
import { Folder } from '../support/folder.ts';
import { Follower } from '../support/follower.ts';
import { Person } from '../support/person.ts';
import { dropped, type Stand } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { befriend, blocks, drops, strangers } from '../support/strangers.ts';

const opens = (one: Person, ...others: Person[]): Promise<any> =>
  one.does('POST', '/users/@me/channels', { recipients: others.map(({ id }) => id) });

/** Anna, bob and cleo, who share no space, and what happens between them while some are away. */
class Private {
  readonly clock = new FakeClock();
  readonly #settings: Record<string, string>;
  #server: TestServer;
  readonly #followers = new Map<string, Follower>();
  readonly #ears = new Map<string, Ears>();
  readonly #stands = new Map<string, Stand>();

  private constructor(settings: Record<string, string>, server: TestServer) {
    this.#settings = settings;
    this.#server = server;
  }

  static async begin(settings: Record<string, string>): Promise<Private> {
    const here = new Private(settings, await startTest({ settings }));
    await here.#server.stop();
    here.#server = await startAgain(settings, here.clock);
    for (const person of await strangers(here.#server, 'anna', 'bob', 'cleo')) {
      const ears = await person.listens();
      here.#followers.set(person.name, new Follower(person, ears));
      here.#ears.set(person.name, ears);
    }
    return here;
  }

  /** As an account of the server that runs now. */
  person(name: string): Person {
    const follower = this.#followers.get(name);
    if (follower === undefined) throw new Error(`nobody is called ${name}`);
    return follower.person;
  }

  #heardBy(name: string): Ears {
    const ears = this.#ears.get(name);
    if (ears === undefined) throw new Error(`${name} is not there`);
    return ears;
  }

  async drop(...names: string[]): Promise<void> {
    for (const name of names) {
      const ears = this.#heardBy(name);
      await this.#followers.get(name)?.follow(ears);
      this.#stands.set(name, {
        session_id: this.#stands.get(name)?.session_id ?? ears.ready['session_id'],
        seq: ears.seq,
      });
      await dropped(ears);
      this.#ears.delete(name);
    }
  }

  async resume(...names: string[]): Promise<void> {
    for (const name of names) {
      const { session_id, seq } = this.#stands.get(name) ?? { session_id: '', seq: 0 };
      const { ears } = await this.person(name).resumes(session_id, seq);
      this.#ears.set(name, ears);
    }
  }

  /** Another process over the same file; everybody is away. */
  async restart(): Promise<void> {
    await this.drop(...this.#ears.keys());
    await this.#server.stop();
    this.#server = await startAgain(this.#settings, this.clock);
    for (const follower of this.#followers.values()) {
      const { id, name, token } = follower.person;
      follower.person = new Person(this.#server, { id, name, token });
    }
  }

  /** Compares what those who are there know with what a newcomer is told. */
  async agree(): Promise<void> {
    await this.clock.pass(1_100);
    for (const [name, ears] of this.#ears) await this.#followers.get(name)?.follow(ears);
    for (const name of this.#ears.keys()) {
      const fresh = await this.person(name).listens();
      await this.#followers.get(name)?.agrees(fresh.ready);
      fresh.close(1000);
      await fresh.closes();
    }
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }
}

test('whoever was there, away, or on another server before knows the same of conversations', async () => {
  using folder = new Folder();
  const here = await Private.begin(folder.settings);
  const [anna, bob, cleo] = ['anna', 'bob', 'cleo'].map((name) => () => here.person(name));
  if (!anna || !bob || !cleo) throw new Error('people are missing');
  const pair = await opens(anna(), bob());
  const group = await opens(bob(), anna(), cleo());
  const aloud = `/channels/${group.id}`;
  await anna().says(pair, 'hello');
  const first = await cleo().says(group, 'first');
  await here.agree();

  // Live: threads, reactions, pins, edits, another name, a window that closes and opens.
  const reply = await bob().says(group, 'reply', { thread_id: first.id });
  await anna().does('PUT', `${aloud}/messages/${first.id}/reactions/up/@me`);
  await cleo().does('PUT', `${aloud}/pins/${first.id}`);
  await cleo().does('PATCH', `${aloud}/messages/${first.id}`, { content: 'edited' });
  await bob().does('PATCH', aloud, { name: 'We' });
  await anna().does('DELETE', `/channels/${pair.id}`);
  await here.agree();
  await bob().says(pair, 'still there?');
  await bob().does('DELETE', `${aloud}/messages/${reply.id}`);
  await here.agree();

  // Away: people come and go, and so does what they said.
  await here.drop('anna', 'cleo');
  await here.clock.pass(1_100);
  await bob().does('DELETE', `${aloud}/recipients/${cleo().id}`);
  const kept = await bob().says(group, 'without cleo');
  await bob().does('PUT', `${aloud}/recipients/${cleo().id}`);
  await cleo().does('DELETE', `${aloud}/messages/${first.id}`);
  await anna().does('DELETE', `/channels/${pair.id}`);
  await bob().says(pair, 'and now?');
  await befriend(bob(), cleo());
  const second = await opens(cleo(), anna(), bob());
  await here.resume('anna', 'cleo');
  await here.agree();
  await anna().does('PUT', `${aloud}/pins/${kept.id}`);
  await here.agree();

  // Another server: some of it happens before anybody comes back, the rest afterwards.
  await here.restart();
  await cleo().does('DELETE', `/channels/${second.id}`);
  await bob().says(second, 'two are left');
  await bob().does('DELETE', `${aloud}/recipients/@me`);
  await blocks(anna(), bob());
  await here.resume('anna', 'bob', 'cleo');
  await here.agree();
  await bob().isRefused(403, 'POST', `/channels/${pair.id}/messages`, { content: 'no' });
  await drops(anna(), bob());
  await bob().says(pair, 'thank you');
  await anna().does('DELETE', `${aloud}/recipients/${cleo().id}`);
  await here.agree();
  await here.restart();
  await here.resume('bob', 'cleo');
  await bob().does('DELETE', `/channels/${pair.id}`);
  await here.agree();
  await here.resume('anna');
  await here.agree();
  await here.stop();
});
