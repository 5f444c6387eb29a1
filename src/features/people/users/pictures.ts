// Accounts as others see them, written once and kept until they change.
import type { App } from '../../../app.ts';
import { pictureOf } from '../../../gateway/pictures.ts';
import { Written } from '../../../lib/written.ts';
import { userPictures } from './memory.ts';
import { PublicUser } from './schema.ts';
import type { UserRow } from './queries.ts';
import { publicUser } from './view.ts';

/** Returns an account, deleted ones included, whose row `read` returns if it has to be drawn. */
export function userPicture(app: App, id: string, read: () => UserRow): Written {
  return pictureOf(app, userPictures, id, () => Written.as(PublicUser, publicUser(read())));
}
