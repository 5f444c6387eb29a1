// Who hears an event: the audiences, and the scopes that each of them means.

/** Permissions of a space whose holders are an audience of their own. */
export const scopedPermissions = [
  'ban_members',
  'view_audit_log',
  'moderate_members',
  'manage_channels',
] as const;
export type ScopedPermission = (typeof scopedPermissions)[number];
/** Those of them whose holders are told of channels, and therefore counted by what they may view. */
export const viewingPermissions = [
  'view_audit_log',
  'manage_channels',
] as const satisfies readonly ScopedPermission[];
export type ViewingPermission = (typeof viewingPermissions)[number];

/** Where a channel of a space is heard: by a visibility class. */
export interface ClassScope {
  readonly class_id: number;
  readonly people?: undefined;
}

/** Where a channel is heard: by a class of its space, or, in a conversation, by its people (ids of accounts). */
export type ChannelScope =
  | ClassScope
  | { readonly people: readonly string[]; readonly class_id?: undefined };

/** What must be handed over to tell an event, by the kind of audience that it declares. */
export interface Audiences {
  /** Everyone who may view the channel. */
  channel: { channel: ChannelScope };
  /**
   * Everyone who may view the channel, and these accounts; without those who may view another
   * channel, and without one account. For what somebody does who comes, goes and moves.
   */
  viewers: {
    channel: ChannelScope;
    user_ids?: readonly string[];
    without?: { channel: ChannelScope; user_id: string };
  };
  /** Every member. */
  space: { space_id: string };
  /**
   * The members who hold a permission of the space. Where it counts by what they may view, the
   * channel has to be said: those alone hear it who may view that; null for what is about none.
   */
  permission:
    | { space_id: string; permission: Exclude<ScopedPermission, ViewingPermission> }
    | { space_id: string; permission: ViewingPermission; channel: ClassScope | null };
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
  /** The guests of a space; they hear the space as well. */
  guests: (space_id: string) => `g:${space_id}`,
  /** Who holds the permission in the space and may view the channels of the class. */
  viewing: (class_id: number, permission: ViewingPermission) => `v:${class_id}:${permission}`,
};

/** Whether a scope is that of a permission's holders. */
export function isOfPermission(scope: string): boolean {
  return scope.startsWith('p:') || scope.startsWith('v:');
}

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

/** The scopes of an audience. */
export function scopesOf<K extends AudienceKind>(kind: K, to: Audiences[K]): string[] {
  return scopesBy[kind](to);
}

/** The scopes whose listeners an audience leaves out. */
export function hiddenFrom(kind: AudienceKind, to: unknown): string[] {
  if (kind !== 'viewers') return [];
  const { without } = to as Audiences['viewers'];
  return without ? [...scopesOfChannel(without.channel), scope.user(without.user_id)] : [];
}
