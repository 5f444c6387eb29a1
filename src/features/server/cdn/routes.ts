// Serves files without a token: attachments, avatars, banners, icons, emojis, pictures of previews.
import { z } from 'zod';
import { anyone } from '../../../access/rules.ts';
import type { App, StateName } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { Overloaded } from '../../../lib/concurrency.ts';
import { disc } from '../../../lib/png.ts';
import {
  cacheControl,
  harmless,
  type CacheClass,
  type ServedFile,
} from '../../../lib/serve-file.ts';
import { emojiPath } from '../../spaces/emojis/image.ts';
import { findEmojiRow } from '../../spaces/emojis/queries.ts';
import { imagePath } from '../../base/files/images.ts';
import { attachmentPath } from '../../talk/messages/addresses.ts';
import { previewPictures } from '../../talk/previews/pictures.ts';
import { imageOf } from './queries.ts';
import { attachmentReader, previewReader } from './rules.ts';

const missing = () => new ApiError('not_found', 'There is no such file.');

/** A file of the store; its path is built from rows, never from the request. */
function stored(
  app: App,
  path: string,
  more: { detectedType: string | null; filename: string; cache: CacheClass },
): ServedFile {
  const located = app.files.locate(path);
  if (located === undefined) throw missing();
  return { path: located, disposition: 'inline', ...more };
}

const imageTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
};

/** An image; its file never changes, so clients may cache it forever. */
function image(app: App, path: string): ServedFile {
  const filename = path.slice(path.lastIndexOf('/') + 1);
  const ending = filename.slice(filename.lastIndexOf('.') + 1);
  const detectedType = imageTypes[ending] ?? null;
  return stored(app, path, { detectedType, filename, cache: 'immutable' });
}

/** Splits `name.ending`; throws 404 if the ending is not that of an image. */
function parts(file: string): { name: string; ending: string } {
  const dot = file.lastIndexOf('.');
  const ending = file.slice(dot + 1).toLowerCase();
  if (dot === -1 || imageTypes[ending] === undefined) throw missing();
  return { name: file.slice(0, dot), ending };
}

/** The current image of an owner; throws 404 if the address names another one. */
function current(app: App, address: string | null, file: string): ServedFile {
  const path = address === null ? null : imagePath(address);
  const { name } = parts(file);
  // The ending may differ: clients guess it when they know only the name.
  if (path === null || !path.includes(`/${name}.`)) throw missing();
  return image(app, path);
}

const file = { method: 'GET', at: 'root', form: 'file', returns: z.file() } as const;
const picture = { ...file, content_type: 'image/*', access: anyone } as const;

export const getAttachment = endpoint({
  ...file,
  path: '/cdn/attachments/:channel_id/:attachment/:filename',
  summary: 'Fetch a file of a message',
  content_type: 'application/octet-stream',
  access: attachmentReader,
  run({ app, attachment }) {
    const { detected_type: detectedType, filename } = attachment;
    const more = { detectedType, filename, cache: 'private' } as const;
    return stored(app, attachmentPath(attachment), more);
  },
});

export const getPreviewPicture = endpoint({
  ...file,
  path: '/cdn/previews/:message_id/:picture',
  summary: 'Fetch a picture that a linked page shows for itself',
  hint: 'It comes from the web through this server, so that the page does not see who looks.',
  content_type: 'image/*',
  access: previewReader,
  async prepare({ app, viewer, params }) {
    const { url } = previewReader.grant({ app, viewer, params });
    const picture = await app.state(previewPictures).picture(url).catch(busy);
    return picture;
  },
  run({ prepared }): ServedFile {
    if (prepared === null) throw missing();
    const { path, type: detectedType } = prepared;
    const filename = `preview.${detectedType.replace('image/', '')}`;
    return { path, detectedType, filename, disposition: 'inline', cache: 'daily' };
  },
});

function busy(error: unknown): never {
  if (!(error instanceof Overloaded)) throw error;
  const message = 'Too many pictures are being fetched; try again in a moment.';
  throw new ApiError('overloaded', message, { retryAfter_s: 1 });
}

export const getAvatar = endpoint({
  ...picture,
  path: '/cdn/avatars/:owner_id/:file',
  summary: 'Fetch the avatar of an account, or of a member as `{space_id}_{user_id}`',
  run({ app, params: { owner_id, file: asked } }) {
    const [first = '', second] = owner_id.split('_');
    const address =
      second === undefined
        ? imageOf(app.db, 'avatar', first)
        : imageOf(app.db, 'member_avatar', first, second);
    return current(app, address, asked);
  },
});

const discs: StateName<readonly Buffer<ArrayBuffer>[]> = {
  create: () => [0x5b6ee1, 0x2a9d8f, 0xe09f3e, 0xd6557a, 0x7d8597].map((color) => disc(128, color)),
};

export const getDefaultAvatar = endpoint({
  method: 'GET',
  at: 'root',
  path: '/cdn/embed/avatars/:file',
  summary: 'Fetch what stands for an avatar where there is none: one of five, by any number',
  access: anyone,
  returns: z.file(),
  form: 'raw',
  content_type: 'image/png',
  errors: ['not_found'],
  run({ app, params }) {
    const [, number] = /^(\d{1,20})\.png$/.exec(params.file) ?? [];
    if (number === undefined) throw missing();
    const all = app.state(discs);
    const headers = { ...harmless, 'Content-Type': 'image/png' };
    return new Response(all[Number(BigInt(number) % BigInt(all.length))], {
      headers: { ...headers, 'Cache-Control': cacheControl.immutable },
    });
  },
});

export const getIcon = endpoint({
  ...picture,
  path: '/cdn/icons/:space_id/:file',
  summary: 'Fetch the icon of a space',
  run: ({ app, params }) => current(app, imageOf(app.db, 'icon', params.space_id), params.file),
});

export const getSpaceIcon = endpoint({
  ...picture,
  path: '/cdn/space-icons/:space_id/:file',
  summary: 'The same, as clients make the address of a bare name',
  run: ({ app, params }) => current(app, imageOf(app.db, 'icon', params.space_id), params.file),
});

export const getBanner = endpoint({
  ...picture,
  path: '/cdn/banners/:owner_id/:file',
  summary: 'Fetch the banner of an account or a space',
  run: ({ app, params }) => current(app, imageOf(app.db, 'banner', params.owner_id), params.file),
});

/** Serves `.png` as PNG whatever was uploaded: the Godot client decodes nothing else. */
function emoji(app: App, space_id: string | null, asked: string): ServedFile {
  const { name, ending } = parts(asked);
  const row = findEmojiRow(app.db, name);
  if (row === undefined || (space_id !== null && row.space_id !== space_id)) throw missing();
  return image(app, emojiPath(ending === 'png' ? { ...row, extension: 'png' } : row));
}

export const getSpaceEmoji = endpoint({
  ...picture,
  path: '/cdn/emojis/:space_id/:file',
  summary: 'Fetch an emoji',
  run: ({ app, params }) => emoji(app, params.space_id, params.file),
});

export const getEmojiById = endpoint({
  ...picture,
  path: '/cdn/emojis/:file',
  summary: 'Fetch an emoji by its id alone',
  run: ({ app, params }) => emoji(app, null, params.file),
});
