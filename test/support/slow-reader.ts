// A client on a raw TCP connection, which reads when it is told to, so that it can be slow now and then.
import { connect, type Socket } from 'node:net';

interface Frame {
  op: number;
  type?: string;
  seq?: number;
  data: any;
}

/** One connection; `frames` are handed out in order as they come. */
export class SlowReader {
  readonly #socket: Socket;
  readonly #onFrame: (frame: Frame) => void;
  #bytes = Buffer.alloc(0);
  #isOpen = false;
  /** Resolves when the connection is gone, with the close code if there was one. */
  readonly gone: Promise<number | null>;
  isGone = false;
  #code: number | null = null;

  constructor(port: number, onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
    this.#socket = connect(port, '127.0.0.1');
    const { promise, resolve } = Promise.withResolvers<number | null>();
    this.gone = promise;
    this.#socket.on('data', (more) => {
      this.#bytes = Buffer.concat([this.#bytes, more as Buffer]);
      this.#parse();
    });
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.isGone = true;
      resolve(this.#code);
    });
    const head = [
      'GET /ws HTTP/1.1',
      'Host: 127.0.0.1',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    this.#socket.write(`${head.join('\r\n')}\r\n\r\n`);
  }

  send(op: number, data: unknown): void {
    const text = Buffer.from(JSON.stringify({ op, data }));
    const length =
      text.length < 126 ? [0x80 | text.length] : [0xfe, text.length >> 8, text.length & 255];
    // Masked with zeros, which leaves it as it is.
    this.#socket.write(Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), text]));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.destroy();
  }

  #parse(): void {
    if (!this.#isOpen) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end === -1) return;
      this.#bytes = this.#bytes.subarray(end + 4);
      this.#isOpen = true;
    }
    for (;;) {
      const frame = this.#take();
      if (frame === null) return;
      const { opcode, payload } = frame;
      if (opcode === 8) this.#code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      if (opcode === 1) this.#onFrame(JSON.parse(payload.toString()));
    }
  }

  /** The next whole WebSocket frame; null while it is not there yet. */
  #take(): { opcode: number; payload: Buffer } | null {
    const bytes = this.#bytes;
    if (bytes.length < 2) return null;
    let length = (bytes[1] ?? 0) & 127;
    let start = 2;
    if (length === 126) {
      if (bytes.length < 4) return null;
      length = bytes.readUInt16BE(2);
      start = 4;
    } else if (length === 127) {
      throw new Error('a frame of more than 65,535 bytes');
    }
    if (bytes.length < start + length) return null;
    this.#bytes = bytes.subarray(start + length);
    return { opcode: (bytes[0] ?? 0) & 15, payload: bytes.subarray(start, start + length) };
  }
}
