// What people do in a trial to each other: friendship and blocks, and who hears of whom thereby.
import { attempt, nothing, pick, type Deed, type Scene } from './deeds.ts';
import type { Told } from './heard.ts';
import { areNear, between, type Relation } from './oracle.ts';
import { shown } from './showing.ts';
import type { Individual, Trial } from './trial.ts';

const numbers: Record<Relation, number> = { friend: 1, blocked: 2, 'asked by': 3, asked: 4 };

const pathTo = ({ id }: Individual) => `/users/@me/relationships/${id}`;

/** Each side is told of its own alone. */
const toldOf = (type: string, to: Individual, id: string, kind: Relation): Told => ({
  key: `relationship.${type} ${id} ${numbers[kind]}`,
  intent: null,
  to: new Set([to.id]),
});

const toldGone = (to: Individual, { id }: Individual): Told => ({
  key: `relationship.remove ${id}`,
  intent: null,
  to: new Set([to.id]),
});

/** What they had on their side goes along, but for a block. */
function withTheirs({ relations }: Trial, who: Individual, target: Individual): Told[] {
  const theirs = relations.get(between(target.id, who.id));
  if (theirs === undefined || theirs === 'blocked') return [];
  relations.delete(between(target.id, who.id));
  return [toldGone(target, who)];
}

/** Mostly somebody with whom something stands already. */
function withRelation({ trial, who, target, step }: Scene): Individual {
  const known = trial.people.filter(({ id }) => trial.relations.has(between(who.id, id)));
  return step.at % 3 > 0 && known.length > 0 ? pick(known, step.target) : target;
}

const block: Deed = async ({ trial, who, target }) => {
  const isSelf = who === target;
  const answer = await attempt(who, ['PUT', pathTo(target), { type: 2 }], !isSelf, 400);
  const side = between(who.id, target.id);
  if (answer === undefined || trial.relations.get(side) === 'blocked') return nothing;
  const told = [toldOf('add', who, target.id, 'blocked'), ...withTheirs(trial, who, target)];
  trial.relations.set(side, 'blocked');
  return { told };
};

/** Ends a friendship, declines, takes back a request, or unblocks. */
const part: Deed = async (scene) => {
  const { trial, who } = scene;
  const target = withRelation(scene);
  const side = between(who.id, target.id);
  const answer = await attempt(who, ['DELETE', pathTo(target)], trial.relations.has(side), 404);
  if (answer === undefined) return nothing;
  trial.relations.delete(side);
  return { told: [toldGone(who, target), ...withTheirs(trial, who, target)] };
};

/** So often one may ask the same account in a day. */
const maxAsked = 10;

/** Asks for friendship, or accepts what the other one asked. */
const befriend: Deed = async (scene) => {
  const { trial, who } = scene;
  const target = withRelation(scene);
  const { relations, asked } = trial;
  const [side, other] = [between(who.id, target.id), between(target.id, who.id)];
  const mine = relations.get(side);
  const isBlocked = relations.get(other) === 'blocked';
  const asks = mine !== 'friend' && mine !== 'asked by' && who !== target && !isBlocked;
  const often = asked.get(side) ?? 0;
  if (asks && often >= maxAsked) return nothing;
  if (asks) asked.set(side, often + 1);
  const allowed = who !== target && !isBlocked;
  const refusal = who === target ? 400 : 403;
  const answer = await attempt(who, ['PUT', pathTo(target), { type: 1 }], allowed, refusal);
  if (answer === undefined || mine === 'friend') return nothing;
  const accepts = mine === 'asked by';
  const [own, others] = accepts
    ? (['friend', 'friend'] as const)
    : (['asked', 'asked by'] as const);
  relations.set(side, own);
  relations.set(other, others);
  const type = accepts ? 'update' : 'add';
  return { told: [toldOf(type, who, target.id, own), toldOf(type, target, who.id, others)] };
};

/** Deeds that decide who is near to whom, and who may talk to whom. */
export const relations: Record<string, Deed> = { block, part, befriend };

/** Every two people who are near to each other, each side by itself. */
export function nearness({ people, relations: of, conversations }: Trial): Set<string> {
  const near = new Set<string>();
  for (const { id } of people) {
    for (const other of people) {
      if (id === other.id || !areNear(of, conversations, id, other.id)) continue;
      near.add(between(id, other.id));
    }
  }
  return near;
}

/** Who share no space see each other come when they are near, and go when they are so no more. */
export function neared(trial: Trial, before: ReadonlySet<string>): Told[] {
  const after = nearness(trial);
  return trial.people.flatMap((one) =>
    trial.people.flatMap((to) => {
      const pair = between(one.id, to.id);
      const isNear = after.has(pair);
      if (before.has(pair) === isNear || shown(one) === 'offline') return [];
      if (trial.spaces.some(({ members }) => members.has(one.id) && members.has(to.id))) return [];
      const key = `presence.update ${one.id} ${isNear ? shown(one) : 'offline'}`;
      return [{ key, intent: 'presences', to: new Set([to.id]), isFleeting: true }];
    }),
  );
}
