import type { ResourceProfile } from '../../../model/spark.js';
import { countOf, numberOf, objectOf, textOf, textsByName, timeOf } from '../json.js';
import { redactConf } from '../redact.js';
import type { EventHandlers } from './handlers.js';

export class ApplicationState {
  appId: string | null = null;
  attemptId = '';
  name = '';
  user = '';
  sparkVersion = '';
  javaVersion = '';
  scalaVersion = '';
  startMs: number | null = null;
  endMs: number | null = null;
  conf: Record<string, string> = {};
  readonly resourceProfiles = new Map<number, ResourceProfile>();
}

function amounts(requests: unknown): Record<string, number> {
  const byResource: Record<string, number> = {};
  for (const [name, request] of Object.entries(objectOf(requests))) {
    const amount = numberOf(objectOf(request).Amount);
    if (amount !== null) byResource[name] = amount;
  }
  return byResource;
}

export const applicationEvents: EventHandlers = {
  SparkListenerLogStart({ application }, event) {
    application.sparkVersion = textOf(event['Spark Version']) ?? '';
  },

  SparkListenerApplicationStart(state, event) {
    const { application } = state;
    application.appId = textOf(event['App ID']);
    application.attemptId = textOf(event['App Attempt ID']) ?? '';
    application.name = textOf(event['App Name']) ?? '';
    application.user = textOf(event.User) ?? '';
    application.startMs = timeOf(event.Timestamp);
    state.saw(application.startMs);
  },

  SparkListenerApplicationEnd(state, event) {
    state.application.endMs = timeOf(event.Timestamp);
    state.saw(state.application.endMs);
  },

  SparkListenerEnvironmentUpdate({ application }, event) {
    const jvm = objectOf(event['JVM Information']);
    application.javaVersion = textOf(jvm['Java Version']) ?? '';
    application.scalaVersion = (textOf(jvm['Scala Version']) ?? '').replace(/^version /, '');
    application.conf = redactConf(textsByName(event['Spark Properties']));
  },

  SparkListenerResourceProfileAdded({ application }, event) {
    const id = countOf(event['Resource Profile Id']);
    if (id === null) return;
    application.resourceProfiles.set(id, {
      id,
      executor: amounts(event['Executor Resource Requests']),
      task: amounts(event['Task Resource Requests']),
    });
  },
};
