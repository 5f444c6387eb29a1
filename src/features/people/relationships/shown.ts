// What friends see of each other's presence: the feature of presence, which comes later, says it.
import type { App, StateName } from '../../../app.ts';
import type { Relationship } from './schema.ts';

type Shown = Required<Pick<Relationship['user'], 'status' | 'activities'>>;
type Look = (user_id: string) => Shown;

const looks: StateName<{ look: Look }> = {
  create: () => ({ look: () => ({ status: 'offline', activities: [] }) }),
};

/** Sets how the presence of a friend is looked up. */
export function showPresenceBy(app: App, look: Look): void {
  app.state(looks).look = look;
}

/** Returns what friends see of an account. */
export function shownTo(app: App, user_id: string): Shown {
  const { status, activities } = app.state(looks).look(user_id);
  return { status, activities };
}
