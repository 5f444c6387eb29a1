// The line between a page and the gateway, for tests that make it bad.
import type { Page, WebSocketRoute } from 'playwright-core';

interface Socket {
  readonly page: WebSocketRoute;
  readonly server: WebSocketRoute;
  /** Nothing goes through any more, and neither end is told: as on a device that slept. */
  isDead: boolean;
}

const resume = 3;

/** How a socket ends when its other one did: programs may not use all codes. */
const endOf = (code = 0, reason = '') =>
  code === 1000 || code >= 3000 ? { code, reason } : { code: 4000, reason: 'the line is cut' };

export class Line {
  readonly #sockets: Socket[] = [];
  #isDown = false;
  #isForgotten = false;
  /** How many sessions were refused to be taken up again. */
  refused = 0;

  /** Stands between the page and the gateway from the next time on that the page is opened. */
  static async of(page: Page): Promise<Line> {
    const line = new Line();
    await page.routeWebSocket(/\/ws\?/, (socket) => line.#opened(socket));
    return line;
  }

  #opened(page: WebSocketRoute): void {
    if (this.#isDown) {
      void page.close({ code: 4000, reason: 'the line is down' });
      return;
    }
    const socket: Socket = { page, server: page.connectToServer(), isDead: false };
    this.#sockets.push(socket);
    page.onMessage((text) => {
      if (!socket.isDead) socket.server.send(this.#sent(String(text)));
    });
    // Where nothing goes through, nobody hears of an end.
    page.onClose((code, reason) => {
      if (!socket.isDead) void socket.server.close(endOf(code, reason));
    });
    socket.server.onClose((code, reason) => {
      if (!socket.isDead) void page.close(endOf(code, reason));
    });
    socket.server.onMessage((text) => {
      if (!socket.isDead) page.send(text);
    });
  }

  /** What the page sends; a session that was made to be forgotten has another name. */
  #sent(text: string): string {
    const frame = JSON.parse(text);
    if (frame.op !== resume || !this.#isForgotten) return text;
    this.#isForgotten = false;
    this.refused += 1;
    return JSON.stringify({ ...frame, data: { ...frame.data, session_id: 'forgotten' } });
  }

  /** Cuts the line; new ones are cut at once until it is mended. */
  async cut(): Promise<void> {
    this.#isDown = true;
    for (const socket of this.#sockets.splice(0)) {
      socket.isDead = true;
      await socket.page.close({ code: 4000, reason: 'the line is cut' });
      await socket.server.close({ code: 4000, reason: 'the line is cut' });
    }
  }

  mend(): void {
    this.#isDown = false;
  }

  /** Lets nothing through the sockets of now, and closes none of them. */
  fallAsleep(): void {
    for (const socket of this.#sockets) socket.isDead = true;
  }

  /** The server will not know the session that is taken up next. */
  forgetSession(): void {
    this.#isForgotten = true;
  }
}
