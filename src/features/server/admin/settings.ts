// Changes the settings of the server.
import type { App, Turn } from '../../../app.ts';
import { differences } from '../../../lib/differences.ts';
import { cutToCodePoints } from '../../../lib/text.ts';
import { recordAct, type Overseer } from '../../base/admin-log/actions.ts';
import {
  readSettings,
  updateSettings,
  uploadLimit,
  type SettingsRow,
} from '../../base/settings/queries.ts';
import type { AdminSettings, SettingsPatch } from '../../base/settings/schema.ts';
import { adminSettings } from '../../base/settings/view.ts';

/** Null clears these; for others it is what clients send that have nothing to say. */
const clearable: ReadonlySet<string> = new Set([
  'motd',
  'tos_text',
  'tos_url',
  'max_upload_per_day',
]);

/** So much of a text is recorded. */
const recorded_characters = 200;

/** Returns all settings as they are now. */
export function settingsNow(app: App): AdminSettings {
  return adminSettings(readSettings(app.db), uploadLimit(app));
}

function changeOf(before: SettingsRow, patch: SettingsPatch): Partial<SettingsRow> {
  const given = Object.entries(patch).filter(
    ([field, value]) => value !== undefined && (value !== null || clearable.has(field)),
  );
  const change: Partial<SettingsRow> = Object.fromEntries(given);
  const isRewritten = change.tos_text !== undefined && change.tos_text !== before.tos_text;
  const version = isRewritten && change.tos_version === undefined;
  return version ? { ...change, tos_version: before.tos_version + 1 } : change;
}

/** Returns a value as it is recorded: the terms alone would fill the log. */
function shortened(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const short = cutToCodePoints(value, recorded_characters);
  return short === value ? value : `${short}…`;
}

/** Changes settings, and records which; whoever reads them sees them at once. */
export function changeSettings(turn: Turn, by: Overseer, patch: SettingsPatch): AdminSettings {
  const before = readSettings(turn.tx);
  const change = changeOf(before, patch);
  const changed = differences(before, { ...before, ...change });
  if (changed !== null) {
    updateSettings(turn.tx, { ...change, updated_at: turn.now });
    const changes = Object.fromEntries(
      Object.entries(changed).map(([field, { old, new: now }]) => [
        field,
        { old: shortened(old), new: shortened(now) },
      ]),
    );
    const target = { type: 'settings', id: null } as const;
    recordAct(turn, by, { action: 'setting_update', target, changes });
  }
  return settingsNow(turn.app);
}
