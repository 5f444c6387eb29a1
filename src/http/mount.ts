// The handler of all HTTP requests: who may send so many, who waits, and what the router gets.
import type { App } from '../app.ts';
import { headOf, routable } from './arrival.ts';
import { preflight } from './cors.ts';
import { existing, type Endpoint } from './endpoint.ts';
import { Facts } from './facts.ts';
import { beginLater, mayBegin } from './pacing.ts';
import type { PeerAddress } from './peer.ts';
import { createPipelineLimit, tooManyAtOnce } from './pipelining.ts';
import { requestRate } from './request-rate.ts';
import { routesOf } from './routes.ts';

export type Handle = (request: Request, peer: PeerAddress) => Response | Promise<Response>;

/** Returns the handler of all HTTP requests except WebSocket upgrades. */
export function mountHttp(app: App, endpoints: readonly Endpoint[]): Handle {
  const routes = routesOf(existing(endpoints, app.config));
  const rate = app.state(requestRate);
  const mayBeAnswered = createPipelineLimit();
  const start = Date.now().toString(36);
  let requests = 0;
  return (arrived, peer) => {
    rate.count(app.clock.steady());
    if (!mayBeAnswered(arrived, peer)) return tooManyAtOnce(app, arrived);
    const { method } = arrived;
    if (method === 'OPTIONS') return preflight(app.config, arrived);
    requests += 1;
    const id = `${start}-${requests.toString(36)}`;
    const facts = new Facts(app, routable(arrived), id, { arrived, peer });
    const answer = () => {
      const response = routes.fetch(facts.raw, facts);
      return method === 'HEAD' ? headOf(response) : response;
    };
    return mayBegin(facts) ? app.pace.now(answer) : beginLater(facts, answer);
  };
}
