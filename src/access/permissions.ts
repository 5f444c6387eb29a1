// The names of all permissions, and sets of permissions as bits of a bigint.

/** The index of a name is its bit. Names never change, and new ones are added at the end. */
export const permissionNames = [
  'create_invites',
  'kick_members',
  'ban_members',
  'administrator',
  'manage_channels',
  'manage_space',
  'add_reactions',
  'view_audit_log',
  'priority_speaker',
  'stream',
  'view_channel',
  'send_messages',
  'send_tts',
  'manage_messages',
  'embed_links',
  'attach_files',
  'read_history',
  'mention_everyone',
  'use_external_emojis',
  'connect',
  'speak',
  'mute_members',
  'deafen_members',
  'move_members',
  'use_vad',
  'change_nickname',
  'manage_nicknames',
  'manage_roles',
  'manage_webhooks',
  'manage_emojis',
  'manage_soundboard',
  'use_soundboard',
  'use_commands',
  'manage_events',
  'manage_threads',
  'create_threads',
  'use_external_stickers',
  'send_in_threads',
  'moderate_members',
  'manage_automod',
] as const;

export type Permission = (typeof permissionNames)[number];

const bits = new Map<string, bigint>(
  permissionNames.map((name, index) => [name, 1n << BigInt(index)]),
);

/** The set of all permissions. */
export const allPermissions = (1n << BigInt(permissionNames.length)) - 1n;

/** Returns the set that contains only this permission. */
export function bit(name: Permission): bigint {
  return bits.get(name) ?? 0n;
}

/** Returns the set of the named permissions; ignores unknown names. */
export function permissionSet(names: readonly string[]): bigint {
  let set = 0n;
  for (const name of names) set |= bits.get(name) ?? 0n;
  return set;
}

/** Returns the names in a set, in the order of `permissionNames`. */
export function namesOf(set: bigint): Permission[] {
  return permissionNames.filter((name) => (set & bit(name)) !== 0n);
}

const everyone: readonly Permission[] = [
  'view_channel',
  'send_messages',
  'read_history',
  'add_reactions',
  'create_invites',
  'change_nickname',
  'connect',
  'speak',
  'use_vad',
  'embed_links',
  'attach_files',
  'use_external_emojis',
  'stream',
  'use_soundboard',
  'create_threads',
  'send_in_threads',
];

const ofEveryoneOnly: readonly Permission[] = [
  'use_soundboard',
  'create_threads',
  'send_in_threads',
];

const moderator: readonly Permission[] = [
  ...everyone.filter((name) => !ofEveryoneOnly.includes(name)),
  'manage_threads',
  'manage_messages',
  'mention_everyone',
  'manage_nicknames',
  'kick_members',
  'ban_members',
  'moderate_members',
  'mute_members',
  'deafen_members',
  'move_members',
  'manage_events',
];

const admin: readonly Permission[] = [
  ...moderator,
  'manage_channels',
  'manage_roles',
  'manage_space',
  'manage_emojis',
  'manage_soundboard',
  'manage_webhooks',
  'view_audit_log',
  'priority_speaker',
];

/** The roles of a new space, lowest first; position 0 is @everyone. */
export const defaultRoles = [
  { name: '@everyone', color: 0, hoist: false, permissions: everyone },
  { name: 'Moderator', color: 3_447_003, hoist: true, permissions: moderator },
  { name: 'Admin', color: 15_158_332, hoist: true, permissions: admin },
] as const;
