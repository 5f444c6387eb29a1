// Changes messages: what their authors wrote, and whether their links have previews.
import { lacking, missing, type ChannelGrant } from '../../../access/rules.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { nobody } from '../../../events/event.ts';
import { knownMessage, refuseArchived, withoutNulls } from './actions.ts';
import { contentIn } from './encrypted.ts';
import { linksChanged } from './events.ts';
import { viewOf } from './extras.ts';
import { forgetFirstTexts } from './first-texts.ts';
import { changedFlags, hasNoPreviews } from './flags.ts';
import { haveSameLinks } from './links.ts';
import { mentionedIn } from './mentioned.ts';
import { updateMessage, writtenAt, type MessageRow } from './queries.ts';
import type { Message, MessagePatch } from './schema.ts';
import { refuseTooLarge, tellMessage } from './telling.ts';
import { isTombstone } from './view.ts';

/** Refuses a change that is not the actor's to make. */
function refuseForeign(by: ChannelGrant, row: MessageRow, patch: MessagePatch): void {
  const { actor, channel, can } = by;
  if (row.author_id !== actor.id) {
    const isOfFlags = Object.entries(patch).every(
      ([key, value]) => key === 'flags' || value === undefined,
    );
    if (patch.flags === undefined || !isOfFlags) {
      throw new ApiError('forbidden', 'Only its author may edit a message.');
    }
    if (!can('manage_messages')) throw missing('manage_messages');
    if (isTombstone(row)) throw new ApiError('forbidden', 'This message was deleted.');
  } else {
    if (!can('send_messages')) throw lacking(by, 'send_messages');
    if (row.thread_id !== null && !can('send_in_threads')) throw missing('send_in_threads');
    if (patch.embeds && patch.embeds.length > 0 && !can('embed_links')) {
      throw missing('embed_links');
    }
  }
  refuseArchived(channel);
}

/** What a patch changes of a row. */
function changeOf(
  turn: Turn,
  by: ChannelGrant,
  row: MessageRow,
  { content: given, embeds, title, allowed_mentions, flags: wanted }: MessagePatch,
): Partial<MessageRow> {
  const content = given === undefined ? undefined : contentIn(by.channel, given);
  const change: Partial<MessageRow> = {};
  if (content !== undefined) change.content = content;
  if (title !== undefined) change.title = title;
  if (embeds !== undefined) change.embeds = embeds.length === 0 ? null : embeds.map(withoutNulls);
  if (Object.keys(change).length > 0) change.edited_at = Math.max(turn.now, writtenAt(row));
  // The lists follow the text; an edit notifies nobody.
  if (content !== undefined || allowed_mentions !== undefined) {
    Object.assign(change, mentionedIn(turn, by, content ?? row.content, allowed_mentions));
  }
  const flags = changedFlags(row.flags, wanted);
  if (flags !== row.flags) change.flags = flags;
  const isOutdated = embeds !== undefined || !haveSameLinks({ ...row, ...change }, row);
  if (isOutdated || hasNoPreviews({ flags })) change.previews = null;
  return change;
}

/** Changes a message: its author, or who holds `manage_messages` and changes nothing but its previews. */
export function editMessage(
  turn: Turn,
  by: ChannelGrant,
  id: string,
  patch: MessagePatch,
): Message {
  const { channel, actor } = by;
  const row = knownMessage(turn, channel, id);
  refuseForeign(by, row, patch);
  const change = changeOf(turn, by, row, patch);
  if (Object.keys(change).every((key) => key === 'previews'))
    return viewOf(turn.app, row, actor.id);
  const now = { ...row, ...change };
  const message = viewOf(turn.app, now, actor.id);
  if (message.content === '' && message.embeds.length + message.attachments.length === 0) {
    throw new ApiError('invalid_request', 'A message needs a text, an embed or a file.');
  }
  refuseTooLarge(message);
  forgetFirstTexts(turn.tx, message);
  updateMessage(turn.tx, id, change);
  tellMessage(turn, channel, id);
  const isShownAgain = hasNoPreviews(row) && !hasNoPreviews(now);
  if (isShownAgain || (patch.embeds === undefined && !haveSameLinks(now, row))) {
    turn.tell(linksChanged, nobody, { message_id: id });
  }
  return message;
}
