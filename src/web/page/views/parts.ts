// The views that are no channel, at `#/<name>[/<id>]`: each loads when it is opened for the first time.
import type { ComponentType } from 'preact';
import { later } from './later.tsx';
import type { Parts } from './part.ts';

export const parts: Parts<ComponentType<{ id: string | null }>> = {
  home: { View: later(async () => (await import('./home.tsx')).Home) },
  settings: { View: later(async () => (await import('./settings/settings.tsx')).Settings) },
  invite: { View: later(async () => (await import('./entering/invite.tsx')).Invite) },
  discover: { View: later(async () => (await import('./entering/discover.tsx')).Discover) },
  claim: { View: later(async () => (await import('./entering/claim.tsx')).Claim) },
};
