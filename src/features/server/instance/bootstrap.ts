// Fills a fresh database: settings, the server's own account, the space that everyone joins.
import type { App, Turn } from '../../../app.ts';
import { beginLog } from '../../../events/log.ts';
import { keepServerInvite } from '../../doors/invites/actions.ts';
import { insertSettings } from '../../base/settings/queries.ts';
import { foundSpace } from '../../spaces/spaces/actions.ts';
import { oldestSpace } from '../../spaces/spaces/queries.ts';
import { findSystemUser, insertUser } from '../../people/users/queries.ts';

/** The terms that newcomers agree to until the operator writes others. */
const tos_text = `# House rules

- Treat the people here with respect.
- Post nothing that is against the law where this server stands.
- Who runs this server can see what it holds, and may remove messages and accounts.
`;

/** Fills the database; runs at every start, and does nothing for what is there. */
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
    // Usernames that people choose have no upper-case letters.
    username: 'System',
    display_name: 'System',
    system: true,
    created_at: turn.now,
  });
  return id;
}
