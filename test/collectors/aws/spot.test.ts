import { describe, expect, it } from 'vitest';
import { awsSpot } from '../../../src/collectors/aws/spot/index.js';
import { DAY_MS } from '../../../src/model/window.js';
import { spotReader, spotSeries } from '../../../src/store/spot.js';
import { useAws, WINDOW } from './harness.js';
import { type Fault, spotXml } from './server.js';

const aws = useAws();
const SPOT = 'DescribeSpotPriceHistory';

/** Three pages, newest first, as AWS sends them. */
const PAGES = [
  spotXml({ at: '2021-05-30T10:00:00Z', price: '0.30' }) + spotXml({ at: '2021-05-25T10:00:00Z', price: '0.25' }),
  spotXml({ at: '2021-05-20T10:00:00Z', price: '0.20' }) +
    spotXml({ at: '2021-05-20T09:00:00Z', price: '0.19', zone: 'us-east-1b' }),
  spotXml({ at: '2021-04-29T10:00:00Z', price: '0.10' }),
];

function stored(): string[] {
  const read = spotReader(aws.store.db);
  return spotSeries(aws.store.db).flatMap(({ id, zone, product }) => {
    const { atMs, usdPerHour } = read(id);
    return [...atMs].map((at, i) => `${zone} ${product} ${new Date(at).toISOString().slice(0, 16)} ${usdPerHour[i]}`);
  });
}

const ALL = [
  'us-east-1a Linux/UNIX 2021-04-29T10:00 0.1',
  'us-east-1a Linux/UNIX 2021-05-20T10:00 0.2',
  'us-east-1a Linux/UNIX 2021-05-25T10:00 0.25',
  'us-east-1a Linux/UNIX 2021-05-30T10:00 0.3',
  'us-east-1b Linux/UNIX 2021-05-20T09:00 0.19',
];

describe('spot price history', () => {
  it('is stored whole, with the price in force at the start, and asked for in the window', async () => {
    aws.server.pages.set(SPOT, PAGES);
    const result = await awsSpot.collect(aws.input());
    expect(result).toMatchObject({ rows: 5, gaps: [] });
    expect(stored()).toEqual(ALL);
    expect(aws.server.requests[0]?.fields).toMatchObject({
      StartTime: '2021-05-01T00:00:00Z',
      EndTime: '2021-05-31T00:00:00Z',
      'Filter.1.Name': 'instance-type',
      'Filter.1.Value.1': 'r5.xlarge',
      'ProductDescription.2': 'Linux/UNIX (Amazon VPC)',
    });
  });

  it('is not read again', async () => {
    aws.server.pages.set(SPOT, PAGES);
    await awsSpot.collect(aws.input());
    const before = aws.server.requests.length;
    expect(await awsSpot.collect(aws.input())).toMatchObject({ rows: 0, gaps: [] });
    expect(aws.server.requests).toHaveLength(before);
  });

  it('goes on an hour before where it ended, when time has passed', async () => {
    aws.server.pages.set(SPOT, PAGES);
    await awsSpot.collect(aws.input());
    const window = { sinceMs: WINDOW.sinceMs, untilMs: WINDOW.untilMs + DAY_MS };
    const result = await awsSpot.collect(aws.input({}, { window }));
    expect(result.rows).toBe(0);
    expect(aws.server.requests.at(-3)?.fields.StartTime).toBe('2021-05-30T23:00:00Z');
    expect(stored()).toEqual(ALL);
  });

  it('of the first run reaches back as configured, from the window’s end and not from now', async () => {
    aws.server.pages.set(SPOT, PAGES);
    await awsSpot.collect(aws.input({ spotHistoryDays: 60 }, { sinceGiven: false }));
    expect(aws.server.requests[0]?.fields.StartTime).toBe('2021-04-01T00:00:00Z');
  });

  it('keeps the higher of two prices at one instant, and takes VPC prices for the same product', async () => {
    const at = '2021-05-20T10:00:00Z';
    aws.server.pages.set(SPOT, [
      spotXml({ at, price: '0.2' }) +
        spotXml({ at, price: '0.3', product: 'Linux/UNIX (Amazon VPC)' }) +
        spotXml({ at, price: '0.1' }),
    ]);
    await awsSpot.collect(aws.input());
    expect(stored()).toEqual(['us-east-1a Linux/UNIX 2021-05-20T10:00 0.3']);
  });

  it('leaves out lines without a price', async () => {
    aws.server.pages.set(SPOT, [
      spotXml({ at: '2021-05-20T10:00:00Z', price: '' }) + spotXml({ at: '2021-05-21T10:00:00Z', price: 'free' }),
    ]);
    expect(await awsSpot.collect(aws.input())).toMatchObject({ rows: 0, gaps: [] });
  });

  it('goes on after an empty page that has a token', async () => {
    aws.server.pages.set(SPOT, [PAGES[0] ?? '', '', PAGES[1] ?? '', PAGES[2] ?? '']);
    expect(await awsSpot.collect(aws.input())).toMatchObject({ rows: 5, gaps: [] });
  });
});

const error = (code: string, status: number): Fault => ({ kind: 'error', code, status });

