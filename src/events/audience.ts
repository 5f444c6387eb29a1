// Who hears an event: the audiences, and the scopes that each of them means.

/** Permissions of a space whose holders are an audience of their own. */
export const scopedPermissions = [
  'ban_members',
  'view_audit_log',
  'moderate_members',
  'manage_channels',
] as const;
export type ScopedPermission = (typeof scopedPermissions)[number];

/** Where a channel is heard: by a visibility class of its space, or, for direct messages, by its people. */
export interface ChannelScope {
  class_id: number | null;
  participant_ids?: readonly string[];
}

/** What must be handed over to tell an event, by the kind of audience that it declares. */
export interface Audiences {
  /** Everyone who may view the channel. */
  channel: { channel: ChannelScope };
  /** Every member. */
  space: { space_id: string };
  /** The members who hold a permission of the space. */
  permission: { space_id: string; permission: ScopedPermission };
  /** All sessions of these accounts. */
  users: { user_ids: readonly string[] };
  /** All members of these spaces and these accounts, each session once. */
  acquaintances: { space_ids: readonly string[]; user_ids: readonly string[] };
  /** One session alone; sent at once, never kept. */
  session: { session_id: string };
}
export type AudienceKind = keyof Audiences;

export const scope = {
  user: (user_id: string) => `u:${user_id}`,
  space: (space_id: string) => `s:${space_id}`,
  permission: (space_id: string, permission: ScopedPermission) => `p:${space_id}:${permission}`,
  class: (class_id: number) => `c:${class_id}`,
};

const scopesBy: { [K in AudienceKind]: (to: Audiences[K]) => string[] } = {
  channel: ({ channel }) =>
    channel.class_id === null
      ? (channel.participant_ids ?? []).map(scope.user)
      : [scope.class(channel.class_id)],
  space: ({ space_id }) => [scope.space(space_id)],
  permission: ({ space_id, permission }) => [scope.permission(space_id, permission)],
  users: ({ user_ids }) => user_ids.map(scope.user),
  acquaintances: ({ space_ids, user_ids }) => [
    ...space_ids.map(scope.space),
    ...user_ids.map(scope.user),
  ],
  session: () => [],
};

/** The scopes of an audience. */
export function scopesOf<K extends AudienceKind>(kind: K, to: Audiences[K]): string[] {
  return scopesBy[kind](to);
}
