// Attacks by changes of a space that is large, or that many listen to.
import { z } from 'zod';
import { identifyFrame, openGateway } from '../load/gateway-client';
import { type Attack, type Came, type Scene, times } from './attack';

const LISTENERS = 300;
const SECRET_CHANNELS = 100;
const ROLES = 40;

const everything = ['spaces', 'channels', 'members', 'messages', 'message_reactions', 'presences'];

/** Lets members with different roles listen to channels that only some of them see. */
async function crowd(scene: Scene): Promise<string[]> {
  const { owner, space } = scene;
  const roles: string[] = [];
  await times(ROLES, 4, async (n) => {
    const wish = { name: `role ${n}` };
    roles.push((await scene.does('POST', `/spaces/${space}/roles`, owner.token, wish)).id);
    return 200;
  });
  await times(SECRET_CHANNELS, 8, async (n) => {
    const wish = { name: `room-${n}`, type: 'text' };
    const { id } = await scene.does('POST', `/spaces/${space}/channels`, owner.token, wish);
    await overwrite(scene, id, space, { deny: ['view_channel'] });
    for (const pick of [n, n * 7 + 3])
      await overwrite(scene, id, roles[pick % ROLES] ?? '', { allow: ['view_channel'] });
    return 200;
  });
  const came = await times(LISTENERS, 4, async (n) => {
    const { id, token } = await scene.person(`guest_${n}`);
    await scene.call('POST', `/spaces/${space}/join`, token, {});
    const own = roles.filter((_, k) => (n * 31 + k * k) % 7 < 2);
    const path = `/spaces/${space}/members/${id}`;
    await scene.call('PATCH', path, owner.token, { roles: own });
    const quiet = { tally: { frames: 0 }, lost() {} };
    await openGateway(scene.running.port, identifyFrame(token, everything), 'ready', quiet);
    return 'listening';
  });
  if (came['listening'] !== LISTENERS) throw new Error(`listeners: ${JSON.stringify(came)}`);
  return roles;
}

/** Without an id of a role, that of everyone is meant. */
async function overwrite(
  scene: Scene,
  channel: string,
  role: string,
  { allow = [], deny = [] }: { allow?: string[]; deny?: string[] },
): Promise<void> {
  const path = `/channels/${channel}/permissions/${role === scene.space ? await everyoneOf(scene) : role}`;
  const body = { type: 'role', allow, deny };
  const { status } = await scene.call('PUT', path, scene.owner.token, body);
  if (status >= 300) throw new Error(`PUT ${path} answered ${status}`);
}

const Roles = z.array(z.object({ id: z.string(), position: z.number() }));
const everyones = new WeakMap<Scene, string>();

async function everyoneOf(scene: Scene): Promise<string> {
  const known = everyones.get(scene);
  if (known !== undefined) return known;
  const { data } = await scene.call('GET', `/spaces/${scene.space}/roles`, scene.owner.token);
  const id = Roles.parse(data).find(({ position }) => position === 0)?.id ?? '';
  everyones.set(scene, id);
  return id;
}

function beforeCrowd(name: string, act: (scene: Scene, roles: string[]) => Promise<Came>): Attack {
  return {
    name: `${name}, ${LISTENERS} listen`,
    by: 'an owner',
    isOnce: true,
    async prepare(scene) {
      const roles = await crowd(scene);
      return () => act(scene, roles);
    },
  };
}

/** Makes a category with so many channels; answers its id and theirs. */
async function category(scene: Scene, count: number): Promise<{ id: string; channels: string[] }> {
  const path = `/spaces/${scene.space}/channels`;
  const wish = { name: 'many', type: 'category' };
  const { id } = await scene.does('POST', path, scene.owner.token, wish);
  const channels: string[] = [];
  await times(count, 8, async (n) => {
    const inside = { name: `room-${n}`, type: 'text', parent_id: id };
    channels.push((await scene.does('POST', path, scene.owner.token, inside)).id);
    return 200;
  });
  return { id, channels };
}

function inCategory(
  name: string,
  count: number,
  act: (scene: Scene, made: { id: string; channels: string[] }) => Promise<Came>,
): Attack {
  return {
    name,
    by: 'an owner',
    isOnce: true,
    async prepare(scene) {
      const made = await category(scene, count);
      return () => act(scene, made);
    },
  };
}

export const spaces: Attack[] = [
  beforeCrowd('a role renamed 20 times', (scene, [role = '']) =>
    times(20, 1, async (n) => {
      const path = `/spaces/${scene.space}/roles/${role}`;
      return (await scene.call('PATCH', path, scene.owner.token, { name: `again ${n}` })).status;
    }),
  ),
  beforeCrowd('20 new channels', (scene) =>
    times(20, 1, async (n) => {
      const path = `/spaces/${scene.space}/channels`;
      const wish = { name: `new-${n}`, type: 'text' };
      return (await scene.call('POST', path, scene.owner.token, wish)).status;
    }),
  ),
  beforeCrowd('20 new roles', (scene) =>
    times(20, 1, async (n) => {
      const path = `/spaces/${scene.space}/roles`;
      return (await scene.call('POST', path, scene.owner.token, { name: `new ${n}` })).status;
    }),
  ),
  inCategory('a category of 400 channels is hidden and shown', 400, (scene, { id, channels }) =>
    times(20, 1, async (n) => {
      const turn = n % 2 === 0 ? { deny: ['view_channel'] } : {};
      await overwrite(scene, n % 4 < 2 ? id : (channels[n] ?? id), scene.space, turn);
      return 200;
    }),
  ),
  inCategory('a category of 400 channels is deleted', 400, async (scene, { id }) => {
    const { status } = await scene.call('DELETE', `/channels/${id}`, scene.owner.token);
    await Bun.sleep(1500);
    return { [status]: 1 };
  }),
  inCategory('400 channels are reordered 10 times', 400, (scene, { channels }) =>
    times(10, 1, async (n) => {
      const path = `/spaces/${scene.space}/channels`;
      const order = channels.map((id, k) => ({ id, position: (k * 7 + n * 13) % channels.length }));
      return (await scene.call('PATCH', path, scene.owner.token, order)).status;
    }),
  ),
];
