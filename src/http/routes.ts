// The routes of endpoints, in Hono's groups: made once for all servers of a process that have the same ones.
import { Hono } from 'hono';
import { ApiError } from '../errors.ts';
import { answers } from './answers.ts';
import { fullPath, type Endpoint } from './endpoint.ts';
import type { Environment, Facts } from './facts.ts';
import { lostPage } from './lost-page.ts';
import { splitPrefix, pathOf } from './paths.ts';
import { PathRouter } from './router.ts';
import { handlerOf, wrongMethod } from './serve.ts';
import { withoutSlash } from './slashes.ts';

export type Routes = Hono<Environment>;

/** The newest ones: servers with other settings may have other endpoints. */
let made: { readonly endpoints: readonly Endpoint[]; readonly routes: Routes } | null = null;

/** Returns the routes of endpoints; throws if two of them have the same method and path. */
export function routesOf(endpoints: readonly Endpoint[]): Routes {
  const known = made?.endpoints;
  const isKnown =
    known?.length === endpoints.length && endpoints.every((one, at) => one === known[at]);
  if (made === null || !isKnown) made = { endpoints, routes: makeRoutes(endpoints) };
  return made.routes;
}

function makeRoutes(endpoints: readonly Endpoint[]): Routes {
  const routes = new Hono<Environment>({ strict: true, router: new PathRouter(), getPath: pathOf });
  for (const [prefix, group] of groupsOf(endpoints)) routes.route(prefix, group);
  const unknown = () => new ApiError('not_found', 'There is nothing at this path.');
  const isRead = (path: string) => routes.router.match('GET', path)[0].length > 0;
  routes.notFound(({ env }) => {
    const elsewhere = withoutSlash(env.raw, isRead);
    if (elsewhere === null) return refused(env, unknown());
    return env.app.state(answers).dressed(env, elsewhere);
  });
  routes.onError((error, { env }) => refused(env, error));
  return routes;
}

/** Answers a program with JSON, and a person who looks for what is not there with a page. */
function refused(facts: Facts, error: unknown): Response {
  const page = lostPage(facts, error);
  const { app } = facts;
  return page === null
    ? app.state(answers).refusal(facts, error)
    : app.state(answers).dressed(facts, page);
}

/** Makes one Hono group for each first segment of the paths, with one handler for each endpoint. */
function groupsOf(endpoints: readonly Endpoint[]): Map<string, Routes> {
  const groups = new Map<string, Routes>();
  for (const [path, here] of Map.groupBy(endpoints, fullPath)) {
    const [prefix, rest] = splitPrefix(path);
    const group = groups.get(prefix) ?? new Hono<Environment>({ router: new PathRouter() });
    groups.set(prefix, group);
    for (const endpoint of here) group.on(endpoint.method, rest, handlerOf(endpoint));
    const [first] = here;
    if (first) group.all(rest, wrongMethod(first, here));
  }
  return groups;
}
