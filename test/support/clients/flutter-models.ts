// How the Flutter client reads answers: leniently, but for casts that lose the whole list or event.

/** A cast that fails in Dart. */
export class CastError extends Error {}

type Kind = 'string' | 'number' | 'list';

function cast(json: any, key: string, kind: Kind): any {
  const value = json[key] ?? null;
  if (value === null) return null;
  const is = kind === 'list' ? Array.isArray(value) : typeof value === kind;
  if (!is) throw new CastError(`${key} is no ${kind}: ${JSON.stringify(value)}`);
  return value;
}

/** Checks fields that have to be of that kind, or null. */
const casts = (kinds: Record<string, Kind>) => (json: any) => {
  for (const [key, kind] of Object.entries(kinds)) cast(json, key, kind);
  return json;
};

/** Elements that are no objects are passed on raw, and no screen shows them. */
const listOf = (read: (json: any) => any) => (data: any) => {
  if (!Array.isArray(data)) throw new CastError(`no list: ${JSON.stringify(data)}`);
  return data.filter((one) => typeof one === 'object' && one !== null).map(read);
};

const objectOf = (read: (json: any) => any) => (data: any) => {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new CastError(`no object: ${JSON.stringify(data)}`);
  }
  return read(data);
};

export const user = objectOf(
  casts({ display_name: 'string', avatar: 'string', banner: 'string', bio: 'string' }),
);
export const channel = objectOf(casts({ name: 'string', topic: 'string' }));
export const space = objectOf(casts({ description: 'string' }));
export const role = objectOf((json) => json);
export const settings = objectOf(casts({ tos_url: 'string', tos_text: 'string' }));

export const member = objectOf((json) => {
  // A `nick` that is null falls through.
  const nick = cast(json, 'nick', 'string') ?? cast(json, 'nickname', 'string');
  return { ...json, nick, user: json.user ? user(json.user) : null };
});

const attachment = objectOf(casts({ description: 'string', content_type: 'string' }));
const embed = objectOf(casts({ fields: 'list' }));

/** The emoji of a reaction: plain text `name:<digits>` is taken apart, an object is not. */
const reaction = objectOf(({ emoji, count, me, includes_me }) => {
  const custom = typeof emoji === 'string' ? /^([^:]+):(\d+)$/.exec(emoji) : null;
  const name = custom?.[1] ?? (typeof emoji === 'string' ? emoji : emoji.name);
  const id = custom?.[2] ?? (typeof emoji === 'string' ? null : (emoji.id ?? null));
  return { emoji: { id, name }, count, me: me ?? includes_me };
});

export const message = objectOf((json) => ({
  ...json,
  attachments: listOf(attachment)(json.attachments ?? []),
  embeds: listOf(embed)(json.embeds ?? []),
  reactions: listOf(reaction)(json.reactions ?? []),
}));

export const presences = listOf((json) => json);
export const users = listOf(user);
export const channels = listOf(channel);
export const spaces = listOf(space);
export const roles = listOf(role);
export const members = listOf(member);
export const messages = listOf(message);

/** What it reads of READY; everything else it asks for itself. */
export const ready = objectOf((json) => {
  for (const one of Array.isArray(json.unread) ? json.unread : []) {
    cast(one, 'mention_count', 'number');
  }
  return json;
});

const inEvents: Record<string, (data: any) => any> = {
  ready,
  'message.create': message,
  'message.update': message,
  'user.update': user,
  'space.create': space,
  'space.update': space,
  'channel.create': channel,
  'channel.update': channel,
  'channel.delete': channel,
  'member.join': member,
  'member.update': member,
};

/** Reads the data of an event as the client does; an event that it cannot read is lost. */
export function readEvent(type: string, data: any): any {
  return (inEvents[type] ?? ((json: any) => json))(data);
}
