import type { InstanceRecord, VolumeRecord } from '../../../store/instances.js';
import type { SpotInterruption, SpotRequest } from '../../../store/spot-market.js';
import { InstanceItem, SpotRequestItem, type TagItem, VolumeItem } from './schema.js';

function tagsOf(tags: readonly TagItem[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value ?? '']));
}

/** `User initiated (2021-05-20 09:30:00 GMT)`: when it was stopped; other reasons name no time. */
function transitionMs(reason: string | undefined): number | null {
  const [, date, time] = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) GMT\)/.exec(reason ?? '') ?? [];
  return date ? Date.parse(`${date}T${time}Z`) : null;
}

/** Undefined for an entry without id or type. A lifecycle that is not named is on-demand. */
export function toInstance(item: unknown, region: string): InstanceRecord | undefined {
  const instance = InstanceItem.safeParse(item).data;
  if (!instance) return undefined;
  const volumes = (instance.BlockDeviceMappings ?? []).map((mapping) => mapping.Ebs?.VolumeId);
  return {
    region,
    id: instance.InstanceId,
    instanceType: instance.InstanceType,
    zone: instance.Placement?.AvailabilityZone ?? null,
    lifecycle: instance.InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
    state: instance.State?.Name ?? 'unknown',
    launchedMs: instance.LaunchTime?.getTime() ?? null,
    stateSinceMs: transitionMs(instance.StateTransitionReason),
    tags: tagsOf(instance.Tags),
    volumes: volumes.filter((id) => id !== undefined),
    addresses: [instance.PrivateIpAddress, instance.PrivateDnsName].filter(
      (address) => address !== undefined && address !== '',
    ),
  };
}

/** Undefined for an entry without id, type or size. */
export function toVolume(item: unknown, region: string): VolumeRecord | undefined {
  const volume = VolumeItem.safeParse(item).data;
  if (!volume) return undefined;
  return {
    region,
    id: volume.VolumeId,
    volumeType: volume.VolumeType,
    sizeGib: volume.Size,
    zone: volume.AvailabilityZone ?? null,
    state: volume.State ?? 'unknown',
    attachedTo: volume.Attachments?.find(({ State }) => State !== 'detached')?.InstanceId ?? null,
    encrypted: volume.Encrypted ?? null,
    createdMs: volume.CreateTime?.getTime() ?? null,
    tags: tagsOf(volume.Tags),
  };
}

/** An empty element is none. */
const given = (text: string | undefined): string | null => text || null;

/** Undefined for an entry without id, type or status. */
export function toSpotRequest(item: unknown, region: string): Omit<SpotRequest, 'lastSeenMs'> | undefined {
  const request = SpotRequestItem.safeParse(item).data;
  if (!request) return undefined;
  const { LaunchSpecification: wanted, Status, CreateTime } = request;
  return {
    region,
    id: request.SpotInstanceRequestId,
    instanceType: wanted.InstanceType,
    zone: given(request.LaunchedAvailabilityZone) ?? given(wanted.Placement?.AvailabilityZone),
    instanceId: given(request.InstanceId),
    state: request.State,
    statusCode: Status.Code,
    createdMs: CreateTime.getTime(),
    statusMs: (Status.UpdateTime ?? CreateTime).getTime(),
  };
}

/**
 * AWS took the machine back, or is about to. Codes that name the user, a schedule or the service are no interruptions.
 * Source: EC2 User Guide, "Spot request status codes".
 */
const TAKEN_BACK =
  /^(marked-for-(termination|stop)(-by-experiment)?|instance-(terminated|stopped)-(by-price|no-capacity|capacity-oversubscribed|launch-group-constraint))$/;

export function interruptionOf(request: Omit<SpotRequest, 'lastSeenMs'>): SpotInterruption | undefined {
  const { region, id, instanceType, zone, instanceId, statusCode, statusMs } = request;
  if (!TAKEN_BACK.test(statusCode) || zone === null) return undefined;
  return { region, machine: instanceId ?? id, instanceType, zone, atMs: statusMs, reason: statusCode };
}

/** What an instance that AWS took back says of it for about an hour. */
const SPOT_REASON = /^Server\.Spot/;

/** Undefined unless AWS took the instance back. Its time is when it was seen to have gone, where nothing else is told. */
export function instanceInterruption(item: unknown, region: string, seenMs: number): SpotInterruption | undefined {
  const instance = InstanceItem.safeParse(item).data;
  const reason = instance?.StateReason?.Code ?? '';
  const zone = instance?.Placement?.AvailabilityZone;
  if (!instance || !zone || !SPOT_REASON.test(reason)) return undefined;
  const atMs = transitionMs(instance.StateTransitionReason) ?? seenMs;
  return { region, machine: instance.InstanceId, instanceType: instance.InstanceType, zone, atMs, reason };
}
