import { describe, expect, it } from 'vitest';
import { awsInstances } from '../../../src/collectors/aws/instances/index.js';
import { DAY_MS } from '../../../src/model/window.js';
import { ebsVolumes, ec2Instances } from '../../../src/store/instances.js';
import { spotInterruptions, spotRequests } from '../../../src/store/spot-market.js';
import { useAws, WINDOW } from './harness.js';

const aws = useAws();

function instanceXml(id: string, extra = ''): string {
  return `<item><reservationId>r</reservationId><instancesSet><item><instanceId>${id}</instanceId><instanceType>r5.xlarge</instanceType><launchTime>2021-05-01T00:00:00Z</launchTime>
    <placement><availabilityZone>us-east-1a</availabilityZone></placement><instanceState><code>16</code><name>running</name></instanceState>
    <blockDeviceMapping><item><deviceName>/dev/sda</deviceName><ebs><volumeId>vol-${id}</volumeId></ebs></item></blockDeviceMapping>
    <tagSet><item><key>Name</key><value>box</value></item></tagSet>${extra}</item></instancesSet></item>`;
}

const VOLUME = `<item><volumeId>vol-1</volumeId><volumeType>gp3</volumeType><size>100</size><availabilityZone>us-east-1a</availabilityZone><status>available</status>
  <encrypted>false</encrypted><createTime>2021-01-01T00:00:00Z</createTime></item>`;

const later = { sinceMs: WINDOW.sinceMs, untilMs: WINDOW.untilMs + DAY_MS };

describe('instances and volumes', () => {
  it('are stored with lifecycle, tags and attachments', async () => {
    aws.server.pages.set('DescribeInstances', [
      instanceXml('i-1'),
      instanceXml('i-2', '<instanceLifecycle>spot</instanceLifecycle>'),
    ]);
    aws.server.pages.set('DescribeVolumes', [VOLUME]);
    expect(await awsInstances.collect(aws.input())).toMatchObject({ rows: 3, gaps: [] });
    expect(ec2Instances(aws.store.db)).toMatchObject([
      {
        id: 'i-1',
        lifecycle: 'on-demand',
        state: 'running',
        zone: 'us-east-1a',
        tags: { Name: 'box' },
        volumes: ['vol-i-1'],
      },
      { id: 'i-2', lifecycle: 'spot', launchedMs: Date.parse('2021-05-01T00:00:00Z') },
    ]);
    expect(ebsVolumes(aws.store.db)).toMatchObject([
      { id: 'vol-1', sizeGib: 100, state: 'available', attachedTo: null, encrypted: false },
    ]);
  });

  it('tell when they were stopped: by AWS where a user did it, else by when they were seen to change', async () => {
    const reason = '<reason>User initiated (2021-04-20 10:30:00 GMT)</reason>';
    const stopped = (id: string, extra = '') =>
      instanceXml(id, extra).replace('<name>running</name>', '<name>stopped</name>');
    aws.server.pages.set('DescribeInstances', [instanceXml('i-1') + instanceXml('i-2') + stopped('i-3')]);
    await awsInstances.collect(aws.input());
    aws.server.pages.set('DescribeInstances', [stopped('i-1', reason) + stopped('i-2') + stopped('i-3')]);
    await awsInstances.collect(aws.input({}, { window: later }));
    expect(ec2Instances(aws.store.db)).toMatchObject([
      { id: 'i-1', stateSinceMs: Date.parse('2021-04-20T10:30:00Z') },
      { id: 'i-2', stateSinceMs: later.untilMs, firstSeenMs: WINDOW.untilMs },
      { id: 'i-3', stateSinceMs: WINDOW.untilMs, firstSeenMs: WINDOW.untilMs },
    ]);
  });

  it('collected twice are the same', async () => {
    aws.server.pages.set('DescribeInstances', [instanceXml('i-1')]);
    await awsInstances.collect(aws.input());
    const once = ec2Instances(aws.store.db);
    await awsInstances.collect(aws.input());
    expect(ec2Instances(aws.store.db)).toEqual(once);
  });

  it('that are gone from a complete list have ended', async () => {
    aws.server.pages.set('DescribeInstances', [instanceXml('i-1') + instanceXml('i-2')]);
    await awsInstances.collect(aws.input());
    aws.server.pages.set('DescribeInstances', [instanceXml('i-2')]);
    await awsInstances.collect(aws.input({}, { window: later }));
    expect(ec2Instances(aws.store.db)).toMatchObject([
      { id: 'i-1', state: 'terminated', lastSeenMs: WINDOW.untilMs },
      { id: 'i-2', state: 'running', firstSeenMs: WINDOW.untilMs, lastSeenMs: later.untilMs },
    ]);
  });

  it('that a broken list did not come to are left as they were', async () => {
    aws.server.pages.set('DescribeInstances', [instanceXml('i-1'), instanceXml('i-2')]);
    await awsInstances.collect(aws.input());
    aws.server.fail('DescribeInstances', { kind: 'error', code: 'RequestExpired', status: 400 }, 1, 99);
    const result = await awsInstances.collect(aws.input({}, { window: later }));
    expect(result.gaps.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^EC2 instances: .*RequestExpired/),
      'not read after that: EBS volumes; spot requests',
    ]);
    expect(ec2Instances(aws.store.db).map(({ state }) => state)).toEqual(['running', 'running']);
  });
});

