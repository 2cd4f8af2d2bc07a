import { describe, expect, it } from 'vitest';
import {
  capacityTypeOf,
  nodeInterruption,
  nodeRecord,
  resourcesOf,
  storageClassRecord,
  volumeRecord,
} from '../../../src/collectors/kubernetes/map.js';

const HERE = { cluster: 'test', nowMs: 1_000 };

describe('capacityTypeOf', () => {
  it.each([
    [{ 'karpenter.sh/capacity-type': 'spot' }, 'spot'],
    [{ 'karpenter.sh/capacity-type': 'on-demand' }, 'on-demand'],
    [{ 'karpenter.sh/capacity-type': 'reserved' }, 'on-demand'],
    [{ 'eks.amazonaws.com/capacityType': 'SPOT' }, 'spot'],
    [{ 'eks.amazonaws.com/capacityType': 'ON_DEMAND' }, 'on-demand'],
    [{ 'node.kubernetes.io/lifecycle': 'spot' }, 'spot'],
    [{ 'node.kubernetes.io/lifecycle': 'normal' }, 'on-demand'],
    [{ lifecycle: 'Ec2Spot' }, 'spot'],
    [{ 'node-role.kubernetes.io/spot-worker': 'true' }, 'spot'],
    [{ 'node-role.kubernetes.io/spot-worker': '' }, 'spot'],
    [{ 'spotinst.io/node-lifecycle': 'od' }, 'on-demand'],
    [{ 'cloud.google.com/gke-spot': 'true' }, 'spot'],
    [{ 'kubernetes.azure.com/scalesetpriority': 'spot' }, 'spot'],
    [{ 'kops.k8s.io/instancegroup': 'spot-nodes' }, 'unknown'],
    [{}, 'unknown'],
  ])('%j is %s', (labels, type) => {
    expect(capacityTypeOf(labels)).toBe(type);
  });
});

describe('nodeRecord', () => {
  const node = (providerID: string, labels: Record<string, string> = {}) =>
    nodeRecord({ metadata: { name: 'n', labels }, spec: { providerID }, status: {} }, HERE);

  it.each([
    ['aws:///us-east-1a/i-0abc', 'i-0abc'],
    ['aws:///us-east-1a/1234/fargate-ip-10-0-0-1', null],
    ['gce://project/zone/gke-node-1', 'gke-node-1'],
    ['', null],
  ])('reads the instance of %s', (providerId, instanceId) => {
    expect(node(providerId).instanceId).toBe(instanceId);
  });

  it('knows node groups by the labels of several tools, and nothing of what is not said', () => {
    expect(node('', { 'karpenter.sh/nodepool': 'batch' }).nodeGroup).toBe('batch');
    expect(node('', { 'kops.k8s.io/instancegroup': 'spot-nodes' }).nodeGroup).toBe('spot-nodes');
    expect(node('')).toMatchObject({ nodeGroup: null, cpuCapacityCores: null, zone: null, gpuCount: 0 });
  });
});

describe('nodeInterruption', () => {
  const node = (taint: string) => ({
    metadata: {
      name: 'ip-10-0-1-1',
      labels: {
        'topology.kubernetes.io/region': 'us-east-1',
        'topology.kubernetes.io/zone': 'us-east-1a',
        'node.kubernetes.io/instance-type': 'r5.xlarge',
      },
    },
    spec: { providerID: 'aws:///us-east-1a/i-0abc', taints: [{ key: taint, effect: 'NoSchedule' }] },
  });
  const told = (taint: string) => nodeInterruption(node(taint), nodeRecord(node(taint), HERE), 1_000);

  it('is told by the taint of the node termination handler', () => {
    expect(told('aws-node-termination-handler/spot-itn')).toEqual({
      region: 'us-east-1',
      zone: 'us-east-1a',
      instanceType: 'r5.xlarge',
      machine: 'i-0abc',
      atMs: 1_000,
      reason: 'taint aws-node-termination-handler/spot-itn',
    });
  });

  it.each(['aws-node-termination-handler/rebalance-recommendation', 'karpenter.sh/disrupted', 'spot'])(
    'is not told by %s',
    (taint) => {
      expect(told(taint)).toBeUndefined();
    },
  );
});

describe('resourcesOf', () => {
  it('tells no request from a request of zero', () => {
    expect(resourcesOf(undefined).cpuRequestCores).toBeNull();
    expect(resourcesOf({ requests: { cpu: '0', memory: '128974848' } })).toMatchObject({
      cpuRequestCores: 0,
      memoryRequestBytes: 128974848,
      memoryLimitBytes: null,
      gpuRequest: null,
    });
  });

  it('counts GPUs of every maker, and slices', () => {
    expect(resourcesOf({ limits: { 'nvidia.com/mig-1g.5gb': '2' } }).gpuRequest).toBe(2);
    expect(resourcesOf({ requests: { 'amd.com/gpu': '1' }, limits: { 'amd.com/gpu': '1' } }).gpuRequest).toBe(1);
  });
});

describe('volumes', () => {
  it('read the EBS volume of the CSI driver and of the old one, and the zone', () => {
    const terms = [
      { matchExpressions: [{ key: 'topology.ebs.csi.aws.com/zone', operator: 'In', values: ['eu-west-1b'] }] },
    ];
    const csi = volumeRecord(
      {
        metadata: { name: 'v' },
        spec: {
          capacity: { storage: '8Gi' },
          csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-1' },
          nodeAffinity: { required: { nodeSelectorTerms: terms } },
        },
        status: { phase: 'Released' },
      },
      HERE,
    );
    expect(csi).toMatchObject({ handle: 'vol-1', zone: 'eu-west-1b', phase: 'Released', capacityBytes: 8 * 2 ** 30 });
    const old = { metadata: { name: 'v' }, spec: { awsElasticBlockStore: { volumeID: 'aws://eu-west-1a/vol-2' } } };
    expect(volumeRecord(old, HERE).handle).toBe('vol-2');
    const nfs = { metadata: { name: 'v' }, spec: { csi: { driver: 'nfs.csi.k8s.io', volumeHandle: 'x' } } };
    expect(volumeRecord(nfs, HERE).handle).toBeNull();
  });

  it('know the volume type of a class, and its driver’s default', () => {
    const of = (provisioner: string, parameters?: Record<string, string>) =>
      storageClassRecord({ metadata: { name: 'c' }, provisioner, parameters }, HERE).volumeType;
    expect(of('ebs.csi.aws.com', { type: 'io2' })).toBe('io2');
    expect(of('ebs.csi.aws.com')).toBe('gp3');
    expect(of('kubernetes.io/aws-ebs')).toBe('gp2');
    expect(of('nfs.csi.k8s.io')).toBeNull();
  });
});
