// The audiences of events, and the scopes that each of them stands for.

/** Permissions whose holders can be an audience. */
export const scopedPermissions = [
  'ban_members',
  'view_audit_log',
  'moderate_members',
  'manage_channels',
] as const;
export type ScopedPermission = (typeof scopedPermissions)[number];
/** The scoped permissions whose holders hear about channels, but only about those they may view. */
export const viewingPermissions = [
  'view_audit_log',
  'manage_channels',
] as const satisfies readonly ScopedPermission[];
export type ViewingPermission = (typeof viewingPermissions)[number];

/** The listeners of a channel in a space: everyone who hears its visibility class. */
export interface ClassScope {
  readonly class_id: number;
  readonly people?: undefined;
}

/** The listeners of a channel: a class of its space, or a conversation's people (account ids). */
export type ChannelScope =
  | ClassScope
  | { readonly people: readonly string[]; readonly class_id?: undefined };

/** The value that names the audience of an event, by the kind of audience the event declares. */
export interface Audiences {
  /** Everyone who may view the channel. */
  channel: { channel: ChannelScope };
  /**
   * Everyone who may view the channel, and these accounts; `without` leaves out the viewers of
   * another channel and one account. For events about somebody who joins, leaves or moves.
   */
  viewers: {
    channel: ChannelScope;
    user_ids?: readonly string[];
    without?: { channel: ChannelScope; user_id: string };
  };
  /** Every member of the space. */
  space: { space_id: string };
  /**
   * The members with a permission in the space. For a viewing permission, `channel` limits them to
   * those who may view that channel; null if the event is about no channel.
   */
  permission:
    | { space_id: string; permission: Exclude<ScopedPermission, ViewingPermission> }
    | { space_id: string; permission: ViewingPermission; channel: ClassScope | null };
  /** All sessions of these accounts. */
  users: { user_ids: readonly string[] };
  /** All members of these spaces and these accounts, each session once. */
  acquaintances: { space_ids: readonly string[]; user_ids: readonly string[] };
  /** One session; the event is sent at once and never kept. */
  session: { session_id: string };
}
export type AudienceKind = keyof Audiences;

export const scope = {
  user: (user_id: string) => `u:${user_id}`,
  space: (space_id: string) => `s:${space_id}`,
  permission: (space_id: string, permission: ScopedPermission) => `p:${space_id}:${permission}`,
  class: (class_id: number) => `c:${class_id}`,
  /** The guests of a space; they also hear the scope of the space. */
  guests: (space_id: string) => `g:${space_id}`,
  /** Members who hold the permission in the space and may view the channels of the class. */
  viewing: (class_id: number, permission: ViewingPermission) => `v:${class_id}:${permission}`,
};

function scopesOfChannel(channel: ChannelScope): string[] {
  return channel.people === undefined
    ? [scope.class(channel.class_id)]
    : channel.people.map(scope.user);
}

const scopesBy: { [K in AudienceKind]: (to: Audiences[K]) => string[] } = {
  channel: ({ channel }) => scopesOfChannel(channel),
  viewers: ({ channel, user_ids = [] }) => [
    ...scopesOfChannel(channel),
    ...user_ids.map(scope.user),
  ],
  space: ({ space_id }) => [scope.space(space_id)],
  permission: (to) =>
    'channel' in to && to.channel !== null
      ? [scope.viewing(to.channel.class_id, to.permission)]
      : [scope.permission(to.space_id, to.permission)],
  users: ({ user_ids }) => user_ids.map(scope.user),
  acquaintances: ({ space_ids, user_ids }) => [
    ...space_ids.map(scope.space),
    ...user_ids.map(scope.user),
  ],
  session: () => [],
};

/** Returns the scopes of an audience. */
export function scopesOf<K extends AudienceKind>(kind: K, to: Audiences[K]): string[] {
  return scopesBy[kind](to);
}

/** Returns the scopes whose listeners an audience leaves out. */
export function hiddenFrom(kind: AudienceKind, to: unknown): string[] {
  if (kind !== 'viewers') return [];
  const { without } = to as Audiences['viewers'];
  return without ? [...scopesOfChannel(without.channel), scope.user(without.user_id)] : [];
}
