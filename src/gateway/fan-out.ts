// Sends one frame to many sockets.
import type { Outlet } from '../events/hub.ts';

/**
 * Up to this many sockets get the frame one by one. For more, a topic costs the same with one frame
 * in a tick, and a third with several, because it writes them to each socket together.
 */
const fewSockets = 8;

/** A topic with subscribers only while one frame is sent. */
const once = '~';

/** Makes the hub's outlet from the server's own `publish`. */
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
