// Lets anyone fetch an attachment or a picture of a preview by its full address; an attachment by plain
// ids only if anyone may read there.
import { placeOf } from '../../../access/place.ts';
import type { Asked, Rule } from '../../../access/rules.ts';
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { isSnowflake } from '../../../lib/snowflake.ts';
import type { AttachmentRow } from '../../talk/messages/addresses.ts';
import { pictureBehind } from '../../talk/messages/preview-pictures.ts';
import { findAttachment, previewsOf } from './queries.ts';

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

/**
 * Whoever knows the address of a picture may fetch it while its preview is shown. The server asks
 * the web for no other addresses.
 */
export const previewReader: Rule<'message_id' | 'picture', { url: string }> = {
  needs: ['message_id', 'picture'],
  says: 'picture of a preview: who knows its address, while the preview is shown',
  token: false,
  grant({ app, params: { message_id, picture: name } }: Asked<'message_id' | 'picture'>) {
    const previews = isSnowflake(message_id) ? previewsOf(app.db, message_id) : null;
    const url = previews && pictureBehind(app, message_id, { previews, name });
    if (url === null) throw new ApiError('not_found', 'There is no such picture.');
    return { url };
  },
};
