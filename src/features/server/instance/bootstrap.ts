// Fills a fresh database: settings, the server's own account, the space that everyone joins.
import type { App } from '../../../app.ts';
import { beginLog } from '../../../events/log.ts';
import { isUnclaimed } from '../../doors/claim/actions.ts';
import { beginSetup, setupLink } from '../../doors/claim/setup-code.ts';
import { keepServerInvite } from '../../doors/invites/actions.ts';
import { insertSettings } from '../../base/settings/queries.ts';
import { foundSpace } from '../../spaces/spaces/actions.ts';
import { oldestSpace } from '../../spaces/spaces/queries.ts';
import { systemUser } from '../../people/users/actions.ts';

/** The terms that newcomers agree to until the operator writes others. */
const tos_text = `# House rules

- Treat the people here with respect.
- Post nothing that is against the law where this server stands.
- Who runs this server can see what it holds, and may remove messages and accounts.
`;

/** Fills the database; runs at every start, and does nothing for what is there. */
export async function bootstrap(app: App): Promise<void> {
  const invite = await app.write((turn) => {
    insertSettings(turn.tx, tos_text);
    beginLog(turn.tx);
    const system_id = systemUser(turn);
    if (oldestSpace(turn.tx) === undefined) {
      const open = { public: true, allow_guest_access: true };
      foundSpace(turn, system_id, { name: 'General', slug: 'general', ...open });
    }
    return keepServerInvite(turn);
  });
  if (invite !== null) {
    const { code } = invite;
    const { PUBLIC_URL } = app.config;
    const page = PUBLIC_URL === null ? `/invite/${code}` : `${PUBLIC_URL}/invite/${code}`;
    app.log.notice({ code, page }, 'this invite brings people into the first space');
  }
  askForAdmin(app);
}

/** Says how to become the admin, at each start until there is one. */
function askForAdmin(app: App): void {
  const code = beginSetup(app);
  if (code === null) return;
  app.log.notice(
    { code, link: setupLink(app, code) },
    'nobody administers this server: whoever registers with this setup code, or opens the link with an account, will',
  );
  const { PUBLIC_URL, TRUSTED_PROXIES, ACCORD_TEST_MODE } = app.config;
  if (ACCORD_TEST_MODE || PUBLIC_URL !== null || TRUSTED_PROXIES.length > 0) return;
  if (!isUnclaimed(app.db)) return;
  app.log.notice(
    {},
    'the first account that is made from this machine administers the server without a code: if a proxy on this machine passes requests on, set PUBLIC_URL or TRUSTED_PROXIES',
  );
}
