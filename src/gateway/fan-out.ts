// How one frame gets to many sockets.
import type { Outlet } from '../events/hub.ts';

/**
 * Up to so many are sent to one by one. For more a topic costs the same with one frame in a tick,
 * and a third with several: it writes them to each socket together.
 */
const fewSockets = 8;

/** Nobody is subscribed to it beyond the sending of one frame. */
const once = '~';

/** The way out of the hub, over the server's own `publish`. */
export function fanOut(publish: Outlet['publish']): Outlet {
  return {
    publish,
    publishTo(sockets, frame) {
      if (sockets.length <= fewSockets) {
        for (const socket of sockets) socket.send(frame);
        return;
      }
      for (const socket of sockets) socket.subscribe(once);
      try {
        publish(once, frame);
      } finally {
        for (const socket of sockets) socket.unsubscribe(once);
      }
    },
  };
}
