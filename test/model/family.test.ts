import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applicationOfPod, familyOf, isRunOf } from '../../src/model/family.js';

describe('familyOf', () => {
  it.each([
    ['nightly-etl-1621987200', 'nightly-etl'],
    ['nightly-etl-1621987200123456789', 'nightly-etl'],
    ['sales-2021-05-20', 'sales'],
    ['sales-20210520', 'sales'],
    ['sales_20210520_0230', 'sales'],
    ['sales-20210520t023000', 'sales'],
    ['sales-2021-05-20t02-30-00', 'sales'],
    ['sales 2021-05-20 02:30:00', 'sales'],
    ['sales-manual__2021-05-20T02:30:00+00:00', 'sales'],
    ['load-0b8e2a54-1c3d-4e5f-8a9b-0c1d2e3f4a5b', 'load'],
    ['load-96d5caae30ddabe8', 'load'],
    ['load-run-17', 'load'],
    ['load-attempt-2', 'load'],
    ['load-2021-05-20-run-3', 'load'],
    ['daily-etl-a8k2m9xq', 'daily-etl'],
  ])('%s belongs to %s', (name, family) => {
    expect(familyOf(name)).toBe(family);
  });

  it.each([
    'nightly-etl',
    'etl-v2',
    'reader-1',
    'tpcds-100',
    'feature-facade',
    'top-pipeline',
    'spark-http2',
    'adhoc-agg',
    'kafka-to-s3',
    'ml-v2beta1',
    'x-tpcds100',
    '20210520',
    'team-decade',
  ])('%s is a family of its own', (name) => {
    expect(familyOf(name)).toBe(name);
  });

  it('takes the name that the API generated it from', () => {
    expect(familyOf('load-xk7bq', 'load-')).toBe('load');
  });

  it('is the same for a family as for its runs, and never empty', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/), (name) => {
        const family = familyOf(name);
        expect(family.length).toBeGreaterThan(0);
        expect(familyOf(family)).toBe(family);
      }),
    );
  });
});

describe('isRunOf', () => {
  it('knows the runs of a schedule from applications that merely start with its name', () => {
    expect(isRunOf('nightly-etl-1621987200', 'nightly-etl')).toBe(true);
    expect(isRunOf('nightly-etl-x7kq2', 'nightly-etl')).toBe(true);
    expect(isRunOf('nightly-etl-backfill', 'nightly-etl')).toBe(false);
    expect(isRunOf('nightly-etl', 'nightly-etl')).toBe(false);
    expect(isRunOf('other-1621987200', 'nightly-etl')).toBe(false);
  });
});

describe('applicationOfPod', () => {
  it('reads the application from the names that Spark gives pods', () => {
    expect(applicationOfPod('adhoc-agg-96d5caae30ddabe8-exec-12')).toBe('adhoc-agg');
    expect(applicationOfPod('pi-55af2c8d1e0b4f77-driver')).toBe('pi');
    expect(applicationOfPod('adhoc-agg-driver')).toBe('adhoc-agg');
  });
});
