import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendReport, tellUnsent, writeReport } from '../../src/cli/report.js';
import { Config } from '../../src/config/schema.js';
import { keptName, keptReports, prune } from '../../src/reports/destinations/folder.js';
import { destinationsOf } from '../../src/reports/destinations/index.js';
import { type FakeServer, startServer } from '../support/http.js';
import { sampleReport } from './sample.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-destinations-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the folder', () => {
  it('keeps the newest dated copies and touches nothing else', () => {
    const kept = join(folder, 'kept');
    mkdirSync(join(kept, 'mine'), { recursive: true });
    writeFileSync(join(kept, '2021-05-01T000000Z'), 'a file, not a report');
    for (const day of [28, 29, 30, 31]) {
      const report = { ...sampleReport(), generatedAt: `2021-05-${day}T02:00:00Z` };
      writeReport(report, folder, ['json', 'csv'], 10, { keep: 2 });
    }
    expect(keptReports(kept)).toEqual(['2021-05-31T020000Z', '2021-05-30T020000Z']);
    expect(readdirSync(kept).sort()).toEqual([
      '2021-05-01T000000Z',
      '2021-05-30T020000Z',
      '2021-05-31T020000Z',
      'mine',
    ]);
    expect(existsSync(join(kept, '2021-05-31T020000Z', 'sparkfit-report-findings.csv'))).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, 'sparkfit-report.json'), 'utf8')).generatedAt).toContain('05-31');
  });

  it('names copies so that names sort by time', () => {
    expect(keptName('2021-05-31T02:03:04.500Z')).toBe('2021-05-31T020304Z');
    expect(() => prune(join(folder, 'none'), 1)).toThrow(/old reports cannot be deleted/);
  });
});

describe('destinations', () => {
  let server: FakeServer;
  const seen: { method: string; url: string; body: string }[] = [];
  const answers: number[] = [];
  const before = { ...process.env };

  beforeEach(async () => {
    seen.length = 0;
    answers.length = 0;
    server = await startServer((request, response, body) => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', body });
      response.writeHead(answers.shift() ?? 200).end();
    });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_S3: server.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
    });
  });
  afterEach(async () => {
    for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'])
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    await server.close();
  });

  async function deliver(words: string[], webhook?: string) {
    const said: string[] = [];
    const io = {
      environment: {},
      out: () => {},
      err: (text: string) => void said.push(text),
      columns: 80,
      color: false,
      interactive: false,
      nowMs: 0,
      signal: new AbortController().signal,
    };
    const sent = await sendReport(
      sampleReport(),
      writeReport(sampleReport(), folder, ['json'], 10),
      destinationsOf(words, webhook),
      { config: Config.parse({}), io },
    );
    tellUnsent(sent, io);
    const failed = sent.filter(({ failure }) => failure).map(({ destination }) => destination);
    return { failed, reached: sent.flatMap(({ reached }) => reached), said };
  }

  it('puts the files below the prefix of a bucket', async () => {
    expect(await deliver(['s3://team-reports/nightly/'])).toEqual({
      failed: [],
      reached: ['s3://team-reports/nightly/sparkfit-report.json'],
      said: [],
    });
    expect(seen.map(({ method, url }) => `${method} ${url.split('?')[0]}`)).toEqual([
      'PUT /team-reports/nightly/sparkfit-report.json',
    ]);
    expect(JSON.parse(seen[0]?.body ?? '').cluster).toBe(sampleReport().cluster);
  });

  it('posts a few lines to a webhook, and tries again when the server is busy', async () => {
    answers.push(503, 429, 200);
    const { failed } = await deliver(['webhook'], `${server.url}/services/SECRET`);
    expect(failed).toEqual([]);
    expect(seen).toHaveLength(3);
    const { text } = JSON.parse(seen[2]?.body ?? '{}');
    expect(text).toContain('*sparkfit*: data-prod costs');
    expect(text.length).toBeLessThan(2000);
  });

  it('goes on with the others when one fails, and never tells the address of a webhook', async () => {
    answers.push(404);
    const { failed, reached, said } = await deliver(['webhook', 's3://team-reports'], `${server.url}/services/SECRET`);
    expect(failed).toEqual(['webhook']);
    expect(said.join('\n')).toContain('the server answered 404');
    expect(said.join('\n')).not.toContain('SECRET');
    expect(reached).toEqual(['s3://team-reports/sparkfit-report.json']);
  });

  it.each([
    [['ftp://x'], undefined, /'ftp:\/\/x' is no destination/],
    [['s3://'], undefined, /names no bucket/],
    [['s3://UPPER/x'], undefined, /names no bucket/],
    [['webhook'], undefined, /the webhook has no address/],
    [['webhook'], 'file:///etc/passwd', /the webhook has no address/],
  ])('refuses %j', (words, webhook, message) => {
    expect(() => destinationsOf(words, webhook)).toThrow(message);
  });
});
