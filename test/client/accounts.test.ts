// Accounts by their usernames: an index that says what a walk through all of them would say.
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Accounts } from '../../src/client/accounts.ts';
import type { User } from '../../src/client/wire.ts';
import { hear, shelved } from './shelved.ts';

const user = (id: string, username: string) => ({ id, username }) as User;
const walked = (accounts: Accounts, name: string) =>
  accounts.values().find(({ username }) => username === name);

test('after any changes, a name leads to whom a walk would find', () => {
  const [id, name] = [fc.constantFrom('1', '2', '3', '4'), fc.constantFrom('a', 'b', 'c', 'd')];
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), id, name }),
    fc.record({ kind: fc.constant('delete' as const), id }),
    fc.record({ kind: fc.constant('clear' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const accounts = new Accounts();
      for (const one of steps) {
        if (one.kind === 'clear') accounts.clear();
        else if (one.kind === 'delete') accounts.delete(one.id);
        else {
          // Two people never have one name at the same time.
          const other = walked(accounts, one.name);
          if (other === undefined || other.id === one.id)
            accounts.set(one.id, user(one.id, one.name));
        }
        for (const each of ['a', 'b', 'c', 'd']) {
          expect(accounts.named(each)).toBe(walked(accounts, each));
        }
      }
    }),
  );
});

test('a name that one gives up and another takes leads to the other, whoever is heard of first', () => {
  const accounts = new Accounts();
  accounts.set('1', user('1', 'anna'));
  accounts.set('2', user('2', 'anna'));
  accounts.set('1', user('1', 'anne'));
  expect([accounts.named('anna')?.id, accounts.named('anne')?.id]).toEqual(['2', '1']);
  accounts.delete('1');
  expect([accounts.named('anna')?.id, accounts.named('anne')]).toEqual(['2', undefined]);
});

test('events keep the names of a state', () => {
  const state = shelved({ users: [user('2', 'ben')] });
  const idOf = (name: string) => state.users.named(name)?.id;
  expect(idOf('ben')).toBe('2');
  hear(state, 'user.update', user('2', 'benno'));
  expect([idOf('ben'), idOf('benno')]).toEqual([undefined, '2']);
  const joined = { space_id: '5', user_id: '3', nickname: null, roles: [] };
  hear(state, 'member.join', { ...joined, user: user('3', 'cleo') });
  expect(idOf('cleo')).toBe('3');
  hear(state, 'member.leave', joined);
  expect(idOf('cleo')).toBeUndefined();
});
