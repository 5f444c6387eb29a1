// Tells how a message looks: to all viewers of the channel, and again to those who reacted to it.
import type { AnyChannel } from '../../../access/evaluate.ts';
import { readerOf } from '../../../access/hearing.ts';
import { belongs, placeOf } from '../../../access/place.ts';
import type { App, Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { scope as ownScope, scopesOf } from '../../../events/audience.ts';
import { eventFrame, frameLimit_bytes, frameOf } from '../../../events/event.ts';
import type { Stored } from '../../../events/log.ts';
import { isEncrypted, tooLarge } from './encrypted.ts';
import { messageForReactors, messageUpdated } from './events.ts';
import { emojisOfPeople, emojiText, reactorsOf, viewOf } from './extras.ts';
import { outOfSight } from './hidden.ts';
import { messageIn } from './queries.ts';
import type { Message } from './schema.ts';
import { shownEmbed } from './view.ts';

/** Tells how a message looks now; nothing if it is not shown. */
export function tellMessage(turn: Turn, channel: AnyChannel, id: string): void {
  const row = messageIn(turn.tx, channel, id);
  if (row === undefined) return;
  const message = viewOf(turn.app, row, null);
  turn.tell(messageUpdated, { channel }, message);
  for (const { user_ids, copy } of copiesForReactors(turn, channel, message)) {
    turn.tell(messageForReactors, { user_ids }, copy);
  }
}

/** Copies for connected people who have reacted, with their own reactions marked. */
function copiesForReactors({ app, tx }: Turn, channel: AnyChannel, message: Message) {
  const { reactions } = message;
  if (reactions === null) return [];
  const here = emojisOfPeople(tx, message.id, [...reactorsHere(app, channel, message)]);
  // Who hears the channel is as of the last commit: this turn may have taken it from somebody.
  const mine = app.cache.changed
    ? Array.from(here).filter(([user_id]) => stillViews(app, channel, user_id))
    : here;
  const alike = Map.groupBy(mine, ([, emojis]) => [...emojis].join('\n'));
  return [...alike.values()].map((people) => {
    const emojis = people[0]?.[1];
    const marked = reactions.map((one) => ({ ...one, me: emojis?.has(emojiText(one)) ?? false }));
    return {
      user_ids: people.map(([user_id]) => user_id),
      copy: { ...message, reactions: marked },
    };
  });
}

function stillViews(app: App, channel: AnyChannel, user_id: string): boolean {
  const place = placeOf(app, readerOf(app.db, user_id), channel.id);
  return place !== null && belongs(place) && place.can('view_channel');
}

const updateBegins = eventFrame(messageUpdated.type, null, '').replace(/"data".*/, '');

/**
 * Returns logged events as they are replayed to a user: without those about messages that are not
 * shown any more, or stand in a conversation that the user is not in any more; with the user's own
 * reactions marked in changes, since the copies for reactors go only to people who are connected, and
 * are not logged.
 */
export function retell(app: App, user_id: string, events: readonly Stored[]): Stored[] {
  const subjects = events.flatMap(({ subject }) => (subject === null ? [] : [subject]));
  const gone = outOfSight(app.db, subjects, user_id);
  return events.flatMap((event) => {
    if (event.subject !== null && gone.has(event.subject)) return [];
    const frame = withFitEmbeds(event.frame);
    return [
      { ...event, frame: frame.startsWith(updateBegins) ? marked(app, user_id, frame) : frame },
    ];
  });
}

/** Takes addresses that lead elsewhere than to the web out of a frame of an older version. */
function withFitEmbeds(frame: string): string {
  if (!frame.includes('"embeds":[{')) return frame;
  const whole: { data: Message } = JSON.parse(frame);
  const { data } = whole;
  const embeds = data.embeds.map(shownEmbed);
  return JSON.stringify({ ...whole, data: { ...data, embeds } });
}

/** Marks the user's own reactions in the frame of a `message.update`. */
function marked(app: App, user_id: string, frame: string): string {
  const { seq, data }: { seq: number; data: Message } = JSON.parse(frame);
  const emojis = emojisOfPeople(app.db, data.id, [user_id]).get(user_id);
  if (data.reactions === null || emojis === undefined) return frame;
  const reactions = data.reactions.map((one) => ({ ...one, me: emojis.has(emojiText(one)) }));
  return frameOf(app, messageUpdated, seq, { ...data, reactions });
}

/** The accounts that have reacted to the message, view the channel and have a session open. */
function reactorsHere(app: App, channel: AnyChannel, { id, reactions }: Message): Set<string> {
  const scopes = scopesOf('channel', { channel });
  const present = scopes.reduce((sum, scope) => sum + app.hub.count(scope), 0);
  const reacted = (reactions ?? []).reduce((sum, { count }) => sum + count, 0);
  const people = new Set<string>();
  // Those who are fewer are looked at: a change must not cost as much as a channel has listeners.
  if (present <= reacted) {
    for (const scope of scopes) for (const { user_id } of app.hub.of(scope)) people.add(user_id);
    return people;
  }
  for (const user_id of reactorsOf(app.db, id)) {
    const sessions = app.hub.of(ownScope.user(user_id));
    if (sessions.some((one) => scopes.some((scope) => one.scopes.has(scope)))) people.add(user_id);
  }
  return people;
}

/** How much of a frame the reactions of a message may take; an encrypted one takes fewer of them. */
const reactionsRoom_bytes = { any: 8_192, encrypted: 4_096 };
/** An upper bound for the frame without its data. */
const envelope_bytes = 256;

/** Tells whether a message fits into one frame, even after people have reacted to it. */
export function fitsWithReactions(message: Message): boolean {
  const isLong = isEncrypted(message);
  // Ordinary text alone always fits.
  if (!isLong && message.embeds.length === 0 && message.attachments.length === 0) return true;
  const bytesOf = (value: object | null) => Buffer.byteLength(JSON.stringify(value));
  const room = isLong ? reactionsRoom_bytes.encrypted : reactionsRoom_bytes.any;
  // An edit may encrypt a text that has more reactions already.
  const reactions_bytes = Math.max(room, bytesOf(message.reactions));
  const bare_bytes = bytesOf({ ...message, reactions: null });
  return bare_bytes + reactions_bytes + envelope_bytes <= frameLimit_bytes;
}

export function refuseTooLarge(message: Message): void {
  if (fitsWithReactions(message)) return;
  if (isEncrypted(message)) throw tooLarge();
  throw new ApiError('invalid_request', 'The message with all that is in it is too large.');
}
