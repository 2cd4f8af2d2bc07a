import type { ContainerEnd, PodEvent, PodStart } from '../../store/pod-life.js';
import { redactText } from '../spark/redact.js';
import { type ContainerStatus, Event, type Pod } from './schema.js';

/** How a pod started, and how its containers ended or what they wait for. */
export interface Life {
  start: PodStart;
  ends: ContainerEnd[];
}

const LONGEST = 1000;
/** Waiting for these is the ordinary way to start. */
const ORDINARY = new Set(['ContainerCreating', 'PodInitializing']);

function told(message: string | null | undefined): string | null {
  return message ? redactText(message.trim().slice(0, LONGEST)) : null;
}

function endsOf({ name, state, lastState }: ContainerStatus): ContainerEnd[] {
  const ended = [
    { ended: state?.terminated, previous: false },
    { ended: lastState?.terminated, previous: true },
  ].flatMap(({ ended, previous }): ContainerEnd[] =>
    ended
      ? [
          {
            container: name,
            previous,
            exitCode: ended.exitCode ?? null,
            reason: ended.reason ?? null,
            message: told(ended.message),
            finishedMs: ended.finishedAt ?? null,
          },
        ]
      : [],
  );
  const { reason, message } = state?.waiting ?? {};
  if (!reason || ORDINARY.has(reason)) return ended;
  return [
    ...ended,
    { container: name, previous: false, exitCode: null, reason, message: told(message), finishedMs: null },
  ];
}

export function lifeOf({ status }: Pod): Life {
  const since = (type: string) =>
    status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')
      ?.lastTransitionTime ?? null;
  const main = status?.containerStatuses ?? [];
  const starts = main
    .map(
      ({ state, lastState }) =>
        lastState?.terminated?.startedAt ?? state?.running?.startedAt ?? state?.terminated?.startedAt,
    )
    .filter((start) => typeof start === 'number');
  return {
    start: {
      scheduledMs: since('PodScheduled'),
      initializedMs: since('Initialized'),
      startedMs: starts.length ? Math.min(...starts) : null,
    },
    ends: [...(status?.initContainerStatuses ?? []), ...main].flatMap(endsOf),
  };
}

/** An event about a pod; undefined if it is about something else, says no time, or is no event. */
export function podEventOf(item: unknown): (PodEvent & { namespace: string; pod: string }) | undefined {
  const event = Event.safeParse(item).data;
  if (!event) return undefined;
  const { involvedObject: about, reason, message, series } = event;
  const firstMs = event.firstTimestamp ?? event.eventTime ?? event.lastTimestamp;
  if (about.kind !== 'Pod' || !about.name || !reason || typeof firstMs !== 'number') return undefined;
  const lastMs = Math.max(firstMs, series?.lastObservedTime ?? event.lastTimestamp ?? firstMs);
  const facts = { reason, message: told(message) ?? '', count: series?.count ?? event.count ?? 1, firstMs, lastMs };
  return { namespace: about.namespace ?? event.metadata.namespace ?? '', pod: about.name, ...facts };
}
