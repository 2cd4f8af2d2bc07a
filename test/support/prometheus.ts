import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compress } from 'snappy';
import { type Program, startProgram } from './program.js';

export const HAS_PROMETHEUS = ['prometheus', 'promtool'].every((tool) => spawnSync(tool, ['--version']).status === 0);

/** A real Prometheus that holds what is given in OpenMetrics lines, without their end, and takes remote writes. */
export async function startPrometheus(folder: string, openMetrics: readonly string[]): Promise<Program> {
  const [text, data] = [join(folder, 'samples.txt'), join(folder, 'data')];
  mkdirSync(data);
  if (openMetrics.length > 0) {
    writeFileSync(text, `${[...openMetrics, '# EOF'].join('\n')}\n`);
    const words = ['tsdb', 'create-blocks-from', '--max-block-duration=720h', 'openmetrics', text, data];
    execFileSync('promtool', words, { stdio: 'ignore' });
  }
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, '{}');
  return runPrometheus(config, data, ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=10y']);
}

/** A Prometheus of this configuration and data folder. */
export function runPrometheus(config: string, data: string, flags: readonly string[] = []): Promise<Program> {
  return startProgram({
    command: 'prometheus',
    words: (port) => [
      ...flags,
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    readyPath: '/-/ready',
  });
}

/** What a scrape writes where a series is no longer there: a NaN of its own (Prometheus, `value.StaleNaN`). */
export const STALE = 'stale';
const STALE_BITS = 0x7ff0000000000002n;

export interface Written {
  labels: Readonly<Record<string, string>>;
  samples: readonly { timeMs: number; value: number | typeof STALE }[];
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

function field(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([(number << 3) | 2, ...varint(BigInt(content.length))]), content]);
}

function sampleOf({ timeMs, value }: Written['samples'][number]): Uint8Array {
  const double = Buffer.alloc(8);
  if (value === STALE) double.writeBigUInt64LE(STALE_BITS);
  else double.writeDoubleLE(value);
  return Buffer.concat([Uint8Array.from([(1 << 3) | 1]), double, Uint8Array.from([2 << 3, ...varint(BigInt(timeMs))])]);
}

/** Remote write 1.0 (`prometheus.WriteRequest`, snappy); samples in the order of time, over all writes. */
export async function remoteWrite(url: string, series: readonly Written[]): Promise<void> {
  const message = Buffer.concat(
    series.map(({ labels, samples }) =>
      field(
        1,
        Buffer.concat([
          ...Object.entries(labels)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, value]) =>
              field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])),
            ),
          ...samples.map((sample) => field(2, sampleOf(sample))),
        ]),
      ),
    ),
  );
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: new Uint8Array(await compress(message)),
  });
  if (!response.ok) throw new Error(`remote write: ${response.status} ${await response.text()}`);
}
