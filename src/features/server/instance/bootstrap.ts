// What a fresh database needs: the server's own account, and the space that everyone joins.
import type { App, Turn } from '../../../app.ts';
import { beginLog } from '../../../events/log.ts';
import { keepServerInvite } from '../../doors/invites/actions.ts';
import { insertSettings } from '../../base/settings/queries.ts';
import { foundSpace } from '../../spaces/spaces/actions.ts';
import { oldestSpace } from '../../spaces/spaces/queries.ts';
import { findSystemUser, insertUser } from '../../people/users/queries.ts';

/** What newcomers are asked to agree to until the host writes terms of their own. */
const tos_text = `# House rules

- Treat the people here with respect.
- Post nothing that is against the law where this server stands.
- Who runs this server can see what it holds, and may remove messages and accounts.
`;

/** Idempotent; runs at every start. */
export async function bootstrap(app: App): Promise<void> {
  await app.write((turn) => {
    insertSettings(turn.tx, tos_text);
    beginLog(turn.tx);
    const system_id = systemUser(turn);
    if (oldestSpace(turn.tx) !== undefined) return;
    foundSpace(turn, system_id, {
      name: 'General',
      slug: 'general',
      public: true,
      allow_guest_access: true,
    });
  });
  const invite = await app.write(keepServerInvite);
  if (invite !== null) {
    const { code } = invite;
    const { PUBLIC_URL } = app.config;
    const page = PUBLIC_URL === null ? `/invite/${code}` : `${PUBLIC_URL}/invite/${code}`;
    app.log.notice({ code, page }, 'this invite brings people into the first space');
  }
}

function systemUser(turn: Turn): string {
  const known = findSystemUser(turn.tx);
  if (known !== undefined) return known.id;
  const id = turn.id();
  insertUser(turn.tx, {
    id,
    // No username that people may choose has an upper-case letter.
    username: 'System',
    display_name: 'System',
    system: true,
    created_at: turn.now,
  });
  return id;
}
