// People who reach a server from outside: it runs as a process of its own.
import { expect } from 'bun:test';
import type { RunningServer } from '../../src/server.ts';
import { Person } from './person.ts';
import type { ServerProcess } from './process.ts';
import { TestServer } from './server.ts';

/** The process as people of tests know servers: by its port alone. */
export function reached({ port }: ServerProcess): TestServer {
  return new TestServer({ port } as unknown as RunningServer, []);
}

/** Registers somebody, as everybody does. */
export async function registers(server: TestServer, name: string): Promise<Person> {
  const reply = await server.call('POST', '/auth/register', {
    username: name,
    password: 'a good long password',
  });
  expect(reply.status).toBe(200);
  const { user, token } = reply.data;
  return new Person(server, { id: user.id, name, token });
}
