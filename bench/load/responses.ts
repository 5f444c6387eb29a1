// A raw HTTP/1.1 keep-alive connection: one request in flight, answers told apart by length alone.
import type { Socket } from 'bun';

const HEAD_END = Buffer.from('\r\n\r\n');

export interface Connection {
  /** Sends one whole request. The answer must have come before the next one. */
  send(request: Uint8Array): void;
  close(): void;
}

export interface Heard {
  answered(connection: Connection): void;
  failed(error: Error): void;
}

/** Finds the ends of answers in a stream of bytes. Throws on what is no 200 with a length. */
export class ResponseCounter {
  private head: Buffer | null = null;
  private bodyLeft = 0;

  /** True when this chunk ends an answer. */
  feed(chunk: Buffer): boolean {
    let data = chunk;
    if (this.bodyLeft === 0) {
      if (this.head !== null) data = Buffer.concat([this.head, chunk]);
      const end = data.indexOf(HEAD_END);
      if (end < 0) {
        this.head = Buffer.from(data);
        return false;
      }
      this.head = null;
      this.bodyLeft = readLength(data.toString('latin1', 0, end), data);
      data = data.subarray(end + HEAD_END.length);
    }
    if (data.length > this.bodyLeft)
      throw new Error('the server sent more than its Content-Length');
    this.bodyLeft -= data.length;
    return this.bodyLeft === 0;
  }
}

function readLength(head: string, data: Buffer): number {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (!head.startsWith('HTTP/1.1 200') || length === null) {
    throw new Error(`not a 200 with a Content-Length: ${data.toString('latin1', 0, 600)}`);
  }
  return Number(length[1]);
}

/** Opens a connection. One that the server closes while nothing is asked is opened anew with the next request. */
export async function openConnection(port: number, heard: Heard): Promise<Connection> {
  const counter = new ResponseCounter();
  let socket: Socket | null = null;
  let isClosing = false;
  let isAsking = false;
  const open = () =>
    Bun.connect({
      hostname: '127.0.0.1',
      port,
      socket: {
        data(_, chunk) {
          try {
            if (!counter.feed(chunk)) return;
            isAsking = false;
            heard.answered(connection);
          } catch (error) {
            heard.failed(error instanceof Error ? error : new Error(String(error)));
          }
        },
        close() {
          socket = null;
          if (isAsking && !isClosing) heard.failed(new Error('the server closed a connection'));
        },
        error(_, error) {
          heard.failed(error);
        },
      },
    });
  const write = (to: Socket, request: Uint8Array) => {
    if (to.write(request) !== request.length) {
      heard.failed(new Error('a request did not fit into the socket'));
    }
  };
  const writeAnew = async (request: Uint8Array) => {
    socket = await open();
    write(socket, request);
  };
  const connection: Connection = {
    send(request) {
      isAsking = true;
      if (socket !== null) {
        write(socket, request);
        return;
      }
      writeAnew(request).catch(heard.failed);
    },
    close() {
      isClosing = true;
      socket?.end();
    },
  };
  socket = await open();
  return connection;
}

/** A whole request as it goes over the wire. */
export function buildRequest(method: string, path: string, token: string, body?: object): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${token}`,
    'Accept: application/json',
  ];
  if (body !== undefined) {
    head.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`);
  }
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}
