// Tells what a change of a space may have altered in what its members hear, and for whom.
import { scopedPermissions } from '../events/audience.ts';
import type { SpaceAccess } from './evaluate.ts';
import { bit } from './permissions.ts';

/** What a change of a space may have altered, and for whom; whatever it does not name is as it was. */
export interface HearingChange {
  /** Ids of the visibility classes whose listeners may differ; null: those of every scope may. */
  classes: ReadonlySet<number> | null;
  /** Ids of the roles whose holders may hear something else; null: every member may. */
  role_ids: ReadonlySet<string> | null;
  /** Accounts that may hear something else whatever roles they have. */
  user_ids: readonly string[];
}

const heardPermissions = scopedPermissions.reduce(
  (set, name) => set | bit(name),
  bit('view_channel') | bit('administrator'),
);

/**
 * Compares a space before and after a change; null if every member hears what they heard. A new name
 * of a role or a channel, another order, a permission that decides about no scope, a role that has
 * none of them, and a channel that is made in a visibility class in use change nothing.
 */
export function hearingChange(before: SpaceAccess, after: SpaceAccess): HearingChange | null {
  if (before.everyone.id !== after.everyone.id) {
    return { classes: null, role_ids: null, user_ids: [] };
  }
  const owners = before.owner_id === after.owner_id ? [] : [before.owner_id, after.owner_id];
  const { changed, replaced } = rolesThatDiffer(before, after);
  const classes = classesThatDiffer(before, after);
  const concernsAll = classes.size > 0 || changed.has(after.everyone.id);
  const role_ids = new Set(changed);
  for (const [class_id, role_id] of classesOfRoles([before, after], replaced)) {
    classes.add(class_id);
    role_ids.add(role_id);
  }
  const isWide = changed.size > 0 || owners.length > 0;
  if (!isWide && classes.size === 0) return null;
  return {
    classes: isWide ? null : classes,
    role_ids: concernsAll ? null : role_ids,
    user_ids: owners,
  };
}

/** `changed`: roles with other permissions that decide about scopes; `replaced`: new and deleted ones. */
function rolesThatDiffer(before: SpaceAccess, after: SpaceAccess) {
  const changed = new Set<string>();
  const replaced = new Set<string>();
  for (const id of new Set([...before.roles.keys(), ...after.roles.keys()])) {
    const [was, is] = [before.roles.get(id), after.roles.get(id)];
    const held = (was?.permissions ?? 0n) & heardPermissions;
    if (held !== ((is?.permissions ?? 0n) & heardPermissions)) changed.add(id);
    if (was === undefined || is === undefined) replaced.add(id);
  }
  return { changed, replaced };
}

/** The classes that came, went, or gained or lost a channel that exists before and after. */
function classesThatDiffer(before: SpaceAccess, after: SpaceAccess): Set<number> {
  const classes = new Set<number>();
  for (const id of before.classes.keys()) if (!after.classes.has(id)) classes.add(id);
  for (const id of after.classes.keys()) if (!before.classes.has(id)) classes.add(id);
  for (const { id, class_id } of before.channels.values()) {
    const now = after.channels.get(id);
    if (now === undefined || now.class_id === class_id) continue;
    classes.add(class_id).add(now.class_id);
  }
  return classes;
}

/** Yields each class whose rules name one of the roles, with the role. */
function* classesOfRoles(
  spaces: readonly SpaceAccess[],
  role_ids: ReadonlySet<string>,
): Generator<[number, string]> {
  if (role_ids.size === 0) return;
  for (const { classes } of spaces) {
    for (const [class_id, overwrites] of classes) {
      for (const { id } of overwrites) if (role_ids.has(id)) yield [class_id, id];
    }
  }
}

/**
 * Tells whether a change of the space may have altered what some member hears of the channels that
 * were there before: RESUME is refused then. Other than `hearingChange`, it says no for a new class.
 */
export function hearingDiffers(before: SpaceAccess, after: SpaceAccess): boolean {
  if (before.owner_id !== after.owner_id || before.everyone.id !== after.everyone.id) return true;
  for (const role of before.roles.values()) {
    const held = role.permissions & heardPermissions;
    if (held !== ((after.roles.get(role.id)?.permissions ?? 0n) & heardPermissions)) return true;
  }
  for (const channel of before.channels.values()) {
    const now = after.channels.get(channel.id);
    if (now === undefined || now.class_id === channel.class_id) continue;
    if (viewRule(before, channel.class_id) !== viewRule(after, now.class_id)) return true;
  }
  return false;
}

function viewRule(space: SpaceAccess, class_id: number): string {
  const rules = space.classes.get(class_id) ?? [];
  return rules.map(({ type, id, allow }) => `${type} ${id} ${allow}`).join();
}
