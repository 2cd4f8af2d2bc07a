import { describe, expect, it } from 'vitest';
import { fingerprintOf, type Subject, subjectText } from '../../src/model/finding.js';

const subject: Subject = { kind: 'Deployment', cluster: 'prod', namespace: 'web', name: 'api' };

describe('fingerprintOf', () => {
  it('is a contract: open alerts and suppressions are keyed by it', () => {
    expect(fingerprintOf('sizing/cpu-over-requested', subject)).toBe('fe2162cb5675aea5');
  });

  it.each<[string, Subject]>([
    ['another cluster', { ...subject, cluster: 'test' }],
    ['another namespace', { ...subject, namespace: 'shop' }],
    ['another kind', { ...subject, kind: 'StatefulSet' }],
    ['another name', { ...subject, name: 'api2' }],
    ['a container', { ...subject, container: 'api' }],
    ['a role', { ...subject, role: 'driver' }],
    ['a stage', { ...subject, stageId: 0 }],
    ['parts that only look alike when joined', { kind: 'Deployment', cluster: 'prod', name: 'web/api' }],
  ])('differs for %s', (_, other) => {
    expect(fingerprintOf('r', other)).not.toBe(fingerprintOf('r', subject));
  });

  it('differs between rules', () => {
    expect(fingerprintOf('a', subject)).not.toBe(fingerprintOf('b', subject));
  });

  it('is the same whichever node stands for its group', () => {
    const node: Subject = { kind: 'Node', name: 'n1', nodeGroup: 'm5.large/spot/us-east-1a' };
    expect(fingerprintOf('r', { ...node, name: 'n2' })).toBe(fingerprintOf('r', node));
    expect(fingerprintOf('r', { kind: 'Node', name: 'n1' })).not.toBe(fingerprintOf('r', node));
  });

  it('is the same for every run of a family', () => {
    expect(fingerprintOf('r', { ...subject, runId: 'app-1' })).toBe(fingerprintOf('r', { ...subject, runId: 'app-2' }));
  });
});

describe('subjectText', () => {
  it.each<[Subject, string]>([
    [subject, 'Deployment web/api'],
    [{ kind: 'EC2Instance', name: 'i-0abc' }, 'EC2Instance i-0abc'],
    [{ kind: 'Node', name: 'n1', nodeGroup: 'm5.large/spot/b' }, 'Node n1, group m5.large/spot/b'],
    [{ ...subject, role: 'executor' }, 'Deployment web/api, executor'],
    [{ ...subject, container: 'app', stageId: 0 }, 'Deployment web/api, container app, stage 0'],
  ])('%j', (each, text) => {
    expect(subjectText(each)).toBe(text);
  });
});
