// How the Godot client reads answers: a default holds only where a key is missing; null or another type loses the object.

type Kind = 'string' | 'number' | 'boolean' | 'list' | 'object';
type Shape = Record<string, Kind | `${Kind}?`>;

const is = (kind: string, value: unknown): boolean => {
  if (kind === 'list') return Array.isArray(value);
  if (kind !== 'object') return typeof value === kind;
  return typeof value === 'object' && value !== null && !Array.isArray(value);
};

/** Checks the keys that are there; `?` marks those that may be null. Throws at the first one. */
function held(name: string, shape: Shape, json: any): any {
  if (!is('object', json)) throw new Error(`${name} is no object: ${JSON.stringify(json)}`);
  for (const [key, kind] of Object.entries(shape)) {
    if (!(key in json)) continue;
    const value = json[key];
    if (value === null && kind.endsWith('?')) continue;
    if (!is(kind.replace('?', ''), value)) {
      throw new Error(`${name}.${key} is no ${kind}: ${JSON.stringify(value)}`);
    }
  }
  return json;
}

export const listOf =
  (read: (json: any) => any) =>
  (data: any): any[] => {
    if (!Array.isArray(data)) throw new Error(`no list: ${JSON.stringify(data)}`);
    return data.map(read);
  };

export const user = (json: any) =>
  held(
    'user',
    {
      ...{ id: 'string', username: 'string', display_name: 'string?', avatar: 'string?' },
      ...{ banner: 'string?', bio: 'string?', accent_color: 'number?', bot: 'boolean' },
      ...{ system: 'boolean', is_admin: 'boolean', flags: 'number', public_flags: 'number' },
      ...{ mfa_enabled: 'boolean', disabled: 'boolean', created_at: 'string' },
    },
    json,
  );

export const space = (json: any) =>
  held(
    'space',
    {
      ...{ id: 'string', name: 'string', slug: 'string', owner_id: 'string', created_at: 'string' },
      ...{ description: 'string?', icon: 'string?', banner: 'string?', features: 'list' },
      ...{ public: 'boolean', allow_guest_access: 'boolean', verification_level: 'string' },
      ...{ default_notifications: 'string', explicit_content_filter: 'string', roles: 'list' },
      ...{ emojis: 'list', preferred_locale: 'string', afk_timeout: 'number' },
      ...{ nsfw_level: 'string', premium_tier: 'string', premium_subscription_count: 'number' },
      ...{ afk_channel_id: 'string?', system_channel_id: 'string?', rules_channel_id: 'string?' },
      ...{ member_count: 'number?', presence_count: 'number?', max_members: 'number?' },
    },
    json,
  );

/** The list of all spaces shows how many members each has. */
export const listedSpace = (json: any) =>
  held('listed space', { member_count: 'number' }, space(json));

/** What it shows before registering: never null, since it goes into typed variables. */
export const terms = (json: any) =>
  held(
    'settings',
    { tos_enabled: 'boolean', tos_text: 'string', tos_url: 'string', tos_version: 'number' },
    json,
  );

/** The screen of an instance admin. */
export const settings = (json: any) =>
  held(
    'settings',
    {
      ...{ server_name: 'string', registration_policy: 'string', motd: 'string' },
      ...{ max_spaces: 'number', max_members_per_space: 'number', public_listing: 'boolean' },
    },
    terms(json),
  );

const overwrite = (json: any) =>
  held('overwrite', { id: 'string', type: 'string', allow: 'list', deny: 'list' }, json);

export function channel(json: any): any {
  held(
    'channel',
    {
      ...{ id: 'string', type: 'string', space_id: 'string?', name: 'string?', topic: 'string?' },
      ...{ position: 'number?', parent_id: 'string?', nsfw: 'boolean', rate_limit: 'number?' },
      ...{ bitrate: 'number?', user_limit: 'number?', recipients: 'list?', owner_id: 'string?' },
      ...{ last_message_id: 'string?', allow_anonymous_read: 'boolean', archived: 'boolean?' },
      ...{ permission_overwrites: 'list', auto_archive_after: 'number?', created_at: 'string' },
    },
    json,
  );
  listOf(overwrite)(json.permission_overwrites ?? []);
  return json;
}

