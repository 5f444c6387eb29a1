// What people do in a trial to roles, channels and the space itself; each deed says who is to hear of it.
import {
  attempt,
  nothing,
  pick,
  spaceTold,
  withoutOverwrites,
  type Deed,
  type Scene,
  type Step,
} from './deeds.ts';
import {
  able,
  above,
  newChannel,
  outranks,
  rank,
  viewRule,
  type Held,
  type ModelOverwrite,
  type ModelSpace,
} from './oracle.ts';
import type { Told } from './heard.ts';
import { recorded } from './recorded.ts';
import type { Outcome } from './trial.ts';

/** Whether every one of these permissions is held. */
const holds = (set: Held, names: Iterable<string>) => [...names].every((name) => set.has(name));

const createRole: Deed = async ({ trial, who, space, step }) => {
  const own = able(space, who);
  const allowed = own.has('manage_roles') && holds(own, step.allow);
  const body = { name: 'role', permissions: step.allow };
  const answer = await attempt(who, ['POST', `/spaces/${space.id}/roles`, body], allowed);
  if (answer === undefined) return nothing;
  const { id, position } = answer.data;
  // A role lands on top, or right below the own highest, which moves up with all above it.
  const raised = [...space.roles.values()].filter((role) => role.position >= position);
  for (const role of raised) role.position += 1;
  space.roles.set(id, { id, position, permissions: new Set(step.allow) });
  const told = [id, ...raised.map((role) => role.id)].map((one, index) =>
    spaceTold(`role.${index === 0 ? 'create' : 'update'} ${one}`, space, 'spaces'),
  );
  return { told: [...told, recorded({ trial, space, who }, 'role_create', id)] };
};

const editRole: Deed = async ({ trial, who, space, step }) => {
  const role = pick([...space.roles.values()], step.at);
  const own = able(space, who);
  const added = step.allow.filter((name) => !role.permissions.has(name));
  const allowed = own.has('manage_roles') && above(space, who, role) && holds(own, added);
  const call = [
    'PATCH',
    `/spaces/${space.id}/roles/${role.id}`,
    { permissions: step.allow },
  ] as const;
  const answer = await attempt(who, call, allowed);
  const isSame = role.permissions.symmetricDifference(new Set(step.allow)).size === 0;
  if (answer === undefined) return nothing;
  role.permissions = new Set(step.allow);
  const told = isSame
    ? []
    : [
        spaceTold(`role.update ${role.id}`, space, 'spaces'),
        recorded({ trial, space, who }, 'role_update', role.id),
      ];
  return { told, unsettles: { space, parked: true } };
};

const deleteRole: Deed = async (scene) => {
  const { who, space, step } = scene;
  const role = pick([...space.roles.values()], step.at);
  const allowed =
    role.position > 0 && able(space, who).has('manage_roles') && above(space, who, role);
  const answer = await attempt(who, ['DELETE', `/spaces/${space.id}/roles/${role.id}`], allowed);
  if (answer === undefined) return nothing;
  const updates = withoutOverwrites(scene, role.id, () => {
    space.roles.delete(role.id);
    for (const roles of space.members.values()) roles.delete(role.id);
  });
  const told = [
    spaceTold(`role.delete ${role.id}`, space, 'spaces'),
    recorded(scene, 'role_delete', role.id),
    ...updates,
  ];
  return { told, unsettles: { space, parked: true } };
};

const assignRole: Deed = async ({ trial, who, space, step, target }) => {
  const given = step.flag;
  const roles = [...space.roles.values()].filter(({ position }) => position > 0);
  const own = space.members.get(target.id);
  if (roles.length === 0 || own === undefined) return nothing;
  const role = pick(roles, step.at);
  const may = able(space, who);
  const isNew = given && !own.has(role.id);
  const allowed =
    may.has('manage_roles') &&
    above(space, who, role) &&
    (target.id === who.id || outranks(space, who, target.id)) &&
    (!isNew || holds(may, role.permissions));
  const path = `/spaces/${space.id}/members/${target.id}/roles/${role.id}`;
  const answer = await attempt(who, [given ? 'PUT' : 'DELETE', path], allowed);
  if (answer === undefined || own.has(role.id) === given) return nothing;
  if (given) own.add(role.id);
  else own.delete(role.id);
  const told = [
    spaceTold(`member.update ${space.id} ${target.id}`, space, 'members'),
    recorded({ trial, space, who }, 'member_role_update', target.id),
  ];
  return { told, unsettles: { space, parked: true } };
};

