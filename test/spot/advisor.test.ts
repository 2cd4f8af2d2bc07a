import { describe, expect, it } from 'vitest';
import { HOURS_PER_MONTH } from '../../src/model/window.js';
import { hourlyRate, openSpotAdvisor } from '../../src/spot/advisor.js';

const advisor = openSpotAdvisor();

describe('the bundled Spot Advisor', () => {
  // As in spot-advisor-data.json of 2025-07-28: r = 2, 4, 1.
  it.each([
    ['us-east-1', 'm5.2xlarge', 2, '10-15%', 10],
    ['us-east-1', 'r5.4xlarge', 4, '>20%', 20],
    ['us-east-1', 'c5d.9xlarge', 1, '5-10%', 5],
  ])('knows %s %s', (region, type, bucket, label, fromPercent) => {
    expect(advisor(region, type)).toMatchObject({ bucket, label, fromPercent, asOf: '2025-07-28' });
  });

  it('does not know other regions and types', () => {
    expect(advisor('us-moon-1', 'm5.2xlarge')).toBeUndefined();
    expect(advisor('us-east-1', 'x9.metal')).toBeUndefined();
  });

  it('turns a monthly share into a rate: after a month the share is gone', () => {
    expect(1 - Math.exp(-hourlyRate(0.15) * HOURS_PER_MONTH)).toBeCloseTo(0.15, 12);
    expect(advisor('us-east-1', 'm5.2xlarge')?.perNodeHour).toBe(hourlyRate(0.15));
  });
});
