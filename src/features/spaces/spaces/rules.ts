// The access rule of a space named by its id or its slug.
import { readerOfSpace } from '../../../access/reading.ts';
import { knownSpace } from '../../../access/rules.ts';
import { findSpaceBySlug } from './queries.ts';

/** Who may read a space, by either name. */
export const namedSpaceReader = readerOfSpace((app, named) =>
  knownSpace(app, findSpaceBySlug(app.db, named)?.id ?? named),
);