const moveRoles: Deed = async ({ trial, space, step }) => {
  const owner = trial.people.find(({ id }) => id === space.owner_id);
  const roles = [...space.roles.values()].filter(({ position }) => position > 0);
  if (owner === undefined || roles.length < 2) return nothing;
  const wishes = [
    { id: pick(roles, step.at).id, position: 1 + (step.target % roles.length) },
    { id: pick(roles, step.at + 1).id, position: 1 + (step.who % roles.length) },
  ];
  const answer = await attempt(owner, ['PATCH', `/spaces/${space.id}/roles`, wishes], true);
  const told: Told[] = [];
  for (const { id, position } of answer.data) {
    const role = space.roles.get(id);
    if (role === undefined || role.position === position) continue;
    const isNamed = wishes.some((wish) => wish.id === id);
    role.position = position;
    told.push(spaceTold(`role.update ${id}`, space, 'spaces'));
    // Roles that only made room are not said to have been moved.
    if (isNamed) told.push(recorded({ trial, space, who: owner }, 'role_update', id));
  }
  return { told };
};

/** Whether an overwrite is for oneself, or for somebody or some role that is low enough. */
function mayTouch(
  { space, who }: Pick<Scene, 'space' | 'who'>,
  id: string,
  type: 'role' | 'member',
): boolean {
  if (who.isAdmin || who.id === space.owner_id || who.id === id) return true;
  const own = rank(space, who.id);
  return type === 'role' ? (space.roles.get(id)?.position ?? 0) <= own : rank(space, id) < own;
}

const setOverwrite: Deed = async (scene) => {
  const { space, channel, who, step, target } = scene;
  const type = step.flag ? 'role' : 'member';
  const id = type === 'role' ? pick([...space.roles.keys()], step.target) : target.id;
  const isAway = type === 'member' && !space.members.has(id);
  const [allow, deny] = [step.allow, step.deny].map((names) =>
    names.filter((name) => name !== 'administrator'),
  );
  if (!allow || !deny) return nothing;
  // Of who has left, only what is denied can change.
  if (isAway && (allow.length > 0 || !channel.overwrites.has(id))) return nothing;
  const old: ModelOverwrite = channel.overwrites.get(id) ?? { type, allow: [], deny: [] };
  const changed = [
    ...new Set(allow).symmetricDifference(new Set(old.allow)),
    ...new Set(deny).symmetricDifference(new Set(old.deny)),
  ];
  const own = able(space, who, channel);
  const allowed =
    holds(own, ['view_channel', 'manage_roles', ...changed]) && mayTouch(scene, id, type);
  const path = `/channels/${channel.id}/permissions/${id}`;
  const answer = await attempt(who, ['PUT', path, { type, allow, deny }], allowed);
  if (answer === undefined) return nothing;
  return withUpdate(scene, () => {
    const isNew = !channel.overwrites.has(id);
    channel.overwrites.set(id, { type, allow, deny });
    return isNew || changed.length > 0;
  });
};

/** A change of a channel, told to those who see it before and after. */
function withUpdate(
  { trial, space, channel, who }: Pick<Scene, 'trial' | 'space' | 'channel' | 'who'>,
  run: () => boolean,
  parked = true,
): Outcome {
  const before = trial.viewers(space, channel);
  if (!run()) return nothing;
  const to = before.intersection(trial.viewers(space, channel));
  const told = [
    { key: `channel.update ${channel.id}`, intent: 'spaces', to },
    recorded({ trial, space, who }, 'channel_update', channel.id, channel),
  ];
  return { told, unsettles: { space, parked } };
}

const clearOverwrite: Deed = async (scene) => {
  const { space, channel, who, step } = scene;
  const own = able(space, who, channel);
  const ids = [...channel.overwrites.keys()];
  if (ids.length === 0) return nothing;
  const id = pick(ids, step.target);
  const old = channel.overwrites.get(id);
  if (old === undefined) return nothing;
  const needed = ['view_channel', 'manage_roles', ...old.allow, ...old.deny];
  const allowed = holds(own, needed) && mayTouch(scene, id, old.type);
  const path = `/channels/${channel.id}/permissions/${id}`;
  const answer = await attempt(who, ['DELETE', path], allowed);
  if (answer === undefined) return nothing;
  return withUpdate(scene, () => channel.overwrites.delete(id));
};

const openToGuests: Deed = async ({ trial, space, channel, who, step: { flag } }) => {
  const allowed = holds(able(space, who, channel), ['view_channel', 'manage_channels']);
  const body = { allow_anonymous_read: flag };
  const answer = await attempt(who, ['PATCH', `/channels/${channel.id}`, body], allowed);
  if (answer === undefined || channel.isOpenToGuests === flag) return nothing;
  channel.isOpenToGuests = flag;
  return withUpdate({ trial, space, channel, who }, () => true, false);
};