export const role = (json: any) =>
  held(
    'role',
    {
      ...{ id: 'string', name: 'string', color: 'number', hoist: 'boolean', icon: 'string?' },
      ...{ position: 'number', permissions: 'list', managed: 'boolean', mentionable: 'boolean' },
    },
    json,
  );

export const member = (json: any) =>
  held(
    'member',
    {
      ...{ user: 'object', user_id: 'string', space_id: 'string', nick: 'string?' },
      ...{ avatar: 'string?', roles: 'list', joined_at: 'string', premium_since: 'string?' },
      ...{ deaf: 'boolean', mute: 'boolean', pending: 'boolean?', permissions: 'list?' },
      ...{ communication_disabled_until: 'string?', timed_out_until: 'string?' },
    },
    json,
  );

const attachment = (json: any) =>
  held(
    'attachment',
    {
      ...{ id: 'string', filename: 'string', url: 'string', size: 'number' },
      ...{ description: 'string?', content_type: 'string?', width: 'number?', height: 'number?' },
    },
    json,
  );

/** `emoji` is an object with a name, or plain text; the text is what pills are compared by. */
function reaction(json: any): any {
  held('reaction', { count: 'number', me: 'boolean' }, json);
  const { emoji } = json;
  if (typeof emoji === 'string') return { ...json, key: emoji };
  held('reaction.emoji', { id: 'string?', name: 'string' }, emoji);
  return { ...json, key: emoji.name };
}

export function message(json: any): any {
  held(
    'message',
    {
      ...{ id: 'string', channel_id: 'string', space_id: 'string?', author_id: 'string' },
      ...{ content: 'string', type: 'string', timestamp: 'string', edited_at: 'string?' },
      ...{ tts: 'boolean', pinned: 'boolean', mention_everyone: 'boolean', mentions: 'list' },
      ...{ mention_roles: 'list', attachments: 'list', embeds: 'list', reactions: 'list?' },
      ...{ reply_to: 'string?', flags: 'number', webhook_id: 'string?', thread_id: 'string?' },
      ...{ title: 'string?', reply_count: 'number', last_reply_at: 'string?' },
    },
    json,
  );
  const reactions = json.reactions ? listOf(reaction)(json.reactions) : [];
  return { ...json, attachments: listOf(attachment)(json.attachments), reactions };
}

export const presence = (json: any) =>
  held(
    'presence',
    { user_id: 'string', status: 'string', client_status: 'object', activities: 'list' },
    json,
  );

export const voiceState = (json: any) =>
  held(
    'voice state',
    {
      ...{ user_id: 'string', space_id: 'string?', channel_id: 'string?', session_id: 'string' },
      ...{ deaf: 'boolean', mute: 'boolean', self_deaf: 'boolean', self_mute: 'boolean' },
      ...{ self_stream: 'boolean', self_video: 'boolean', suppress: 'boolean' },
    },
    json,
  );

/** Shown under `user.id`; the presence of friends stands in their user. */
export function relationship(json: any): any {
  held('relationship', { id: 'string', user: 'object', type: 'number', since: 'string' }, json);
  held('relationship.user', { status: 'string', activities: 'list' }, user(json.user));
  if (!json.user.id) throw new Error('a relationship without user.id');
  return json;
}

/** Channels that are muted or unread; anything but an object is lost. */
export const mute = (json: any) => held('mute', { channel_id: 'string' }, json);
export const unread = (json: any) =>
  held('unread', { channel_id: 'string', mention_count: 'number' }, json);

/** Everything of READY that it shows without asking again. */
export function ready(json: any): any {
  held('ready', { session_id: 'string', user: 'object', mutes: 'list', unread: 'list' }, json);
  user(json.user);
  const lists = { users: user, spaces: space, roles: role, members: member, channels: channel };
  const more = { voice_states: voiceState, presences: presence, dm_channels: channel };
  const home = { relationships: relationship, mutes: mute, unread };
  for (const [key, read] of Object.entries({ ...lists, ...more, ...home })) {
    listOf(read)(json[key]);
  }
  return json;
}
