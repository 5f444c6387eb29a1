// Who may do what in a conversation, against plain sets of names: random people, blocks and readers.
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { isBlockBetween, loadHome } from '../../src/access/conversations.ts';
import { conversationPermissions, has } from '../../src/access/evaluate.ts';
import { permissionNames } from '../../src/access/permissions.ts';
import { openDatabase } from '../../src/db/open.ts';
import { search } from '../support/search.ts';
import {
  between,
  held,
  isBlocked,
  peopleOf,
  type ModelConversation,
  type Relation,
} from '../support/trial/oracle.ts';

const ids = ['10', '9', '11', '12', '13'];
const kinds: readonly Relation[] = ['friend', 'blocked', 'asked by', 'asked'];
const numbers = { friend: 1, blocked: 2, 'asked by': 3, asked: 4 } as const;

const person = fc.record({
  id: fc.constantFrom(...ids),
  joined_at: fc.nat(3),
  isClosed: fc.boolean(),
  hasLeft: fc.boolean(),
});
const side = fc.record({
  id: fc.constantFrom(...ids),
  other: fc.constantFrom(...ids),
  kind: fc.constantFrom(...kinds),
});
const drawn = fc.record({
  type: fc.constantFrom('dm' as const, 'group_dm' as const),
  people: fc.uniqueArray(person, { selector: ({ id }) => id }),
  relations: fc.uniqueArray(side, { maxLength: 8, selector: ({ id, other }) => `${id} ${other}` }),
  isDeleted: fc.boolean(),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/** The conversation as a model; a conversation of two never has more. */
function modelOf({ type, people, relations }: Drawn): ModelConversation {
  const there = people.filter(({ hasLeft }) => !hasLeft).slice(0, type === 'dm' ? 2 : Infinity);
  return {
    kind: 'conversation',
    id: '1',
    type,
    owner_id: there[0]?.id ?? '9',
    name: '',
    people: new Map(there.map(({ id, joined_at }) => [id, joined_at])),
    closed: new Set(there.filter(({ isClosed }) => isClosed).map(({ id }) => id)),
    relations: new Map(relations.map(({ id, other, kind }) => [between(id, other), kind])),
    messages: [],
  };
}

const numRuns = 300;

test('what somebody may do in a conversation is what plain sets of names say, as rows and as bits', () => {
  const db = openDatabase(':memory:', 'full');
  const { sqlite } = db;
  for (const id of ids) {
    sqlite.run(`INSERT INTO users (id, username, created_at) VALUES ('${id}', 'u${id}', 0)`);
  }
  const property = fc.property(drawn, (of) => {
    const model = modelOf(of);
    for (const table of ['channels', 'conversation_people', 'relationships']) {
      sqlite.run(`DELETE FROM ${table}`);
    }
    sqlite.run(
      `INSERT INTO channels (id, type, owner_id, created_at, deleted_at)
       VALUES ('1', '${of.type}', '${model.owner_id}', 0, ${of.isDeleted ? 7 : 'NULL'})`,
    );
    for (const { id, joined_at, isClosed, hasLeft } of of.people) {
      if (!hasLeft && !model.people.has(id)) continue;
      sqlite.run(
        `INSERT INTO conversation_people (channel_id, user_id, joined_at, closed, left_at)
         VALUES ('1', '${id}', ${joined_at}, ${Number(isClosed)}, ${hasLeft ? 5 : 'NULL'})`,
      );
    }
    for (const { id, other, kind } of of.relations) {
      sqlite.run(
        `INSERT INTO relationships (user_id, target_id, type, since)
         VALUES ('${id}', '${other}', ${numbers[kind]}, 0)`,
      );
    }
    const home = loadHome(db, '1');
    if (of.isDeleted) {
      expect(home).toBeNull();
      return;
    }
    if (home === null || typeof home === 'string') throw new Error('this is no conversation');
    expect(home).toMatchObject({ id: '1', type: of.type, owner_id: model.owner_id });
    expect(home.people).toEqual(peopleOf(model));
    const wrong = [...ids, 'stranger'].flatMap((id) =>
      [true, false].flatMap((is_admin) => {
        const set = conversationPermissions(home, { id, is_admin });
        const wanted = held(model, { id, isAdmin: is_admin });
        const names = permissionNames.filter((name) => has(set, name) !== wanted.has(name));
        return names.length === 0 ? [] : [{ id, is_admin, names }];
      }),
    );
    expect(wrong).toEqual([]);
    for (const id of ids) {
      for (const other of ids) {
        const isBetween = isBlocked(model.relations, id, other);
        expect({ id, other, isBetween: isBlockBetween(db, id, other) }).toEqual({
          id,
          other,
          isBetween,
        });
      }
    }
  });
  fc.assert(property, search(numRuns));
  sqlite.close();
});
