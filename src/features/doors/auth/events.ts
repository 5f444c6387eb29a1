// What other rooms need to know of passwords.
import { z } from 'zod';
import { signal } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';

/** The account has a new password; other hashes of the same one are not told. */
export const passwordChanged = signal('password.changed', z.object({ user_id: Id }));
