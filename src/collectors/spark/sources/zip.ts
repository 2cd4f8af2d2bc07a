import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';

/** A file in an archive; its content must be read to the end before the next one is asked for. */
export interface ZipEntry {
  name: string;
  content: Readable;
}

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_CENTRAL = 0x06054b50;
const DESCRIPTOR = 0x08074b50;
/** Sizes from here on are written with eight bytes. */
const ZIP64_FROM = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;
const SIZES_FOLLOW = 1 << 3;
const ENCRYPTED = 1;

/** Bytes as they are needed, from chunks as they come. */
class ByteReader {
  private rest: Buffer = Buffer.alloc(0);
  private readonly chunks: AsyncIterator<Uint8Array>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, whatever their number; empty at the end. */
  async some(): Promise<Buffer> {
    if (this.rest.length > 0) {
      const { rest } = this;
      this.rest = Buffer.alloc(0);
      return rest;
    }
    for (;;) {
      const next = await this.chunks.next();
      if (next.done) return Buffer.alloc(0);
      if (next.value.length > 0) return Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length);
    }
  }

  giveBack(bytes: Buffer): void {
    this.rest = this.rest.length > 0 ? Buffer.concat([bytes, this.rest]) : bytes;
  }

  async exactly(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let have = 0;
    while (have < count) {
      const piece = await this.some();
      if (piece.length === 0) throw new Error('the archive ends too early');
      pieces.push(piece);
      have += piece.length;
    }
    const whole = Buffer.concat(pieces);
    this.giveBack(whole.subarray(count));
    return whole.subarray(0, count);
  }
}

interface Sums {
  crc: number;
  packed: number;
  plain: number;
}

/** Inflates until the data says that it ends; what follows is given back. */
async function* inflated(reader: ByteReader, sums: Sums): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw();
  const plain: Buffer[] = [];
  let ended = false;
  let error: unknown;
  let goOn = () => {};
  inflate.on('data', (data: Buffer) => plain.push(data));
  inflate.on('error', (thrown) => {
    error = thrown;
  });
  inflate.once('close', () => goOn());
  inflate.once('end', () => {
    ended = true;
    goOn();
  });
  try {
    while (!ended) {
      const chunk = await reader.some();
      if (chunk.length === 0) throw new Error('the archive ends too early');
      const before = inflate.bytesWritten;
      // The callback of a write never comes if the data ends within the chunk.
      await new Promise<void>((resolve) => {
        goOn = resolve;
        inflate.write(chunk, () => resolve());
      });
      if (error) throw error;
      const used = inflate.bytesWritten - before;
      sums.packed += used;
      if (used < chunk.length) reader.giveBack(chunk.subarray(used));
      for (const data of plain.splice(0)) {
        sums.crc = crc32(data, sums.crc);
        sums.plain += data.length;
        yield data;
      }
    }
  } finally {
    inflate.destroy();
  }
}

async function* stored(reader: ByteReader, bytes: number, sums: Sums): AsyncGenerator<Buffer> {
  while (sums.packed < bytes) {
    const chunk = await reader.some();
    if (chunk.length === 0) throw new Error('the archive ends too early');
    const own = chunk.subarray(0, bytes - sums.packed);
    if (own.length < chunk.length) reader.giveBack(chunk.subarray(own.length));
    sums.packed += own.length;
    sums.plain += own.length;
    sums.crc = crc32(own, sums.crc);
    yield own;
  }
}

/** The checksum that stands behind the data, with sizes of four bytes or eight. */
async function descriptorCrc(reader: ByteReader, { packed, plain }: Sums): Promise<number> {
  const size = packed >= ZIP64_FROM || plain >= ZIP64_FROM ? 8 : 4;
  const first = (await reader.exactly(4)).readUInt32LE();
  const crc = first === DESCRIPTOR ? (await reader.exactly(4)).readUInt32LE() : first;
  await reader.exactly(2 * size);
  return crc;
}

async function* contentOf(reader: ByteReader, header: Buffer, name: string): AsyncGenerator<Buffer> {
  const flags = header.readUInt16LE(6);
  const method = header.readUInt16LE(8);
  const sizesFollow = (flags & SIZES_FOLLOW) !== 0;
  if ((flags & ENCRYPTED) !== 0) throw new Error(`${name} is encrypted`);
  const sums: Sums = { crc: 0, packed: 0, plain: 0 };
  if (method === DEFLATED) yield* inflated(reader, sums);
  else if (method === STORED && !sizesFollow) yield* stored(reader, header.readUInt32LE(18), sums);
  else throw new Error(`${name} is packed in a way that is not known (${method})`);
  const crc = sizesFollow ? await descriptorCrc(reader, sums) : header.readUInt32LE(14);
  if (crc !== sums.crc) throw new Error(`${name} was damaged on the way: its checksum is wrong`);
}

/**
 * The files of a ZIP archive as it arrives, folders left out. Narrow: what Java's ZipOutputStream writes, whose entries
 * are deflated and have their sizes behind them, so that the end of an entry is where its deflate stream ends.
 */
export async function* readZip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ZipEntry> {
  const reader = new ByteReader(chunks);
  for (;;) {
    const signature = (await reader.exactly(4)).readUInt32LE();
    if (signature === CENTRAL_HEADER || signature === END_OF_CENTRAL) return;
    if (signature !== LOCAL_HEADER) throw new Error('it is no ZIP archive');
    const header = Buffer.concat([Buffer.alloc(4), await reader.exactly(LOCAL_HEADER_BYTES - 4)]);
    const name = (await reader.exactly(header.readUInt16LE(26))).toString('utf8');
    await reader.exactly(header.readUInt16LE(28));
    const content = contentOf(reader, header, name);
    if (!name.endsWith('/')) yield { name, content: Readable.from(content, { objectMode: false }) };
    else for await (const _ of content);
  }
}
