// Permissions as bits against plain sets of names: in random spaces both say the same of everybody.
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  anonymousPermissions,
  channelPermissions,
  classSignature,
  has,
  overwritesOfSignature,
  rankOf,
  spacePermissions,
  viewedClasses,
  type ChannelAccess,
  type MemberAccess,
  type OverwriteAccess,
  type Reader,
  type SpaceAccess,
} from '../../src/access/evaluate.ts';
import { permissionNames, permissionSet, type Permission } from '../../src/access/permissions.ts';
import { search } from '../support/search.ts';
import {
  held,
  heldByStrangers,
  rank,
  type Held,
  type ModelChannel,
  type ModelOverwrite,
  type ModelSpace,
} from '../support/trial/oracle.ts';

const rolesInAll = 6;
/** One member for each choice of roles, the last of which the space has no more. */
const choices = Array.from({ length: 2 ** rolesInAll }, (_, choice) => choice);
const everyone = 'everyone';
const roleIds = Array.from({ length: rolesInAll }, (_, index) => `role ${index}`);
const liveIds = roleIds.slice(0, -1);
const memberId = (choice: number) => `member ${choice}`;
const rolesOf = (choice: number) => roleIds.filter((_, index) => (choice & (1 << index)) !== 0);

const names = permissionNames.filter((name) => name !== 'administrator');
const some = fc.oneof(
  fc.constant<Permission[]>([]),
  fc.constant<Permission[]>(['view_channel']),
  fc.subarray(names, { maxLength: 12 }),
);
const ofRole = fc.oneof(
  { arbitrary: some, weight: 15 },
  { arbitrary: fc.constant<Permission[]>(['administrator']), weight: 1 },
);
const effect = { allow: some, deny: some };
const channel = fc.record({
  isOpen: fc.boolean(),
  ofRoles: fc.uniqueArray(fc.record({ id: fc.constantFrom(everyone, ...roleIds), ...effect }), {
    maxLength: 5,
    selector: ({ id }) => id,
  }),
  ofMembers: fc.uniqueArray(
    fc.record({ id: fc.nat(choices.length - 1).map(memberId), ...effect }),
    { maxLength: 5, selector: ({ id }) => id },
  ),
});
const drawn = fc.record({
  isPublic: fc.boolean(),
  owner: fc.integer({ min: -1, max: choices.length - 1 }),
  everyone: some,
  roles: fc.array(ofRole, { minLength: liveIds.length, maxLength: liveIds.length }),
  channels: fc.array(channel, { minLength: 2, maxLength: 2 }),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/** The space as the server's checks see it. */
function accessOf({ isPublic, owner, ...of }: Drawn): SpaceAccess {
  const first = { id: everyone, position: 0, permissions: permissionSet(of.everyone) };
  const others = liveIds.map((id, index) => {
    return { id, position: index + 1, permissions: permissionSet(of.roles[index] ?? []) };
  });
  const signatures: string[] = [];
  const channels = of.channels.map(({ isOpen, ofRoles, ofMembers }, index): ChannelAccess => {
    const rules = [
      ...ofRoles.map((one) => ({ ...one, type: 'role' as const })),
      ...ofMembers.map((one) => ({ ...one, type: 'member' as const })),
    ];
    const signature = classSignature(rules, isOpen);
    expect(classSignature(rules.toReversed(), isOpen)).toBe(signature);
    if (!signatures.includes(signature)) signatures.push(signature);
    return {
      id: `channel ${index}`,
      type: 'text',
      space_id: 'space',
      class_id: signatures.indexOf(signature),
      owner_id: null,
      parent_id: null,
      archived: false,
      rate_limit: 0,
      user_limit: null,
      allow_anonymous_read: isOpen,
      overwrites: rules.map(({ id, type, allow, deny }): OverwriteAccess => {
        return { id, type, allow: permissionSet(allow), deny: permissionSet(deny) };
      }),
    };
  });
  return {
    id: 'space',
    owner_id: memberId(owner),
    public: isPublic,
    allow_guest_access: true,
    system_channel_id: null,
    everyone: first,
    roles: new Map([first, ...others].map((role) => [role.id, role])),
    channels: new Map(channels.map((one) => [one.id, one])),
    classes: new Map(signatures.map((one, index) => [index, overwritesOfSignature(one)])),
    memo: new Map(),
  };
}

/** The same space as sets. */
function modelOf({ isPublic, owner, ...of }: Drawn): ModelSpace {
  const roles = [of.everyone, ...of.roles].map((permissions, position) => {
    const id = [everyone, ...liveIds][position] ?? '';
    return { id, position, permissions: new Set<string>(permissions) };
  });
  const channels = of.channels.map(({ isOpen, ofRoles, ofMembers }, position): ModelChannel => {
    const id = `channel ${position}`;
    const overwrites = new Map<string, ModelOverwrite>([
      ...ofRoles.map((one) => [one.id, { ...one, type: 'role' as const }] as const),
      ...ofMembers.map((one) => [one.id, { ...one, type: 'member' as const }] as const),
    ]);
    return { id, name: id, position, isOpenToGuests: isOpen, overwrites, messages: [] };
  });
  return {
    kind: 'space',
    id: 'space',
    owner_id: memberId(owner),
    isPublic,
    welcomes_in: null,
    welcomed: new Set(),
    roles: new Map(roles.map((role) => [role.id, role])),
    members: new Map(choices.map((choice) => [memberId(choice), new Set(rolesOf(choice))])),
    nicknames: new Map(),
    banned: new Set(),
    silenced: new Set(),
    entries: [],
    before_id: '0',
    channels: new Map(channels.map((one) => [one.id, one])),
  };
}

/** Members, free and timed out, and strangers: one is an instance admin, one the owner where no member is. */
function people(owner: number): [Reader, MemberAccess | null][] {
  const members = choices.map((choice): [Reader, MemberAccess] => {
    const user_id = memberId(choice);
    const timed_out_until = choice % 3 === 0 ? Number.MAX_SAFE_INTEGER : null;
    const member = { user_id, role_ids: rolesOf(choice), timed_out_until, bot_owner_id: null };
    return [{ id: user_id, is_admin: choice === 5 }, member];
  });
  const strangers = [
    { id: 'stranger', is_admin: false },
    { id: 'admin', is_admin: true },
    ...(owner < 0 ? [{ id: memberId(owner), is_admin: false }] : []),
  ];
  return [...members, ...strangers.map((reader): [Reader, null] => [reader, null])];
}

/** The permissions on which the bits and the names disagree. */
function disputed(set: bigint, wanted: Held): Permission[] {
  return permissionNames.filter((name) => has(set, name) !== wanted.has(name));
}

const numRuns = 320;

test('what somebody may do is what plain sets of names say, for every permission', () => {
  const property = fc.property(drawn, (of) => {
    const space = accessOf(of);
    const model = modelOf(of);
    const wrong: object[] = [];
    const look = (who: string, where: string, names: Permission[]) => {
      if (names.length > 0) wrong.push({ who, where, names });
    };
    for (const [reader, member] of people(of.owner)) {
      const { id } = reader;
      const who = { id, isAdmin: reader.is_admin };
      look(id, 'space', disputed(spacePermissions(space, member, reader), held(model, who)));
      if (rankOf(space, id, member) !== rank(model, id))
        wrong.push({ who: id, rank: rank(model, id) });
      const viewed = new Set(viewedClasses(space, member, reader));
      for (const one of space.channels.values()) {
        const wanted = held(model, who, model.channels.get(one.id));
        look(id, one.id, disputed(channelPermissions(space, one, member, reader), wanted));
        const views = viewed.has(one.class_id);
        if (views !== wanted.has('view_channel')) wrong.push({ who: id, class_of: one.id, views });
      }
    }
    for (const one of model.channels.values()) {
      const access = space.channels.get(one.id);
      const set = access ? anonymousPermissions(space, access) : 0n;
      look('nobody', one.id, disputed(set, heldByStrangers(model, one)));
    }
    expect(wrong).toEqual([]);
  });
  fc.assert(property, search(numRuns));
});
