import { describe, expect, it } from 'vitest';
import { spotSeen } from '../../../src/analyzers/derived/spot-seen.js';
import { artifactInput } from '../../../src/analyzers/run.js';
import { DAY_MS, HOUR_MS } from '../../../src/model/window.js';
import { putInstances } from '../../../src/store/instances.js';
import { putInterruption, putSpotRequests } from '../../../src/store/spot-market.js';
import { Fleet } from '../../support/fleet.js';
import { testConfig } from '../fixture.js';

const WINDOW = { sinceMs: Date.parse('2021-05-01T00:00:00Z'), untilMs: Date.parse('2021-05-05T00:00:00Z') };
const at = (hours: number) => WINDOW.sinceMs + hours * HOUR_MS;
const PLACE = { region: 'us-east-1', zone: 'us-east-1a', instanceType: 'r5.xlarge' };

const fleet = () => new Fleet(WINDOW);
const seenIn = ({ db }: Fleet, timeZone = 'UTC') =>
  artifactInput(db, WINDOW, testConfig({ timeZone })).get(spotSeen).in('us-east-1', 'r5.xlarge', 'us-east-1a');

const machine = { ...PLACE, lifecycle: 'spot' as const, state: 'running', tags: {}, volumes: [] };
const request = { ...PLACE, state: 'open', statusCode: 'capacity-not-available', instanceId: null };

describe('spotSeen', () => {
  it('counts a machine once that is a node, an instance and the fruit of a request', () => {
    const one = fleet().node('n1', { instanceId: 'i-1', instanceType: 'r5.xlarge', capacityType: 'spot' });
    putInstances(one.db, [{ ...machine, id: 'i-1', launchedMs: at(-10) }], WINDOW.untilMs);
    const fruit = { ...request, id: 'sir-1', instanceId: 'i-1', state: 'active', statusCode: 'fulfilled' };
    putSpotRequests(one.db, [{ ...fruit, createdMs: at(0), statusMs: at(0) }], WINDOW.untilMs);
    expect(seenIn(one)).toMatchObject({ runningHours: 96, interruptions: 0, waitingHours: 0 });
  });

  it('ends a machine’s time where it was taken back, and counts that once', () => {
    const one = fleet().node('n1', { instanceId: 'i-1', instanceType: 'r5.xlarge', capacityType: 'spot' });
    putInterruption(one.db, { ...PLACE, machine: 'i-1', atMs: at(30.5), reason: 'instance-terminated-no-capacity' });
    putInterruption(one.db, { ...PLACE, machine: 'i-1', atMs: at(31), reason: 'Server.SpotInstanceTermination' });
    const seen = seenIn(one);
    expect(seen).toMatchObject({ runningHours: 30.5, interruptions: 1 });
    expect(seen?.byHour[6]).toEqual({ runningHours: 1.5, waitingHours: 0, interruptions: 1 });
  });

  it('counts hours on the clock of the configured zone', () => {
    const one = fleet();
    putInstances(one.db, [{ ...machine, id: 'i-1', launchedMs: at(0) }], at(3));
    const hours = seenIn(one, 'America/New_York')?.byHour.map(({ runningHours }) => runningHours);
    expect(hours?.map((value, hour) => (value > 0 ? hour : -1)).filter((hour) => hour >= 0)).toEqual([20, 21, 22]);
  });

  it('knows how long a request waited for capacity, and machines that only requests tell of', () => {
    const one = fleet();
    const open = { ...request, id: 'sir-1', createdMs: at(90), statusMs: at(90) };
    const gone = { ...request, id: 'sir-2', instanceId: 'i-2', state: 'closed', createdMs: at(0), statusMs: at(12) };
    putSpotRequests(one.db, [open, { ...gone, statusCode: 'instance-terminated-by-user' }], WINDOW.untilMs);
    expect(seenIn(one)).toMatchObject({ runningHours: 12, waitingHours: 6, interruptions: 0 });
  });

  it('leaves out on-demand machines, what lies outside of the window, and requests of any zone', () => {
    const one = fleet().node('n1', { instanceType: 'r5.xlarge' });
    putInstances(one.db, [{ ...machine, id: 'i-1', launchedMs: at(-50) }], at(-40));
    putInterruption(one.db, { ...PLACE, machine: 'i-1', atMs: WINDOW.sinceMs - DAY_MS, reason: 'x' });
    putSpotRequests(one.db, [{ ...request, id: 'sir-1', zone: null, createdMs: at(1), statusMs: at(2) }], at(5));
    expect(seenIn(one)).toBeUndefined();
  });
});