describe('a fault that passes', () => {
  it.each<[string, Fault]>([
    ['throttling', error('RequestLimitExceeded', 503)],
    ['an internal error', error('InternalError', 500)],
    ['a cut body', { kind: 'cut' }],
    ['a page of HTML', { kind: 'html' }],
    ['a reset connection', { kind: 'reset' }],
    ['a clock that is off', error('RequestTimeTooSkewed', 403)],
  ])('%s in the middle loses and doubles nothing', async (_name, fault) => {
    aws.server.pages.set(SPOT, PAGES);
    aws.server.fail(SPOT, fault, 1);
    expect(await awsSpot.collect(aws.input())).toMatchObject({ rows: 5, gaps: [] });
    expect(stored()).toEqual(ALL);
    expect(aws.server.requests.map(({ token }) => token)).toEqual([undefined, '1', '1', '2']);
  });

  it('a request without an answer is given up after the timeout and tried again', async () => {
    aws.server.pages.set(SPOT, PAGES);
    aws.server.fail(SPOT, { kind: 'silent' }, 1);
    expect(await awsSpot.collect(aws.input({ timeoutSeconds: 0.2 }))).toMatchObject({ rows: 5, gaps: [] });
  });

  it('a token that is no longer valid restarts the list, once', async () => {
    aws.server.pages.set(SPOT, PAGES);
    aws.server.fail(SPOT, error('InvalidPaginationToken', 400), 1);
    expect(await awsSpot.collect(aws.input())).toMatchObject({ rows: 5, gaps: [] });
    expect(aws.server.requests.map(({ token }) => token)).toEqual([undefined, '1', undefined, '1', '2']);
  });
});

describe('a fault that stays', () => {
  it.each<[string, Fault, RegExp]>([
    [
      'an expired token',
      error('RequestExpired', 400),
      /told so \(RequestExpired\) \(1 page of it stored\)\. Renew the credentials/,
    ],
    ['a denied call', error('UnauthorizedOperation', 403), /UnauthorizedOperation.*Let the role call it/],
    ['HTML for ever', { kind: 'html' }, /not what AWS sends/],
  ])(
    '%s in the middle is a named gap, keeps what was stored, and the next run goes on there',
    async (_name, fault, why) => {
      aws.server.pages.set(SPOT, PAGES);
      aws.server.fail(SPOT, fault, 1, 99);
      const result = await awsSpot.collect(aws.input());
      expect(result.rows).toBe(2);
      expect(result.gaps).toEqual([{ ...WINDOW, why: expect.stringMatching(why) }]);
      expect(result.gaps[0]?.why).toContain('spot prices of r5.xlarge');

      const next = aws.server.requests.length;
      aws.server.heal();
      expect(await awsSpot.collect(aws.input())).toMatchObject({ rows: 3, gaps: [] });
      expect(stored()).toEqual(ALL);
      expect(aws.server.requests[next]?.token).toBe('1');
    },
  );

  it('from the first request on is an error with the next step', async () => {
    aws.server.fail(SPOT, error('AuthFailure', 401), 0, 9);
    await expect(awsSpot.collect(aws.input())).rejects.toMatchObject({
      name: 'SourceError',
      message: 'aws-spot: DescribeSpotPriceHistory: told so (AuthFailure)',
      hint: expect.stringContaining('aws sso login'),
    });
    expect(aws.server.requests).toHaveLength(1);
  });

  it('of credentials is not tried type after type; what was not read is named', async () => {
    aws.server.pages.set(SPOT, PAGES);
    aws.server.fail(SPOT, error('RequestExpired', 400), 3, 9);
    const result = await awsSpot.collect(aws.input({ instanceTypes: ['r5.xlarge', 'm5.xlarge', 'c5.xlarge'] }));
    expect(result.gaps.map(({ why }) => why)).toEqual([
      expect.stringContaining('spot prices of m5.xlarge, Linux/UNIX: aws-spot: DescribeSpotPriceHistory: told so'),
      'not read after that: spot prices of c5.xlarge, Linux/UNIX',
    ]);
    expect(aws.server.requests).toHaveLength(4);
  });
});

describe('a stop', () => {
  it('ends at a page, and the next run goes on with the page after it', async () => {
    aws.server.pages.set(SPOT, PAGES);
    const stopping = aws.input({}, { progress: () => aws.abort.abort() });
    const result = await awsSpot.collect(stopping);
    expect(result.gaps.map(({ why }) => why)).toEqual([
      'stopped before the end of: spot prices of r5.xlarge, Linux/UNIX',
    ]);
    expect(result.rows).toBe(2);

    await awsSpot.collect(aws.input({}, { signal: new AbortController().signal }));
    expect(aws.server.requests.map(({ token }) => token)).toEqual([undefined, '1', '2']);
    expect(stored()).toEqual(ALL);
  });
});

describe('types', () => {
  it('are those in use where none is configured, and all where none is known', async () => {
    aws.server.pages.set(SPOT, [PAGES[2] ?? '']);
    await awsSpot.collect(aws.input({ instanceTypes: [] }));
    expect(aws.server.requests[0]?.fields).not.toHaveProperty('Filter.1.Name');

    aws.store.db.exec(
      `INSERT INTO ec2_instance (region, id, instance_type, lifecycle, state, state_since_ms, first_seen_ms, last_seen_ms)
       VALUES ('us-east-1', 'i-1', 'c5.large', 'spot', 'running', 0, 0, 0)`,
    );
    await awsSpot.collect(aws.input({ instanceTypes: [] }));
    expect(aws.server.requests[1]?.fields['Filter.1.Value.1']).toBe('c5.large');
  });
});