const renameChannel: Deed = async ({ trial, space, channel, who, step }) => {
  const allowed = holds(able(space, who, channel), ['view_channel', 'manage_channels']);
  const name = `name ${step.at}`;
  const answer = await attempt(who, ['PATCH', `/channels/${channel.id}`, { name }], allowed);
  if (answer === undefined || channel.name === name) return nothing;
  channel.name = name;
  return { told: withUpdate({ trial, space, channel, who }, () => true).told };
};

/** The overwrites of every second new channel: hidden, but for one role or one person. */
function privateFor(space: ModelSpace, step: Step): (ModelOverwrite & { id: string })[] | null {
  if (step.at % 2 === 0) return null;
  const ids = step.flag ? [...space.roles.keys()] : [...space.members.keys()];
  const id = pick(ids, step.target);
  const everyone = [...space.roles.values()].find(({ position }) => position === 0)?.id ?? '';
  const hides: ModelOverwrite = { type: 'role', allow: [], deny: ['view_channel'] };
  const shows: ModelOverwrite = {
    type: step.flag ? 'role' : 'member',
    allow: ['view_channel'],
    deny: [],
  };
  return id === everyone
    ? [{ id, ...hides }]
    : [
        { id: everyone, ...hides },
        { id, ...shows },
      ];
}

const createChannel: Deed = async ({ trial, space, who, step }) => {
  const own = able(space, who);
  const rules = privateFor(space, step);
  const needed = rules
    ? ['manage_roles', ...rules.flatMap(({ deny, allow }) => [...deny, ...allow])]
    : [];
  const ranks = (rules ?? []).every(({ id, type }) => mayTouch({ space, who }, id, type));
  const allowed = holds(own, ['manage_channels', ...needed]) && ranks;
  const body = {
    name: `made ${step.at}`,
    allow_anonymous_read: step.flag,
    ...(rules ? { permission_overwrites: rules } : {}),
  };
  const answer = await attempt(who, ['POST', `/spaces/${space.id}/channels`, body], allowed);
  if (answer === undefined) return nothing;
  const channel = newChannel(answer.data);
  space.channels.set(channel.id, channel);
  const to = trial.viewers(space, channel);
  const told = [
    { key: `channel.create ${channel.id}`, intent: 'spaces', to },
    recorded({ trial, space, who }, 'channel_create', channel.id, channel),
  ];
  return { told, unsettles: { space, parked: false } };
};

const deleteChannel: Deed = async ({ trial, space, channel, who }) => {
  if (space.channels.size < 2) return nothing;
  const allowed = holds(able(space, who, channel), ['view_channel', 'manage_channels']);
  const answer = await attempt(who, ['DELETE', `/channels/${channel.id}`], allowed);
  if (answer === undefined) return nothing;
  const to = trial.viewers(space, channel);
  space.channels.delete(channel.id);
  const told = [
    { key: `channel.delete ${channel.id}`, intent: 'spaces', to },
    recorded({ trial, space, who }, 'channel_delete', channel.id, channel),
  ];
  if (space.welcomes_in !== channel.id) return { told };
  space.welcomes_in = null;
  return { told: [...told, spaceTold(`space.update ${space.id}`, space, 'spaces')] };
};

const moveChannels: Deed = async ({ trial, space, channel, who, step }) => {
  const allowed = able(space, who).has('manage_channels');
  const wishes = [{ id: channel.id, position: step.target }];
  const answer = await attempt(who, ['PATCH', `/spaces/${space.id}/channels`, wishes], allowed);
  const isSeen = able(space, who, channel).has('view_channel');
  if (answer === undefined || !isSeen || channel.position === step.target) return nothing;
  channel.position = step.target;
  const alike = [...space.channels.values()].filter((one) => viewRule(one) === viewRule(channel));
  const told = alike.map((one) => ({
    key: `channel.reorder ${one.id}`,
    intent: 'spaces',
    to: trial.viewers(space, one),
  }));
  const entry = recorded({ trial, space, who }, 'channel_update', channel.id, channel);
  return { told: [...told, entry] };
};

const openSpace: Deed = async ({ trial, space, who, step: { flag } }) => {
  const allowed = able(space, who).has('manage_space');
  const call = ['PATCH', `/spaces/${space.id}`, { public: flag }] as const;
  const answer = await attempt(who, call, allowed);
  if (answer === undefined || space.isPublic === flag) return nothing;
  space.isPublic = flag;
  const told = [
    spaceTold(`space.update ${space.id}`, space, 'spaces'),
    recorded({ trial, space, who }, 'space_update', space.id),
  ];
  return { told };
};

/** Deeds that change what a space consists of, and who may do what in it. */
export const orders: Record<string, Deed> = {
  createRole,
  editRole,
  deleteRole,
  assignRole,
  moveRoles,
  setOverwrite,
  clearOverwrite,
  openToGuests,
  renameChannel,
  createChannel,
  deleteChannel,
  moveChannels,
  openSpace,
};
