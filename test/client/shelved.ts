// A state as a client has it after READY, made of as little as a test needs.
import { State } from '../../src/client/state.ts';
import type { Channel, Heard, Message, ReadyData } from '../../src/client/wire.ts';

export const own = '1';

export const conversation = { id: '20', space_id: null, type: 'dm', recipients: [] };
export const general = { id: '10', space_id: '5', type: 'text', last_message_id: null };

const lists = {
  spaces: [{ id: '5', owner_id: '2' }],
  channels: [general],
  dm_channels: [conversation],
  roles: [{ id: '6', space_id: '5', position: 0 }],
  members: [{ space_id: '5', user_id: own, nickname: null, roles: ['7'] }],
  users: [],
  presences: [],
  relationships: [],
  voice_states: [],
  rings: [],
  unread: [],
  mutes: [],
};

export function shelved(more: Record<string, unknown> = {}): State {
  const user = { id: own, username: 'anna', display_name: null };
  return new State({ user, session_id: 's', ...lists, ...more } as unknown as ReadyData);
}

let newest = 100;

/** A message of somebody else in a channel, the newest of all. */
export function message(
  channel: Pick<Channel, 'id'> | { id: string },
  more: Partial<Message> = {},
) {
  newest += 1;
  return {
    id: String(newest),
    channel_id: channel.id,
    author_id: '2',
    thread_id: null,
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    flags: 0,
    content: 'hello',
    reactions: null,
    timestamp: new Date(0).toISOString(),
    ...more,
  } as unknown as Message;
}

/** Has a state hear an event. */
export function hear(state: State, type: Heard['type'], data: unknown): void {
  state.apply({ op: 0, type, data } as Heard);
}
