// The REST surface of claiming a server.
import { account } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { User } from '../../people/users/schema.ts';
import { ownUser } from '../../people/users/view.ts';
import { claimByCode } from './actions.ts';
import { InstanceClaim } from './schema.ts';

export const claimInstance = endpoint({
  method: 'POST',
  path: '/instance/claim',
  summary: 'Become the admin of a server that has none',
  hint: 'Until there is an admin, every start prints the setup code. Clients that only know invites accept it as one.',
  access: account,
  body: InstanceClaim,
  returns: User,
  run: ({ turn, actor, body }) => ownUser(claimByCode(turn, actor, body.code)),
});
