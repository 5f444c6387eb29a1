// The REST surface of leaving the server.
import { account, signedIn } from '../../../access/rules.ts';
import type { Actor } from '../../../access/tokens.ts';
import { ApiError } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { provePassword, refuseOutdated } from '../../doors/auth/proof.ts';
import { Nothing } from '../../shapes.ts';
import { handOver } from '../../spaces/members/owner.ts';
import { knownSpace } from '../../spaces/spaces/actions.ts';
import { Space } from '../../spaces/spaces/schema.ts';
import { spaceView } from '../../spaces/spaces/view.ts';
import { deleteAccount } from './actions.ts';
import { exportOf } from './export.ts';
import { countExport, maxExports } from './limits.ts';
import { ownerAlone } from './rules.ts';
import { DataExport, Deletion, HandingOver } from './schema.ts';

/** Refuses bots, whose accounts belong to somebody else. */
function refuseBots({ bot }: Actor): void {
  if (bot) throw new ApiError('forbidden', 'This is for people: a bot belongs to its owner.');
}

export const deleteMe = endpoint({
  method: 'DELETE',
  path: '/users/@me',
  summary: 'Delete one’s own account, with all that it has written',
  hint: 'At once nobody sees anything of it any more, and its name is free. Spaces that it owns have to be handed over or deleted first.',
  access: account,
  body: Deletion,
  returns: Nothing,
  errors: ['invalid_request', 'forbidden'],
  prepare({ app, viewer, body, request }) {
    refuseBots(signedIn(viewer));
    const { password } = body;
    if (password === undefined) {
      throw new ApiError('invalid_request', 'password is missing: it is asked for once more.');
    }
    const address = request.address();
    return provePassword(app, viewer, { what: 'account deletion', password, address });
  },
  run({ turn, actor, prepared }) {
    refuseBots(actor);
    refuseOutdated(turn, actor.id, prepared);
    deleteAccount(turn, actor.id);
  },
});

export const exportData = endpoint({
  method: 'GET',
  path: '/users/@me/data-export',
  summary: 'Export one’s own account, with the newest 10,000 messages',
  hint: `An account does so at most ${maxExports} times in an hour.`,
  access: account,
  returns: DataExport,
  form: 'written',
  errors: ['forbidden', 'rate_limited'],
  async prepare({ app, viewer, request }) {
    const actor = signedIn(viewer);
    refuseBots(actor);
    countExport(app, actor.id);
    const written = await exportOf(app, actor.id, request.signal);
    return written;
  },
  run: ({ prepared }) => prepared,
});

export const transferSpace = endpoint({
  method: 'POST',
  path: '/spaces/:space_id/transfer',
  summary: 'Hand one’s own space over to another member',
  hint: 'Whoever owned it stays a member and keeps all roles; the new owner gets the role Admin, if there is one.',
  access: ownerAlone,
  body: HandingOver,
  returns: Space,
  errors: ['invalid_request'],
  prepare: ({ app, viewer, body: { password }, request }) =>
    provePassword(app, viewer, { what: 'handing over', password, address: request.address() }),
  run({ turn, actor, space, body, prepared }) {
    refuseOutdated(turn, actor.id, prepared);
    handOver(turn, space, body.owner_id, actor);
    return spaceView(turn.tx, knownSpace(turn, space.id));
  },
});
