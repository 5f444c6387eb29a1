// The access rules for applications: accounts reach only their own.
import { signedIn, type AccountGrant, type Asked, type Rule } from '../../../access/rules.ts';
import type { Actor } from '../../../access/tokens.ts';
import { ApiError } from '../../../errors.ts';
import { isSnowflake } from '../../../lib/snowflake.ts';
import { applicationsOf, findApplication, type ApplicationRow } from './queries.ts';

interface Owned extends AccountGrant {
  application: ApplicationRow;
}

/** Admits the owner of the application; bots own none. */
export const applicationOwner: Rule<'application_id', Owned> = {
  needs: ['application_id'],
  says: 'application: owner',
  token: true,
  grant({ app, viewer, params }: Asked<'application_id'>) {
    const id = params.application_id;
    return owned(signedIn(viewer), () =>
      isSnowflake(id) ? findApplication(app.db, id) : undefined,
    );
  },
};

/** Finds the actor's newest application, which paths call `@me`. */
export const newestApplication: Rule<never, Owned> = {
  needs: [],
  says: 'application: owner of the newest',
  token: true,
  grant({ app, viewer }: Asked<never>) {
    return owned(signedIn(viewer), ({ id }) => applicationsOf(app.db, id, 1)[0]);
  },
};

function owned(actor: Actor, find: (actor: Actor) => ApplicationRow | undefined): Owned {
  const application = find(actor);
  if (application === undefined || application.owner_id !== actor.id) {
    throw new ApiError('not_found', 'You have no such application.');
  }
  return { actor, application };
}
