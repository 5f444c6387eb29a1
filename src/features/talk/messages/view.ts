// Turns message rows into what clients see.
import type { App } from '../../../app.ts';
import { tombstone } from '../../../db/schema/messages.ts';
import { time, timeOrNull } from '../../shapes.ts';
import { withWebAddresses } from './embeds.ts';
import { shownPreviews } from './preview-pictures.ts';
import { writtenAt, type MessageRow } from './queries.ts';
import type { Attachment, Embed, Message, Reaction, ShownEmbed } from './schema.ts';

/** The attachments and reactions of a message; its row does not hold them. */
export interface Extras {
  attachments: readonly Attachment[];
  reactions: readonly Reaction[] | null;
}

const none: Extras = { attachments: [], reactions: null };

const blankEmbed: ShownEmbed = {
  title: null,
  type: null,
  description: null,
  url: null,
  timestamp: null,
  color: null,
  footer: null,
  image: null,
  thumbnail: null,
  author: null,
  fields: null,
};

export function shownEmbed(stored: object): ShownEmbed {
  return { ...blankEmbed, ...withWebAddresses(stored) };
}

/** Tells whether only the answers of others keep a deleted message there. */
export function isTombstone({ type }: Pick<MessageRow, 'type'>): boolean {
  return type === tombstone;
}

/** Returns the message; `app` may be null where the row has no previews. */
export function messageView(app: App | null, row: MessageRow, extras: Extras = none): Message {
  const previews = (row.previews ?? []) as Embed[];
  return {
    id: row.id,
    channel_id: row.channel_id,
    space_id: row.space_id,
    author_id: row.author_id,
    content: row.content,
    type: isTombstone(row) ? 'default' : row.type,
    timestamp: time(writtenAt(row)),
    edited_at: timeOrNull(row.edited_at),
    tts: row.tts,
    pinned: row.pinned_at !== null,
    mention_everyone: row.mention_everyone,
    mentions: row.mentions ?? [],
    mention_roles: row.mention_roles ?? [],
    attachments: [...extras.attachments],
    embeds: (row.embeds ?? (app === null ? [] : shownPreviews(app, row.id, previews))).map(
      shownEmbed,
    ),
    reactions: extras.reactions === null ? null : [...extras.reactions],
    reply_to: row.reply_to,
    flags: row.flags,
    webhook_id: null,
    thread_id: row.thread_id,
    reply_count: row.reply_count,
    title: row.title,
    ...(row.last_reply_at === null ? {} : { last_reply_at: time(row.last_reply_at) }),
  };
}
