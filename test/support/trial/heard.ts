// What is heard: how the model says it, how frames say it, and what no frame may say.
import { expect } from 'bun:test';
import type { Frame } from '../ears.ts';
import { entryKey } from './recorded.ts';

/** One event that the model expects: by whom, and under which intent. */
export interface Told {
  /** As `keysOf` spells it. */
  key: string;
  /** What a session must have asked for; null: nothing. Two of them are parted by a blank. */
  intent: string | null;
  /** The users whose sessions hear it. */
  to: ReadonlySet<string>;
  /** The one session that is told otherwise: READY has it. */
  unheard_by?: string;
  /** Who is under timeout and hears it with RESUME, once that is over. */
  late?: ReadonlySet<string>;
  isLate?: boolean;
  /** Not in the log: RESUME does not bring it. */
  isFleeting?: boolean;
  /** The message that it tells of, and the channel of that. */
  message_id?: string;
  channel_id?: string;
}

/** Numbers grow on every socket: the last one is all that a client needs to resume. */
export function lastNumber(frames: readonly Frame[], before: number): number {
  let last = before;
  for (const { seq, type } of frames) {
    if (seq === undefined) continue;
    expect({ type, seq, isAbove: last, grows: seq > last }).toMatchObject({ grows: true });
    last = seq;
  }
  return last;
}

/** What a reader alone is told: how far they have read, and what is muted. The followers hold that to READY. */
export const isOwn = ({ type = '' }: Frame): boolean => /^(read_state|channel_mute)\./.test(type);

/** The frames that the model knows of. The number of many that a reader alone is told stands on their account. */
export function withoutOwn(frames: readonly Frame[]): Frame[] {
  return frames.filter((one, at) => !isOwn(one) && !isNumberOfOwn(frames, at));
}

function isNumberOfOwn(frames: readonly Frame[], at: number): boolean {
  const [before, one] = [frames[at - 1], frames[at]];
  return (
    before !== undefined && isOwn(before) && one?.type === 'user.update' && 'is_admin' in one.data
  );
}

/** What is nobody's business but the account's own. */
export function refusePrivateFields(data: unknown, own_id: string | null): void {
  const text = JSON.stringify(data) ?? '';
  expect(text).not.toMatch(/password|token_hash|argon2/);
  if (!/"(is_admin|mfa_enabled|disabled|dm_policy)":/.test(text)) return;
  JSON.stringify(data, (_key, value) => {
    if (value === null || typeof value !== 'object') return value;
    const isPrivate = ['is_admin', 'mfa_enabled', 'disabled', 'dm_policy'].some(
      (key) => key in value,
    );
    if (isPrivate && value.id !== own_id) throw new Error(`private fields in ${text}`);
    return value;
  });
}

/** A conversation as one of its people sees it. */
export const conversationWords = ({ id, type, name, owner_id, recipients }: any): string =>
  [id, type, name, owner_id, ...recipients.map((one: any) => one.id)].join(' ');

/** What a frame says, as one word for each thing that it tells of. */
export function keysOf({ type = '', data }: Frame): string[] {
  const one = (...words: (string | undefined)[]) => [[type, ...words].join(' ')];
  switch (type) {
    case 'channel.create':
    case 'channel.update':
      return data['recipients'] ? one(conversationWords(data)) : one(data['id']);
    case 'channel.delete':
      return data['space_id'] === null ? one(data['id'], data['type']) : one(data['id']);
    case 'channel.reorder':
      return data['channels'].map((channel: any) => `${type} ${channel.id}`);
    case 'message.delete_bulk':
      return data['ids'].map((id: string) => `${type} ${id}`);
    case 'member.chunk':
      return data['members'].map((m: any) => `${type} ${m.space_id} ${m.user_id}`);
    case 'member.join':
    case 'member.leave':
    case 'member.update':
    case 'ban.create':
    case 'ban.delete':
      return one(data['space_id'], data['user_id'] ?? data['user'].id);
    case 'role.create':
    case 'role.update':
      return one(data['role'].id);
    case 'role.delete':
      return one(data['role_id']);
    case 'audit_log.create':
      return one(entryKey(data));
    case 'typing.start':
      return one(data['channel_id'], data['user_id']);
    case 'presence.update':
      return one(data['user_id'], data['status']);
    case 'call.ring':
      return one(data['channel_id'], data['caller_id']);
    case 'call.decline':
    case 'call.cancel':
      return one(data['channel_id'], data['user_id']);
    case 'relationship.add':
    case 'relationship.update':
      return one(data['id'], String(data['type']));
    case 'relationship.remove':
      return one(data['user_id']);
    case 'channel.pins_update':
      return one(data['channel_id']);
    case 'reaction.add':
    case 'reaction.remove':
      return one(data['message_id'], data['user_id'], data['emoji']);
    case 'user.update':
      return one(data['id'], 'is_admin' in data ? 'own' : 'public');
    default:
      return one(data['id']);
  }
}
