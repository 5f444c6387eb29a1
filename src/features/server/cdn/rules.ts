// Lets anyone fetch an attachment by its full address; by plain ids only if anyone may read there.
import { placeOf } from '../../../access/place.ts';
import type { Asked, Rule } from '../../../access/rules.ts';
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { isSnowflake } from '../../../lib/snowflake.ts';
import type { AttachmentRow } from '../../talk/messages/addresses.ts';
import { findAttachment } from './queries.ts';

function isOpen(app: App, channel_id: string): boolean {
  const place = placeOf(app, null, channel_id);
  return place !== null && place.can('view_channel') && place.can('read_history');
}

/**
 * The address ends with `{id}.{secret}/{name}`; the Godot client builds one without a secret if it
 * has no other. The name is ignored. To others the file does not exist.
 */
export const attachmentReader: Rule<'channel_id' | 'attachment', { attachment: AttachmentRow }> = {
  needs: ['channel_id', 'attachment'],
  says: 'attachment: who knows its address; by plain ids anyone where anyone may read',
  token: false,
  grant({ app, params }: Asked<'channel_id' | 'attachment'>) {
    const [id = '', secret, ...rest] = params.attachment.split('.');
    const isWellFormed = isSnowflake(id) && rest.length === 0;
    const attachment = isWellFormed ? findAttachment(app.db, params.channel_id, id) : null;
    const isAllowed =
      attachment !== null &&
      (secret === undefined ? isOpen(app, attachment.channel_id) : secret === attachment.secret);
    if (!isAllowed) throw new ApiError('not_found', 'There is no such file.');
    return { attachment };
  },
};
