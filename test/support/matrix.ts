// Who may do what, a line for each endpoint.
import { whoMay } from '../../src/access/asking.ts';
import { fullPath, type Endpoint } from '../../src/http/endpoint.ts';

/** The endpoints in the order of their lines. */
export function byPath(endpoints: readonly Endpoint[]): Endpoint[] {
  const key = (endpoint: Endpoint) => `${fullPath(endpoint)} ${endpoint.method}`;
  return endpoints.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The authorization matrix. */
export function matrixOf(endpoints: readonly Endpoint[]): string[] {
  return byPath(endpoints).map((one) => `${one.method} ${fullPath(one)} — ${whoMay(one)}`);
}