describe('spot requests and interruptions', () => {
  const requestXml = (id: string, code: string, extra = '', state = 'closed') =>
    `<item><spotInstanceRequestId>${id}</spotInstanceRequestId><state>${state}</state><status><code>${code}</code><updateTime>2021-05-10T06:00:00Z</updateTime></status>
     <createTime>2021-05-09T00:00:00Z</createTime><launchSpecification><instanceType>r5.xlarge</instanceType></launchSpecification>${extra}</item>`;
  const launched = (id: string) =>
    `<instanceId>${id}</instanceId><launchedAvailabilityZone>us-east-1b</launchedAvailabilityZone>`;

  it('are stored; those that AWS took back count, those that the user ended do not', async () => {
    aws.server.pages.set('DescribeSpotInstanceRequests', [
      requestXml('sir-1', 'instance-terminated-no-capacity', launched('i-1')) +
        requestXml('sir-2', 'instance-terminated-by-user', launched('i-2')),
      requestXml('sir-3', 'marked-for-termination', launched('i-3'), 'active') +
        requestXml('sir-4', 'instance-terminated-by-price', launched('i-4')) +
        requestXml('sir-5', 'capacity-not-available', '', 'open'),
    ]);
    expect(await awsInstances.collect(aws.input())).toMatchObject({ rows: 5, gaps: [] });
    expect(spotRequests(aws.store.db, WINDOW)).toHaveLength(5);
    expect(spotRequests(aws.store.db, WINDOW)[4]).toMatchObject({ zone: null, instanceId: null, state: 'open' });
    expect(spotInterruptions(aws.store.db, WINDOW)).toMatchObject([
      { machine: 'i-1', zone: 'us-east-1b', reason: 'instance-terminated-no-capacity' },
      { machine: 'i-3', reason: 'marked-for-termination' },
      { machine: 'i-4', atMs: Date.parse('2021-05-10T06:00:00Z') },
    ]);
  });

  it('an instance that says so itself counts once with its request, at the earlier time', async () => {
    const reason = '<stateReason><code>Server.SpotInstanceTermination</code></stateReason>';
    aws.server.pages.set('DescribeInstances', [instanceXml('i-1', reason) + instanceXml('i-9')]);
    aws.server.pages.set('DescribeSpotInstanceRequests', [
      requestXml('sir-1', 'instance-terminated-by-price', launched('i-1')),
    ]);
    await awsInstances.collect(aws.input());
    await awsInstances.collect(aws.input({}, { window: later }));
    expect(spotInterruptions(aws.store.db, later)).toMatchObject([
      { machine: 'i-1', atMs: Date.parse('2021-05-10T06:00:00Z') },
    ]);
  });

  it('that may not be read are a named gap; instances and volumes are there', async () => {
    aws.server.pages.set('DescribeInstances', [instanceXml('i-1')]);
    aws.server.fail(
      'DescribeSpotInstanceRequests',
      { kind: 'error', code: 'UnauthorizedOperation', status: 403 },
      0,
      9,
    );
    const { gaps, rows } = await awsInstances.collect(aws.input());
    expect(rows).toBe(1);
    expect(gaps.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^spot requests: .*UnauthorizedOperation.*ec2:Describe\*/),
    ]);
  });
});
