// Attacks at the gateway: sockets without a token, frames that are large or many, sessions in a storm.
import { identifyFrame, openGateway, resumeFrame } from '../load/gateway-client';
import { type Attack, type Came, type Scene, times } from './attack';

const BRACKETS = `${'['.repeat(32_000)}${']'.repeat(32_000)}`;
const everything = ['spaces', 'channels', 'members', 'messages', 'message_reactions', 'presences'];

function count(came: Came, key: string | number): void {
  came[key] = (came[key] ?? 0) + 1;
}

/** Opens sockets that have said nothing yet; counts into `came` with which code they are closed. */
async function sockets(scene: Scene, wanted: number, came: Came): Promise<WebSocket[]> {
  const open: WebSocket[] = [];
  await times(wanted, 50, (n) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const socket = new WebSocket(`ws://127.0.0.1:${scene.running.port}/ws`);
    open[n] = socket;
    socket.addEventListener('open', () => resolve(101));
    socket.addEventListener('error', () => resolve(0));
    socket.addEventListener('close', ({ code }) => {
      count(came, `closed ${code}`);
    });
    return promise;
  });
  return open;
}

const isOpen = (socket: WebSocket) => socket.readyState === WebSocket.OPEN;

/** Lets sockets send as fast as they can, but not more than the server reads. */
async function flood(
  open: WebSocket[],
  seconds: number,
  frame: (n: number) => string,
  came: Came,
): Promise<Came> {
  let sent = 0;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await Bun.sleep(1)) {
    for (const socket of open) {
      if (!isOpen(socket) || socket.bufferedAmount > 1_000_000) continue;
      for (let n = 0; n < 8; n += 1) socket.send(frame(sent++));
    }
  }
  came['frames sent'] = sent;
  return finish(open, came);
}

function finish(open: WebSocket[], came: Came): Came {
  const held = open.filter(isOpen).length;
  const all = { ...came, held };
  for (const socket of open) socket.terminate();
  return all;
}

/** Frames of sockets that have no session. */
function bySilent(name: string, wanted: number, frame: (n: number) => string): Attack {
  return {
    name,
    by: 'a stranger',
    keepsLimits: true,
    prepare: (scene) => async () => {
      const came: Came = {};
      return flood(await sockets(scene, wanted, came), 3, frame, came);
    },
  };
}

/** Frames of one member with a session. */
function bySession(name: string, frame: (scene: Scene, n: number) => string): Attack {
  return {
    name,
    by: 'a member',
    keepsLimits: true,
    prepare: (scene) => async () => {
      const came: Came = {};
      const open = await sockets(scene, 6, came);
      const token = `Bearer ${scene.member.token}`;
      const identify = JSON.stringify({ op: 2, data: { token, intents: everything } });
      for (const socket of open) socket.send(identify);
      await Bun.sleep(500);
      return flood(open, 3, (n) => frame(scene, n), came);
    },
  };
}

/** One account that begins, or comes back to, as many sessions as it can. */
function storm(name: string, first: (scene: Scene) => Promise<Buffer>): Attack {
  return {
    name,
    by: 'a member',
    keepsLimits: true,
    async prepare(scene) {
      const frame = await first(scene);
      const until = name.includes('RESUME') ? 'resumed' : 'ready';
      return () =>
        times(400, 50, async () => {
          const refused = Promise.withResolvers<null>();
          const heard = { tally: { frames: 0 }, lost: () => refused.resolve(null) };
          const opened = openGateway(scene.running.port, frame, until, heard);
          const client = await Promise.race([opened, refused.promise]).catch(() => null);
          client?.drop();
          return client === null ? 'refused' : until;
        });
    },
  };
}

async function missed(scene: Scene): Promise<Buffer> {
  const identify = identifyFrame(scene.member.token, everything);
  const quiet = { tally: { frames: 0 }, lost() {} };
  const { greeting, drop } = await openGateway(scene.running.port, identify, 'ready', quiet);
  drop();
  const path = `/channels/${scene.channel}/messages`;
  // The limits hold for the owner, too: as many as a burst allows.
  await times(
    8,
    8,
    async (n) =>
      (await scene.call('POST', path, scene.owner.token, { content: `missed ${n}` })).status,
  );
  return resumeFrame(scene.member.token, greeting.data?.session_id ?? '', greeting.seq ?? 0);
}

export const gateway: Attack[] = [
  {
    name: '1,000 sockets that say nothing',
    by: 'a stranger',
    keepsLimits: true,
    prepare: (scene) => async () => {
      const came: Came = {};
      const open = await sockets(scene, 1000, came);
      await Bun.sleep(2000);
      return finish(open, came);
    },
  },
  {
    name: 'a status of 64 KB before IDENTIFY, 400 sockets',
    by: 'a stranger',
    keepsLimits: true,
    prepare: (scene) => async () => {
      const came: Came = {};
      const open = await sockets(scene, 400, came);
      const frame = `{"op":8,"data":{"status":"idle","activities":[${'{},'.repeat(21_000)}{}]}}`;
      for (const socket of open) if (isOpen(socket)) socket.send(frame);
      await Bun.sleep(2000);
      return finish(open, came);
    },
  },
  bySilent('heartbeats of 64 KB without a token', 6, () => `{"op":1,"data":${BRACKETS}}`),
  bySilent('heartbeats without a token', 50, () => '{"op":1}'),
  bySilent('tokens that are guessed', 50, (n) =>
    JSON.stringify({ op: 2, data: { token: `Bearer guess${n}`, intents: [] } }),
  ),
  bySilent('frames of 4 KB that are no JSON', 50, () => '{'.repeat(4000)),
  bySession('heartbeats of 64 KB', () => `{"op":1,"data":${BRACKETS}}`),
  bySession('heartbeats as fast as they go', () => '{"op":1}'),
  bySession('statuses as fast as they go', (_, n) =>
    JSON.stringify({ op: 8, data: { status: n % 2 === 0 ? 'idle' : 'online', activities: [] } }),
  ),
  bySession('member lists as fast as they go', ({ space }) =>
    JSON.stringify({ op: 10, data: { space_id: space, query: '', limit: 100 } }),
  ),
  storm('400 IDENTIFY of one account', ({ member }) =>
    Promise.resolve(identifyFrame(member.token, everything)),
  ),
  storm('400 RESUME of one session', missed),
];
