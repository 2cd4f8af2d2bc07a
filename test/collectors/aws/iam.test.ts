import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { awsInstances } from '../../../src/collectors/aws/instances/index.js';
import { awsPrices } from '../../../src/collectors/aws/prices/index.js';
import { awsSpot } from '../../../src/collectors/aws/spot/index.js';
import { useAws } from './harness.js';

const aws = useAws();
const { Statement } = JSON.parse(readFileSync('deploy/iam-policy.json', 'utf8'));

it('the policy in the package allows exactly what is called', async () => {
  for (const collector of [awsInstances, awsPrices, awsSpot]) {
    await collector.collect(aws.input());
    await collector.check(aws.input().config);
  }
  const called = aws.server.requests.map(({ action }) => `${action === 'GetProducts' ? 'pricing' : 'ec2'}:${action}`);
  expect(Statement).toHaveLength(1);
  expect(Statement[0].Effect).toBe('Allow');
  expect(Statement[0].Action.toSorted()).toEqual([...new Set(called)].sort());
});
