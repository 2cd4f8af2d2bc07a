import { describe, expect, it } from 'vitest';
import { spotNoDecommission } from '../../../src/analyzers/spot/no-decommission.js';
import { DAY_MS } from '../../../src/model/window.js';
import { Fleet, type TestPod } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const untilMs = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: untilMs - DAY_MS, untilMs };
const executor = (node: string, i = 0): TestPod => ({ role: 'executor', node, name: `exec-${i}` });

function judge(pods: readonly TestPod[], spec?: unknown, logged?: Record<string, string>) {
  const fleet = new Fleet(WINDOW).node('spot', { capacityType: 'spot' }).node('firm');
  fleet.workload({ kind: 'SparkApplication', namespace: 'etl', name: 'daily', pods, spec });
  if (logged) {
    fleet.db.prepare("UPDATE pod SET spark_app_id = 'app-1'").run();
    fleet.db
      .prepare(
        `INSERT INTO spark_application (cluster, app_id, attempt_id, name, family, user, spark_version, java_version,
           scala_version, start_ms, last_event_ms, finished, conf_json, resource_profiles_json, log_json)
         VALUES ('test', 'app-1', '', 'daily', 'daily', '', '3.5.3', '', '', 0, 0, 1, ?, '[]', '{}')`,
      )
      .run(JSON.stringify(logged));
  }
  return evaluate(fleet.store, spotNoDecommission, WINDOW);
}

const conf = (sparkConf: Record<string, string>) => ({ sparkConf });
const ON = 'spark.decommission.enabled';
const STORAGE = 'spark.storage.decommission.enabled';
const SHUFFLE = 'spark.storage.decommission.shuffleBlocks.enabled';
const onSpot = [executor('spot')];

describe('spot/no-decommission', () => {
  it('finds executors on spot without it, and says which storage parts are missing', () => {
    const [finding] = judge([executor('spot', 1), executor('firm', 2)], conf({ [ON]: 'false', [SHUFFLE]: 'false' }));
    expect(finding).toMatchObject({
      state: 'finding',
      subject: { kind: 'SparkApplication', namespace: 'etl', name: 'daily' },
      title: `Executors on spot nodes without decommissioning: what they hold is lost with them; ${STORAGE} and ${SHUFFLE} are not on either`,
    });
    expect(finding?.evidence).toContainEqual(
      expect.objectContaining({ metric: 'executor time on spot nodes', value: 50 }),
    );
    expect(finding?.recommendation?.patches[0]?.content).toContain(`    "${ON}": "true"\n`);
  });

  it.each([
    ['on', conf({ [ON]: 'true', [STORAGE]: 'true' }), undefined, 'ok'],
    ['on in other letters', conf({ [ON]: ' True ' }), undefined, 'ok'],
    ['off', conf({ [ON]: 'false' }), undefined, 'finding'],
    ['not set', conf({}), undefined, 'finding'],
    ['on in the event log only', undefined, { [ON]: 'true' }, 'ok'],
    ['not set in the event log', undefined, {}, 'finding'],
    ['a default of the image, told by the event log', conf({}), { [ON]: 'true' }, 'ok'],
    ['switched off in the object since the last run', conf({ [ON]: 'false' }), { [ON]: 'true' }, 'finding'],
    ['not known', undefined, undefined, 'insufficient-data'],
  ])('where it is %s', (_, spec, logged, state) => {
    expect(judge(onSpot, spec, logged)).toMatchObject([{ state }]);
  });

  it('says in the good state which storage parts are missing', () => {
    expect(judge(onSpot, conf({ [ON]: 'true' }))[0]?.title).toBe(`Executors are decommissioned, without ${STORAGE}`);
  });

  it('is less sure where only the object was read', () => {
    const [read] = judge(onSpot, conf({}));
    const [logged] = judge(onSpot, conf({}), {});
    expect(read?.confidence.value).toBeLessThan(logged?.confidence.value ?? 0);
  });

  it.each([
    ['its executors are on on-demand nodes', [executor('firm')], {}, 'not-applicable'],
    ['it runs in one process', onSpot, { 'spark.master': 'local[4]' }, 'not-applicable'],
    ['no executor was seen', [{ role: 'driver', node: 'spot' } as const], {}, 'insufficient-data'],
    ['the nodes are not known', [executor('gone')], {}, 'insufficient-data'],
  ])('has no say where %s', (_, pods, sparkConf, state) => {
    expect(judge(pods, { sparkConf })).toMatchObject([{ state }]);
  });
});
