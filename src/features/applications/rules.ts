// The access rule of applications: everyone has only one's own.
import type { Asked, Rule } from '../../access/rules.ts';
import type { Actor } from '../../access/tokens.ts';
import { ApiError } from '../../errors.ts';
import { isSnowflake } from '../../lib/snowflake.ts';
import { applicationsOf, findApplication, type ApplicationRow } from './queries.ts';

/** Who owns the application; `@me` is the newest one. Bots own none. */
export const applicationOwner: Rule<
  'application_id',
  { actor: Actor; application: ApplicationRow }
> = {
  needs: ['application_id'],
  says: 'application: owner',
  token: true,
  grant({ app, actor, params }: Asked<'application_id'>) {
    if (actor === null) {
      throw new ApiError('unauthorized', 'This needs a valid token in the Authorization header.');
    }
    const id = params.application_id;
    const application =
      id === '@me'
        ? applicationsOf(app.db, actor.id, 1)[0]
        : isSnowflake(id)
          ? findApplication(app.db, id)
          : undefined;
    if (application === undefined || application.owner_id !== actor.id) {
      throw new ApiError('not_found', 'You have no such application.');
    }
    return { actor, application };
  },
};
