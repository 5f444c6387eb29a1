// The key that encrypts secrets of authenticator apps: set later, changed, or lost between two starts.
import { expect, test } from 'bun:test';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder } from '../support/folder.ts';
import { Person } from '../support/person.ts';
import {
  codeOf,
  enrols,
  enters,
  logsIn,
  newcomer,
  password,
  ticketOf,
} from '../support/second-factor.ts';
import { startTest, type TestServer } from '../support/server.ts';

const secrets = ({ app }: TestServer) =>
  app.db.sqlite
    .query<{ secret: string }, []>('SELECT secret FROM second_factors')
    .all()
    .map(({ secret }) => secret);

const remarks = ({ logged }: TestServer) =>
  logged.filter(({ message }) => message.startsWith('TOTP_ENCRYPTION_KEY'));

const key = (TOTP_ENCRYPTION_KEY: string) => ({ TOTP_ENCRYPTION_KEY });

test('without the key, or with another, codes of apps are 503, backup codes go on, and the start says why', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const first = await startTest({ clock, settings: { ...folder.settings, ...key('one key') } });
  const anna = await newcomer(first, 'anna');
  const { secret, backup_codes } = await enrols(anna, clock);
  await first.stop();
  for (const [other, says] of [
    ['', 'is not set'],
    ['another key', 'is not the one'],
  ] as const) {
    const server = await startAgain({ ...folder.settings, ...key(other) }, clock);
    try {
      const [remark, ...more] = remarks(server);
      expect([remark?.level, remark?.fields, more]).toEqual(['notice', { accounts: 1 }, []]);
      expect(remark?.message).toContain(says);
      expect(JSON.stringify(server.logged)).not.toMatch(/another key/);
      const ticket = await ticketOf(server, 'anna');
      // Far more often than wrong codes may come: nothing was looked at.
      for (let n = 0; n < 7; n += 1) {
        const refused = await enters(server, ticket, codeOf(secret, clock));
        expect([refused.status, refused.code]).toEqual([503, 'unavailable']);
        expect(refused.body.error.message).toContain('backup code');
      }
      const entered = await enters(server, ticket, backup_codes.pop() ?? '');
      expect(entered.status).toBe(200);
      const { token } = entered.data;
      const inside = new Person(server, { id: anna.id, name: 'anna', token });
      const renewed = await inside.does('POST', '/auth/2fa/backup-codes', { password });
      backup_codes.splice(0, 10, ...renewed.backup_codes);
    } finally {
      await server.stop();
    }
  }
  const again = await startAgain({ ...folder.settings, ...key('one key') }, clock);
  try {
    expect(remarks(again)).toEqual([]);
    const ticket = await ticketOf(again, 'anna');
    expect((await enters(again, ticket, codeOf(secret, clock))).status).toBe(200);
  } finally {
    await again.stop();
  }
});

test('whoever is inside can begin anew with the key that is set now', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const first = await startTest({ clock, settings: { ...folder.settings, ...key('one key') } });
  const anna = await newcomer(first, 'anna');
  await enrols(anna, clock);
  const bob = await newcomer(first, 'bob');
  const begun = await bob.does('POST', '/auth/2fa/enable', { password });
  await first.stop();
  const server = await startAgain({ ...folder.settings, ...key('another key') }, clock);
  try {
    // Who had only begun is no account that cannot log in.
    expect(remarks(server).map(({ fields }) => fields)).toEqual([{ accounts: 1 }]);
    const [annas, bobs] = [anna, bob].map((one) => new Person(server, one));
    await bobs?.isRefused(400, 'POST', '/auth/2fa/verify', { code: codeOf(begun.secret, clock) });
    for (const one of [annas, bobs]) {
      await one?.does('POST', '/auth/2fa/disable', { password });
      if (one) await enrols(one, clock);
    }
  } finally {
    await server.stop();
  }
  const last = await startAgain({ ...folder.settings, ...key('another key') }, clock);
  expect(remarks(last)).toEqual([]);
  await last.stop();
});

test('a secret from before the key was set goes on, and is encrypted when it is used', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const first = await startTest({ clock, settings: folder.settings });
  const { secret } = await enrols(await newcomer(first, 'anna'), clock);
  expect(secrets(first)).toEqual([secret]);
  await first.stop();
  const server = await startAgain({ ...folder.settings, ...key('a key') }, clock);
  try {
    expect(remarks(server)).toEqual([]);
    const enter = async () =>
      (await enters(server, await ticketOf(server, 'anna'), codeOf(secret, clock))).status;
    expect(await enter()).toBe(200);
    expect(secrets(server)).toEqual([expect.stringMatching(/^enc:[0-9a-f]{24}:[0-9a-f]{96}$/)]);
    expect(await enter()).toBe(401);
    await clock.pass(30_000);
    expect(await enter()).toBe(200);
  } finally {
    await server.stop();
  }
});

test('a restart ends tickets, and no code that was used counts again after it', async () => {
  using folder = new Folder();
  const clock = new FakeClock();
  const first = await startTest({ clock, settings: folder.settings });
  const anna = await newcomer(first, 'anna');
  const { secret } = await enrols(anna, clock);
  const code = codeOf(secret, clock);
  expect((await enters(first, await ticketOf(first, 'anna'), code)).status).toBe(200);
  const ticket = await ticketOf(first, 'anna');
  await first.stop();
  const server = await startAgain(folder.settings, clock);
  try {
    expect((await enters(server, ticket, codeOf(secret, clock, 1))).status).toBe(401);
    const anew = (await logsIn(server, 'anna')).data.ticket;
    expect((await enters(server, anew, code)).status).toBe(401);
    expect((await enters(server, anew, codeOf(secret, clock, 1))).status).toBe(200);
  } finally {
    await server.stop();
  }
});

test('with more accounts than the start looks at in one go it counts all that cannot be read', async () => {
  using folder = new Folder();
  const first = await startTest({ settings: folder.settings });
  await first.turn(({ tx }) => {
    const row = tx.sqlite.query('INSERT INTO users (id, username, created_at) VALUES (?, ?, 0)');
    const factor = tx.sqlite.query(
      "INSERT INTO second_factors (user_id, secret, enabled_at) VALUES (?, 'enc:broken', 1)",
    );
    for (let n = 0; n < 1_003; n += 1) {
      const id = String(1_000_000_000_000_000 + n);
      row.run(id, `name_${n}`);
      factor.run(id);
    }
    return null;
  });
  await first.stop();
  const server = await startAgain({ ...folder.settings, ...key('a key') });
  expect(remarks(server).map(({ fields }) => fields)).toEqual([{ accounts: 1_003 }]);
  await server.stop();
});
