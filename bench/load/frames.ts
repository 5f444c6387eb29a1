// WebSocket frames by their headers: counted without looking inside, or read whole when asked to.

/** Frames with less payload than this are heartbeat acknowledgements and are not counted. */
const SMALLEST_COUNTED = 64;

export interface Tally {
  frames: number;
}

/** Finds the ends of the unmasked frames of a server in a stream of bytes. */
export class FrameReader {
  /** While set, each payload is gathered and handed over; otherwise payloads are skipped. */
  onPayload: ((payload: Buffer) => void) | null = null;
  private carry: Buffer | null = null;
  private size = 0;
  private skip = 0;

  /** `tally.frames` grows by one for each frame that came whole; readers may share it. */
  constructor(private readonly tally: Tally) {}

  feed(chunk: Buffer): void {
    let data = chunk;
    let at = 0;
    if (this.carry !== null) {
      data = Buffer.concat([this.carry, chunk]);
      this.carry = null;
    } else if (this.skip > 0) {
      if (data.length < this.skip) {
        this.skip -= data.length;
        return;
      }
      at = this.skip;
      this.skip = 0;
      this.count(this.size);
    }
    while (at < data.length) {
      const next = this.readFrame(data, at);
      if (next < 0) return;
      at = next;
    }
  }

  /** The end of the frame that begins at `at`, or -1 when it is not all there. */
  private readFrame(data: Buffer, at: number): number {
    const there = data.length - at;
    const short = (data[at + 1] ?? 0) & 0x7f;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (there < header) return this.keep(data, at);
    if (short === 127) throw new Error('a frame above 65,535 bytes');
    const size = short < 126 ? short : data.readUInt16BE(at + 2);
    if (there - header < size) {
      if (this.onPayload !== null) return this.keep(data, at);
      this.size = size;
      this.skip = size - (there - header);
      return -1;
    }
    this.count(size);
    if (this.onPayload !== null) {
      if (((data[at] ?? 0) & 0x0f) === 8) throw new Error(closeReason(data, at + header, size));
      this.onPayload(data.subarray(at + header, at + header + size));
    }
    return at + header + size;
  }

  private keep(data: Buffer, at: number): number {
    this.carry = Buffer.from(data.subarray(at));
    return -1;
  }

  private count(size: number): void {
    if (size >= SMALLEST_COUNTED) this.tally.frames++;
  }
}

function closeReason(data: Buffer, at: number, size: number): string {
  if (size < 2) return 'the server closed a socket without a code';
  return `the server closed a socket: ${data.readUInt16BE(at)} ${data.toString('utf8', at + 2, at + size)}`;
}

/** One masked text frame. The mask is zero: legal, and it leaves the payload as it is. */
export function buildFrame(value: object): Buffer {
  const payload = Buffer.from(JSON.stringify(value));
  const long = payload.length > 125;
  const head = Buffer.alloc(long ? 8 : 6);
  head[0] = 0x81;
  head[1] = 0x80 | (long ? 126 : payload.length);
  if (long) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
