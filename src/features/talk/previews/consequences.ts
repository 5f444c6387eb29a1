// Makes previews of the links in a message, some time after it was sent or edited.
import { readerOf } from '../../../access/hearing.ts';
import { channelOf } from '../../../access/load.ts';
import { placeOf } from '../../../access/place.ts';
import type { Turn } from '../../../app.ts';
import { consequence } from '../../../consequence.ts';
import { linksChanged, messageCreated } from '../messages/events.ts';
import { viewOf } from '../messages/extras.ts';
import { hasNoPreviews } from '../messages/flags.ts';
import { linksOf } from '../messages/links.ts';
import { findMessage, messageIn, updateMessage, type MessageRow } from '../messages/queries.ts';
import type { Embed } from '../messages/schema.ts';
import { fitsWithReactions, tellMessage } from '../messages/telling.ts';
import { previewQueue, type Wanted } from './queue.ts';

export const previewNew = consequence(messageCreated, (turn, { id, content }) => {
  if (content.includes('://')) wantPreviews(turn, id);
});

export const previewAnew = consequence(linksChanged, (turn, { message_id }) =>
  wantPreviews(turn, message_id),
);

/** Tells whether the author may embed links in the channel. */
function mayEmbed({ app, tx }: Turn, { author_id, channel_id }: MessageRow): boolean {
  return placeOf(app, readerOf(tx, author_id), channel_id)?.can('embed_links') ?? false;
}

function wantPreviews(turn: Turn, message_id: string): void {
  const { app } = turn;
  if (!app.config.LINK_PREVIEWS) return;
  const row = findMessage(turn.tx, message_id);
  if (row === undefined || row.embeds !== null || row.type !== 'default') return;
  if (hasNoPreviews(row)) return;
  const links = linksOf(row);
  if (links.length === 0 || !mayEmbed(turn, row)) return;
  const { author_id, content } = row;
  turn.afterwards(() => {
    app
      .state(previewQueue)
      .take({ message_id, author_id, content, links }, (wanted, embeds) =>
        app.write((later) => showPreviews(later, wanted, embeds)),
      );
  });
}

/** Shows the previews, unless the message has changed meanwhile. This does not count as an edit. */
function showPreviews(turn: Turn, wanted: Wanted, embeds: readonly Embed[]): void {
  const found = findMessage(turn.tx, wanted.message_id);
  const channel = found === undefined ? null : channelOf(turn.app, found.channel_id);
  const row = channel === null ? undefined : messageIn(turn.tx, channel, wanted.message_id);
  if (channel === null || channel.archived || row === undefined) return;
  if (row.content !== wanted.content || row.embeds !== null || hasNoPreviews(row)) return;
  const previews = [...embeds];
  const fits = () => fitsWithReactions(viewOf(turn.app, { ...row, previews }, null));
  while (previews.length > 0 && !fits()) previews.pop();
  if (previews.length === 0) return;
  updateMessage(turn.tx, row.id, { previews });
  tellMessage(turn, channel, row.id);
}
