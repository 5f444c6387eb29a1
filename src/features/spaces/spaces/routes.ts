// The REST endpoints of spaces.
import { z } from 'zod';
import { isGuest } from '../../../access/place.ts';
import { account, accountOrGuest, anyone, space, spaceOwner } from '../../../access/rules.ts';
import { ApiError } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { countUpload, mayUpload } from '../../base/files/quota.ts';
import { discardImages, imagesBody, storeImages } from '../../base/files/images.ts';
import { bounded, ListQuery, Nothing } from '../../shapes.ts';
import { changeSpace, deleteSpace, foundSpace, knownSpace, refuseTooMany } from './actions.ts';
import { findSpace, publicSpaces, spacesOfMemberAfter } from './queries.ts';
import { NewSpace, PublicSpace, Space, SpacePatch } from './schema.ts';
import { spaceView } from './view.ts';
import { namedSpaceReader } from './rules.ts';

export const listMySpaces = endpoint({
  method: 'GET',
  path: '/users/@me/spaces',
  summary: 'List the spaces that one is a member of, from the oldest membership on',
  access: accountOrGuest,
  query: ListQuery,
  returns: z.array(Space),
  run({ app, viewer, query }) {
    const rows = isGuest(viewer)
      ? [findSpace(app.db, viewer.space_id)].filter((row) => row !== undefined)
      : spacesOfMemberAfter(app.db, viewer.id, query);
    return rows.map((row) => spaceView(app.db, row));
  },
});

export const listPublicSpaces = endpoint({
  method: 'GET',
  path: '/spaces/public',
  summary: 'List the public spaces by name',
  access: anyone,
  query: ListQuery.extend({
    offset: bounded(9, 'is not a whole number')
      .regex(/^\d{1,9}$/, 'is not a whole number')
      .transform(Number)
      .default(0)
      .meta({ type: 'integer', minimum: 0, maximum: 999_999_999 }),
  }),
  returns: z.array(PublicSpace),
  run: ({ app, query }) =>
    publicSpaces(app.db, query).map(({ space: row, member_count }) => ({
      id: row.id,
      name: row.name,
      slug: row.slug,
      description: row.description,
      icon: row.icon,
      member_count,
      public: true as const,
      allow_guest_access: row.allow_guest_access,
    })),
});

export const createSpace = endpoint({
  method: 'POST',
  path: '/spaces',
  summary: 'Make a space of one’s own',
  access: account,
  body: NewSpace,
  body_limit: imagesBody(1),
  admits: mayUpload,
  returns: Space,
  errors: ['forbidden'],
  async prepare({ app, body }) {
    if (!body.icon) return null;
    // Files are stored under the id of their owner, so the space needs an id before it is made.
    const id = await app.write((turn) => turn.id());
    const stored = await storeImages(app, body, { icon: `icons/${id}` });
    return { id, ...stored };
  },
  async abandon(app, prepared) {
    if (prepared !== null) await discardImages(app, prepared);
  },
  run({ turn, actor, body: { icon, ...wish }, prepared }) {
    refuseTooMany(turn);
    if (prepared === null) return spaceView(turn.tx, foundSpace(turn, actor.id, wish));
    const { id, images, bytes } = prepared;
    countUpload(turn, actor.id, bytes);
    return spaceView(turn.tx, foundSpace(turn, actor.id, { ...wish, id, ...images }));
  },
});

export const getSpace = endpoint({
  method: 'GET',
  path: '/spaces/:space_id',
  summary: 'Read a space by its id or its slug',
  access: namedSpaceReader,
  returns: Space,
  run: ({ app, space: { id } }) => spaceView(app.db, knownSpace({ tx: app.db }, id)),
});

const elsewhere = 'this request hands no space over: POST /spaces/{space_id}/transfer does';

export const updateSpace = endpoint({
  method: 'PATCH',
  path: '/spaces/:space_id',
  summary: 'Change a space',
  access: space('manage_space'),
  body: SpacePatch,
  body_limit: imagesBody(2),
  admits: mayUpload,
  returns: Space,
  async prepare({ app, body, params: { space_id: id } }) {
    const folders = { icon: `icons/${id}`, banner: `banners/${id}` } as const;
    const stored = await storeImages(app, body, folders);
    return stored;
  },
  abandon: (app, stored) => discardImages(app, stored),
  run({ turn, body: { icon, banner, owner_id, ...patch }, prepared, ...by }) {
    if (owner_id !== undefined && owner_id !== by.space.owner_id) {
      throw new ApiError('invalid_request', `owner_id: ${elsewhere}.`, {
        details: { owner_id: elsewhere },
      });
    }
    countUpload(turn, by.actor.id, prepared.bytes);
    return spaceView(turn.tx, changeSpace(turn, by, { ...patch, ...prepared.images }));
  },
});

export const deleteSpaceRoute = endpoint({
  method: 'DELETE',
  path: '/spaces/:space_id',
  summary: 'Delete a space and everything in it',
  access: spaceOwner,
  returns: Nothing,
  run: ({ turn, space: found }) => deleteSpace(turn, found),
});
