// The REST surface of applications; `@me` is the actor's newest one.
import { z } from 'zod';
import { account } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { ListQuery, Nothing, pageOf } from '../../shapes.ts';
import {
  changeApplication,
  createApplication,
  endApplication,
  maxApplications,
  maxPerDay,
  resetToken,
} from './actions.ts';
import { applicationsOf } from './queries.ts';
import { applicationOwner, newestApplication } from './rules.ts';
import {
  Application,
  ApplicationPatch,
  ApplicationWithToken,
  BotToken,
  NewApplication,
} from './schema.ts';
import { applicationView } from './view.ts';

export const listApplications = endpoint({
  method: 'GET',
  path: '/applications',
  summary: 'List one’s own applications, the newest first',
  access: account,
  query: ListQuery,
  returns: z.array(Application),
  run: ({ app, actor, query }) =>
    pageOf(applicationsOf(app.db, actor.id, maxApplications), query).map(applicationView),
});

export const createApplicationRoute = endpoint({
  method: 'POST',
  path: '/applications',
  summary: 'Make an application; its bot’s token is shown this once',
  hint: `An account has at most ${maxApplications} of them, and makes at most ${maxPerDay} in a day.`,
  access: account,
  body: NewApplication,
  returns: ApplicationWithToken,
  errors: ['forbidden', 'rate_limited'],
  run({ turn, actor, body }) {
    const { row, token } = createApplication(turn, actor, body);
    return { application: applicationView(row), token };
  },
});

export const getApplication = endpoint({
  method: 'GET',
  path: '/applications/:application_id',
  summary: 'Read an application of one’s own',
  access: applicationOwner,
  returns: Application,
  run: ({ application }) => applicationView(application),
});

export const updateApplication = endpoint({
  method: 'PATCH',
  path: '/applications/:application_id',
  summary: 'Change the name or the description; the bot keeps its own name',
  access: applicationOwner,
  body: ApplicationPatch,
  returns: Application,
  run: ({ turn, application, body }) => applicationView(changeApplication(turn, application, body)),
});

export const deleteApplication = endpoint({
  method: 'DELETE',
  path: '/applications/:application_id',
  summary: 'Delete an application; what its bot wrote stays',
  access: applicationOwner,
  returns: Nothing,
  errors: ['invalid_request'],
  run: ({ turn, application }) => endApplication(turn, application),
});

export const resetTokenRoute = endpoint({
  method: 'POST',
  path: '/applications/:application_id/reset-token',
  summary: 'Replace the bot’s token; the old one and its sessions end at once',
  access: applicationOwner,
  returns: BotToken,
  run: ({ turn, application }) => ({ token: resetToken(turn, application) }),
});

export const getNewestApplication = endpoint({
  method: 'GET',
  path: '/applications/@me',
  summary: 'Read one’s own newest application',
  access: newestApplication,
  returns: Application,
  errors: ['not_found'],
  run: ({ application }) => applicationView(application),
});

export const updateNewestApplication = endpoint({
  method: 'PATCH',
  path: '/applications/@me',
  summary: 'Change the name or the description of one’s own newest application',
  access: newestApplication,
  body: ApplicationPatch,
  returns: Application,
  errors: ['not_found'],
  run: ({ turn, application, body }) => applicationView(changeApplication(turn, application, body)),
});

export const deleteNewestApplication = endpoint({
  method: 'DELETE',
  path: '/applications/@me',
  summary: 'Delete one’s own newest application; what its bot wrote stays',
  access: newestApplication,
  returns: Nothing,
  errors: ['invalid_request', 'not_found'],
  run: ({ turn, application }) => endApplication(turn, application),
});

export const resetNewestTokenRoute = endpoint({
  method: 'POST',
  path: '/applications/@me/reset-token',
  summary: 'Replace the token of one’s own newest application’s bot; the old one ends at once',
  access: newestApplication,
  returns: BotToken,
  errors: ['not_found'],
  run: ({ turn, application }) => ({ token: resetToken(turn, application) }),
});
